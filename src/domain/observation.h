/*
 * What the operations on observations share: scopes, checks, reading records.
 */
#ifndef DOMAIN_OBSERVATION_H
#define DOMAIN_OBSERVATION_H

#include "base/uuid.h"
#include "engine/op.h"
#include "pgconvo_memory.h"

/* Most statements come twice, for the records of a thread and for those of a resource. */
#define SCOPED(name, thread_id) \
    ((thread_id).data != NULL ? STMT_observation_##name##_thread : STMT_observation_##name##_owner)

/* A thread, which may be absent, and a resource, which may be absent only beside a thread. */
MUST_CHECK int observation_check_scope(pgc_str thread_id, pgc_str resource_id, pgc_error *err);

/* A text that must be there, however short. */
MUST_CHECK int observation_check_text(pgc_str text, const char *field, pgc_error *err);

/* A JSON array, which may be absent. */
MUST_CHECK int observation_check_array(pgc_str json, const char *field, pgc_error *err);

/* Adds a statement that reads the newest record of a scope, or the record of an id. */
void observation_add_newest(pgc_op *op, pgc_str thread_id, pgc_str resource_id);
void observation_add_one(pgc_op *op, pgc_str id);

/* Decodes: the rows of the last statement, of which there may be none, as records. */
int observation_decode_rows(pgc_op *op, pgc_error *err);

/* A new id. */
MUST_CHECK int observation_make_id(char made[UUID_SIZE], pgc_error *err);

/* NOT_FOUND. */
int observation_none(pgc_error *err);

#endif
