/*
 * The hosts that a connection may go to, and which of them to try next. libpq goes through a list
 * of hosts by itself, but without a time limit for each when nobody blocks in it: then a host that
 * swallows packets uses up the time of all. So each is tried on its own, as libpq would: in order,
 * by target_session_attrs; one that does not answer has a share of the time, and is tried last for
 * a while. Not for connecting (conn).
 *
 * Shared by the connections of a pool, any thread; the arena's.
 */
#ifndef CONNECTION_HOSTS_H
#define CONNECTION_HOSTS_H

#include "base/arena.h"
#include "base/base.h"

#include <stdatomic.h>

#define HOSTS_MAX 64

struct host {
    const char *const *values;         /* for PQconnectStartParams */
    atomic_int_least64_t silent_until; /* on clock_monotonic_ms; 0: it answers, as far as known */
};

struct hosts {
    const char *const *keywords;
    struct host *all;
    size_t count;        /* at least 1 */
    int64_t limit_ms;    /* for each, by connect_timeout; 0: none but what all have together */
    atomic_uint demoted; /* how often one turned out to take no writes any more */
};

/*
 * Of the parameters of a connection (pairs, ended by NULL), which must outlive it: a host each, if
 * there is a list. `prefer-standby` is a round for standbys and one for all. False: out of memory.
 */
MUST_CHECK bool hosts_init(struct hosts *hosts, struct arena *arena, const char *const *keywords,
                           const char *const *values);

/* Is it a list, so that libpq would look for one that fits? */
bool hosts_are_several(const char *host, const char *hostaddr);

/* Are they different ones? One name with several addresses is one host. */
bool hosts_differ(const char *host, const char *hostaddr, const char *port);

/* The host to try next; `tried` has a bit for each that was. `count`: none is left. */
size_t hosts_next(const struct hosts *hosts, uint64_t tried);

/* When the host that is tried now, the last of `tried`, has had its share of the time. */
int64_t hosts_deadline(const struct hosts *hosts, uint64_t tried, int64_t all);

/* It did not answer in time; or it did. */
void hosts_note(struct hosts *hosts, size_t host, bool silent);

#endif
