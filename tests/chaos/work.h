/*
 * A worker of the load: one call after the other, chosen by chance, each repeated as an application
 * would until its fate is known, and journaled when it is acknowledged. What reads bring is
 * compared with what the worker knows. Who drives it, a thread or an event loop, does
 *
 *     worker_choose, then worker_call and worker_outcome until that says that the call is over
 *
 * A worker belongs to one thread.
 */
#ifndef CHAOS_WORK_H
#define CHAOS_WORK_H

#include "shared.h"

#include <pgconvo.h>

/*
 * Shared threads are left for new ones after so many seconds, so that none grows without bounds.
 */
enum { BATCH = 5, PLACE_MAX = 80, SHARED = 3, EPOCH_SECONDS = 10, THREAD_SIZE = 96 };

/* An acknowledged message. */
struct known {
    unsigned number;
    unsigned version;
    char id[TAG_SIZE];
    bool gone;
    /*
     * Its append never failed with an unknown fate: else the failed one could come late, and make
     * anew what was deleted or moved meanwhile.
     */
    bool clean;
    bool touched; /* its content was changed, or perhaps */
};

/* A thread, and what this worker has in it, in the order of acknowledgement. */
struct place {
    char thread[THREAD_SIZE];
    bool made, own;
    struct known messages[PLACE_MAX];
    size_t count;
    int64_t seq;        /* of one of the messages, or 0 */
    size_t after;       /* the index of the message behind it */
    char key[TAG_SIZE]; /* the last one of this worker in the metadata */
};

struct worker;

/* What can be called. */
struct kind {
    const char *name;
    unsigned weight; /* how often it is chosen; 0: only when another one says so */
    bool write;
    /* Fills in worker->op; false: there is nothing to call it on. */
    bool (*choose)(struct worker *worker);
    int (*call)(struct worker *worker, pgc_result **result, pgc_error *err);
    /* It succeeded. May name the next kind, which goes on with the same op. */
    void (*took)(struct worker *worker, const pgc_result *result);
    /* It failed for good; true: that was to be expected, and is dealt with. */
    bool (*failed)(struct worker *worker, const pgc_error *err);
    bool once; /* not safe to repeat when its fate is unknown */
};

struct op {
    const struct kind *kind;
    const struct kind *next; /* what took or failed wants to be called now */
    struct place *place;
    struct known *target;
    size_t count;
    unsigned first; /* number of the first of `count` new messages */
    bool unknown;   /* an attempt had an unknown fate */
    size_t expect;  /* reads: index of the message that is to come next */
    bool open;      /* reads: the first message to come is not known */
    char cursor[512];
    char thread[THREAD_SIZE];
};

/*
 * When a call began, and what of its time is not to be counted: the process was stopped, the thread
 * was ready to run and was not let.
 */
struct moment {
    int64_t us;
    int64_t held_up_us;
    int64_t starved_us;
    int64_t crowd_us; /* the same of all threads together */
};

struct worker {
    const char *name;
    pgc_store *store;
    pgc_done_fn done; /* NULL: blocking calls; else the worker is its payload */
    pgc_op *started;
    struct tally *tally;
    int64_t deadline_us; /* of a call */
    uint64_t chance;
    int journal;
    unsigned numbers; /* given to messages and threads */
    struct place own, archive, shared[SHARED];
    char talk[THREAD_SIZE]; /* a thread that can be deleted, or "" */
    struct op op;
    struct moment begun;
    char lines[4096]; /* of the journal, to be written at once */
    size_t line_size;
    char tags[BATCH][TAG_SIZE];
    char contents[BATCH][CONTENT_SIZE];
    char expected[CONTENT_SIZE + 2];
    pgc_message_new messages[BATCH];
};

/* Begins to notice when the whole process is stopped. */
void worker_watch_time(void);

/* Called by each thread that has workers, up to 16. */
void worker_watch_thread(void);

/* Opens the journal; exits if that cannot be. */
void worker_begin(struct worker *worker, const char *folder);

void worker_choose(struct worker *worker);

/* The call of worker->op: blocking, or started, as worker->done says. */
int worker_call(struct worker *worker, pgc_result **result, pgc_error *err);

/*
 * What came of it. Returns how many ms to wait before the next attempt, or -1: the call is over.
 */
int worker_outcome(struct worker *worker, int status, const pgc_result *result,
                   const pgc_error *err);

/* ---- For the kinds of calls ---- */

/* CALL(message_last, thread, 10): the blocking function, or the start function. */
#define CALL(name, ...)                                                                          \
    (worker->done == NULL ? pgc_##name(worker->store, __VA_ARGS__, result, err)                  \
                          : pgc_##name##_start(worker->store, __VA_ARGS__, worker->done, worker, \
                                               &worker->started, err))

/* Adds a line to the journal; journal_write writes what was added. */
__attribute__((format(printf, 2, 3))) void journal(struct worker *worker, const char *format, ...);
void journal_write(struct worker *worker);

/* Counts something that must not be and says what it was. */
__attribute__((format(printf, 3, 4))) void
worker_accuse(struct worker *worker, atomic_llong *counter, const char *format, ...);

/* The tag of a message of this worker. */
void worker_tag(const struct worker *worker, unsigned number, char *tag);

/* Was this attempt the first that did something? It must be if none before had an unknown fate. */
void worker_expect_first(struct worker *worker, bool is_first);

extern const struct kind kind_make;
extern const struct kind *const write_kinds[]; /* end with NULL, as the next */
extern const struct kind *const read_kinds[];

#endif
