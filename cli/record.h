/*
 * A conversation as it stands in a file, made ready for the store. Three formats:
 *
 *   openai    {"id", "title", "resource_id", "created_at", "metadata", "messages": [{"role",
 * "content", ...}]} sharegpt  {"id", ..., "conversations": [{"from", "value"}]} pgconvo   what
 * `pgconvo export` writes: {"format": "pgconvo/1", ...}
 *
 * Nothing of a record is lost and no content is changed: contents are slices of the text. A message
 * that has more to it than its format's plain members is kept whole, as content of the type
 * "openai.message" or "sharegpt.message"; further members of a conversation go into its metadata,
 * under "record". What has no id gets one that follows from the text, so that a second import finds
 * the first.
 *
 * A record borrows the text and owns what it had to make; it is reused for text after text.
 */
#ifndef RECORD_H
#define RECORD_H

#include <pgconvo.h>

#include "jdoc.h"

typedef enum record_format {
    RECORD_AUTO = 0,
    RECORD_OPENAI = 1,
    RECORD_SHAREGPT = 2,
    RECORD_PGCONVO = 3,
} record_format;

#define RECORD_FORMATS "auto|openai|sharegpt|pgconvo"
#define RECORD_HEADER "pgconvo/1" /* "format" of the lines that export writes */

/* What is wrong with a record: a sentence, and where in the text (-1: nowhere in particular). */
typedef struct record_problem {
    char text[320];
    int64_t position;
} record_problem;

typedef struct record record;

/* NULL: no memory. */
record *record_new(void);
void record_free(record *r);

/* Reads a record. 0, or -1 and the problem. */
int record_read(record *r, pgc_str text, record_format format, record_problem *problem);

/* The conversation that was read. `created_at` is absent if neither the record nor a message tells
 * it. */
pgc_thread_new *record_thread(record *r);
const pgc_message_new *record_messages(const record *r, size_t *count);

#endif
