#include "spin.h"

#include <poll.h>
#include <sched.h>
#include <stdlib.h>

/* A little more than what a short statement takes on a server that has to be woken itself. */
#define SPIN_NS 100000
/* after so many misses in a row, one turn in 2^SHIFT_MAX is tried */
#define SHIFT_MAX 8

/* Each miss in a row doubles the turns until the next try. */
static bool is_time(struct spin *spin) {
    uint32_t shift = spin->misses < SHIFT_MAX ? spin->misses : SHIFT_MAX;
    if (spin->misses > 0 && ++spin->skipped < (uint32_t)1 << shift) {
        return false;
    }
    spin->skipped = 0;
    return true;
}

/* The loop's own descriptor is readable as soon as one that it watches is ready. */
static bool look(int fd) {
    struct pollfd pollfd = {.fd = fd, .events = POLLIN};
    uint64_t end = uv_hrtime() + SPIN_NS;
    do {
        if (poll(&pollfd, 1, 0) != 0) {
            return true;
        }
        sched_yield(); /* the server may have no other processor than this one */
    } while (uv_hrtime() < end);
    return false;
}

/* Nothing is waited for if the loop has something to do before its next sleep. */
static void on_prepare(uv_prepare_t *handle) {
    struct spin *spin = uv_handle_get_data((uv_handle_t *)handle);
    uv_loop_t *uv = uv_handle_get_loop((uv_handle_t *)handle);
    bool blind = spin->blind;
    spin->blind = false;
    if (blind || uv_backend_timeout(uv) == 0 || !is_time(spin)) {
        return;
    }
    spin->misses = look(uv_backend_fd(uv)) ? 0 : spin->misses + 1;
}

bool spin_open(struct spin *spin, uv_loop_t *uv) {
    *spin = (struct spin){.handle = malloc(uv_handle_size(UV_PREPARE))};
    if (spin->handle == NULL) {
        return false;
    }
    uv_prepare_init(uv, spin->handle);
    uv_handle_set_data((uv_handle_t *)spin->handle, spin);
    uv_unref((uv_handle_t *)spin->handle);
    return true;
}

void spin_close(struct spin *spin, void *owner, uv_close_cb closed) {
    uv_handle_set_data((uv_handle_t *)spin->handle, owner);
    uv_close((uv_handle_t *)spin->handle, closed);
}

void spin_set(struct spin *spin, bool awaited) {
    if (awaited) {
        uv_prepare_start(spin->handle, on_prepare);
    } else {
        uv_prepare_stop(spin->handle);
    }
}

void spin_pass(struct spin *spin) {
    spin->blind = true;
}
