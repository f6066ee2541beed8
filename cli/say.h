/*
 * Words for people, on stderr. Control characters in them are shown escaped, so that no id or
 * server message can steer a terminal. Nothing here ever sees a password: connection strings are
 * not printed.
 */
#ifndef SAY_H
#define SAY_H

#include <pgconvo.h>

/* "pgconvo: ..." and a line end. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same without the prefix. */
void say_plain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "hint: ..." */
void say_hint(const char *hint);

/* An error of the library with its detail and hint; returns the exit code that belongs to it. */
int say_error(const pgc_error *err);

/* "cannot VERB NAME: reason of errno"; returns CLI_NO. */
int say_errno(const char *verb, const char *name);

/* The exit code that belongs to a pgc_code. */
int say_exit_code(int code);

#endif
