/*
 * Two ways to drive a store for the tests of the event-driven face: its own pgc_store_poll, and an
 * epoll loop as a program would have one. epoll shows whether the store keeps its word: a watch
 * that is not ended before its descriptor is closed, or not begun anew, is an error here.
 */
#ifndef EVENT_LOOPS_H
#define EVENT_LOOPS_H

#include "engine_world.h"

#include <sys/epoll.h>

struct loop {
    pgc_store *store;
    int epoll;          /* -1: pgc_store_poll drives */
    bool watched[1024]; /* by descriptor */
    int watches;        /* how many are watched */
    int changes;        /* calls of the hook */
    int reused;         /* watches begun on a descriptor that was watched before */
    bool seen[1024];
    int errors;       /* epoll_ctl refused */
    int64_t due;      /* of the timer, in ms; -1: none */
    int timers_set;   /* to a time */
    int timers_fired; /* on_timer calls */
};

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void loop_watch(void *payload, int fd, int events) {
    struct loop *loop = payload;
    bool was = loop->watched[fd];
    struct epoll_event event = {
        .events = ((events & PGC_READ) != 0 ? (uint32_t)EPOLLIN : 0) |
                  ((events & PGC_WRITE) != 0 ? (uint32_t)EPOLLOUT : 0),
        .data = {.fd = fd},
    };
    int what = events == 0 ? EPOLL_CTL_DEL : was ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(loop->epoll, what, fd, &event) != 0 && loop->errors++ == 0) {
        diag("epoll_ctl %d of %d: %s", what, fd, strerror(errno));
    }
    loop->reused += what == EPOLL_CTL_ADD && loop->seen[fd];
    loop->watches += (events != 0) - was;
    loop->changes++;
    loop->watched[fd] = events != 0;
    loop->seen[fd] = true;
}

static void loop_timer(void *payload, int64_t ms) {
    struct loop *loop = payload;
    loop->due = ms < 0 ? -1 : now_ms() + ms;
    loop->timers_set += ms >= 0;
}

static void loop_begin(struct loop *loop, pgc_store *store, bool own) {
    pgc_error err;
    *loop = (struct loop){.store = store, .epoll = -1, .due = -1};
    if (!own) return;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (pgc_store_watch(store, loop_watch, loop_timer, loop, &err) != 0) {
        bail("watch: %s", err.message);
    }
}

/* One turn; false if nothing could ever happen any more. */
static bool loop_turn(struct loop *loop) {
    struct epoll_event events[16];
    if (loop->epoll == -1) return pgc_store_poll(loop->store, PATIENCE_MS) >= 0;
    int64_t left = loop->due == -1 ? PATIENCE_MS : loop->due - now_ms();
    int count = epoll_wait(loop->epoll, events, (int)COUNT(events), left < 0 ? 0 : (int)left);
    for (int i = 0; i < count; i++) {
        bool broken = (events[i].events & (EPOLLERR | EPOLLHUP)) != 0;
        pgc_store_on_event(loop->store, events[i].data.fd,
                           (broken || (events[i].events & EPOLLIN) != 0 ? PGC_READ : 0) |
                               (broken || (events[i].events & EPOLLOUT) != 0 ? PGC_WRITE : 0));
    }
    if (loop->due != -1 && loop->due <= now_ms()) {
        loop->due = -1;
        loop->timers_fired++;
        pgc_store_on_timer(loop->store);
        return true;
    }
    return count > 0;
}

/*
 * Turns until `*count` is `want`; a loop in which nothing happens any more ends, and the test sees
 * it.
 */
static void loop_until(struct loop *loop, const int *count, int want) {
    while (*count < want && loop_turn(loop)) {}
}

/* Closes and frees the store; checks what it left in the loop. */
static void loop_end(struct loop *loop, const char *name) {
    if (loop->epoll != -1) {
        ok(loop->watches == 1 && loop->due == -1,
           "%s: an idle store watches one descriptor of its own and needs no timer (%d)", name,
           loop->watches);
    }
    pgc_store_free(loop->store);
    if (loop->epoll != -1) {
        is_int(loop->watches, 0, "%s: a closed store watches nothing", name);
        is_int(loop->errors, 0, "%s: no watch was begun or ended at the wrong time", name);
        ok(loop->due == -1, "%s: and it has no timer", name);
        close(loop->epoll);
    }
}

#endif
