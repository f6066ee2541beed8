/*
 * What the tests of runs share: arguments, runs to begin with, and what there is.
 */
#ifndef RUN_WORLD_H
#define RUN_WORLD_H

#include "pgconvo_workflow.h"

#include "live/world.h"

#define NEW_RUN(...)                             \
    (&(pgc_run_new){.size = sizeof(pgc_run_new), \
                    .created_at = PGC_NO_TIME,   \
                    .updated_at = PGC_NO_TIME,   \
                    __VA_ARGS__})
#define RUN_QUERY(...) \
    (&(pgc_run_query){ \
        .size = sizeof(pgc_run_query), .from = PGC_NO_TIME, .until = PGC_NO_TIME, __VA_ARGS__})
#define STEP(...) (&(pgc_step){.size = sizeof(pgc_step), __VA_ARGS__})
#define STATE(...) (&(pgc_state){.size = sizeof(pgc_state), __VA_ARGS__})

WORLD_USED static void clear_runs(void) {
    sql("DELETE FROM workflow_runs");
}

/* A run with this snapshot, created and written so many seconds after BASE. */
WORLD_USED static void make_run(const char *name, const char *id, int64_t at,
                                const char *snapshot) {
    must(CALL(run_put, NEW_RUN(.workflow_name = z(name), .run_id = z(id), .snapshot = z(snapshot),
                               .created_at = AT(at), .updated_at = AT(at))));
}

WORLD_USED static const pgc_run *only_run(void) {
    if (pgc_result_runs(result) != 1) bail("there are %zu runs", pgc_result_runs(result));
    return pgc_result_run(result, 0);
}

WORLD_USED static bool is_json(pgc_str got, const char *want, const char *name) {
    const char *now = sql("SELECT $j$%s$j$::jsonb = $j$%s$j$::jsonb", got.data, want);
    return ok(strcmp(now, "t") == 0, "%s: %s is %s", name, got.data, want);
}

WORLD_USED static const char *snapshot_of(const char *name, const char *id) {
    return sql("SELECT snapshot FROM workflow_runs WHERE workflow_name = '%s' AND run_id = '%s'",
               name, id);
}

/* The runs in the result, in order: "name/id name/id". */
WORLD_USED static const char *shown_runs(void) {
    char text[4096] = "";
    size_t size = 0;
    for (size_t i = 0; i < pgc_result_runs(result); i++) {
        const pgc_run *run = pgc_result_run(result, i);
        size += (size_t)snprintf(text + size, sizeof text - size, "%s%s/%s", i == 0 ? "" : " ",
                                 run->workflow_name.data, run->run_id.data);
    }
    return form("%s", text);
}

#define LISTS(want, ...)                           \
    (must(CALL(run_list, RUN_QUERY(__VA_ARGS__))), \
     is_str(shown_runs(), (want), "list: %s", #__VA_ARGS__))

#endif
