#include "connection/cancel.h"

#include <pthread.h>
#include <signal.h>

#define STACK_SIZE (256 * 1024)

static void *run(void *cancel) {
    char text[256];
    PQcancel(cancel, text, sizeof text);
    PQfreeCancel(cancel);
    return NULL;
}

/* The program's signals are not for this thread to handle. */
static bool start(PGcancel *cancel, const pthread_attr_t *attributes) {
    sigset_t all, before;
    pthread_t thread;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) {
        return false;
    }
    bool started = pthread_create(&thread, attributes, run, cancel) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

bool cancel_begin(PGcancel *cancel) {
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) {
        PQfreeCancel(cancel);
        return false;
    }
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    bool started = start(cancel, &attributes);
    pthread_attr_destroy(&attributes);
    if (!started) {
        PQfreeCancel(cancel);
    }
    return started;
}
