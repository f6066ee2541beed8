/*
 * The event-driven face in a program with a poll(2) loop of its own: a hundred threads are created
 * side by side, over at most ten connections, by one thread of the program that never blocks.
 *
 *     cc -o poll_loop poll_loop.c $(pkg-config --cflags --libs pgconvo)
 *     ./poll_loop postgresql://me@localhost/mydb
 */
#include <pgconvo.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

enum { THREADS = 100, WATCHES = 64 };

/* What the loop knows: descriptors to watch, when to wake the store, and what came back. */
struct loop {
    struct pollfd watched[WATCHES];
    nfds_t count;
    int64_t wake_at; /* milliseconds on the monotonic clock; -1: never */
    int pending, failed;
};

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The store wants `fd` watched, or no longer. */
static void on_watch(void *payload, int fd, int events) {
    struct loop *loop = payload;
    nfds_t i = 0;
    while (i < loop->count && loop->watched[i].fd != fd)
        i++;
    if (events == 0) {
        if (i < loop->count) loop->watched[i] = loop->watched[--loop->count];
        return;
    }
    if (i == WATCHES) {
        fprintf(stderr, "too many descriptors\n");
        exit(1);
    }
    if (i == loop->count) loop->count++;
    short wanted = 0;
    if (events & PGC_READ) wanted |= POLLIN;
    if (events & PGC_WRITE) wanted |= POLLOUT;
    loop->watched[i] = (struct pollfd){.fd = fd, .events = wanted};
}

/* The store wants its timer to run out in `ms`. */
static void on_timer(void *payload, int64_t ms) {
    struct loop *loop = payload;
    loop->wake_at = ms < 0 ? -1 : now_ms() + ms;
}

/* A thread has been created, or not. */
static void on_created(pgc_op *op, void *payload) {
    struct loop *loop = payload;
    pgc_result *result = NULL;
    pgc_error err;
    loop->pending--;
    if (pgc_op_take(op, &result, &err) != 0) {
        fprintf(stderr, "create: %s\n", err.message);
        loop->failed++;
    }
    pgc_result_free(result);
}

/* One turn: waits, then tells the store what happened. */
static void turn(struct loop *loop, pgc_store *store) {
    int timeout = -1;
    if (loop->wake_at >= 0) {
        int64_t left = loop->wake_at - now_ms();
        timeout = left < 0 ? 0 : (int)left;
    }
    /* The store changes what is watched while it is told, so it is told from a copy. */
    struct pollfd ready[WATCHES];
    nfds_t count = loop->count;
    memcpy(ready, loop->watched, sizeof ready);
    poll(ready, count, timeout);
    if (loop->wake_at >= 0 && now_ms() >= loop->wake_at) {
        loop->wake_at = -1;
        pgc_store_on_timer(store);
    }
    for (nfds_t i = 0; i < count; i++) {
        int events = 0;
        if (ready[i].revents & POLLIN) events |= PGC_READ;
        if (ready[i].revents & POLLOUT) events |= PGC_WRITE;
        if (ready[i].revents & (POLLERR | POLLHUP | POLLNVAL)) events |= PGC_READ | PGC_WRITE;
        if (events != 0) pgc_store_on_event(store, ready[i].fd, events);
    }
}

static int create_all(struct loop *loop, pgc_store *store, pgc_error *err) {
    for (int i = 0; i < THREADS; i++) {
        char title[32];
        snprintf(title, sizeof title, "conversation %d", i + 1);
        pgc_thread_new thread = PGC_THREAD_NEW_INIT;
        thread.title = pgc_z(title);
        pgc_op *op = NULL;
        int status = pgc_thread_create_start(store, &thread, on_created, loop, &op, err);
        if (status != 0) return status;
        loop->pending++;
    }
    while (loop->pending > 0)
        turn(loop, store);
    return 0;
}

int main(int argc, char **argv) {
    struct loop loop = {.wake_at = -1};
    pgc_error err;
    pgc_store *store = NULL;
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    options.url = pgc_z(argc > 1 ? argv[1] : "local:");
    int status = pgc_store_open(&options, &store, &err);
    if (status == 0) status = pgc_store_watch(store, on_watch, on_timer, &loop, &err);
    if (status == 0) status = create_all(&loop, store, &err);
    if (status != 0) fprintf(stderr, "%s\n", err.message);
    pgc_store_free(store);
    if (status == 0) printf("%d created, %d failed\n", THREADS - loop.failed, loop.failed);
    return status != 0 || loop.failed > 0;
}
