/*
 * A malicious or broken server: whatever it says, and whenever, a call ends with an error, by its
 * deadline at the latest, does not take more memory than its bound allows, and the next one works
 * on a new connection.
 */
#include "hostile_server.h"
#include "pgconvo.h"

#include <malloc.h>

enum { MIB = 1024 * 1024, BOUND = 2 * MIB, GROWTH_MAX = 200 * MIB, DEADLINE_MS = 2000 };

#if defined(__SANITIZE_ADDRESS__)
#define MEASURES_MEMORY false /* what was freed stays, for a while */
#else
#define MEASURES_MEMORY true
#endif

/* ---- At the start ---- */

static void hang_up(int fd) {
    (void)fd;
}

static void say_nothing(int fd) {
    listen_on(fd);
}

static void say_noise(int fd) {
    char noise[4096];
    uint32_t seed = 12345;
    for (size_t i = 0; i < sizeof noise; i++) {
        seed = seed * 1664525 + 1013904223;
        noise[i] = (char)(seed >> 24);
    }
    if (put_bytes(fd, noise, sizeof noise)) listen_on(fd);
}

static void start_huge(int fd) {
    static const char zeros[65536];
    if (!put_head(fd, 'R', INT32_MAX - 4)) return;
    while (put_bytes(fd, zeros, sizeof zeros)) {}
}

static void start_negative(int fd) {
    if (put_head(fd, 'R', -100)) listen_on(fd);
}

/* Asks for a password, again and again. */
static void ask_for_ever(int fd) {
    FLOOD(fd, 'R', "\0\0\0\5salt");
}

static void start_unknown(int fd) {
    if (PUT(fd, 'R', "\0\0\0\77")) listen_on(fd);
}

/* SASL goes on before it has begun. */
static void start_sasl_out_of_order(int fd) {
    if (PUT(fd, 'R', "\0\0\0\13r=x,s=y,i=1")) listen_on(fd);
}

static void start_sasl_cut(int fd) {
    if (PUT(fd, 'R', "\0\0\0\12SCRAM-SHA-256")) listen_on(fd);
}

static void notices(int fd) {
    FLOOD(fd, 'N', "SNOTICE\0C00000\0Mwords that nobody asked for\0\0");
}

static void start_notices(int fd) {
    if (PUT(fd, 'R', "\0\0\0\0")) notices(fd);
}

static void parameters(int fd) {
    char body[64];
    for (unsigned i = 0;; i++) {
        int size = snprintf(body, sizeof body, "name%u%cvalue", i, '\0') + 1;
        if (!put_message(fd, 'S', body, (size_t)size)) return;
    }
}

static void start_parameters(int fd) {
    if (PUT(fd, 'R', "\0\0\0\0")) parameters(fd);
}

static void large_parameter(int fd) {
    static char text[65536];
    if (!PUT(fd, 'R', "\0\0\0\0") || !put_head(fd, 'N', INT32_MAX - 4)) return;
    memset(text, 'x', sizeof text);
    while (put_bytes(fd, text, sizeof text)) {}
}

static void error_without_fields(int fd) {
    PUT(fd, 'E', "\0");
}

static void error_without_end(int fd) {
    if (PUT(fd, 'E', "Mwords that do not end")) listen_on(fd);
}

static void start_in_transaction(int fd) {
    if (PUT(fd, 'R', "\0\0\0\0") && PUT(fd, 'Z', "T")) listen_on(fd);
}

/* ---- In an answer ---- */

static bool put_start(int fd) {
    return PUT(fd, '1', "") && PUT(fd, '2', "");
}

static void cut_off(int fd) {
    if (put_start(fd) && put_columns(fd, 16)) put_bytes(fd, "D\0\0\1\0\0\20\0\0", 9);
}

static void row_of(int fd, int32_t size) {
    static const char zeros[65536];
    if (!put_start(fd) || !put_columns(fd, 1) || !put_head(fd, 'D', size)) return;
    while (put_bytes(fd, zeros, sizeof zeros)) {}
}

static void row_huge(int fd) {
    row_of(fd, INT32_MAX - 4);
}

static void row_large(int fd) {
    row_of(fd, 500 * MIB);
}

/* Announced, and then nothing comes. */
static void row_announced(int fd) {
    if (put_start(fd) && put_columns(fd, 1) && put_head(fd, 'D', 500 * MIB)) listen_on(fd);
}

