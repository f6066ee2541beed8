#include "base/arena.h"

#include "base/mem.h"

#include <assert.h>
#include <stdalign.h>
#include <string.h>

#define ARENA_ALIGNMENT 16
#define ARENA_BLOCK_SIZE 4096 /* header included */
#define ARENA_SMALL_MAX 1024  /* anything larger gets a block of its own */

struct arena_block {
    alignas(ARENA_ALIGNMENT) struct arena_block *next;
};

static_assert(alignof(max_align_t) <= ARENA_ALIGNMENT, "the arena must align for every type");
static_assert(sizeof(struct arena_block) % ARENA_ALIGNMENT == 0, "the header must keep alignment");

static char *block_data(struct arena_block *block) {
    return (char *)block + sizeof(struct arena_block);
}

/* A block with room for `size` bytes, on no chain yet. */
static struct arena_block *block_new(size_t size) {
    size_t total;
    if (__builtin_add_overflow(size, sizeof(struct arena_block), &total)) {
        return NULL;
    }
    return mem_alloc(total);
}

/*
 * Goes behind the current block, so that the room left in that one stays usable. If it is the
 * first of all, it becomes the current one and counts as full.
 */
static void *alloc_large(struct arena *arena, size_t size) {
    struct arena_block *block = block_new(size);
    if (block == NULL) {
        return NULL;
    }
    if (arena->current == NULL) {
        block->next = NULL;
        arena->current = block;
        arena->used = ARENA_BLOCK_SIZE;
    } else {
        block->next = arena->current->next;
        arena->current->next = block;
    }
    return block_data(block);
}

void *arena_alloc(struct arena *arena, size_t size) {
    if (size > ARENA_SMALL_MAX) {
        return alloc_large(arena, size);
    }
    const size_t room = ARENA_BLOCK_SIZE - sizeof(struct arena_block);
    size_t taken = (MAX(size, 1) + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
    if (arena->current == NULL || arena->used > room - taken) {
        struct arena_block *block = block_new(room);
        if (block == NULL) {
            return NULL;
        }
        block->next = arena->current;
        arena->current = block;
        arena->used = 0;
    }
    void *memory = block_data(arena->current) + arena->used;
    arena->used += taken;
    return memory;
}

void *arena_zalloc(struct arena *arena, size_t count, size_t size) {
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) {
        return NULL;
    }
    void *memory = arena_alloc(arena, total);
    if (memory != NULL) {
        memset(memory, 0, total);
    }
    return memory;
}

char *arena_copy(struct arena *arena, const void *data, size_t size) {
    size_t room;
    char *copy = __builtin_add_overflow(size, 1, &room) ? NULL : arena_alloc(arena, room);
    if (copy == NULL) {
        return NULL;
    }
    if (size > 0) {
        memcpy(copy, data, size);
    }
    copy[size] = '\0';
    return copy;
}

pgc_str arena_str(struct arena *arena, pgc_str text) {
    if (text.data == NULL) {
        return pgc_none();
    }
    char *copy = arena_copy(arena, text.data, text.size);
    return (pgc_str){copy, copy == NULL ? 0 : text.size};
}

void arena_free(struct arena *arena) {
    if (arena == NULL) {
        return;
    }
    struct arena_block *block = arena->current;
    while (block != NULL) {
        struct arena_block *next = block->next;
        mem_free(block);
        block = next;
    }
    *arena = (struct arena){0};
}
