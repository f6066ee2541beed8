/*
 * pgconvo: what a workflow engine keeps: runs with their snapshots, and scores; and how to take
 * away what is old.
 *
 * The conventions are those of pgconvo.h.
 */
#ifndef PGCONVO_WORKFLOW_H
#define PGCONVO_WORKFLOW_H

#include "pgconvo.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Workflow runs --------------------------------------------------------------------------- */

/* A run of a workflow, as stored. A run is known by both its ids. */
typedef struct pgc_run {
    pgc_str workflow_name;
    pgc_str run_id;
    pgc_str resource_id; /* absent: nobody's */
    pgc_str snapshot;    /* a JSON object; absent after pgc_run_step */
    pgc_str context;     /* after pgc_run_step: member "context" of the snapshot; else absent */
    int64_t created_at;
    int64_t updated_at;
} pgc_run;

/* Number of runs; the i-th of them (NULL if there is none), borrowed from the result. */
PGC_EXPORT size_t pgc_result_runs(const pgc_result *result);
PGC_EXPORT const pgc_run *pgc_result_run(const pgc_result *result, size_t i);

typedef struct pgc_run_new {
    size_t size;
    pgc_str workflow_name;
    pgc_str run_id;
    pgc_str resource_id; /* absent: nobody's, or as it is */
    /*
     * a JSON object; every value comes back, order of keys and white space do not. Its member
     * "status", a string of up to 255 bytes, is what lists can filter by
     */
    pgc_str snapshot;
    int64_t created_at; /* PGC_NO_TIME: now. Of a run that is there it stays as it is */
    int64_t updated_at; /* PGC_NO_TIME: now */
} pgc_run_new;

#define PGC_RUN_NEW_INIT \
    { .size = sizeof(pgc_run_new), .created_at = PGC_NO_TIME, .updated_at = PGC_NO_TIME }

/*
 * Writes a run's snapshot, in place of the one it has. pgc_result_inserted tells if the run is new;
 * the result holds nothing else. Errors: INVALID.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_run_put(pgc_store *store, const pgc_run_new *run,
                                          pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_run_put_start(pgc_store *store, const pgc_run_new *run,
                                                pgc_done_fn done, void *payload, pgc_op **op,
                                                pgc_error *err);

/*
 * Reads one run. If `workflow_name` is absent and several workflows have runs of this id: the one
 * that was created last. Errors: NOT_FOUND.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_run_get(pgc_store *store, pgc_str workflow_name, pgc_str run_id,
                                          pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_run_get_start(pgc_store *store, pgc_str workflow_name,
                                                pgc_str run_id, pgc_done_fn done, void *payload,
                                                pgc_op **op, pgc_error *err);

/* Which runs. Each filter may be absent; those that are given all hold. */
typedef struct pgc_run_query {
    size_t size;
    pgc_str workflow_name;
    pgc_str status;
    pgc_str resource_id; /* empty: of the resource with the empty id */
    /*
     * of runs that wait in a conversation of this thread: the thread's id stands in the snapshot,
     * in context.<a step whose status is "suspended">.suspendPayload.__streamState.messageList
     * .memoryInfo.threadId or in context.input.messageListState.memoryInfo.threadId
     */
    pgc_str thread_id;
    int64_t from;  /* only runs created at or after; PGC_NO_TIME: no bound */
    int64_t until; /* only runs created before; PGC_NO_TIME: no bound */
    pgc_direction direction;
    uint32_t limit;  /* rows; 0: PGC_LIMIT_DEFAULT */
    pgc_str cursor;  /* from pgc_result_next or _prev of the same query; absent: from the start */
    uint32_t page;   /* instead of a cursor: page number from 0 on (slower the further) */
    bool with_total; /* also count all that match (costs a count) */
} pgc_run_query;

#define PGC_RUN_QUERY_INIT \
    { .size = sizeof(pgc_run_query), .from = PGC_NO_TIME, .until = PGC_NO_TIME }