static void row_negative(int fd) {
    if (put_start(fd) && put_columns(fd, 1) && put_head(fd, 'D', -1000)) listen_on(fd);
}

static void row_too_short(int fd) {
    if (put_start(fd) && put_columns(fd, 1) && put_head(fd, 'D', -1)) listen_on(fd);
}

static void rows_for_ever(int fd) {
    if (!put_start(fd) || !put_columns(fd, 16)) return;
    put_rows(fd, 16, "some value", 10);
}

/* The most memory for what is sent. */
static void nulls_for_ever(int fd) {
    if (!put_start(fd) || !put_columns(fd, 1600)) return;
    put_rows(fd, 1600, NULL, 0);
}

static void empty_rows_for_ever(int fd) {
    if (!put_start(fd) || !put_columns(fd, 0)) return;
    put_rows(fd, 0, NULL, 0);
}

static void many_columns(int fd) {
    if (!put_start(fd) || !put_columns(fd, 65535)) return;
    if (PUT(fd, 'C', "SELECT 0\0")) put_ready(fd);
}

static void notifications(int fd) {
    FLOOD(fd, 'A', "\0\0\0\1channel\0payload\0");
}

static void results_for_ever(int fd) {
    if (!put_start(fd)) return;
    while (put_columns(fd, 1) && PUT(fd, 'C', "SELECT 0\0")) {}
}

static void errors_for_ever(int fd) {
    FLOOD(fd, 'E', "SERROR\0C22000\0Mwords\0\0");
}

static void ready_for_ever(int fd) {
    FLOOD(fd, 'Z', "I");
}

static void other_columns(int fd) {
    (void)(put_start(fd) && put_columns(fd, 7) && put_row(fd, 3, "x", 1) && put_ready(fd));
}

static void other_values(int fd) {
    (void)(put_start(fd) && put_columns(fd, 7) && put_row(fd, 7, "x", 1) &&
           PUT(fd, 'C', "SELECT 1\0") && put_ready(fd));
}

static void few_columns(int fd) {
    (void)(put_start(fd) && put_columns(fd, 1) && put_row(fd, 1, "x", 1) &&
           PUT(fd, 'C', "SELECT 1\0") && put_ready(fd));
}

/* A value that is longer than its row. */
static void value_too_long(int fd) {
    (void)(put_start(fd) && put_columns(fd, 1) && PUT(fd, 'D', "\0\1\0\0\20\0x") && put_ready(fd));
}

static void row_without_columns(int fd) {
    (void)(put_start(fd) && put_row(fd, 1, "x", 1) && put_ready(fd));
}

static void nothing_but_ready(int fd) {
    put_ready(fd);
}

static void ready_in_transaction(int fd) {
    if (put_start(fd) && put_columns(fd, 16) && PUT(fd, 'C', "SELECT 0\0") && PUT(fd, 'Z', "T")) {
        listen_on(fd);
    }
}

static void copy_in(int fd) {
    if (put_start(fd) && PUT(fd, 'G', "\0\0\0")) listen_on(fd);
}

static void copy_out(int fd) {
    if (!put_start(fd) || !PUT(fd, 'H', "\0\0\0")) return;
    FLOOD(fd, 'd', "some data of a copy\n");
}

static void copy_both(int fd) {
    if (put_start(fd) && PUT(fd, 'W', "\0\0\0")) listen_on(fd);
}

static void one_result_more(int fd) {
    (void)(put_start(fd) && put_columns(fd, 16) && PUT(fd, 'C', "SELECT 0\0") &&
           put_columns(fd, 16) && PUT(fd, 'C', "SELECT 0\0") && put_ready(fd));
}

static void one_byte_at_a_time(int fd) {
    static const struct timespec pause = {.tv_nsec = 20000000};
    if (!put_start(fd) || !put_columns(fd, 1) || !put_head(fd, 'D', 1000000)) return;
    while (put_bytes(fd, "", 1))
        nanosleep(&pause, NULL);
}

/* ---- In the setup of a session, whose statement is answered by a row ---- */

static void setup_row(int fd, int columns, const char *value, int32_t size) {
    (void)(put_start(fd) && put_columns(fd, columns) && put_row(fd, columns, value, size) &&
           PUT(fd, 'C', "SELECT 1\0") && put_ready(fd));
}

static void setup_null(int fd) {
    setup_row(fd, 2, NULL, 0);
}

