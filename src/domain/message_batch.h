/*
 * A batch of messages on its way in: checked, with ids and times, as the arrays that the statements
 * take.
 */
#ifndef DOMAIN_MESSAGE_BATCH_H
#define DOMAIN_MESSAGE_BATCH_H

#include "base/arena.h"
#include "base/base.h"
#include "base/uuid.h"
#include "domain/result.h"
#include "engine/op.h"
#include "pgconvo.h"

struct message_batch {
    pgc_str thread_id; /* of all messages that name none */
    size_t count;
    pgc_str *ids;
    pgc_str *threads;
    pgc_str *roles;
    pgc_str *types;
    pgc_str *contents;  /* JSON */
    pgc_str *metadata;  /* as jsonb takes it */
    pgc_str *resources; /* absent: the thread's */
    int64_t *times;     /* as given, or PGC_NO_TIME */
    /* for messages without a time: now, or the latest time before it in the batch */
    int64_t *floors;
    bool mixed; /* some have times of their own, and some have none */
    int64_t now;
    int64_t newest;            /* of all times and floors */
    struct uuid_random random; /* for ids that the library makes */
    pgc_str *given;            /* those ids that the caller gave */
    size_t given_count;
    pgc_existing existing;
    pgc_elsewhere elsewhere;
};

/*
 * Reads and checks an append to one thread; all memory is the arena's. `least`: the smallest count
 * allowed.
 */
MUST_CHECK int message_batch_read(struct message_batch *batch, struct arena *arena,
                                  const pgc_append *given, size_t least, pgc_error *err);

/* The same for messages that may name threads of their own, and stand twice in the batch. */
MUST_CHECK int message_batch_read_any(struct message_batch *batch, struct arena *arena,
                                      const pgc_append *given, pgc_error *err);

/* The first columns of the statements that write a batch. */
enum {
    COLUMN_KNOWN,     /* is the thread there? */
    COLUMN_ELSEWHERE, /* an id that stands in another thread */
    COLUMN_RESOURCE,
    COLUMN_SEQ,
    COLUMN_CREATED,
    COLUMN_INSERTED,
};

/* Message `i` of a batch, and the row of the answer that is about it. */
struct batch_row {
    const struct message_batch *batch;
    size_t i;
    size_t row;
};

/* Makes a message of the result of it, and adds to what they add up to. */
MUST_CHECK int message_batch_answer(const struct batch_row *from, pgc_result *result,
                                    pgc_message *message, pgc_error *err);

/* The first parameters of the statements that write a batch to one thread. */
void message_batch_bind(struct bind *bind, const struct message_batch *batch);

/*
 * Is each content, as it is to be stored, as small as the store wants it? `array` is the name of
 * the argument that they are elements of, NULL for a single one.
 */
MUST_CHECK int message_check_sizes(const pgc_op *op, const pgc_str *contents, size_t count,
                                   const char *array, pgc_error *err);

/*
 * The content of a message: JSON as it is, or text as a JSON string. `*content` may be absent if
 * `required` is not set.
 */
MUST_CHECK int message_read_content(struct arena *arena, pgc_str json, pgc_str text, bool required,
                                    pgc_str *content, pgc_error *err);

#endif
