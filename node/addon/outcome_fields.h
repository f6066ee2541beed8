/*
 * The fields of a row in an outcome, written as JSON. `name` is the text that goes before the
 * value: `,"id":`.
 */
#ifndef OUTCOME_FIELDS_H
#define OUTCOME_FIELDS_H

#include "text.h"

void field_text(struct text *text, const char *name, pgc_str plain); /* absent: null */
void field_number(struct text *text, const char *name, int64_t number);
void field_bool(struct text *text, const char *name, bool value);

/* Whole milliseconds; rounds down, as Date of a moment before 1970 has it too. */
int64_t field_millis(int64_t micros);

/* A moment as `<name>` in milliseconds and `<name>Micros`, a string; `name` is bare: "createdAt".
 */
void field_time(struct text *text, const char *name, int64_t micros);

/*
 * A document as the value that it is, or (`raw`) as a string under `<name>Json`; absent: null.
 * `name` is bare: "content".
 */
void field_json(struct text *text, bool raw, const char *name, pgc_str json);

/* The same without a name, behind a comma. */
void field_value(struct text *text, bool raw, pgc_str json);

#endif
