/*
 * Is what callers give fit to be stored? Every refusal is INVALID, names the field and, where there
 * is one, the position. Not for making it fit (base/escape).
 */
#ifndef DOMAIN_CHECK_H
#define DOMAIN_CHECK_H

#include "base/base.h"
#include "pgconvo.h"

#define TEXT_MAX (1024 * 1024)               /* bytes in a title */
#define CONTENT_MAX (256 * 1024 * 1024)      /* bytes in a content or a metadata document */
#define TIME_MIN INT64_C(-62135596800000000) /* 0001-01-01 */
#define TIME_MAX INT64_C(253402300799999999) /* 9999-12-31 23:59:59.999999 */

/* UTF-8 without U+0000, as names in PostgreSQL are; of any length. */
MUST_CHECK int check_name(pgc_str name, const char *field, pgc_error *err);

/* An id that must be there: 1 to 255 bytes of UTF-8 without U+0000. */
MUST_CHECK int check_id(pgc_str id, const char *field, pgc_error *err);

/* A resource id, which may be absent or empty; the same for the type of a message. */
MUST_CHECK int check_optional_id(pgc_str id, const char *field, pgc_error *err);

/* Plain text of at most `max` bytes, which may be absent. */
MUST_CHECK int check_text(pgc_str text, size_t max, const char *field, pgc_error *err);

/* Any JSON value, which must be there. */
MUST_CHECK int check_json(pgc_str json, const char *field, pgc_error *err);

/* A JSON object, which may be absent unless `required`. */
MUST_CHECK int check_object(pgc_str json, bool required, const char *field, pgc_error *err);

/* A time, which may be absent. */
MUST_CHECK int check_time(int64_t time, const char *field, pgc_error *err);

/*
 * Puts the place in front of what a check found wrong with an element of an array: "ids[3].id: is
 * empty", and lets the position be the index if the check gave none. Returns `status`.
 */
int check_at(int status, const char *array, size_t i, pgc_error *err);

/* One of 0 to `last`. */
MUST_CHECK int check_choice(int value, int last, const char *field, pgc_error *err);

#endif
