#include "base/error.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Status codes come negative, so both signs are understood. */
static int code_number(int code) {
    return code < 0 && code != INT_MIN ? -code : code;
}

const char *pgc_code_name(int code) {
    switch (code_number(code)) {
#define CODE_NAME(name, number, text) \
    case number:                      \
        return #name;
        PGC_CODES(CODE_NAME)
#undef CODE_NAME
    default:
        return "UNKNOWN";
    }
}

const char *pgc_code_text(int code) {
    switch (code_number(code)) {
#define CODE_TEXT(name, number, text) \
    case number:                      \
        return text;
        PGC_CODES(CODE_TEXT)
#undef CODE_TEXT
    default:
        return "an unknown error code";
    }
}

/* How many bytes a UTF-8 sequence that begins with this byte has. */
static size_t sequence_length(unsigned char first) {
    return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
}

/* Takes an unfinished UTF-8 sequence off the end of a text that was cut. */
static void drop_partial(char *text, size_t size) {
    size_t start = size;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80) {
        start--;
    }
    if (start > 0 && size - (start - 1) < sequence_length((unsigned char)text[start - 1])) {
        text[start - 1] = '\0';
    }
}

PRINTF_FORMAT(3, 0)
static void fill(char *to, size_t size, const char *format, va_list args) {
    int length = vsnprintf(to, size, format, args);
    if (length < 0) {
        to[0] = '\0';
    } else if ((size_t)length >= size) {
        drop_partial(to, size - 1);
    }
}

static pgc_retry default_retry(pgc_code code) {
    if (code == PGC_CONFLICT || code == PGC_CONNECT || code == PGC_BUSY) {
        return PGC_RETRY_SAFE;
    }
    return code == PGC_LOST || code == PGC_TIMEOUT ? PGC_RETRY_UNKNOWN : PGC_RETRY_NO;
}

int error_set(pgc_error *err, pgc_code code, const char *format, ...) {
    if (err != NULL) {
        error_clear(err);
        err->code = code;
        err->retry = default_retry(code);
        va_list args;
        va_start(args, format);
        fill(err->message, sizeof(err->message), format, args);
        va_end(args);
    }
    return -(int)code;
}

void error_hint(pgc_error *err, const char *format, ...) {
    if (err != NULL) {
        va_list args;
        va_start(args, format);
        fill(err->hint, sizeof(err->hint), format, args);
        va_end(args);
    }
}

void error_detail(pgc_error *err, const char *format, ...) {
    if (err != NULL) {
        va_list args;
        va_start(args, format);
        fill(err->detail, sizeof(err->detail), format, args);
        va_end(args);
    }
}

void error_position(pgc_error *err, int64_t position) {
    if (err != NULL) {
        err->position = position;
    }
}

void error_retry(pgc_error *err, pgc_retry retry) {
    if (err != NULL) {
        err->retry = retry;
    }
}

int error_nomem(pgc_error *err) {
    return error_set(err, PGC_NOMEM, "out of memory");
}

void error_clear(pgc_error *err) {
    if (err != NULL) {
        err->code = PGC_OK;
        err->retry = PGC_RETRY_NO;
        err->position = -1;
        err->sqlstate[0] = err->message[0] = err->detail[0] = err->hint[0] = '\0';
        err->constraint[0] = '\0';
    }
}

int error_copy(pgc_error *to, const pgc_error *from) {
    if (from == NULL) {
        error_clear(to);
        return 0;
    }
    if (to != NULL) {
        *to = *from;
    }
    return -(int)from->code;
}

int pgc_error_nomem(pgc_error *err) {
    return error_nomem(err);
}