/*
 * Lists runs by the time of their creation; ties are in order of run id and workflow name, so that
 * paging neither skips nor repeats a run. Errors: INVALID (a cursor of another query, too).
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_run_list(pgc_store *store, const pgc_run_query *query,
                                           pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_run_list_start(pgc_store *store, const pgc_run_query *query,
                                                 pgc_done_fn done, void *payload, pgc_op **op,
                                                 pgc_error *err);

/* Deletes a run. Result: how many there were (pgc_result_total), 0 or 1; none is no error. */
PGC_EXPORT PGC_MUST_CHECK int pgc_run_delete(pgc_store *store, pgc_str workflow_name,
                                             pgc_str run_id, pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_run_delete_start(pgc_store *store, pgc_str workflow_name,
                                                   pgc_str run_id, pgc_done_fn done, void *payload,
                                                   pgc_op **op, pgc_error *err);

typedef struct pgc_step {
    size_t size;
    pgc_str workflow_name;
    pgc_str run_id;
    pgc_str step_id;         /* the member of the context; up to 1 MiB, with any character */
    pgc_str result;          /* its new value: any JSON value */
    pgc_str request_context; /* a JSON object that is merged into the snapshot's; absent: none */
    /* members of the old result that go when the new one is merged into it */
    const pgc_str *result_without;
    size_t result_without_count; /* up to 10,000 */
    /* members that go from the request context before the merge */
    const pgc_str *request_context_without;
    size_t request_context_without_count; /* up to 10,000 */
    /* a JSON object: snapshot of a run that is not there, to put the step in; absent: {} */
    pgc_str initial;
} pgc_step;

#define PGC_STEP_INIT \
    { .size = sizeof(pgc_step) }

/*
 * Puts a step's result into the context of a run, and makes the run if it is not there. Atomic:
 * concurrent results of a run are all kept, also if they are its first.
 *
 * If both the result that is there and the new one are objects with an array as "output", the new
 * one is merged into the old one: its members replace those of the old one, and the outputs merge
 * place by place, where a null keeps the old value. If any place of the new output is the marker
 * {"__mastra_pending__": true}, the old result keeps all but this: each marker sets its place to
 * null, if that holds null, a marker, a step's result that is suspended, or nothing as yet.
 *
 * Result: one run, with its context instead of its snapshot. Errors: NOT_FOUND (the run's snapshot
 * has no context), INVALID.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_run_step(pgc_store *store, const pgc_step *step,
                                           pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_run_step_start(pgc_store *store, const pgc_step *step,
                                                 pgc_done_fn done, void *payload, pgc_op **op,
                                                 pgc_error *err);

typedef struct pgc_state {
    size_t size;
    pgc_str workflow_name;
    pgc_str run_id;
    pgc_str members;        /* a JSON object, whose members replace those of the snapshot */
    const pgc_str *without; /* members of the snapshot that go */
    size_t without_count;   /* up to 10,000 */
    /* the change is made only if the snapshot's status is one of these; NULL: whatever it is */
    const pgc_str *expected;
    size_t expected_count; /* up to 10,000; 0, with `expected` not NULL: it is none of them */
} pgc_state;

#define PGC_STATE_INIT \
    { .size = sizeof(pgc_state) }

/*
 * Changes members of a run's snapshot, all or none: of any number of calls that expect the same
 * status and change it, one succeeds. Result: the run as it is now; without a run if nothing was
 * done, since there is no such run or its status is not one of those expected. Errors: NOT_FOUND
 * (the run's snapshot has no context), INVALID.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_run_state(pgc_store *store, const pgc_state *state,
                                            pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_run_state_start(pgc_store *store, const pgc_state *state,
                                                  pgc_done_fn done, void *payload, pgc_op **op,
                                                  pgc_error *err);

/* ---- Scores ---------------------------------------------------------------------------------- */

/* A score: a document, and what it can be found by. All but id, times and document may be absent.
 */
typedef struct pgc_score {
    pgc_str id;
    pgc_str scorer_id;
    pgc_str run_id;
    pgc_str entity_id;
    pgc_str entity_type;
    pgc_str source;
    pgc_str trace_id;
    pgc_str span_id;
    pgc_str organization_id;
    pgc_str project_id;
    int64_t created_at;
    int64_t updated_at;
    pgc_str document; /* JSON, byte for byte as given; absent after pgc_score_put */
} pgc_score;

/* Number of scores; the i-th of them (NULL if there is none), borrowed from the result. */
PGC_EXPORT size_t pgc_result_scores(const pgc_result *result);
PGC_EXPORT const pgc_score *pgc_result_score(const pgc_result *result, size_t i);

typedef struct pgc_score_new {
    size_t size;
    pgc_str id;        /* absent: the library makes a UUIDv7 */
    pgc_str scorer_id; /* this and those that follow: up to 255 bytes, or absent */
    pgc_str run_id;
    pgc_str entity_id;
    pgc_str entity_type;
    pgc_str source;
    pgc_str trace_id;
    pgc_str span_id;
    pgc_str organization_id;
    pgc_str project_id;
    int64_t created_at; /* PGC_NO_TIME: now */
    int64_t updated_at; /* PGC_NO_TIME: as created_at */
    pgc_str document;   /* any JSON value */
} pgc_score_new;

#define PGC_SCORE_NEW_INIT \
    { .size = sizeof(pgc_score_new), .created_at = PGC_NO_TIME, .updated_at = PGC_NO_TIME }

