/*
 * JSON text that grows, for V8 to parse. Owned by whoever holds the struct; no JavaScript in here.
 */
#ifndef TEXT_H
#define TEXT_H

#include <pgconvo.h>

struct text {
    char *data;
    size_t size;
    size_t room;
    bool failed; /* memory ran out; what was added since is missing */
};

void text_add(struct text *text, const char *bytes, size_t size);
void text_raw(struct text *text, pgc_str bytes);
void text_literal(struct text *text, const char *literal);
void text_number(struct text *text, int64_t number);

/* As a JSON string; lone surrogates in three-byte form become escapes, and what is absent null. */
void text_quoted(struct text *text, pgc_str plain);

/* Is there no byte above 0x7f? */
bool text_is_ascii(const struct text *text);

void text_free(struct text *text);

#endif
