/*
 * One connection to the server, as a state machine that never blocks (but for name resolution in
 * libpq's connect). Not for deciding what runs where (pool), nor for what statements mean (domain).
 * The only caller of libpq's connect, send and consume functions.
 *
 *                 conn_run               connected             ready, or no statements
 *      CLOSED ---------------> CONNECTING -----------> SETUP -------------------------> READY
 *        ^                         |                   | ^ |                            |  ^
 *        |                         |      next segment | | | ready                      |  |
 *        |                         |       of setup    +-+ |                   conn_run |  | Sync
 *        |        failure, or no   |                   |   |                            v  |
 *        +-------------------------+-------------------+   +--------------------------> BUSY
 *        +----------------------------- connection lost ---------------------------------+
 *
 * A connection runs one segment at a time: statements sent together and ended by one Sync, hence
 * one implicit transaction and one round trip. It is driven by one thread at a time, whoever called
 * conn_run: through conn_on_event when its descriptor is ready, and conn_on_deadline when its
 * deadline has passed.
 *
 * Behind a pooler each segment may meet another session of the server. Then (`pooled`) the settings
 * that statements rely on go in front of them, for this transaction only, and statements go unnamed
 * unless the pooler is said to keep names. A segment that fails because the session is not as
 * thought is run again: SETUP and BUSY last a round trip longer.
 *
 * A segment that a concurrent transaction got in the way of (serialization failure, deadlock) was
 * rolled back whole, and is run again a few times: the connection is READY for a moment, with its
 * segment in hand, then BUSY again.
 */
#ifndef CONNECTION_CONN_H
#define CONNECTION_CONN_H

#include "base/base.h"
#include "base/jitter.h"
#include "base/list.h"
#include "connection/cancel.h"
#include "connection/hosts.h"
#include "connection/meter.h"
#include "pgconvo.h"
#include "statement/bind.h"
#include "statement/stmt.h"

#include <libpq-fe.h>
#include <stdatomic.h>

enum conn_state { CONN_CLOSED, CONN_CONNECTING, CONN_SETUP, CONN_READY, CONN_BUSY };

/*
 * Statements to run, and what came of them. Owned by who runs it; the results are its to PQclear.
 */
struct segment {
    struct bound *statements;
    size_t count;
    PGresult **results; /* room for `count`; filled in order, the rest stays NULL */
    size_t done;        /* how many have results */
    pgc_error error;    /* code OK: all went well */
    int64_t deadline;   /* of the call, on clock_monotonic_ms; 0: none */
    uint32_t repeats;   /* how often it was run again after a conflict */
    bool sent;          /* it went to the server and was not rolled back, as far as is known */
    bool session;       /* it is about the session: behind a pooler there is nothing to run */
    uint64_t sends;     /* how often it was sent, by conn_run and by itself */
    /* goes in front of the statements and must succeed, or they are not run; NULL: nothing */
    const struct bound *guard;
};

struct conn;

/*
 * The segment of conn_run is about to be sent, or (`answered`) the first bytes of its answer are
 * there.
 */
typedef void (*conn_phase_fn)(struct segment *segment, bool answered);

/* What a connection asks of its surroundings. All are called by the thread that drives it. */
struct conn_hooks {
    /*
     * Watch `fd` for `events` (PGC_READ | PGC_WRITE; 0: no more). Never skip one because nothing
     * seems to change.
     */
    void (*watch)(void *payload, struct conn *conn, int fd, int events);
    /* The session is set up; the segment comes next. NULL: nobody wants to know. */
    void (*ready)(void *payload, struct conn *conn);
    /*
     * The segment given to conn_run has ended; its results and error are in it. The last thing a
     * drive does.
     */
    void (*done)(void *payload, struct conn *conn, struct segment *segment);
    conn_phase_fn phase; /* NULL: nobody wants to know */
    void *payload;
    /* Somebody else's event loop watches: it must hear that a watch ends before libpq closes. */
    bool announced;
    /*
     * All drives of the connection have these hooks, so that it stays watched while it is idle, and
     * conn_on_event may come then. `payload` must live as long as the connection.
     */
    bool stays;
};

/*
 * Prepares a session, new or reset: called when connected (`last` NULL) and whenever the segment it
 * asked for has run (`last`). Returns the next segment to run, or NULL: done, `*err` says OK or why
 * the session cannot be used.
 */
typedef struct segment *(*conn_setup_fn)(void *owner, struct conn *conn, const struct segment *last,
                                         pgc_error *err);

/* Room for the setup function's segments, one at a time. */
struct conn_setup {
    int step; /* how far it is */
    struct arena arena;
    struct segment segment;
    struct bound statements[3];
    PGresult *results[3];
};

/* What all connections of a store have in common; outlives them. */
struct conn_config {
    struct hosts *hosts;
    int64_t connect_timeout_ms; /* for connecting and setup together */
    int64_t max_result_bytes;   /* the answer to a segment has at most so many */
    conn_setup_fn setup;
    const struct stmt_book *book; /* the setup makes it */
    /*
     * The settings that a segment needs behind a pooler: a text with text parameters.
     */
    const struct bound *settings;
    atomic_bool *pooled; /* a pooler was met, or is to be expected: set once by who finds out */
    bool named;          /* statements go by name, pooler or not */
    bool no_retry;       /* a conflict is told, not tried again */
    void *owner;
};