/*
 * Writes a score, wholly in place of one that has its id. Result: the score as stored, but without
 * its document; pgc_result_inserted tells if it is new. Errors: INVALID.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_score_put(pgc_store *store, const pgc_score_new *score,
                                            pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_score_put_start(pgc_store *store, const pgc_score_new *score,
                                                  pgc_done_fn done, void *payload, pgc_op **op,
                                                  pgc_error *err);

/* Reads one score. Errors: NOT_FOUND. */
PGC_EXPORT PGC_MUST_CHECK int pgc_score_get(pgc_store *store, pgc_str id, pgc_result **result,
                                            pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_score_get_start(pgc_store *store, pgc_str id, pgc_done_fn done,
                                                  void *payload, pgc_op **op, pgc_error *err);

/* Which scores. Each filter may be absent; those that are given all hold. */
typedef struct pgc_score_query {
    size_t size;
    pgc_str scorer_id;
    pgc_str run_id;
    pgc_str entity_id;
    pgc_str entity_type;
    pgc_str source;
    pgc_str trace_id;
    pgc_str span_id;
    pgc_str organization_id;
    pgc_str project_id;
    int64_t from;  /* only scores created at or after; PGC_NO_TIME: no bound */
    int64_t until; /* only scores created before; PGC_NO_TIME: no bound */
    pgc_direction direction;
    uint32_t limit;  /* rows; 0: PGC_LIMIT_DEFAULT */
    pgc_str cursor;  /* from pgc_result_next or _prev of the same query; absent: from the start */
    uint32_t page;   /* instead of a cursor: page number from 0 on (slower the further) */
    bool with_total; /* also count all that match (costs a count) */
} pgc_score_query;

#define PGC_SCORE_QUERY_INIT \
    { .size = sizeof(pgc_score_query), .from = PGC_NO_TIME, .until = PGC_NO_TIME }

/*
 * Lists scores by the time of their creation; ties are in order of id. Errors: INVALID (a cursor of
 * another query, too).
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_score_list(pgc_store *store, const pgc_score_query *query,
                                             pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_score_list_start(pgc_store *store, const pgc_score_query *query,
                                                   pgc_done_fn done, void *payload, pgc_op **op,
                                                   pgc_error *err);

/* ---- Taking away what is old, or all --------------------------------------------------------- */

/* What a prune takes from, and which of its times counts. */
typedef enum pgc_prune_table {
    PGC_PRUNE_THREADS = 0,   /* created_at; a thread goes with its messages and all metadata */
    PGC_PRUNE_MESSAGES = 1,  /* created_at; a message goes with its metadata */
    PGC_PRUNE_RESOURCES = 2, /* created_at */
    PGC_PRUNE_RUNS = 3,      /* updated_at: a run that waits for long is not old */
    PGC_PRUNE_SCORES = 4,    /* created_at */
} pgc_prune_table;

typedef struct pgc_prune_options {
    size_t size;
    pgc_prune_table table;
    int64_t before; /* what is older goes; needed */
    uint32_t limit; /* rows at most, up to PGC_LIMIT_MAX; 0: 1,000 */
    pgc_str cursor; /* messages only: pgc_result_next of the call before this; absent: all */
} pgc_prune_options;

#define PGC_PRUNE_OPTIONS_INIT \
    { .size = sizeof(pgc_prune_options), .before = PGC_NO_TIME }

/*
 * Deletes rows that are older than a moment, at most `limit` in this call, in one transaction.
 * Result: the number (pgc_result_total); when it is less than the limit, nothing old is left (of
 * messages: from the cursor on). Messages are taken thread by thread, and pgc_result_next tells
 * where the next call can go on: with that as its cursor it need not look for what is old among
 * what this one has left.
 * Threads are locked as other writers lock them, so that it may run beside them; a message that is
 * appended meanwhile to a thread that goes is refused or goes too. With threads and messages go
 * their embeddings, as in pgc_thread_delete. Errors: INVALID.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_prune(pgc_store *store, const pgc_prune_options *options,
                                        pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_prune_start(pgc_store *store, const pgc_prune_options *options,
                                              pgc_done_fn done, void *payload, pgc_op **op,
                                              pgc_error *err);

/* What a clear takes away. */
typedef enum pgc_clear_what {
    PGC_CLEAR_MEMORY = 0, /* threads with all that is theirs, resources and observations */
    PGC_CLEAR_RUNS = 1,
    PGC_CLEAR_SCORES = 2,
} pgc_clear_what;

/*
 * Deletes all there is, in one transaction. Result: the number of threads, runs or scores
 * (pgc_result_total). What is made meanwhile may stay, but never in part. Errors: INVALID.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_clear(pgc_store *store, pgc_clear_what what, pgc_result **result,
                                        pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_clear_start(pgc_store *store, pgc_clear_what what,
                                              pgc_done_fn done, void *payload, pgc_op **op,
                                              pgc_error *err);

#ifdef __cplusplus
}
#endif

#endif