static void setup_no_columns(int fd) {
    setup_row(fd, 0, NULL, 0);
}

static void setup_long_name(int fd) {
    static char name[500];
    memset(name, 'n', sizeof name);
    setup_row(fd, 2, name, sizeof name);
}

static void setup_no_row(int fd) {
    (void)(put_start(fd) && put_columns(fd, 2) && PUT(fd, 'C', "SELECT 0\0") && put_ready(fd));
}

static void setup_empty_query(int fd) {
    (void)(put_start(fd) && PUT(fd, 'I', "") && put_ready(fd));
}

/* A session is always another one than thought. */
static void other_session(int fd) {
    do {
        if (!PUT(fd, 'E', "SERROR\0C25001\0Mwords\0\0") || !put_ready(fd)) return;
    } while (serve_segment(fd, true, false));
}

/* ---- On an idle connection, after an answer as it should be ---- */

static void farewell(int fd) {
    PUT(fd, 'E', "SFATAL\0VFATAL\0C57P01\0Mwords\0\0");
}

static void panic(int fd) {
    PUT(fd, 'E', "SPANIC\0VPANIC\0C53100\0Mno room for the log\0\0");
}

static void some_notifications(int fd) {
    for (int i = 0; i < 100; i++)
        PUT(fd, 'A', "\0\0\0\1channel\0payload\0");
    while (serve_segment(fd, false, true)) {}
}

/* ---- Scenes ---- */

