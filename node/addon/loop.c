#include "loop.h"

#include <node_api.h>
#include <stdlib.h>

/* The longest time that a timer may have; it only has to be far away. */
#define FOREVER_MS ((uint64_t)1 << 50)

struct poller {
    struct loop *loop;
    uv_poll_t *handle;
    int fd;
    int events;
    bool closing;
};

/*
 * A watch that cannot be made would leave promises pending for ever, and the library has no way to
 * hear of it; Node.js itself ends so when memory is out.
 */
static void give_up(const char *what) {
    napi_fatal_error("pgconvo", NAPI_AUTO_LENGTH, what, NAPI_AUTO_LENGTH);
}

static uv_handle_t *base(void *handle) {
    return handle;
}

static void forget(struct loop *loop) {
    if (--loop->handles == 0) {
        free(loop->pollers);
        loop->pollers = NULL;
        loop->hooks.on_closed(loop->hooks.payload);
    }
}

/* ---- Timers ---------------------------------------------------------------------------------- */

static void on_handle_closed(uv_handle_t *handle) {
    struct loop *loop = uv_handle_get_data(handle);
    free(handle);
    forget(loop);
}

static void on_due(uv_timer_t *handle) {
    struct loop *loop = uv_handle_get_data(base(handle));
    loop->hooks.on_timer(loop->hooks.payload);
}

static void on_never(uv_timer_t *handle) {
    (void)handle;
}

/* A timer's handle keeps nothing alive by itself. */
static void init_timer(struct loop *loop, uv_timer_t *timer) {
    uv_timer_init(loop->uv, timer);
    uv_handle_set_data(base(timer), loop);
    uv_unref(base(timer));
    loop->handles++;
}

void loop_timer(void *payload, int64_t ms) {
    struct loop *loop = payload;
    if (ms < 0) {
        uv_timer_stop(loop->timer);
        return;
    }
    uv_update_time(loop->uv); /* libuv counts from the time that it last looked at the clock */
    uv_timer_start(loop->timer, on_due, (uint64_t)ms, 0);
}

void loop_hold(struct loop *loop, bool held) {
    if (held) {
        uv_ref(base(loop->hold));
    } else {
        uv_unref(base(loop->hold));
    }
    spin_set(&loop->spin, held);
}

/* ---- Descriptors ----------------------------------------------------------------------------- */

static void on_poll_closed(uv_handle_t *handle) {
    struct poller *poller = uv_handle_get_data(handle);
    struct loop *loop = poller->loop;
    free(handle);
    free(poller);
    forget(loop);
}

/*
 * libuv reports a poll error once, without events, and stops: it counts as readable and writable,
 * so that whoever reads sees it, and the watch goes on unless the library ended it.
 */
static void on_ready(uv_poll_t *handle, int status, int events) {
    struct poller *poller = uv_handle_get_data(base(handle));
    struct loop *loop = poller->loop;
    bool failed = status < 0;
    loop->hooks.on_event(loop->hooks.payload, poller->fd,
                         failed ? UV_READABLE | UV_WRITABLE : events);
    if (failed && !poller->closing) {
        uv_poll_start(handle, poller->events, on_ready);
    }
}

static bool make_room(struct loop *loop, size_t fd) {
    if (fd < loop->room) {
        return true;
    }
    size_t room = fd + 32;
    struct poller **pollers = realloc(loop->pollers, room * sizeof(struct poller *));
    if (pollers == NULL) {
        return false;
    }
    for (size_t i = loop->room; i < room; i++) {
        pollers[i] = NULL;
    }
    loop->pollers = pollers;
    loop->room = room;
    return true;
}

static struct poller *new_poller(struct loop *loop, int fd) {
    struct poller *poller = calloc(1, sizeof *poller);
    uv_poll_t *handle = malloc(uv_handle_size(UV_POLL));
    if (poller == NULL || handle == NULL || !make_room(loop, (size_t)fd)) {
        give_up("out of memory");
    }
    if (uv_poll_init(loop->uv, handle, fd) != 0) {
        give_up("the connection's descriptor cannot be watched");
    }
    *poller = (struct poller){.loop = loop, .handle = handle, .fd = fd};
    uv_handle_set_data(base(handle), poller);
    uv_unref(base(handle));
    loop->handles++;
    loop->pollers[fd] = poller;
    return poller;
}

static void end_poller(struct loop *loop, struct poller *poller) {
    loop->pollers[poller->fd] = NULL;
    poller->closing = true;
    uv_close(base(poller->handle), on_poll_closed);
}

void loop_watch(void *payload, int fd, int events) {
    struct loop *loop = payload;
    struct poller *poller = (size_t)fd < loop->room ? loop->pollers[fd] : NULL;
    if (events == 0) {
        if (poller != NULL) {
            end_poller(loop, poller);
        }
        return;
    }
    if (poller == NULL) {
        poller = new_poller(loop, fd);
    }
    poller->events = events;
    spin_pass(&loop->spin);
    uv_poll_start(poller->handle, events, on_ready);
}

/* ---- Both ------------------------------------------------------------------------------------ */

bool loop_open(struct loop *loop, uv_loop_t *uv, struct loop_hooks hooks) {
    *loop = (struct loop){.uv = uv, .hooks = hooks};
    loop->timer = malloc(uv_handle_size(UV_TIMER));
    loop->hold = malloc(uv_handle_size(UV_TIMER));
    if (loop->timer == NULL || loop->hold == NULL || !spin_open(&loop->spin, uv)) {
        free(loop->timer);
        free(loop->hold);
        return false;
    }
    init_timer(loop, loop->timer);
    init_timer(loop, loop->hold);
    uv_timer_start(loop->hold, on_never, FOREVER_MS, 0);
    loop->handles++; /* spin's */
    return true;
}

void loop_close(struct loop *loop) {
    for (size_t fd = 0; fd < loop->room; fd++) {
        if (loop->pollers[fd] != NULL) {
            end_poller(loop, loop->pollers[fd]);
        }
    }
    uv_close(base(loop->timer), on_handle_closed);
    uv_close(base(loop->hold), on_handle_closed);
    spin_close(&loop->spin, loop, on_handle_closed);
}
