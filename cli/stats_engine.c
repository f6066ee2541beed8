#include "stats_engine.h"

#include <inttypes.h>
#include <pgconvo_counters.h>
#include <stdlib.h>

#include "out.h"
#include "say.h"
#include "table.h"

#define PAGE 20
#define CELLS 8
#define CELL_SIZE 24

/* ---- Reads ----------------------------------------------------------------------------------- */

static int done(int status, pgc_result *result, const pgc_error *err) {
    pgc_result_free(result);
    return status == 0 ? CLI_OK : say_error(err);
}

static int list_threads(pgc_store *store, char *newest) {
    pgc_thread_query query = PGC_THREAD_QUERY_INIT;
    pgc_result *result = NULL;
    pgc_error err;
    query.direction = PGC_DESCENDING;
    query.limit = PAGE;
    int status = pgc_thread_list(store, &query, &result, &err);
    if (status == 0 && pgc_result_threads(result) > 0) {
        snprintf(newest, PGC_ID_MAX + 1, "%s", pgc_result_thread(result, 0)->id.data);
    }
    return done(status, result, &err);
}

static int list_messages(pgc_store *store, pgc_str thread) {
    pgc_message_query query = PGC_MESSAGE_QUERY_INIT;
    pgc_result *result = NULL;
    pgc_error err;
    query.thread_id = thread;
    query.limit = PAGE;
    int status = pgc_message_list(store, &query, &result, &err);
    return done(status, result, &err);
}

static int get_thread(pgc_store *store, pgc_str thread) {
    pgc_result *result = NULL;
    pgc_error err;
    int status = pgc_thread_get(store, thread, &result, &err);
    return done(status, result, &err);
}

static int last_messages(pgc_store *store, pgc_str thread) {
    pgc_result *result = NULL;
    pgc_error err;
    int status = pgc_message_last(store, thread, PAGE, &result, &err);
    return done(status, result, &err);
}

static int get_metadata(pgc_store *store, pgc_str thread) {
    pgc_result *result = NULL;
    pgc_error err;
    int status = pgc_metadata_get(store, thread, pgc_none(), &result, &err);
    return done(status, result, &err);
}

/* What an agent's turn reads of its conversation. */
static int read_thread(pgc_store *store, pgc_str thread) {
    int rc;
    if ((rc = get_thread(store, thread)) != CLI_OK ||
        (rc = last_messages(store, thread)) != CLI_OK ||
        (rc = list_messages(store, thread)) != CLI_OK) {
        return rc;
    }
    return get_metadata(store, thread);
}

