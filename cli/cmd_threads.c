/* pgconvo threads: lists conversations. */
#include "cli.h"
#include "out.h"
#include "say.h"
#include "table.h"

typedef struct threads_values {
    pgc_str resource;
    pgc_str metadata;
    int order;
    bool desc;
    bool asc;
    int64_t limit;
    pgc_str cursor;
    int64_t page;
    bool total;
} threads_values;

static const opt_spec options[] = {
    {"resource", 0, OPT_TEXT, offsetof(threads_values, resource), "ID", "of this resource only", 0},
    {"metadata", 0, OPT_TEXT, offsetof(threads_values, metadata), "JSON",
     "whose metadata contains this object", 0},
    {"order", 0, OPT_CHOICE, offsetof(threads_values, order), "created|updated", "by which time",
     0},
    {"asc", 0, OPT_FLAG, offsetof(threads_values, asc), NULL, "oldest first (the default)", 0},
    {"desc", 0, OPT_FLAG, offsetof(threads_values, desc), NULL, "newest first", 0},
    {"limit", 'n', OPT_NUMBER, offsetof(threads_values, limit), "N", "at most N (100)",
     PGC_LIMIT_MAX},
    {"cursor", 0, OPT_TEXT, offsetof(threads_values, cursor), "CURSOR",
     "go on where another list ended", 0},
    {"page", 0, OPT_NUMBER, offsetof(threads_values, page), "N", "page N, the first is 0",
     UINT32_MAX},
    {"total", 0, OPT_FLAG, offsetof(threads_values, total), NULL, "also count them all", 0},
    {NULL, 0, OPT_FLAG, 0, NULL, NULL, 0},
};

static void print_json(const pgc_result *result) {
    for (size_t i = 0; i < pgc_result_threads(result); i++) {
        const pgc_thread *thread = pgc_result_thread(result, i);
        out_object object = out_begin(stdout);
        out_text(&object, "id", thread->id);
        out_text(&object, "resource_id", thread->resource_id);
        out_text(&object, "title", thread->title);
        out_time(&object, "created_at", thread->created_at);
        out_time(&object, "updated_at", thread->updated_at);
        out_number(&object, "last_seq", thread->last_seq);
        out_raw(&object, "metadata", thread->metadata);
        out_end(&object);
        fputc('\n', stdout);
    }
}

static bool print_table(const pgc_result *result) {
    static const char *const titles[] = {"id", "resource", "created", "updated", "title"};
    table *t = table_new(titles, 5, 4);
    if (t == NULL) {
        return false;
    }
    for (size_t i = 0; i < pgc_result_threads(result); i++) {
        const pgc_thread *thread = pgc_result_thread(result, i);
        table_cell(t, thread->id);
        table_cell(t, thread->resource_id);
        table_cell_time(t, thread->created_at);
        table_cell_time(t, thread->updated_at);
        table_cell(t, thread->title);
    }
    bool whole = table_print(t, stdout, cli_width());
    table_free(t);
    return whole;
}

static void say_rest(const pgc_result *result) {
    if (pgc_result_total(result) >= 0) {
        say_plain("total: %lld", (long long)pgc_result_total(result));
    }
    if (pgc_result_has_more(result)) {
        say_plain("next: --cursor %s", pgc_result_next(result).data);
    }
}

static int threads_run(cli_state *cli, const void *values, int count, char **operands) {
    const threads_values *v = values;
    pgc_thread_query query = PGC_THREAD_QUERY_INIT;
    pgc_result *result = NULL;
    pgc_error err;
    (void)count;
    (void)operands;
    query.resource_id = v->resource;
    query.metadata = v->metadata;
    query.order = v->order == 1 ? PGC_BY_UPDATED : PGC_BY_CREATED;
    query.direction = v->desc && !v->asc ? PGC_DESCENDING : PGC_ASCENDING;
    query.limit = v->limit < 0 ? 0 : (uint32_t)v->limit;
    query.cursor = v->cursor;
    query.page = v->page < 0 ? 0 : (uint32_t)v->page;
    query.with_total = v->total;
    int rc = cli_open(cli, 1);
    if (rc != CLI_OK) {
        return rc;
    }
    if (pgc_thread_list(cli->store, &query, &result, &err) != 0) {
        return say_error(&err);
    }
    if (cli->format == CLI_JSON) {
        print_json(result);
    } else if (!print_table(result)) {
        say("out of memory");
        rc = CLI_DATABASE;
    }
    fflush(stdout);
    if (!cli->quiet) {
        say_rest(result);
    }
    pgc_result_free(result);
    return rc;
}

const cli_command cmd_threads = {
    .name = "threads",
    .operands = "",
    .summary = "List conversations",
    .about = "Where there are more, the last line on standard error tells the cursor to go on.",
    .options = options,
    .values_size = sizeof(threads_values),
    .run = threads_run,
};
