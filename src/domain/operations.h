/*
 * Every operation: how its statements are filled in from what the caller gave. Each checks its
 * arguments, adds the statements to a new op and says what decodes their answers; none does I/O.
 * Public functions of the same names (face/calls.c) run them, blocking or event-driven.
 */
#ifndef DOMAIN_OPERATIONS_H
#define DOMAIN_OPERATIONS_H

#include "base/base.h"
#include "engine/op.h"
#include "pgconvo.h"

MUST_CHECK int thread_create(pgc_op *op, const pgc_thread_new *given, pgc_error *err);
MUST_CHECK int thread_get(pgc_op *op, pgc_str thread_id, pgc_error *err);
MUST_CHECK int thread_update(pgc_op *op, const pgc_thread_change *given, pgc_error *err);
MUST_CHECK int thread_delete(pgc_op *op, pgc_str thread_id, pgc_error *err);
MUST_CHECK int thread_copy(pgc_op *op, const pgc_copy *given, pgc_error *err);
MUST_CHECK int thread_list(pgc_op *op, const pgc_thread_query *given, pgc_error *err);

MUST_CHECK int message_append(pgc_op *op, const pgc_append *given, pgc_error *err);
MUST_CHECK int message_save(pgc_op *op, const pgc_save *given, pgc_error *err);
MUST_CHECK int message_last(pgc_op *op, pgc_str thread_id, uint32_t limit, pgc_error *err);
MUST_CHECK int message_list(pgc_op *op, const pgc_message_query *given, pgc_error *err);
MUST_CHECK int message_tail(pgc_op *op, pgc_str thread_id, int64_t seq, uint32_t limit,
                            pgc_error *err);
MUST_CHECK int message_window(pgc_op *op, const pgc_window *given, pgc_error *err);
MUST_CHECK int message_recall(pgc_op *op, const pgc_recall *given, pgc_error *err);
MUST_CHECK int message_get(pgc_op *op, const pgc_ids *given, pgc_error *err);
MUST_CHECK int message_find(pgc_op *op, pgc_str metadata, uint32_t limit, pgc_str cursor,
                            pgc_error *err);
MUST_CHECK int message_count(pgc_op *op, pgc_str thread_id, int64_t from, int64_t until,
                             pgc_error *err);
MUST_CHECK int message_update(pgc_op *op, const pgc_message_change *given, pgc_error *err);
MUST_CHECK int message_rewrite(pgc_op *op, const pgc_rewrite *given, pgc_error *err);
MUST_CHECK int message_delete(pgc_op *op, const pgc_ids *given, pgc_error *err);
MUST_CHECK int conversation_import(pgc_op *op, const pgc_thread_new *thread,
                                   const pgc_append *append, pgc_error *err);

MUST_CHECK int metadata_get(pgc_op *op, pgc_str thread_id, pgc_str message_id, pgc_error *err);
MUST_CHECK int metadata_merge(pgc_op *op, pgc_str thread_id, pgc_str message_id, pgc_str patch,
                              pgc_error *err);
MUST_CHECK int metadata_replace(pgc_op *op, pgc_str thread_id, pgc_str message_id, pgc_str document,
                                pgc_error *err);
MUST_CHECK int metadata_remove(pgc_op *op, pgc_str thread_id, pgc_str message_id,
                               const pgc_str *keys, size_t count, pgc_error *err);

#endif