static const struct scene {
    const char *name;
    enum stage stage;
    void (*misbehave)(int fd);
    const char *codes; /* one of these is what the call ends with */
} scenes[] = {
    {"hangs up", STAGE_START, hang_up, "CONNECT"},
    {"says nothing", STAGE_START, say_nothing, "CONNECT"},
    {"says noise", STAGE_START, say_noise, "CONNECT"},
    {"asks for a password in 2 GB", STAGE_START, start_huge, "CONNECT"},
    {"says a length below zero", STAGE_START, start_negative, "CONNECT"},
    {"asks for a password for ever", STAGE_START, ask_for_ever, "CONNECT AUTH"},
    {"asks for what nobody knows", STAGE_START, start_unknown, "CONNECT"},
    {"goes on with SASL at once", STAGE_START, start_sasl_out_of_order, "CONNECT"},
    {"breaks off the offer of SASL", STAGE_START, start_sasl_cut, "CONNECT"},
    {"gives notices for ever", STAGE_START, start_notices, "CONNECT"},
    {"tells parameters for ever", STAGE_START, start_parameters, "CONNECT"},
    {"gives a notice of 2 GB", STAGE_START, large_parameter, "CONNECT"},
    {"gives an error without fields", STAGE_START, error_without_fields, "CONNECT"},
    {"gives an error without an end", STAGE_START, error_without_end, "CONNECT"},
    {"is in a transaction from the start", STAGE_START, start_in_transaction,
     "CONNECT LOST INTERNAL"},
    {"has no schema", STAGE_SETUP, setup_null, "SCHEMA"},
    {"sends no columns", STAGE_SETUP, setup_no_columns, "SCHEMA"},
    {"has a schema of a long name", STAGE_SETUP, setup_long_name, "SCHEMA"},
    {"sends no row", STAGE_SETUP, setup_no_row, "SCHEMA"},
    {"sends rows for ever", STAGE_SETUP, rows_for_ever, "TOO_LARGE TIMEOUT"},
    {"says noise in the setup", STAGE_SETUP, say_noise, "LOST"},
    {"says nothing in the setup", STAGE_SETUP, say_nothing, "CONNECT"},
    {"takes a statement for empty", STAGE_SETUP, setup_empty_query, "LOST INTERNAL"},
    {"is always another session", STAGE_SETUP, other_session, "SERVER CONNECT LOST"},
    {"hangs up in the setup", STAGE_SETUP, hang_up, "LOST"},
    {"hangs up", STAGE_CALL, hang_up, "LOST"},
    {"says nothing", STAGE_CALL, say_nothing, "TIMEOUT"},
    {"says noise", STAGE_CALL, say_noise, "LOST"},
    {"cuts a message off", STAGE_CALL, cut_off, "LOST"},
    {"sends a row of 2 GB", STAGE_CALL, row_huge, "LOST TOO_LARGE TIMEOUT"},
    {"sends a row of 500 MiB", STAGE_CALL, row_large, "TOO_LARGE TIMEOUT"},
    {"announces a row of 500 MiB", STAGE_CALL, row_announced, "TIMEOUT"},
    {"says a length below zero", STAGE_CALL, row_negative, "LOST"},
    {"says a length that is none", STAGE_CALL, row_too_short, "LOST"},
    {"sends rows for ever", STAGE_CALL, rows_for_ever, "TOO_LARGE TIMEOUT"},
    {"sends rows of nulls for ever", STAGE_CALL, nulls_for_ever, "TOO_LARGE TIMEOUT"},
    {"sends empty rows for ever", STAGE_CALL, empty_rows_for_ever, "TOO_LARGE TIMEOUT"},
    {"sends 65,535 columns", STAGE_CALL, many_columns, "NOT_FOUND"},
    {"gives notices for ever", STAGE_CALL, notices, "TOO_LARGE TIMEOUT"},
    {"tells parameters for ever", STAGE_CALL, parameters, "TOO_LARGE TIMEOUT"},
    {"notifies for ever", STAGE_CALL, notifications, "TOO_LARGE TIMEOUT"},
    {"sends results for ever", STAGE_CALL, results_for_ever, "LOST TOO_LARGE TIMEOUT"},
    {"gives errors for ever", STAGE_CALL, errors_for_ever, "DATA LOST TOO_LARGE TIMEOUT"},
    {"is ready for ever", STAGE_CALL, ready_for_ever, "LOST INTERNAL TOO_LARGE TIMEOUT"},
    {"sends fewer values than columns", STAGE_CALL, other_columns, "LOST"},
    {"sends values of other sizes", STAGE_CALL, other_values, "INTERNAL"},
    {"sends fewer columns", STAGE_CALL, few_columns, "INTERNAL"},
    {"sends a value longer than its row", STAGE_CALL, value_too_long, "LOST"},
    {"sends a row without columns", STAGE_CALL, row_without_columns, "LOST"},
    {"sends no answer", STAGE_CALL, nothing_but_ready, "INTERNAL LOST"},
    {"leaves a transaction open", STAGE_CALL, ready_in_transaction, "INTERNAL"},
    {"gives an error without fields", STAGE_CALL, error_without_fields, "LOST"},
    {"gives an error without an end", STAGE_CALL, error_without_end, "LOST TIMEOUT"},
    {"panics", STAGE_CALL, panic, "LOST"},
    {"begins a copy from the client", STAGE_CALL, copy_in, "INTERNAL LOST TIMEOUT"},
    {"copies to the client for ever", STAGE_CALL, copy_out, "INTERNAL LOST TOO_LARGE TIMEOUT"},
    {"begins a copy both ways", STAGE_CALL, copy_both, "INTERNAL LOST TIMEOUT"},
    {"sends a result too many", STAGE_CALL, one_result_more, "NOT_FOUND INTERNAL LOST TIMEOUT"},
    {"sends one byte at a time", STAGE_CALL, one_byte_at_a_time, "TIMEOUT"},
    {"ends the session", STAGE_IDLE, farewell, "NOT_FOUND"},
    {"hangs up", STAGE_IDLE, hang_up, "NOT_FOUND"},
    {"notifies", STAGE_IDLE, some_notifications, "NOT_FOUND"},
    {"notifies for ever", STAGE_IDLE, notifications, "NOT_FOUND LOST TOO_LARGE TIMEOUT"},
    {"gives notices for ever", STAGE_IDLE, notices, "NOT_FOUND LOST TOO_LARGE TIMEOUT"},
    {"tells parameters for ever", STAGE_IDLE, parameters, "NOT_FOUND LOST TOO_LARGE TIMEOUT"},
    {"says noise", STAGE_IDLE, say_noise, "NOT_FOUND LOST"},
    {"sends rows that nobody asked for", STAGE_IDLE, rows_for_ever,
     "NOT_FOUND LOST TOO_LARGE TIMEOUT"},
};

static const char *const stages[] = {"at the start", "in the setup", "in an answer", "when idle"};

static pgc_store *open_store(const struct hostile *server) {
    char url[256];
    pgc_error err;
    pgc_store *store = NULL;
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    snprintf(url, sizeof url, "host=%s port=%d user=u dbname=d sslmode=disable password=p",
             server->host, server->port);
    options.url = pgc_z(url);
    options.schema_mode = PGC_SCHEMA_NONE;
    options.max_connections = 1;
    options.connect_timeout_ms = DEADLINE_MS;
    options.call_timeout_ms = DEADLINE_MS + 500;
    options.no_retry = true; /* the outcome of each attempt is what counts */
    options.max_result_bytes = BOUND;
    if (pgc_store_open(&options, &store, &err) != 0) bail("%s", err.message);
    return store;
}

