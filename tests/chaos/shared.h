/*
 * What the programs of the campaign have in common: the clock, chance, what a message says, and
 * the counters that all of them share through one mapped file, so that a program that is killed
 * takes nothing of them along.
 *
 *     chaos    draws the faults, starts and watches the others
 *     proxy    stands between store and server and does what networks do
 *     load     one process that works on the store and journals what was acknowledged
 *     check    compares the journals with the database at the end
 *
 * A journal has a file for each worker, whose lines are in the order of what happened to it. Small
 * letters are written before a call, capitals when it was acknowledged:
 *
 *     T thread                    the thread was made
 *     t / X thread                the thread is to be, was deleted
 *     A thread tag id             the message was appended
 *     u / U thread tag version    its content is to have, has this version
 *     d / D thread tag            it is to be, was deleted
 *     v / V thread tag to         it is to be, was moved to another thread
 *     M thread key                the thread's metadata have this key
 *
 * A tag names a message in its own content, "p1.2-17": the 17th of the second worker of process 1.
 * It is the message's id too, unless the library made that.
 */
#ifndef CHAOS_SHARED_H
#define CHAOS_SHARED_H

#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define CHAOS_SCHEMA "chaos"
#define TAG_SIZE 48
#define CONTENT_SIZE 2048

struct tally {
    atomic_llong operations;   /* calls that ended, whatever came of them */
    atomic_llong acknowledged; /* of these, writes that were */
    atomic_llong safe;         /* failed: nothing was done */
    atomic_llong unknown;      /* failed: it may have been done */
    atomic_llong full;         /* failed: the disk was full */
    atomic_llong longest_us;
    atomic_llong late;   /* calls that ended more than a tenth of a second past their deadline */
    atomic_llong broken; /* calls whose failure said that nothing was done, and it was */
    atomic_llong unexpected; /* calls that failed for a reason that no fault explains */
    atomic_llong lost;
    atomic_llong duplicated;
    atomic_llong reordered;
    atomic_llong messages; /* acknowledged ones that were looked for at the end */
};

static inline int64_t clock_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* A number of its own for each seed and count; splitmix64. */
static inline uint64_t chance_next(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* One of `count` numbers from 0 on. */
static inline unsigned chance_below(uint64_t *state, unsigned count) {
    return (unsigned)(chance_next(state) % count);
}

/*
 * What version `version` of a message says; returns its length. `content` has CONTENT_SIZE bytes.
 * Only characters that JSON does not escape.
 */
static inline size_t content_of(const char *tag, unsigned version, char *content) {
    size_t size = (size_t)snprintf(content, CONTENT_SIZE, "%s v%u ", tag, version);
    uint64_t state = version;
    for (const char *c = tag; *c != '\0'; c++) {
        state = state * 31 + (unsigned char)*c;
    }
    unsigned filler = chance_below(&state, 8) == 0 ? 1500 : 150;
    for (unsigned left = chance_below(&state, filler); left > 0; left--) {
        content[size++] = (char)('a' + chance_below(&state, 26));
    }
    content[size] = '\0';
    return size;
}

/* The counters in that file, NULL if it cannot be mapped. */
static inline struct tally *tally_map(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd == -1 || ftruncate(fd, sizeof(struct tally)) != 0) return NULL;
    void *map = mmap(NULL, sizeof(struct tally), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return map == MAP_FAILED ? NULL : map;
}

#endif
