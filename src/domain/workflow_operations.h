/*
 * The operations of pgconvo_workflow.h, as in domain/operations.h.
 */
#ifndef DOMAIN_WORKFLOW_OPERATIONS_H
#define DOMAIN_WORKFLOW_OPERATIONS_H

#include "base/base.h"
#include "engine/op.h"
#include "pgconvo_workflow.h"

MUST_CHECK int run_put(pgc_op *op, const pgc_run_new *given, pgc_error *err);
MUST_CHECK int run_get(pgc_op *op, pgc_str workflow_name, pgc_str run_id, pgc_error *err);
MUST_CHECK int run_list(pgc_op *op, const pgc_run_query *given, pgc_error *err);
MUST_CHECK int run_delete(pgc_op *op, pgc_str workflow_name, pgc_str run_id, pgc_error *err);
MUST_CHECK int run_step(pgc_op *op, const pgc_step *given, pgc_error *err);
MUST_CHECK int run_state(pgc_op *op, const pgc_state *given, pgc_error *err);

MUST_CHECK int score_put(pgc_op *op, const pgc_score_new *given, pgc_error *err);
MUST_CHECK int score_get(pgc_op *op, pgc_str id, pgc_error *err);
MUST_CHECK int score_list(pgc_op *op, const pgc_score_query *given, pgc_error *err);

MUST_CHECK int prune(pgc_op *op, const pgc_prune_options *given, pgc_error *err);
MUST_CHECK int clear(pgc_op *op, pgc_clear_what what, pgc_error *err);

#endif
