#include "say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "text.h"

#define SAY_MAX 2048

static void say_line(const char *prefix, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void say_line(const char *prefix, const char *format, va_list args) {
    char line[SAY_MAX];
    vsnprintf(line, sizeof line, format, args);
    fputs(prefix, stderr);
    text_put(stderr, pgc_z(line));
    fputc('\n', stderr);
}

void say(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say_line("pgconvo: ", format, args);
    va_end(args);
}

void say_plain(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say_line("", format, args);
    va_end(args);
}

void say_hint(const char *hint) {
    say_plain("hint: %s", hint);
}

int say_exit_code(int code) {
    switch (code < 0 ? -code : code) {
    case PGC_OK:
        return CLI_OK;
    case PGC_NOT_FOUND:
    case PGC_EXISTS:
        return CLI_NO;
    case PGC_INVALID:
        return CLI_USAGE;
    case PGC_CONNECT:
    case PGC_AUTH:
    case PGC_LOST:
    case PGC_BUSY:
    case PGC_LOCAL:
        return CLI_CONNECTION;
    default:
        return CLI_DATABASE;
    }
}

int say_error(const pgc_error *err) {
    say("%s", err->message);
    if (err->detail[0] != '\0') {
        say_plain("%s", err->detail);
    }
    if (err->hint[0] != '\0') {
        say_hint(err->hint);
    }
    return say_exit_code((int)err->code);
}

int say_errno(const char *verb, const char *name) {
    say("cannot %s %s: %s", verb, name, strerror(errno));
    return CLI_NO;
}
