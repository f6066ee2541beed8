/*
 * local_lock: locks between processes (flock), which the kernel takes back from whoever dies.
 * Each belongs to one open file description, so that two holds in a process count as two. A process
 * that another thread forks off meanwhile has a copy of the descriptor: locks are therefore always
 * let go by name (local_unlock), not by closing. Keeps no state. Any thread.
 */
#ifndef LOCAL_LOCAL_LOCK_H
#define LOCAL_LOCAL_LOCK_H

#include "base/base.h"

/* Waits for the lock on `fd`, alone or shared with others. Returns 0, or -1 with errno. */
MUST_CHECK int local_lock_alone(int fd);
MUST_CHECK int local_lock_shared(int fd);

/*
 * Turns the lock on `fd`, whatever it is, into one held alone, without waiting; if somebody else
 * has one, `fd` has none any more. Returns whether it worked.
 */
MUST_CHECK bool local_lock_try(int fd);

void local_unlock(int fd);

#endif
