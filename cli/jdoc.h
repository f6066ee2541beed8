/*
 * A JSON text with an index of its values, to walk through it and take out slices of the text as
 * they stand. Nothing is converted: numbers keep their spelling, strings their escapes. A document
 * is reused for text after text; it borrows the text.
 *
 * A value is a number (its place in the index); JDOC_NONE is no value. The children of an object
 * are its names; the value of a name follows it.
 */
#ifndef JDOC_H
#define JDOC_H

#include <pgconvo.h>
#include <stdio.h>

#define JDOC_NONE (-1)

typedef enum jdoc_type {
    JDOC_OBJECT,
    JDOC_ARRAY,
    JDOC_STRING,
    JDOC_NUMBER,
    JDOC_BOOL,
    JDOC_NULL
} jdoc_type;

typedef struct jdoc jdoc;

/* NULL: no memory. */
jdoc *jdoc_new(void);
void jdoc_free(jdoc *doc);

/* Checks and indexes a text; its value is number 0. Errors: INVALID with the position, NOMEM. */
int jdoc_parse(jdoc *doc, pgc_str text, pgc_error *err);

jdoc_type jdoc_type_of(const jdoc *doc, int value);

/* The text of the value; strings with their quotes. */
pgc_str jdoc_raw(const jdoc *doc, int value);

/* Offset of the value in the text. */
int64_t jdoc_position(const jdoc *doc, int value);

/* First child and the one after `child`, of the array or object `parent`. */
int jdoc_first(const jdoc *doc, int parent);
int jdoc_next(const jdoc *doc, int parent, int child);

/* The value of a member's name. */
int jdoc_value(int name);

/* Does the string `value` say `text` (whatever its escapes)? */
bool jdoc_is(const jdoc *doc, int value, const char *text);

/* The value of the member `name` of an object, the last one if there are several. */
int jdoc_member(const jdoc *doc, int object, const char *name);

/* Writes JSON text without the white space between its tokens, but one space after commas and
 * colons. */
void jdoc_put_compact(FILE *out, pgc_str json);

#endif