/* What a connection attempt of the pool is; see engine/gate.h. */
enum conn_attempt { ATTEMPT_NONE, ATTEMPT_FREE, ATTEMPT_PROBE };

struct conn {
    struct list_node node; /* on one list of the pool */
    enum conn_state state;
    const struct conn_config *config;
    struct conn_hooks hooks;
    PGconn *pg;
    struct cancel cancel;
    int wake;                     /* an eventfd by which other threads get the driver's attention */
    int fd, events;               /* what was last watched; fd -1: nothing */
    int cancel_fd, cancel_events; /* and of the cancel that is under way */
    int64_t deadline;             /* on clock_monotonic_ms; 0: none */
    int64_t resume_at; /* when a segment that met a conflict is run again; 0: none is to be */
    int64_t idle_since;
    int64_t connect_by;        /* CONNECTING: when all hosts have had their time */
    size_t host;               /* of config->hosts: where it goes, or is */
    uint64_t tried;            /* CONNECTING: bit i: host i has had its turn */
    char refusal[256];         /* CONNECTING: what came of the first of them, or "" */
    bool may_pass;             /* CONNECTING: one of them may be there next time */
    unsigned demoted;          /* what hosts->demoted was when it began to connect */
    int64_t expires_at;        /* when it is too old to be used; 0: never; the pool's to set */
    enum conn_attempt attempt; /* while it is being made; the pool's to set */
    struct segment *segment;   /* of conn_run */
    struct segment *current;   /* under way: of setup, or `segment` */
    size_t leading;            /* statements in front of those of `current` whose results are due */
    size_t at;                 /* the statement of `current` whose results come next */
    bool parsing;              /* its Parse comes before them */
    bool answered;             /* the first bytes of the answer to `segment` have come */
    uint64_t parses;           /* bit i: a Parse was sent before statement i of `current` */
    size_t told;               /* the size of libpq's error message that is known already */
    struct meter meter;        /* of what has come of the answer to `current` */
    bool reset;                /* the session was lent out: clean it up before use */
    bool lent;                 /* somebody else has it; the pool's to set */
    bool doomed;               /* the server said that it will hang up */
    bool unreplicated;         /* it said that a commit did not wait for its standby */
    pgc_code stopped; /* CANCELLED or TIMEOUT: what runs is to end for this reason; or OK */
    bool pooled;      /* no session of its own; for the setup to find out */
    bool isolate;     /* its transactions must be told to be read committed */
    struct conn_setup setup;
    struct jitter jitter;
    uint64_t prepared[(STMT_COUNT + 63) / 64];
};

/* The one of a node of a list; NULL of NULL. */
static inline struct conn *conn_of(struct list_node *node) {
    return node == NULL ? NULL : CONTAINER_OF(node, struct conn, node);
}

/* A closed connection. NULL when out of memory or descriptors. */
struct conn *conn_new(const struct conn_config *config);

/*
 * Closes it, whatever it is doing (hooks.done is not called). NULL is fine. May write to the
 * network.
 */
void conn_free(struct conn *conn);

/*
 * Closes the connection but keeps the conn: it connects anew when it is run. READY or CLOSED only.
 */
void conn_close(struct conn *conn);

/*
 * Runs a segment, connecting first if need be; ends with hooks.done, perhaps before it returns.
 * `segment` must stay until then. A segment without statements just makes sure that the connection
 * is up.
 */
void conn_run(struct conn *conn, struct segment *segment, struct conn_hooks hooks);

/*
 * A watched descriptor is ready. False if it is not one of this connection (any more). An idle
 * connection on which the server has hung up is CLOSED then.
 */
bool conn_on_event(struct conn *conn, int fd, int events);

/*
 * The deadline has passed. If it is that of the call, the call is stopped as by conn_cancel, but
 * ends with TIMEOUT.
 */
void conn_on_deadline(struct conn *conn);

/*
 * Cancels what runs: asks the server to, and sets a deadline after which the connection is cut. A
 * connection that was stopped is not used again: the server may obey late. Called by the driver.
 */
void conn_cancel(struct conn *conn);

/* Sets the deadline of the call that is under way. */
void conn_limit_call(struct conn *conn, int64_t deadline);

/* Sets a deadline for what the setup is doing, as far as that of the call allows. */
void conn_limit(struct conn *conn, int64_t deadline);

/* Makes the driver of a connection look up; from any thread while the connection is driven. */
void conn_wake(struct conn *conn);

/* Empties a segment, so that it can be filled in and run anew: clears its results and its error. */
void segment_clear(struct segment *segment);

/* Takes back what conn_wake did; by the driver, when `wake` is readable. */
void conn_woken(struct conn *conn);

/*
 * Lends the libpq connection out in plain blocking mode, and takes it back: true if it can be used
 * again, which behind a pooler it cannot: nobody can tell what is left of the use. NULL if it is
 * not READY (any more), or broken.
 */
PGconn *conn_lend(struct conn *conn);
bool conn_take_back(struct conn *conn);

#endif
