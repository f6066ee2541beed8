/*
 * arena: memory that is taken piece by piece and given back all at once. A result or an operation
 * embeds one and everything that it shows lives there. Nothing can be freed singly. Whoever embeds
 * the arena frees it. No locking: one thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/base.h"
#include "pgconvo.h"

struct arena_block;

/* All zero is an empty arena: `struct arena a = {0};`. May be moved in memory. */
struct arena {
    struct arena_block *current; /* the block being filled; the others hang behind it */
    size_t used;                 /* bytes of it that are taken */
};

/* `size` uninitialised bytes, aligned to 16; NULL when out of memory. A size of 0 counts as 1. */
MUST_CHECK void *arena_alloc(struct arena *arena, size_t size);

/* An array of `count` times `size` zero bytes; NULL when out of memory or the product overflows. */
MUST_CHECK void *arena_zalloc(struct arena *arena, size_t count, size_t size);

/* A copy of `size` bytes with a NUL behind them; NULL when out of memory. */
MUST_CHECK char *arena_copy(struct arena *arena, const void *data, size_t size);

/*
 * A copy of a string with a NUL behind it; an absent one stays absent. When out of memory, what
 * comes back is absent too: `out.data == NULL && in.data != NULL` tells that.
 */
MUST_CHECK pgc_str arena_str(struct arena *arena, pgc_str text);

/* Gives everything back; the arena is empty then and can be used again. NULL is fine. */
void arena_free(struct arena *arena);

#endif
