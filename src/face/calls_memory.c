/* Resources and observations: every operation as its two public functions. */
#include "domain/operations_memory.h"
#include "face/calls.h"

CALL(resource_get, (pgc_str resource_id), (op, resource_id, err))
CALL(resource_create, (const pgc_resource *resource), (op, resource, err))
CALL(resource_update, (const pgc_resource_change *change), (op, change, err))

CALL(observation_get, (pgc_str thread_id, pgc_str resource_id), (op, thread_id, resource_id, err))
CALL(observation_history, (const pgc_observation_query *query), (op, query, err))
CALL(observation_clear, (pgc_str thread_id, pgc_str resource_id), (op, thread_id, resource_id, err))

CALL(observation_init, (const pgc_observation_new *observation), (op, observation, err))
CALL(observation_insert, (const pgc_observation *observation), (op, observation, err))
CALL(observation_reflect, (pgc_str id, pgc_str reflection, int64_t tokens),
     (op, id, reflection, tokens, err))
CALL(observation_activate_reflection, (pgc_str id, int64_t tokens), (op, id, tokens, err))

CALL(observation_update, (const pgc_observation_change *change), (op, change, err))
CALL(observation_mark, (const pgc_observation_marks *marks), (op, marks, err))
CALL(observation_config, (pgc_str id, pgc_str config), (op, id, config, err))
CALL(observation_buffer, (const pgc_observation_chunk *chunk), (op, chunk, err))
CALL(observation_buffer_reflection, (const pgc_observation_reflection *reflection),
     (op, reflection, err))
CALL(observation_activate, (const pgc_observation_activation *activation), (op, activation, err))