int stats_engine_probe(pgc_store *store, int64_t rounds) {
    int rc = CLI_OK;
    for (int64_t i = 0; i < rounds && rc == CLI_OK && !cli_interrupted(); i++) {
        char newest[PGC_ID_MAX + 1] = "";
        rc = list_threads(store, newest);
        if (rc == CLI_OK && newest[0] != '\0') {
            rc = read_thread(store, pgc_z(newest));
        }
    }
    return rc;
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static const double percents[] = {50, 90, 99, 100};
#define PERCENTS (sizeof percents / sizeof *percents)

static void print_json(const pgc_operation_counters *one) {
    static const char *const names[PERCENTS] = {"p50_us", "p90_us", "p99_us", "max_us"};
    out_object object = out_begin(stdout);
    out_text(&object, "operation", pgc_z(one->name));
    out_number(&object, "started", (int64_t)one->started);
    out_number(&object, "succeeded", (int64_t)one->succeeded);
    out_number(&object, "failed", (int64_t)one->failed);
    out_number(&object, "retried", (int64_t)one->retried);
    out_number(&object, "rows", (int64_t)one->rows);
    out_number(&object, "bytes_sent", (int64_t)one->bytes_sent);
    out_number(&object, "bytes_received", (int64_t)one->bytes_received);
    out_number(&object, "total_us", (int64_t)one->latency.sum_us);
    for (size_t i = 0; i < PERCENTS; i++) {
        out_number(&object, names[i],
                   (int64_t)pgc_histogram_percentile(&one->latency, percents[i]));
    }
    out_end(&object);
    fputc('\n', stdout);
}

static void print_engine_json(const pgc_counters *all) {
    out_object object = out_begin(stdout);
    out_number(&object, "connects", (int64_t)all->connects);
    out_number(&object, "reconnects", (int64_t)all->reconnects);
    out_number(&object, "connect_failures", (int64_t)all->connect_failures);
    out_number(&object, "connections_lost", (int64_t)all->lost);
    out_number(&object, "retries",
               (int64_t)(all->retries_connect + all->retries_lost + all->retries_conflict));
    out_number(&object, "waits", (int64_t)all->waits);
    out_number(&object, "wait_us", (int64_t)all->wait_total_us);
    out_number(&object, "connections_open", all->pool.open);
    out_number(&object, "connections_max", all->pool.max);
    out_end(&object);
    fputc('\n', stdout);
}

/* The cells of a table, which borrows their texts. */
struct cells {
    table *t;
    char (*texts)[CELL_SIZE];
    size_t count;
};

static void put_number(struct cells *cells, uint64_t number) {
    char *text = cells->texts[cells->count++];
    snprintf(text, CELL_SIZE, "%" PRIu64, number);
    table_cell(cells->t, pgc_z(text));
}

static void put_millis(struct cells *cells, uint64_t us) {
    char *text = cells->texts[cells->count++];
    snprintf(text, CELL_SIZE, "%" PRIu64 ".%03" PRIu64, us / 1000, us % 1000);
    table_cell(cells->t, pgc_z(text));
}

static void put_row(struct cells *cells, const pgc_operation_counters *one) {
    table_cell(cells->t, pgc_z(one->name));
    put_number(cells, one->started);
    put_number(cells, one->failed);
    put_number(cells, one->rows);
    for (size_t i = 0; i < PERCENTS; i++) {
        put_millis(cells, pgc_histogram_percentile(&one->latency, percents[i]));
    }
}

static bool print_table(pgc_store *store, size_t operations) {
    static const char *const titles[CELLS] = {"operation", "calls",  "failed", "rows",
                                              "p50 ms",    "p90 ms", "p99 ms", "max ms"};
    struct cells cells = {.t = table_new(titles, CELLS, 0),
                          .texts = calloc(operations * CELLS, CELL_SIZE)};
    bool whole = cells.t != NULL && cells.texts != NULL;
    pgc_operation_counters one = PGC_OPERATION_COUNTERS_INIT;
    for (size_t i = 0; whole && pgc_store_operation_counters(store, i, &one); i++) {
        if (one.started > 0) {
            put_row(&cells, &one);
        }
    }
    whole = whole && table_print(cells.t, stdout, cli_width());
    table_free(cells.t);
    free(cells.texts);
    return whole;
}

static void say_engine(const pgc_counters *all) {
    say_plain("%" PRIu64 " bytes sent, %" PRIu64 " received; %" PRIu64 " connections made, %" PRIu64
              " lost; %" PRIu64 " calls waited",
              all->bytes_sent, all->bytes_received, all->connects, all->lost, all->waits);
}

int stats_engine_print(const cli_state *cli) {
    pgc_counters all = PGC_COUNTERS_INIT;
    pgc_operation_counters one = PGC_OPERATION_COUNTERS_INIT;
    pgc_store_counters(cli->store, &all);
    if (cli->format == CLI_TABLE) {
        if (!print_table(cli->store, all.operations)) {
            say("out of memory");
            return CLI_DATABASE;
        }
        fflush(stdout);
        if (!cli->quiet) {
            say_engine(&all);
        }
        return CLI_OK;
    }
    for (size_t i = 0; pgc_store_operation_counters(cli->store, i, &one); i++) {
        if (one.started > 0) {
            print_json(&one);
        }
    }
    print_engine_json(&all);
    return CLI_OK;
}
