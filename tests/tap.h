/*
 * The Test Anything Protocol for test programs: a plain main() that makes checks and ends with
 * `return done_testing();`. One process, one thread. Each check returns whether it held, so that a
 * test can stop early.
 */
#ifndef TAP_H
#define TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pgconvo.h>

#define TAP_FORMAT(text, values) __attribute__((unused, format(printf, text, values)))

/* ok(condition, "name %d", ...): the condition holds. */
#define ok(condition, ...) tap_ok((condition), #condition, __FILE__, __LINE__, __VA_ARGS__)
/* is_int(got, want, "name", ...): two integers are equal. */
#define is_int(got, want, ...) \
    tap_is_int((int64_t)(got), (int64_t)(want), __FILE__, __LINE__, __VA_ARGS__)
/* is_str(got, want, "name", ...): two C strings are equal; NULL equals NULL only. */
#define is_str(got, want, ...) tap_is_mem(pgc_z(got), pgc_z(want), __FILE__, __LINE__, __VA_ARGS__)
/* is_mem(got, want, "name", ...): two pgc_str are equal; absent equals absent only. */
#define is_mem(got, want, ...) tap_is_mem((got), (want), __FILE__, __LINE__, __VA_ARGS__)
/* is_code(status, PGC_X, &err, "name", ...): a status is 0 (PGC_OK) or -PGC_X, and a failure's code
 * stands in `err` too, unless that is NULL. */
#define is_code(status, want, err, ...) \
    tap_is_code((status), (want), (err), __FILE__, __LINE__, __VA_ARGS__)
/* skip(n, "why"): counts n checks that cannot be made here. */
/* bail("why"): ends the program; what follows could not work. */

static int tap_count, tap_failed;

TAP_FORMAT(1, 2) static void diag(const char *format, ...) {
    va_list values;
    va_start(values, format);
    fputs("# ", stdout);
    vprintf(format, values);
    fputc('\n', stdout);
    fflush(stdout);
    va_end(values);
}

/* One line of the protocol; '#' and line ends in a name would be read as directives. */
TAP_FORMAT(2, 0) static void tap_line(bool holds, const char *format, va_list values) {
    char name[512];
    vsnprintf(name, sizeof name, format, values);
    for (char *c = name; *c != '\0'; c++) {
        if (*c == '\n' || *c == '\r' || *c == '#') *c = ' ';
    }
    tap_count++;
    if (!holds) tap_failed++;
    printf("%s %d - %s\n", holds ? "ok" : "not ok", tap_count, name);
    fflush(stdout);
}

TAP_FORMAT(5, 6)
static bool tap_ok(bool holds, const char *condition, const char *file, int line,
                   const char *format, ...) {
    va_list values;
    va_start(values, format);
    tap_line(holds, format, values);
    va_end(values);
    if (!holds) diag("%s:%d: does not hold: %s", file, line, condition);
    return holds;
}

TAP_FORMAT(5, 6)
static bool tap_is_int(int64_t got, int64_t want, const char *file, int line, const char *format,
                       ...) {
    va_list values;
    va_start(values, format);
    tap_line(got == want, format, values);
    va_end(values);
    if (got != want) diag("%s:%d: got %" PRId64 ", want %" PRId64, file, line, got, want);
    return got == want;
}

/* Shows bytes so that all of them can be told apart, at most 200. */
static void tap_show(const char *label, pgc_str s) {
    printf("#   %s (%zu bytes): ", label, s.size);
    if (s.data == NULL) fputs("absent", stdout);
    for (size_t i = 0; s.data != NULL && i < s.size && i < 200; i++) {
        unsigned char c = (unsigned char)s.data[i];
        if (c >= 0x20 && c < 0x7f && c != '\\') {
            fputc(c, stdout);
        } else {
            printf("\\x%02x", c);
        }
    }
    fputs(s.size > 200 ? "...\n" : "\n", stdout);
    fflush(stdout);
}

TAP_FORMAT(5, 6)
static bool tap_is_mem(pgc_str got, pgc_str want, const char *file, int line, const char *format,
                       ...) {
    bool absent = got.data == NULL || want.data == NULL;
    bool same = absent ? got.data == want.data
                       : got.size == want.size && memcmp(got.data, want.data, got.size) == 0;
    va_list values;
    va_start(values, format);
    tap_line(same, format, values);
    va_end(values);
    if (same) return true;
    diag("%s:%d: these differ:", file, line);
    tap_show("got ", got);
    tap_show("want", want);
    for (size_t i = 0; !absent && i < got.size && i < want.size; i++) {
        if (got.data[i] == want.data[i]) continue;
        diag("  first difference at byte %zu", i);
        break;
    }
    return false;
}

TAP_FORMAT(6, 7)
static bool tap_is_code(int status, pgc_code want, const pgc_error *err, const char *file, int line,
                        const char *format, ...) {
    bool same = status == -(int)want && (status == 0 || err == NULL || err->code == want);
    va_list values;
    va_start(values, format);
    tap_line(same, format, values);
    va_end(values);
    if (same) return true;
    diag("%s:%d: got status %d (%s), want %d (%s)", file, line, status, pgc_code_name(-status),
         -(int)want, pgc_code_name((int)want));
    if (status != 0 && err != NULL) {
        diag("  %s [%s] %s", pgc_code_name((int)err->code), err->sqlstate, err->message);
        if (err->detail[0] != '\0') diag("  detail: %s", err->detail);
        if (err->hint[0] != '\0') diag("  hint: %s", err->hint);
    }
    return false;
}

TAP_FORMAT(2, 3) static void skip(int n, const char *format, ...) {
    char why[512];
    va_list values;
    va_start(values, format);
    vsnprintf(why, sizeof why, format, values);
    va_end(values);
    while (n-- > 0)
        printf("ok %d # SKIP %s\n", ++tap_count, why);
    fflush(stdout);
}

TAP_FORMAT(1, 2) static _Noreturn void bail(const char *format, ...) {
    va_list values;
    va_start(values, format);
    fputs("Bail out! ", stdout);
    vprintf(format, values);
    fputc('\n', stdout);
    fflush(stdout);
    va_end(values);
    exit(255);
}

/* Prints the plan. The status for main() to return: 0 if every check held. */
__attribute__((unused)) static int done_testing(void) {
    printf("1..%d\n", tap_count);
    fflush(stdout);
    if (tap_failed > 0) diag("%d of %d failed", tap_failed, tap_count);
    return tap_failed > 0 || tap_count == 0;
}

#endif
