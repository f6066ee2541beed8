/*
 * The operations on resources and observations; see domain/operations.h.
 */
#ifndef DOMAIN_OPERATIONS_MEMORY_H
#define DOMAIN_OPERATIONS_MEMORY_H

#include "base/base.h"
#include "engine/op.h"
#include "pgconvo_memory.h"

MUST_CHECK int resource_get(pgc_op *op, pgc_str resource_id, pgc_error *err);
MUST_CHECK int resource_create(pgc_op *op, const pgc_resource *given, pgc_error *err);
MUST_CHECK int resource_update(pgc_op *op, const pgc_resource_change *given, pgc_error *err);

MUST_CHECK int observation_get(pgc_op *op, pgc_str thread_id, pgc_str resource_id, pgc_error *err);
MUST_CHECK int observation_history(pgc_op *op, const pgc_observation_query *given, pgc_error *err);
MUST_CHECK int observation_clear(pgc_op *op, pgc_str thread_id, pgc_str resource_id,
                                 pgc_error *err);

MUST_CHECK int observation_init(pgc_op *op, const pgc_observation_new *given, pgc_error *err);
MUST_CHECK int observation_insert(pgc_op *op, const pgc_observation *given, pgc_error *err);
MUST_CHECK int observation_reflect(pgc_op *op, pgc_str id, pgc_str reflection, int64_t tokens,
                                   pgc_error *err);
MUST_CHECK int observation_activate_reflection(pgc_op *op, pgc_str id, int64_t tokens,
                                               pgc_error *err);

MUST_CHECK int observation_update(pgc_op *op, const pgc_observation_change *given, pgc_error *err);
MUST_CHECK int observation_mark(pgc_op *op, const pgc_observation_marks *given, pgc_error *err);
MUST_CHECK int observation_config(pgc_op *op, pgc_str id, pgc_str config, pgc_error *err);
MUST_CHECK int observation_buffer(pgc_op *op, const pgc_observation_chunk *given, pgc_error *err);
MUST_CHECK int observation_buffer_reflection(pgc_op *op, const pgc_observation_reflection *given,
                                             pgc_error *err);
MUST_CHECK int observation_activate(pgc_op *op, const pgc_observation_activation *given,
                                    pgc_error *err);

#endif
