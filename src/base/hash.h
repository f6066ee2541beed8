/*
 * hash: a number for bytes, the same on every machine and for good (FNV-1a, 64 bits). Tells
 * different texts apart that nobody made alike on purpose: no signature, and not for tables.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* What a hash begins as. */
#define HASH_START UINT64_C(14695981039346656037)

/* The hash of what `hash` is of, with `size` bytes behind it. */
uint64_t hash_add(uint64_t hash, const char *bytes, size_t size);

#endif
