/*
 * The event-driven face in a program with a poll(2) loop of its own: a hundred threads are created
 * side by side, over at most ten connections, while the loop goes on serving its own descriptors
 * (here: standard input).
 *
 *     cc -o poll_loop poll_loop.c $(pkg-config --cflags --libs pgconvo)
 *     ./poll_loop postgresql://me@localhost/mydb
 */
#include <pgconvo_poll.h>
#include <unistd.h>

enum { THREADS = 100, OWN = 1, ROOM = 64 };

static int pending, failed;

/* A thread has been created, or not. */
static void on_created(pgc_op *op, void *payload) {
    pgc_result *result = NULL;
    pgc_error err;
    (void)payload;
    pending--;
    if (pgc_op_take(op, &result, &err) != 0) {
        fprintf(stderr, "create: %s\n", err.message);
        failed++;
    }
    pgc_result_free(result);
}

/* One turn: the store's descriptors are polled behind the program's own. */
static void turn(struct pgc_poll *adapter) {
    static bool open = true;
    struct pollfd fds[ROOM] = {{.fd = open ? STDIN_FILENO : -1, .events = POLLIN}};
    char line[256];
    int timeout = -1;
    size_t count = pgc_poll_fill(adapter, fds + OWN, ROOM - OWN, &timeout);
    poll(fds, OWN + count, timeout);
    if (fds[0].revents != 0) open = read(STDIN_FILENO, line, sizeof line) > 0;
    pgc_poll_tell(adapter, fds + OWN, count);
}

static int create_all(struct pgc_poll *adapter, pgc_store *store, pgc_error *err) {
    for (int i = 0; i < THREADS; i++) {
        char title[32];
        snprintf(title, sizeof title, "conversation %d", i + 1);
        pgc_thread_new thread = PGC_THREAD_NEW_INIT;
        thread.title = pgc_z(title);
        int status = pgc_thread_create_start(store, &thread, on_created, NULL, NULL, err);
        if (status != 0) return status;
        pending++;
    }
    while (pending > 0)
        turn(adapter);
    return 0;
}

int main(int argc, char **argv) {
    struct pgc_poll adapter = {.fds = NULL};
    pgc_error err;
    pgc_store *store = NULL;
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    options.url = pgc_z(argc > 1 ? argv[1] : "local:");
    int status = pgc_store_open(&options, &store, &err);
    if (status == 0) status = pgc_poll_attach(&adapter, store, &err);
    if (status == 0) status = create_all(&adapter, store, &err);
    if (status != 0) fprintf(stderr, "%s\n", err.message);
    pgc_store_free(store);
    pgc_poll_detach(&adapter);
    if (status == 0) printf("%d created, %d failed\n", THREADS - failed, failed);
    return status != 0 || failed > 0;
}
