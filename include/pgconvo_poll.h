/*
 * pgconvo in a loop of poll(2): descriptors of a store to poll beside your own. Header only. (A
 * program without descriptors of its own needs none of this: pgc_store_poll is a whole turn.)
 *
 *     struct pgc_poll adapter;
 *     pgc_poll_attach(&adapter, store, &err);              // before the first start call
 *     for (;;) {
 *         struct pollfd fds[64];
 *         int timeout = my_timeout;
 *         size_t n = pgc_poll_fill(&adapter, fds + mine, 64 - mine, &timeout);
 *         poll(fds, mine + n, timeout);
 *         pgc_poll_tell(&adapter, fds + mine, n);
 *     }
 *     pgc_store_close(store, PGC_CLOSE_WAIT);
 *     pgc_poll_detach(&adapter);
 *
 * Everything belongs to one thread.
 */
#ifndef PGCONVO_POLL_H
#define PGCONVO_POLL_H

#include "pgconvo.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

struct pgc_poll {
    pgc_store *store;
    struct pollfd *fds; /* what the store wants watched */
    size_t count;
    size_t room;
    int64_t due; /* of the store's timer, on the monotonic clock in ms; -1: none */
};

static inline int64_t pgc_poll_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline void pgc_poll_watch(void *payload, int fd, int events) {
    struct pgc_poll *adapter = (struct pgc_poll *)payload;
    size_t i = 0;
    while (i < adapter->count && adapter->fds[i].fd != fd)
        i++;
    if (events == 0) {
        if (i < adapter->count) adapter->fds[i] = adapter->fds[--adapter->count];
        return;
    }
    if (i == adapter->room) return; /* it has room for all that a store may watch */
    if (i == adapter->count) adapter->count++;
    adapter->fds[i].fd = fd;
    adapter->fds[i].events = (short)(((events & PGC_READ) != 0 ? POLLIN : 0) |
                                     ((events & PGC_WRITE) != 0 ? POLLOUT : 0));
    adapter->fds[i].revents = 0;
}

static inline void pgc_poll_timer(void *payload, int64_t ms) {
    struct pgc_poll *adapter = (struct pgc_poll *)payload;
    adapter->due = ms < 0 ? -1 : pgc_poll_now() + ms;
}

/* After the store was closed. */
static inline void pgc_poll_detach(struct pgc_poll *adapter) {
    free(adapter->fds);
    adapter->fds = NULL;
}

/*
 * Begins to collect what `store`, on which nothing has been started yet, wants watched. All memory
 * is taken here. Errors: NOMEM, INVALID (operations are under way).
 */
PGC_MUST_CHECK static inline int pgc_poll_attach(struct pgc_poll *adapter, pgc_store *store,
                                                 pgc_error *err) {
    pgc_pool_status pool;
    pgc_store_pool_status(store, &pool);
    memset(adapter, 0, sizeof *adapter);
    adapter->store = store;
    adapter->due = -1;
    adapter->room = (size_t)pool.max + 2;
    adapter->fds = (struct pollfd *)calloc(adapter->room, sizeof *adapter->fds);
    if (adapter->fds == NULL) return pgc_error_nomem(err);
    int status = pgc_store_watch(store, pgc_poll_watch, pgc_poll_timer, adapter, err);
    if (status != 0) pgc_poll_detach(adapter);
    return status;
}

/*
 * Writes the store's descriptors to `fds` and shortens `*timeout` (ms, as poll has it; -1: none) to
 * what the store can wait. Returns how many descriptors there are; with less room than the number
 * of connections plus two, the rest waits for the next turn.
 */
static inline size_t pgc_poll_fill(const struct pgc_poll *adapter, struct pollfd *fds, size_t room,
                                   int *timeout) {
    size_t count = adapter->count < room ? adapter->count : room;
    memcpy(fds, adapter->fds, count * sizeof *fds);
    if (adapter->due != -1) {
        int64_t left = adapter->due - pgc_poll_now();
        int wait = left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
        if (*timeout < 0 || wait < *timeout) *timeout = wait;
    }
    return count;
}

/*
 * Tells the store what poll found. The store changes what it watches meanwhile: a descriptor that
 * it no longer watches is passed over by itself.
 */
static inline void pgc_poll_tell(struct pgc_poll *adapter, const struct pollfd *fds, size_t count) {
    if (adapter->due != -1 && adapter->due <= pgc_poll_now()) {
        adapter->due = -1;
        pgc_store_on_timer(adapter->store);
    }
    for (size_t i = 0; i < count; i++) {
        bool broken = (fds[i].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
        int events = 0;
        if (broken || (fds[i].revents & POLLIN) != 0) events |= PGC_READ;
        if (broken || (fds[i].revents & POLLOUT) != 0) events |= PGC_WRITE;
        if (events != 0) pgc_store_on_event(adapter->store, fds[i].fd, events);
    }
}

#endif
