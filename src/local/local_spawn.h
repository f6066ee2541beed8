/*
 * local_spawn: runs a program detached from the caller: in a session of its own (Ctrl-C does not
 * reach it), without the caller's descriptors, signal handlers and environment, as the owner, and
 * never as a child that the caller would have to wait for. It can hold a lock for as long as it or
 * any of its children lives. Keeps no state; safe in programs with threads, with SIGCHLD ignored,
 * or that reap every child there is. Any thread.
 */
#ifndef LOCAL_LOCAL_SPAWN_H
#define LOCAL_LOCAL_SPAWN_H

#include "base/base.h"
#include "local/local_owner.h"
#include "pgconvo.h"

/* All that is needed, made before the fork: after it nothing may be allocated. */
struct local_plan {
    const struct local_owner *owner;
    const char *folder;      /* where the program runs */
    const char *const *argv; /* argv[0] is the path of the program; NULL: only go to the folder */
    const char *const *envp;
    const char *lock; /* file that the program locks and keeps open; made if it is not there */
    int log;          /* what it prints goes there */
    bool wait;        /* wait until it has ended */
};

/* How far it came. */
enum local_stage {
    LOCAL_STAGE_FORK,
    LOCAL_STAGE_BECOME, /* could not become the owner */
    LOCAL_STAGE_ENTER,  /* could not go to the folder */
    LOCAL_STAGE_LOCK,   /* the lock is held by somebody else, or cannot be taken */
    LOCAL_STAGE_FILES,
    LOCAL_STAGE_EXEC, /* could not execute the program */
    LOCAL_STAGE_LOST, /* was killed before it could tell */
    LOCAL_STAGE_RUNS, /* it runs, or for a plan without a program: the folder can be entered */
    LOCAL_STAGE_ENDED,
};

struct local_report {
    enum local_stage stage;
    int value; /* RUNS: its process id; ENDED: its status as of waitpid; else errno */
};

void local_spawn(const struct local_plan *plan, struct local_report *report);

/* The error that a report other than RUNS or ENDED means. LOCAL; returns -PGC_LOCAL. */
int local_spawn_fail(const struct local_plan *plan, const struct local_report *report,
                     pgc_error *err);

#endif
