/*
 * json: a scanner over JSON text (RFC 8259). It says whether a text is valid and where not, walks
 * the members of an object, and turns JSON strings into plain text and back. It builds no tree and
 * changes no value: what is stored is the caller's own text. Strings handed out point into the
 * input. Keeps no state. Any thread.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/base.h"
#include "base/buf.h"
#include "pgconvo.h"

#define JSON_DEPTH_MAX 512 /* objects and arrays within each other */

enum json_kind {
    JSON_OBJECT,
    JSON_ARRAY,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
};

/*
 * Is `json` one whole value, white space around it allowed, in strict UTF-8? Lone surrogates and
 * U+0000 written as escapes are valid. *kind (may be NULL) is set on success. Else INVALID, "field:
 * invalid JSON at byte N: reason", with N in err->position. Duplicate keys are not looked for.
 */
MUST_CHECK int json_check(pgc_str json, enum json_kind *kind, const char *field, pgc_error *err);

/* The kind of a checked value, by its first byte that is not white space. */
enum json_kind json_kind_of(pgc_str json);

/* A walk through the members of an object, or the elements of an array; its fields are nobody
 * else's business. */
struct json_members {
    const char *at;
    const char *end;
};

/* `object` must have passed json_check as a JSON_OBJECT and outlive the walk. */
void json_members_begin(struct json_members *members, pgc_str object);

/*
 * The next member, or false. *key is a JSON string with its quotes, *value the value's text without
 * the white space around it. Keys that come twice are delivered twice; by custom the later one
 * wins.
 */
MUST_CHECK bool json_members_next(struct json_members *members, pgc_str *key, pgc_str *value);

/*
 * The same for the elements of an array that has passed json_check: begin with the array, then the
 * next element, or false.
 */
void json_elements_begin(struct json_members *elements, pgc_str array);
MUST_CHECK bool json_elements_next(struct json_members *elements, pgc_str *value);

/*
 * Adds plain text, which has passed utf8_check_loose, as a JSON string with its quotes. Control
 * characters and lone surrogates become escapes; all else stays as it is.
 */
void json_quote(struct buf *buf, pgc_str text);

/*
 * The reverse: adds the text of a checked JSON string (quotes included, white space around it
 * allowed). It may hold U+0000 as a NUL byte, and lone surrogates in their three-byte form.
 */
void json_unquote(struct buf *buf, pgc_str json);

#endif
