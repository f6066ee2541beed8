/*
 * Data on stdout (or another stream): JSON objects, one a line, member by member; and the check
 * that all of it arrived.
 *
 * Write errors are not looked at one by one: stdio remembers them, out_finish and out_failed ask.
 */
#ifndef OUT_H
#define OUT_H

#include <pgconvo.h>
#include <stdio.h>

/* An object being written. */
typedef struct out_object {
    FILE *out;
    bool comma;
} out_object;

out_object out_begin(FILE *out);
void out_end(out_object *object); /* writes the brace only */

/* Members. Absent strings and times write nothing; `out_raw` takes JSON, the others make it. */
void out_raw(out_object *object, const char *name, pgc_str json);
void out_text(out_object *object, const char *name, pgc_str text);
void out_number(out_object *object, const char *name, int64_t number);
void out_bool(out_object *object, const char *name, bool value);
void out_time(out_object *object, const char *name, int64_t time);

/*
 * The content of a message, byte for byte: as "content", or, if it has line ends between its
 * tokens, which would break the line, as the string "content_json".
 */
void out_content(out_object *object, pgc_str content);

/* The document is not "{}". */
bool out_has_metadata(pgc_str metadata);

/* Has a write failed? */
bool out_failed(FILE *out);

/* Flushes; returns an exit code, having said what is wrong (a closed pipe is not worth words). */
int out_finish(FILE *out, const char *name);

#endif
