/*
 * The store behind the public handle, and how the other files of the face run operations on it.
 */
#ifndef FACE_STORE_H
#define FACE_STORE_H

#include "base/arena.h"
#include "base/base.h"
#include "connection/conn.h"
#include "domain/schema.h"
#include "engine/engine.h"
#include "engine/op.h"
#include "local/local.h"
#include "pgconvo.h"

#include <pthread.h>

/* What the connections of a pool have in common. */
struct store_part {
    struct schema schema;
    struct hosts hosts;
    struct conn_config config;
};

struct pgc_store {
    /*
     * The store that this is another handle of, with settings of its own (then only they are set),
     * or this one.
     */
    struct pgc_store *whole;
    uint32_t call_timeout_ms; /* limit of each call; 0: none */
    uint32_t max_message_bytes;
    pgc_reads reads; /* where its reads may run */
    struct engine engine;
    struct counters counters;
    struct store_part writer;
    struct store_part reader;   /* only if the engine has a pool for it */
    struct local_server *local; /* NULL: the server is somebody else's business */
    struct arena arena;         /* of the connection parameters */
    pthread_mutex_t closing;    /* held by who closes */
    bool closed;
};

/* Runs a filled-in operation to its end in this thread; it is DONE then. */
void wait_for(pgc_op *op);

/*
 * Makes the connections that the store is to have at least, all at once. Those that cannot be made
 * are left out.
 */
void wait_for_extras(const pgc_op *parent);

/*
 * The outcome of a done operation: 0 and its result (if wanted), or its error.
 */
MUST_CHECK int op_outcome(pgc_op *op, pgc_result **result, pgc_error *err);

#endif
