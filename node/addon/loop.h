/*
 * One store's handles on Node's own loop: a uv_poll for each descriptor that the library wants
 * watched, a timer for its deadlines, and a timer that never ends, which alone keeps the process
 * alive, while it is held. Knows nothing of JavaScript. Belongs to the loop's thread.
 */
#ifndef LOOP_H
#define LOOP_H

#include "spin.h"
#include "uv_part.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop_hooks {
    void (*on_event)(void *payload, int fd, int events);
    void (*on_timer)(void *payload);
    void (*on_closed)(void *payload); /* no handle is left */
    void *payload;
};

struct poller;

struct loop {
    uv_loop_t *uv;
    struct loop_hooks hooks;
    struct poller **pollers; /* by descriptor; NULL: not watched */
    size_t room;
    uv_timer_t *timer;
    uv_timer_t *hold;
    struct spin spin; /* while it is held */
    size_t handles;   /* not yet closed */
};

/* Returns false without memory; then nothing is left to close. */
bool loop_open(struct loop *loop, uv_loop_t *uv, struct loop_hooks hooks);

/* Closes every handle; on_closed comes later, from the loop. */
void loop_close(struct loop *loop);

/* Does the process stay alive for this store, which waits for answers? */
void loop_hold(struct loop *loop, bool held);

/* pgc_watch_fn and pgc_timer_fn; the payload is the struct loop. */
void loop_watch(void *payload, int fd, int events);
void loop_timer(void *payload, int64_t ms);

#endif
