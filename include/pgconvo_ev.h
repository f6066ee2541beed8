/*
 * pgconvo on libev: lets a struct ev_loop drive the started operations of a store. Header only.
 *
 *     struct pgc_ev ev;
 *     pgc_ev_attach(&ev, EV_DEFAULT, store, &err);          // before the first start call
 *     pgc_thread_get_start(store, id, on_done, payload, &op, &err);
 *     ev_run(EV_DEFAULT, 0);
 *     pgc_store_close(store, PGC_CLOSE_WAIT);
 *     pgc_ev_detach(&ev);
 *
 * A store that is attached keeps the loop alive, idle or not: it watches a descriptor of its own;
 * close it (not from a callback), or ev_break. `struct pgc_ev` must stay where it is until it is
 * detached. Everything belongs to the thread of the loop.
 */
#ifndef PGCONVO_EV_H
#define PGCONVO_EV_H

#include "pgconvo.h"

#include <ev.h>
#include <stdlib.h>

struct pgc_ev;

struct pgc_ev_watch {
    struct ev_io io;
    struct pgc_ev *ev;
    int fd; /* -1: free */
};

struct pgc_ev {
    struct ev_loop *loop;
    pgc_store *store;
    struct ev_timer timer;
    struct pgc_ev_watch *watches;
    size_t room;
};

static inline void pgc_ev_on_due(struct ev_loop *loop, struct ev_timer *timer, int events) {
    struct pgc_ev *ev = (struct pgc_ev *)timer->data;
    (void)loop;
    (void)events;
    pgc_store_on_timer(ev->store);
}

/* libev reports an error of a descriptor as readable and writable, and stops the watcher. */
static inline void pgc_ev_on_ready(struct ev_loop *loop, struct ev_io *io, int ready) {
    struct pgc_ev_watch *watch = (struct pgc_ev_watch *)io->data;
    int fd = watch->fd, events = 0;
    if ((ready & (EV_READ | EV_ERROR)) != 0) events |= PGC_READ;
    if ((ready & (EV_WRITE | EV_ERROR)) != 0) events |= PGC_WRITE;
    pgc_store_on_event(watch->ev->store, fd, events);
    if ((ready & EV_ERROR) != 0 && watch->fd == fd) ev_io_start(loop, io);
}

static inline struct pgc_ev_watch *pgc_ev_find(struct pgc_ev *ev, int fd) {
    for (size_t i = 0; i < ev->room; i++) {
        if (ev->watches[i].fd == fd) return &ev->watches[i];
    }
    return NULL;
}

/*
 * Stopped and started each time, even if nothing seems to change: a new socket may have the number
 * of an old one.
 */
static inline void pgc_ev_watch(void *payload, int fd, int events) {
    struct pgc_ev *ev = (struct pgc_ev *)payload;
    struct pgc_ev_watch *watch = pgc_ev_find(ev, fd);
    if (watch != NULL) ev_io_stop(ev->loop, &watch->io);
    if (events == 0) {
        if (watch != NULL) watch->fd = -1;
        return;
    }
    if (watch == NULL) watch = pgc_ev_find(ev, -1);
    if (watch == NULL) return; /* there is room for all that a store may watch */
    watch->fd = fd;
    ev_io_init(&watch->io, pgc_ev_on_ready, fd,
               ((events & PGC_READ) != 0 ? EV_READ : 0) |
                   ((events & PGC_WRITE) != 0 ? EV_WRITE : 0));
    watch->io.data = watch;
    ev_io_start(ev->loop, &watch->io);
}

/* libev counts from when it last looked at the clock, which may be long ago in a busy turn. */
static inline void pgc_ev_timer(void *payload, int64_t ms) {
    struct pgc_ev *ev = (struct pgc_ev *)payload;
    ev_timer_stop(ev->loop, &ev->timer);
    if (ms < 0) return;
    ev_now_update(ev->loop);
    ev_timer_init(&ev->timer, pgc_ev_on_due, (double)ms / 1000.0, 0.0);
    ev_timer_start(ev->loop, &ev->timer);
}

/* After the store was closed, which ended all its watches and its timer. */
static inline void pgc_ev_detach(struct pgc_ev *ev) {
    free(ev->watches);
    ev->watches = NULL;
}

/*
 * Lets `loop` drive `store`, on which nothing has been started yet. All memory is taken here.
 * Errors: NOMEM, INVALID (operations are under way).
 */
PGC_MUST_CHECK static inline int pgc_ev_attach(struct pgc_ev *ev, struct ev_loop *loop,
                                               pgc_store *store, pgc_error *err) {
    pgc_pool_status pool;
    pgc_store_pool_status(store, &pool);
    memset(ev, 0, sizeof *ev);
    ev->loop = loop;
    ev->store = store;
    ev->room = (size_t)pool.max + 2;
    ev->watches = (struct pgc_ev_watch *)calloc(ev->room, sizeof *ev->watches);
    if (ev->watches == NULL) return pgc_error_nomem(err);
    for (size_t i = 0; i < ev->room; i++) {
        ev->watches[i].ev = ev;
        ev->watches[i].fd = -1;
    }
    ev_timer_init(&ev->timer, pgc_ev_on_due, 0.0, 0.0);
    ev->timer.data = ev;
    int status = pgc_store_watch(store, pgc_ev_watch, pgc_ev_timer, ev, err);
    if (status != 0) pgc_ev_detach(ev);
    return status;
}

#endif
