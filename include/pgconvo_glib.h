/*
 * pgconvo on GLib: lets a GMainContext drive the started operations of a store. Header only.
 *
 *     struct pgc_glib glib;
 *     pgc_glib_attach(&glib, NULL, store, &err);            // before the first start call
 *     pgc_thread_get_start(store, id, on_done, payload, &op, &err);
 *     g_main_loop_run(loop);
 *     pgc_store_close(store, PGC_CLOSE_WAIT);
 *     pgc_glib_detach(&glib);
 *
 * `struct pgc_glib` must stay where it is until it is detached. Everything belongs to the thread
 * that runs the context. Where memory runs out, GLib itself ends the program.
 */
#ifndef PGCONVO_GLIB_H
#define PGCONVO_GLIB_H

#include "pgconvo.h"

#include <glib-unix.h>

struct pgc_glib;

struct pgc_glib_watch {
    struct pgc_glib *glib;
    GSource *source; /* NULL: free */
    int fd;
};

struct pgc_glib {
    GMainContext *context; /* NULL: the default one */
    pgc_store *store;
    GSource *timer; /* NULL: none */
    struct pgc_glib_watch *watches;
    size_t room;
};

static inline void pgc_glib_end(GSource **source) {
    if (*source != NULL) {
        g_source_destroy(*source);
        g_source_unref(*source);
        *source = NULL;
    }
}

static inline void pgc_glib_begin(struct pgc_glib *glib, GSource **at, GSource *source,
                                  GSourceFunc call, void *data) {
    g_source_set_callback(source, call, data, NULL);
    g_source_attach(source, glib->context);
    *at = source;
}

static inline gboolean pgc_glib_on_due(void *data) {
    struct pgc_glib *glib = (struct pgc_glib *)data;
    pgc_glib_end(&glib->timer);
    pgc_store_on_timer(glib->store);
    return G_SOURCE_REMOVE;
}

static inline gboolean pgc_glib_on_ready(int fd, GIOCondition ready, void *data) {
    struct pgc_glib_watch *watch = (struct pgc_glib_watch *)data;
    bool broken = (ready & (G_IO_ERR | G_IO_HUP | G_IO_NVAL)) != 0;
    int events = 0;
    if (broken || (ready & G_IO_IN) != 0) events |= PGC_READ;
    if (broken || (ready & G_IO_OUT) != 0) events |= PGC_WRITE;
    pgc_store_on_event(watch->glib->store, fd, events);
    return G_SOURCE_CONTINUE; /* of a source that was destroyed meanwhile it means nothing */
}

static inline struct pgc_glib_watch *pgc_glib_find(struct pgc_glib *glib, int fd, bool used) {
    for (size_t i = 0; i < glib->room; i++) {
        struct pgc_glib_watch *watch = &glib->watches[i];
        if (used ? watch->source != NULL && watch->fd == fd : watch->source == NULL) return watch;
    }
    return NULL;
}

/* Each call makes a new source: a new socket may have the number of an old one. */
static inline void pgc_glib_watch(void *payload, int fd, int events) {
    struct pgc_glib *glib = (struct pgc_glib *)payload;
    struct pgc_glib_watch *watch = pgc_glib_find(glib, fd, true);
    if (watch != NULL) pgc_glib_end(&watch->source);
    if (events == 0) return;
    if (watch == NULL) watch = pgc_glib_find(glib, fd, false);
    if (watch == NULL) return; /* there is room for all that a store may watch */
    int wanted = ((events & PGC_READ) != 0 ? G_IO_IN : 0) |
                 ((events & PGC_WRITE) != 0 ? G_IO_OUT : 0) | G_IO_ERR | G_IO_HUP;
    watch->glib = glib;
    watch->fd = fd;
    pgc_glib_begin(glib, &watch->source, g_unix_fd_source_new(fd, (GIOCondition)wanted),
                   G_SOURCE_FUNC(pgc_glib_on_ready), watch);
}

static inline void pgc_glib_timer(void *payload, int64_t ms) {
    struct pgc_glib *glib = (struct pgc_glib *)payload;
    pgc_glib_end(&glib->timer);
    if (ms < 0) return;
    guint wait = ms > G_MAXINT ? (guint)G_MAXINT : (guint)ms;
    pgc_glib_begin(glib, &glib->timer, g_timeout_source_new(wait), pgc_glib_on_due, glib);
}

/* After the store was closed, which ended all its watches and its timer. */
static inline void pgc_glib_detach(struct pgc_glib *glib) {
    g_free(glib->watches);
    glib->watches = NULL;
}

/*
 * Lets `context` (NULL: the default one) drive `store`, on which nothing has been started yet.
 * Errors: INVALID (operations are under way).
 */
PGC_MUST_CHECK static inline int pgc_glib_attach(struct pgc_glib *glib, GMainContext *context,
                                                 pgc_store *store, pgc_error *err) {
    pgc_pool_status pool;
    pgc_store_pool_status(store, &pool);
    memset(glib, 0, sizeof *glib);
    glib->context = context;
    glib->store = store;
    glib->room = (size_t)pool.max + 2;
    glib->watches = g_new0(struct pgc_glib_watch, glib->room);
    int status = pgc_store_watch(store, pgc_glib_watch, pgc_glib_timer, glib, err);
    if (status != 0) pgc_glib_detach(glib);
    return status;
}

#endif
