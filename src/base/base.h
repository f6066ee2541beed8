/*
 * base: the compiler attributes and small macros that every other file may use. Nothing here does
 * anything at run time, owns anything, or cares about threads.
 */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
/* The arguments at `fmt` (counted from 1) and, unless `args` is 0, from `args` on are printf's. */
#define PRINTF_FORMAT(fmt, args) __attribute__((format(printf, fmt, args)))
/* The result must be looked at. */
#define MUST_CHECK __attribute__((warn_unused_result))
#else
#define PRINTF_FORMAT(fmt, args)
#define MUST_CHECK
#endif

/* The number of elements of an array; not for pointers. */
#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* The struct of type `type` that holds the member `member` at `ptr`. */
#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* Both evaluate their arguments twice. */
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#endif
