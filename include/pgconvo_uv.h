/*
 * pgconvo on libuv: lets a uv_loop_t drive the started operations of a store. Header only.
 *
 *     struct pgc_uv uv;
 *     pgc_uv_attach(&uv, uv_default_loop(), store, &err);   // before the first start call
 *     pgc_thread_get_start(store, id, on_done, payload, &op, &err);
 *     uv_run(uv_default_loop(), UV_RUN_DEFAULT);
 *
 * A store that is attached keeps the loop alive, idle or not: it watches a descriptor of its own.
 * To end: pgc_store_close (not from a callback), then pgc_uv_detach, then run the loop until
 * `closed` has been called; libuv closes handles only in its turns. `struct pgc_uv` must stay where
 * it is until then. Everything belongs to the thread of the loop.
 */
#ifndef PGCONVO_UV_H
#define PGCONVO_UV_H

#include "pgconvo.h"

#include <stdlib.h>
#include <uv.h>

struct pgc_uv;

/* A descriptor of the store, from the moment it is watched until libuv has let go of its handle. */
struct pgc_uv_watch {
    uv_poll_t handle;
    struct pgc_uv *uv;
    int fd; /* -1: free, or closing */
    int events;
    bool used;
};

struct pgc_uv {
    uv_loop_t *loop;
    pgc_store *store;
    uv_timer_t timer;
    struct pgc_uv_watch *watches;
    size_t room;
    size_t open; /* handles that libuv has not let go of */
    void (*closed)(void *payload);
    void *payload;
};

static inline void pgc_uv_gone(struct pgc_uv *uv) {
    if (--uv->open == 0) {
        free(uv->watches);
        uv->watches = NULL;
        if (uv->closed != NULL) uv->closed(uv->payload);
    }
}

static inline void pgc_uv_on_watch_closed(uv_handle_t *handle) {
    struct pgc_uv_watch *watch = (struct pgc_uv_watch *)uv_handle_get_data(handle);
    watch->used = false;
    pgc_uv_gone(watch->uv);
}

static inline void pgc_uv_on_timer_closed(uv_handle_t *handle) {
    pgc_uv_gone((struct pgc_uv *)uv_handle_get_data(handle));
}

static inline void pgc_uv_on_due(uv_timer_t *timer) {
    struct pgc_uv *uv = (struct pgc_uv *)uv_handle_get_data((uv_handle_t *)timer);
    pgc_store_on_timer(uv->store);
}

/*
 * libuv reports a poll error without events and has stopped the handle then: it counts as readable
 * and writable, so that the store sees it, and the watch goes on unless the store ended it.
 */
static inline void pgc_uv_on_ready(uv_poll_t *handle, int status, int ready) {
    struct pgc_uv_watch *watch = (struct pgc_uv_watch *)uv_handle_get_data((uv_handle_t *)handle);
    int fd = watch->fd, events = 0;
    if (status < 0 || (ready & UV_READABLE) != 0) events |= PGC_READ;
    if (status < 0 || (ready & UV_WRITABLE) != 0) events |= PGC_WRITE;
    pgc_store_on_event(watch->uv->store, fd, events);
    if (status < 0 && watch->fd == fd) {
        uv_poll_start(handle, watch->events, pgc_uv_on_ready);
    }
}

static inline struct pgc_uv_watch *pgc_uv_find(struct pgc_uv *uv, int fd) {
    for (size_t i = 0; i < uv->room; i++) {
        if (uv->watches[i].used && uv->watches[i].fd == fd) return &uv->watches[i];
    }
    return NULL;
}

static inline struct pgc_uv_watch *pgc_uv_begin(struct pgc_uv *uv, int fd) {
    size_t i = 0;
    while (i < uv->room && uv->watches[i].used)
        i++;
    if (i == uv->room || uv_poll_init(uv->loop, &uv->watches[i].handle, fd) != 0) return NULL;
    uv->watches[i].uv = uv;
    uv->watches[i].fd = fd;
    uv->watches[i].used = true;
    uv_handle_set_data((uv_handle_t *)&uv->watches[i].handle, &uv->watches[i]);
    uv->open++;
    return &uv->watches[i];
}

static inline void pgc_uv_end(struct pgc_uv_watch *watch) {
    watch->fd = -1;
    uv_close((uv_handle_t *)&watch->handle, pgc_uv_on_watch_closed);
}

/* A handle is bound to its descriptor: one that ends is closed, and the next one is another. */
static inline void pgc_uv_watch(void *payload, int fd, int events) {
    struct pgc_uv *uv = (struct pgc_uv *)payload;
    struct pgc_uv_watch *watch = pgc_uv_find(uv, fd);
    if (events == 0) {
        if (watch != NULL) pgc_uv_end(watch);
        return;
    }
    if (watch == NULL) watch = pgc_uv_begin(uv, fd);
    if (watch == NULL) return; /* the time limits of its operations still hold */
    watch->events = ((events & PGC_READ) != 0 ? UV_READABLE : 0) |
                    ((events & PGC_WRITE) != 0 ? UV_WRITABLE : 0);
    uv_poll_start(&watch->handle, watch->events, pgc_uv_on_ready);
}

/* libuv counts from when it last looked at the clock, which may be long ago in a busy turn. */
static inline void pgc_uv_timer(void *payload, int64_t ms) {
    struct pgc_uv *uv = (struct pgc_uv *)payload;
    if (ms < 0) {
        uv_timer_stop(&uv->timer);
        return;
    }
    uv_update_time(uv->loop);
    uv_timer_start(&uv->timer, pgc_uv_on_due, (uint64_t)ms, 0);
}

/*
 * Lets `loop` drive `store`, on which nothing has been started yet. All memory is taken here: room
 * for every connection twice over, since a handle that was closed is free only after a turn of the
 * loop. Errors: NOMEM, INVALID (operations are under way).
 */
PGC_MUST_CHECK static inline int pgc_uv_attach(struct pgc_uv *uv, uv_loop_t *loop, pgc_store *store,
                                               pgc_error *err) {
    pgc_pool_status pool;
    pgc_store_pool_status(store, &pool);
    memset(uv, 0, sizeof *uv);
    uv->loop = loop;
    uv->store = store;
    uv->room = 3 * ((size_t)pool.max + 2);
    uv->watches = (struct pgc_uv_watch *)calloc(uv->room, sizeof *uv->watches);
    if (uv->watches == NULL) return pgc_error_nomem(err);
    int status = pgc_store_watch(store, pgc_uv_watch, pgc_uv_timer, uv, err);
    if (status != 0) {
        free(uv->watches);
        uv->watches = NULL;
        return status;
    }
    uv_timer_init(loop, &uv->timer);
    uv_handle_set_data((uv_handle_t *)&uv->timer, uv);
    uv->open++;
    return 0;
}

/* Lets go of the loop, after the store was closed; `closed` (or NULL) is called when that is done.
 */
static inline void pgc_uv_detach(struct pgc_uv *uv, void (*closed)(void *payload), void *payload) {
    uv->closed = closed;
    uv->payload = payload;
    for (size_t i = 0; i < uv->room; i++) {
        if (uv->watches[i].used && uv->watches[i].fd != -1) pgc_uv_end(&uv->watches[i]);
    }
    uv_close((uv_handle_t *)&uv->timer, pgc_uv_on_timer_closed);
}

#endif
