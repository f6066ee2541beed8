/* Workflow runs, scores, taking away what is old: every operation as its two public functions. */
#include "domain/workflow_operations.h"
#include "face/calls.h"

CALL(run_put, (const pgc_run_new *run), (op, run, err))
CALL(run_get, (pgc_str workflow_name, pgc_str run_id), (op, workflow_name, run_id, err))
CALL(run_list, (const pgc_run_query *query), (op, query, err))
CALL(run_delete, (pgc_str workflow_name, pgc_str run_id), (op, workflow_name, run_id, err))
CALL(run_step, (const pgc_step *step), (op, step, err))
CALL(run_state, (const pgc_state *state), (op, state, err))

CALL(score_put, (const pgc_score_new *score), (op, score, err))
CALL(score_get, (pgc_str id), (op, id, err))
CALL(score_list, (const pgc_score_query *query), (op, query, err))

CALL(prune, (const pgc_prune_options *options), (op, options, err))
CALL(clear, (pgc_clear_what what), (op, what, err))
