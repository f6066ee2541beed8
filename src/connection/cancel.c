#include "connection/cancel.h"

#include "base/clock.h"
#include "pgconvo.h"

#include <assert.h>
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#define STACK_SIZE (256 * 1024)
/* how long a thread goes on with what was left to it */
#define LEFT_MAX_MS 10000

/* ---- What libpq has -------------------------------------------------------------------------- */

/*
 * A process may have two libpq, where a plug-in brings its own: what one has made is not for the
 * other to touch.
 */
static bool is_of_our_libpq(const void *function) {
    Dl_info there, here;
    void (*finish)(PGconn *) = PQfinish;
    void *ours;
    memcpy(&ours, &finish, sizeof ours);
    return dladdr(function, &there) != 0 && dladdr(ours, &here) != 0 &&
           there.dli_fbase == here.dli_fbase;
}

/*
 * Looks where the dynamic linker would for this library, which is where the other calls come from.
 */
static void find_calls(struct cancel_calls *calls) {
    static const char *const names[] = {"PQcancelCreate", "PQcancelStart", "PQcancelPoll",
                                        "PQcancelSocket", "PQcancelFinish"};
    void *found[ARRAY_LENGTH(names)];
    bool usable = true;
    for (size_t i = 0; i < ARRAY_LENGTH(names) && usable; i++) {
        found[i] = dlsym(RTLD_DEFAULT, names[i]);
        usable = found[i] != NULL && is_of_our_libpq(found[i]);
    }
    if (!usable) { /* what was to be said of it would stay in memory: the second call frees it */
        (void)dlerror();
        (void)dlerror();
    }
    memset(calls, 0, sizeof *calls);
    if (usable) {
        static_assert(sizeof *calls == sizeof found, "pointers to functions, and nothing else");
        memcpy(calls, found, sizeof *calls);
    }
}

/* ---- In a thread ----------------------------------------------------------------------------- */

static void *ask_blocking(void *cancel) {
    char text[256];
    PQcancel(cancel, text, sizeof text);
    PQfreeCancel(cancel);
    return NULL;
}

/* It knows for itself what it waits for. */
static void *ask_on(void *asking) {
    struct cancel_calls calls;
    find_calls(&calls);
    int64_t end = clock_monotonic_ms() + LEFT_MAX_MS, left;
    short events = POLLIN | POLLOUT;
    while (events != 0 && (left = end - clock_monotonic_ms()) > 0) {
        struct pollfd pollfd = {.fd = calls.socket(asking), .events = events};
        if (poll(&pollfd, 1, (int)left) > 0) {
            PostgresPollingStatusType status = calls.poll(asking);
            events = status == PGRES_POLLING_READING   ? POLLIN
                     : status == PGRES_POLLING_WRITING ? POLLOUT
                                                       : 0;
        }
    }
    calls.finish(asking);
    return NULL;
}

/* The program's signals are not for this thread to handle. */
static bool start_silent(const pthread_attr_t *attributes, void *(*run)(void *), void *arg) {
    sigset_t all, before;
    pthread_t thread;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) {
        return false;
    }
    bool started = pthread_create(&thread, attributes, run, arg) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

static bool start_thread(void *(*run)(void *), void *arg) {
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) {
        return false;
    }
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    bool started = start_silent(&attributes, run, arg);
    pthread_attr_destroy(&attributes);
    return started;
}

/* ---- The face -------------------------------------------------------------------------------- */

bool cancel_prepare(struct cancel *cancel, PGconn *pg) {
    cancel->blocking = PQgetCancel(pg);
    find_calls(&cancel->calls);
    return cancel->blocking != NULL;
}

static void await(struct cancel *cancel, int events) {
    cancel->fd = cancel->calls.socket(cancel->asking);
    cancel->events = events;
}

static void stop_asking(struct cancel *cancel) {
    cancel->calls.finish(cancel->asking);
    cancel->asking = NULL;
}

static bool begin_asking(struct cancel *cancel, PGconn *pg) {
    if (cancel->calls.create == NULL || (cancel->asking = cancel->calls.create(pg)) == NULL) {
        return false;
    }
    if (cancel->calls.start(cancel->asking) != 1) {
        stop_asking(cancel);
        return false;
    }
    await(cancel, PGC_WRITE);
    return true;
}

static bool begin_blocking(struct cancel *cancel) {
    bool started = cancel->blocking != NULL && start_thread(ask_blocking, cancel->blocking);
    if (started) {
        cancel->blocking = NULL;
    }
    return started;
}

bool cancel_begin(struct cancel *cancel, PGconn *pg) {
    return begin_asking(cancel, pg) || begin_blocking(cancel);
}

void cancel_on_event(struct cancel *cancel) {
    PostgresPollingStatusType status = cancel->calls.poll(cancel->asking);
    if (status == PGRES_POLLING_READING) {
        await(cancel, PGC_READ);
    } else if (status == PGRES_POLLING_WRITING) {
        await(cancel, PGC_WRITE);
    } else {
        stop_asking(cancel);
    }
}

void cancel_end(struct cancel *cancel, bool give_up) {
    if (cancel->asking != NULL && !give_up && start_thread(ask_on, cancel->asking)) {
        cancel->asking = NULL;
    }
    if (cancel->asking != NULL) {
        stop_asking(cancel);
    }
    PQfreeCancel(cancel->blocking);
    memset(cancel, 0, sizeof *cancel);
}
