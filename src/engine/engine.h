/*
 * The engine: a pool, perhaps another one for reads, and the event-driven face over both: started
 * operations, driven by whoever tells it of events and time. Knows no threads and no messages.
 * Blocking calls share the pool but drive their own connection (face/wait.c).
 *
 * The event-driven face (engine_start, _on_event, _tick, _poll) belongs to one thread at a time.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/list.h"
#include "connection/conn.h"
#include "engine/op.h"
#include "engine/pool.h"
#include "engine/route.h"
#include "pgconvo.h"

#include <poll.h>

struct engine {
    struct pool pool;
    struct pool *reader; /* for what may run on a standby; NULL: there is none */
    struct horizon horizon;
    struct pool reader_pool;
    struct list paused;   /* of event-driven op: to run (again) when they are due */
    struct list running;  /* of event-driven op */
    struct list finished; /* of event-driven op whose callback is due */
    size_t active;        /* event-driven operations that were started and have not ended */
    bool cancelling;      /* the running ones have been told to stop */
    bool alone;           /* nobody else draws on the pool: idle connections stay watched */
    pgc_watch_fn watch;
    pgc_timer_fn timer;
    void *payload;
    int64_t timer_at; /* what the timer was last set to; 0: no timer */
    /* room for two of each connection of the pools, and for the wakes of these */
    struct pollfd *pollfds;
};

/* What a pool is made of; `config` must outlive the engine. */
struct engine_part {
    const struct conn_config *config;
    struct pool_limits limits;
};

/* `reader` may be NULL. */
MUST_CHECK int engine_init(struct engine *engine, struct engine_part writer,
                           const struct engine_part *reader);
void engine_destroy(struct engine *engine);

/* Sets the hooks of an event loop. */
void engine_watch(struct engine *engine, pgc_watch_fn watch, pgc_timer_fn timer, void *payload);

/* Takes the hooks off; nothing may be active. */
void engine_unwatch(struct engine *engine);

/* Starts an operation; on failure it is the caller's still, and nothing calls back. */
MUST_CHECK int engine_start(struct engine *engine, pgc_op *op, pgc_error *err);

/* Ends an operation that was started, unless it has ended; its callback comes later. */
void engine_cancel(struct engine *engine, pgc_op *op);

/* Gives one a deadline on clock_monotonic_ms, unless it has ended. */
void engine_limit(struct engine *engine, pgc_op *op, int64_t deadline);

void engine_on_event(struct engine *engine, int fd, int events);

/* The timer ran out, if only nearly: loops round. */
void engine_on_timer(struct engine *engine);

/* Looks at deadlines, starts what got a connection, calls back, sets the timer. */
void engine_tick(struct engine *engine);

/*
 * Waits for events, at most so long (-1: no limit), and handles them. Returns the number of active
 * operations.
 */
int engine_poll(struct engine *engine, int timeout_ms);

/* As the pool's functions, for both pools. */
void engine_begin_close(struct engine *engine, enum pool_phase phase);
void engine_await_quiet(struct engine *engine);
void engine_status(struct engine *engine, pgc_pool_status *status);

/* Drives the event-driven operations to their end; cancels them first if the pool is closing so. */
void engine_drain(struct engine *engine);

/* poll(2)'s words and the public ones. */
short engine_to_poll(int events);
int engine_from_poll(short revents);

/* Milliseconds from now to a deadline, as poll(2) likes it: -1 for none, 0 for past. */
int engine_time_left(int64_t deadline);

#endif
