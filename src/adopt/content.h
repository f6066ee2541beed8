/*
 * content: what Mastra's text columns hold, as the JSON that a store takes.
 *
 * A message's content was written as it is if it was a string, else as JSON, into one column.
 * Whether a text that looks like JSON is JSON is told by the type of the message and by the shape:
 *
 *     type "v2"         an object is JSON
 *     any type          an object with "format": 2 and an array "parts" is JSON
 *     any type          an array of objects that each have a string "type" is JSON (parts)
 *     tool-call, tool-result   an empty array is JSON
 *     all else          is the text itself, which becomes a JSON string: 42, {"a":1}, "quoted"
 *
 * Keeps no state; what is made lies in the arena.
 */
#ifndef ADOPT_CONTENT_H
#define ADOPT_CONTENT_H

#include "base/arena.h"
#include "pgconvo.h"

struct content {
    pgc_str json;
    pgc_str metadata; /* the object "metadata" of a content that is an object; else absent */
    bool was_text;    /* it became a JSON string */
    bool looked_like_json;
};

MUST_CHECK int content_read(struct arena *arena, pgc_str type, pgc_str text,
                            struct content *content, pgc_error *err);

/* How a document came out of its column. */
enum document_kind {
    DOCUMENT_NONE,  /* null, or JSON's null */
    DOCUMENT_PLAIN, /* an object */
    DOCUMENT_TWICE, /* a JSON string with an object in it, which it is now */
    DOCUMENT_OTHER, /* no object: it is the member "value" of one now */
};

/* A document of metadata as an object, or absent. */
MUST_CHECK int document_read(struct arena *arena, pgc_str text, pgc_str *document,
                             enum document_kind *kind, pgc_error *err);

/* JSON that stands in a JSON string, taken out of it; everything else as it is. */
MUST_CHECK int content_unwrap(struct arena *arena, pgc_str text, pgc_str *json, pgc_error *err);

/* The text of a JSON string (checked). */
MUST_CHECK int content_text(struct arena *arena, pgc_str json, pgc_str *text, pgc_error *err);

/* The last member of an object (checked JSON) that is called `name`; absent if there is none. */
pgc_str content_member(pgc_str object, const char *name);

#endif
