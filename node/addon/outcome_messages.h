/*
 * The messages of a result as JSON, one text of bounded length after the other.
 */
#ifndef OUTCOME_MESSAGES_H
#define OUTCOME_MESSAGES_H

#include "outcome.h"

struct outcome_messages {
    const pgc_result *result;
    enum format format;
    size_t next;       /* the first message that is not written yet */
    pgc_str thread_id; /* of the message before */
    pgc_str resource_id;
};

/* Adds the values of as many messages as fit. Returns whether those were all. */
bool outcome_add_messages(struct outcome_messages *messages, struct text *text);

#endif
