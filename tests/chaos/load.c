/*
 * One process of the load: threads with blocking calls, and one thread with a loop of libuv on
 * which several workers start theirs, all on one store.
 *
 *     load URL NAME FOLDER TALLY SEED DEADLINE_MS
 *
 * NAME begins the names of its workers, whose journals are in FOLDER; TALLY is the file with the
 * counters. Works until SIGTERM, and then until the fate of each call is known.
 */
#include "work.h"

#include <pgconvo_uv.h>
#include <pthread.h>
#include <signal.h>

enum { THREADS = 3, LANES = 3, CONNECTIONS = 5, PACE_MS = 40 };

/* A worker on the event loop. */
struct lane {
    struct worker worker; /* first: it is the payload of its calls */
    uv_timer_t pause;     /* before the next call, or the next attempt */
    uv_timer_t cancel;
};

static atomic_bool stopping;
static struct lane lanes[LANES];
static int lanes_left = LANES;

static void on_signal(int signal_number) {
    (void)signal_number;
    atomic_store(&stopping, true);
}

static unsigned pace(struct worker *worker) {
    return chance_below(&worker->chance, PACE_MS);
}

/* ---- Blocking ---- */

/* One call, until its fate is known. */
static void work_once(struct worker *worker) {
    int wait = 0;
    worker_choose(worker);
    while (wait >= 0) {
        pgc_result *result = NULL;
        pgc_error err;
        usleep((useconds_t)wait * 1000);
        int status = worker_call(worker, &result, &err);
        wait = worker_outcome(worker, status, result, &err);
        pgc_result_free(result);
    }
}

static void *work(void *payload) {
    struct worker *worker = payload;
    worker_watch_thread();
    while (!atomic_load(&stopping)) {
        work_once(worker);
        usleep(pace(worker) * 1000);
    }
    return NULL;
}

/* ---- On a loop ---- */

static void on_pause_over(uv_timer_t *timer);

static void lane_goes_on(struct lane *lane, int status, const pgc_result *result,
                         const pgc_error *err) {
    int wait = worker_outcome(&lane->worker, status, result, err);
    if (wait < 0 && atomic_load(&stopping)) {
        if (--lanes_left == 0) uv_stop(uv_default_loop());
        return;
    }
    if (wait < 0) {
        worker_choose(&lane->worker);
        wait = (int)pace(&lane->worker);
    }
    uv_timer_start(&lane->pause, on_pause_over, (uint64_t)wait, 0);
}

static void on_done(pgc_op *op, void *payload) {
    struct lane *lane = payload;
    pgc_result *result = NULL;
    pgc_error err;
    int status = pgc_op_take(op, &result, &err);
    uv_timer_stop(&lane->cancel);
    lane_goes_on(lane, status, result, &err);
    pgc_result_free(result);
}

static void on_cancel(uv_timer_t *timer) {
    struct lane *lane = uv_handle_get_data((uv_handle_t *)timer);
    pgc_op_cancel(lane->worker.started);
}

static void on_pause_over(uv_timer_t *timer) {
    struct lane *lane = uv_handle_get_data((uv_handle_t *)timer);
    struct worker *worker = &lane->worker;
    pgc_error err;
    int status = worker_call(worker, NULL, &err);
    if (status != 0) {
        lane_goes_on(lane, status, NULL, &err);
    } else if (chance_below(&worker->chance, 30) == 0) {
        uv_timer_start(&lane->cancel, on_cancel, chance_below(&worker->chance, 20), 0);
    }
}

static void *loop(void *payload) {
    worker_watch_thread();
    for (int i = 0; i < LANES; i++) {
        struct lane *lane = &lanes[i];
        uv_timer_init(uv_default_loop(), &lane->pause);
        uv_timer_init(uv_default_loop(), &lane->cancel);
        uv_handle_set_data((uv_handle_t *)&lane->pause, lane);
        uv_handle_set_data((uv_handle_t *)&lane->cancel, lane);
        worker_choose(&lane->worker);
        uv_timer_start(&lane->pause, on_pause_over, 0, 0);
    }
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    return payload;
}

/* ---- All of them ---- */

/*
 * Makes the schema, whatever befalls it, and however long that takes: not before the deadlines of
 * calls, since all would begin with it at once, and might never come to an end.
 */
static void make_schema(pgc_store *store) {
    pgc_store *patient;
    pgc_error err;
    if (pgc_store_with_timeout(store, 0, &patient, &err) != 0) abort();
    while (pgc_store_init(patient, &err) != 0 && !atomic_load(&stopping)) {
        usleep(100000);
    }
    pgc_store_free(patient);
}

static void prepare(struct worker *worker, const struct worker *model, char **args, int number) {
    static char names[THREADS + LANES][TAG_SIZE];
    snprintf(names[number], TAG_SIZE, "%s.%d", args[2], number);
    *worker = *model;
    worker->name = names[number];
    worker->chance = strtoull(args[5], NULL, 10) + (unsigned)number;
    worker_begin(worker, args[3]);
}

static void run(const struct worker *model, char **args) {
    static struct worker workers[THREADS];
    pthread_t threads[THREADS + 1];
    for (int i = 0; i < LANES; i++) {
        prepare(&lanes[i].worker, model, args, THREADS + i);
        lanes[i].worker.done = on_done;
    }
    if (pthread_create(&threads[THREADS], NULL, loop, NULL) != 0) abort();
    for (int i = 0; i < THREADS; i++) {
        prepare(&workers[i], model, args, i);
        if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0) abort();
    }
    for (int i = 0; i <= THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
}

int main(int argc, char **argv) {
    static struct worker model;
    struct pgc_uv adapter;
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    pgc_error err;
    if (argc != 7) return 2;
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_signal}, NULL);
    options.url = pgc_z(argv[1]);
    options.schema = pgc_z(CHAOS_SCHEMA);
    options.application_name = pgc_z(argv[2]);
    options.max_connections = CONNECTIONS;
    options.call_timeout_ms = (uint32_t)strtoul(argv[6], NULL, 10);
    model.deadline_us = options.call_timeout_ms * INT64_C(1000);
    model.tally = tally_map(argv[4]);
    if (model.tally == NULL || pgc_store_open(&options, &model.store, &err) != 0 ||
        pgc_uv_attach(&adapter, uv_default_loop(), model.store, &err) != 0) {
        fputs("load: it cannot begin\n", stderr);
        return 1;
    }
    make_schema(model.store);
    worker_watch_time();
    run(&model, argv);
    pgc_store_free(model.store);
    pgc_uv_detach(&adapter, NULL, NULL);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    return 0;
}
