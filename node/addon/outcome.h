/*
 * What an operation brought, as JavaScript sees it: JSON texts for V8's own parser, which is far
 * cheaper than making objects field by field. One string, or, where it would be long, [string,
 * rest]: the string has all but the messages that did not fit, and more(rest) gives further ones,
 * an array of messages at a time. So each text can be parsed and forgotten before the next one is
 * made. Strings above 64 kB are avoided since they are costly to V8.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "text.h"

#include <node_api.h>

/*
 * How documents and messages are written. Messages are the values of an array, one message after
 * the other, since objects are cheaper to make in JavaScript: id, role, createdAt, threadId,
 * resourceId, type, content and, but for agents, metadata, seq, createdAtMicros, and of what was
 * written whether it was inserted or the id that it was copied from. 0 stands for the threadId or
 * resourceId of the message before, null for what there is not.
 */
enum format {
    FORMAT_PLAIN, /* contents and metadata as the values that they are */
    FORMAT_RAW,   /* as strings */
    FORMAT_AGENT, /* what agents know of a message; no type "v2", which all new ones have */
    FORMAT_TIMES, /* nothing but an array of the messages' times */
};

/*
 * Undefined for an operation without a result. Returns NULL if memory or V8 gives out. `text` is
 * working space. A rest takes the result over, and `*result` becomes NULL.
 */
napi_value outcome_of_result(napi_env env, pgc_result **result, enum format format,
                             struct text *text);

/* more(rest): the next text; undefined after the last one */
napi_value outcome_more(napi_env env, napi_callback_info info);

/* An error as a JSON text, from which JavaScript makes a PgconvoError. */
napi_value outcome_of_error(napi_env env, const pgc_error *error, struct text *text);

/* The same as an exception. */
void outcome_throw(napi_env env, const pgc_error *error);

/* What is told of an operation that has been done, but whose outcome could not be made. */
extern const pgc_error outcome_nomem;

#endif