static int call(pgc_store *store, bool blocking, pgc_error *err) {
    pgc_result *result = NULL;
    pgc_op *op;
    int status;
    if (blocking) {
        status = pgc_thread_get(store, pgc_z("t"), &result, err);
    } else {
        status = pgc_thread_get_start(store, pgc_z("t"), NULL, NULL, &op, err);
        if (status == 0) status = pgc_op_wait(op, &result, err);
    }
    pgc_result_free(result);
    return status;
}

static bool is_one_of(const char *codes, int status) {
    char padded[256], name[64];
    snprintf(padded, sizeof padded, " %s ", codes);
    snprintf(name, sizeof name, " %s ", pgc_code_name(status));
    return strstr(padded, name) != NULL;
}

/* The most memory that the process had since begin_memory, less what it had then; in bytes. */
static long peak_memory(void) {
    char line[256];
    long peak = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        (void)sscanf(line, "VmHWM: %ld", &peak);
    }
    if (file != NULL) fclose(file);
    return peak * 1024;
}

static long begin_memory(void) {
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (file != NULL) {
        fputs("5", file);
        fclose(file);
    }
    return peak_memory();
}

static void await_misbehaviour(struct hostile *server) {
    for (int i = 0; !atomic_load(&server->misbehaved); i++) {
        if (i > 6000) bail("it behaves");
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL); /* for some of it to arrive */
}

/* Returns by how much the process grew, in bytes. `name` says what is played. */
static long play(const struct scene *scene, bool blocking, bool tcp, const char *name) {
    struct hostile server;
    pgc_error err = {.code = PGC_OK};
    hostile_begin(&server, scene->stage, scene->misbehave, tcp);
    pgc_store *store = open_store(&server);
    long before = begin_memory();
    int status = call(store, blocking, &err);
    if (scene->stage == STAGE_IDLE) {
        ok(status == -PGC_NOT_FOUND || is_one_of(scene->codes, status),
           "an answer as it should be, or with what follows it at once");
        await_misbehaviour(&server);
        status = call(store, blocking, &err);
    }
    long growth = peak_memory() - before;
    int outcome = status;
    if (!ok(is_one_of(scene->codes, outcome) && outcome == -(int)err.code, "%s", name)) {
        diag("%s: %.255s", pgc_code_name(status), err.message);
    }
    status = 0;
    for (int i = 0; i < 2 && status != -PGC_NOT_FOUND; i++) { /* it may hang up only now */
        status = call(store, blocking, &err);
    }
    if (!ok(status == -PGC_NOT_FOUND, "%s: the next call works", name)) {
        diag("%s: %.255s", pgc_code_name(status), err.message);
    }
    pgc_store_close(store, PGC_CLOSE_CANCEL);
    pgc_store_free(store);
    hostile_end(&server);
    return growth;
}

/*
 * How much libpq reads before anybody else is asked depends on how well the server keeps pace, a
 * thread here: on a busy machine that can be much. What has no bound is read whole each time.
 */
static void play_bounded(const struct scene *scene, bool blocking, bool tcp) {
    char name[256];
    snprintf(name, sizeof name, "a server that %s %s, %s, %s", scene->name, stages[scene->stage],
             blocking ? "blocking" : "started", tcp ? "TCP" : "unix");
    long growth = play(scene, blocking, tcp, name);
    for (int i = 0; MEASURES_MEMORY && growth >= GROWTH_MAX && i < 2; i++) {
        diag("%ld MiB, once more", growth / MIB);
        growth = play(scene, blocking, tcp, name);
    }
    if (MEASURES_MEMORY) ok(growth < GROWTH_MAX, "%s: takes no memory without bound", name);
}

int main(void) {
    (void)mallopt(M_PERTURB, 0); /* or memory that nobody uses would count, since it is filled */
    setbuf(stdout, NULL);
    alarm(400); /* a hang ends the program */
    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++) {
        play_bounded(&scenes[i], true, false);
        play_bounded(&scenes[i], false, true);
    }
    hostile_clean_up();
    return done_testing();
}
