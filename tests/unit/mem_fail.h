/*
 * The allocator of the library, linked in place of base/mem.c: the test says which allocation
 * fails, and learns how many did and how many pieces are still out. One file of a test program
 * includes it.
 */
#ifndef MEM_FAIL_H
#define MEM_FAIL_H

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static long mem_fail_after =
    -1;                    /* so many allocations succeed, then all fail; negative: none fails */
static bool mem_fail_once; /* not all: the next one alone */
static long mem_failures;  /* allocations that failed */
static long mem_live;      /* pieces allocated and not yet freed */

static bool mem_may(void) {
    if (mem_fail_after == 0) {
        mem_failures++;
        mem_fail_after = mem_fail_once ? -1 : 0;
        return false;
    }
    mem_fail_after -= mem_fail_after > 0 ? 1 : 0;
    return true;
}

void *mem_alloc(size_t size) {
    void *memory = mem_may() ? malloc(size == 0 ? 1 : size) : NULL;
    mem_live += memory != NULL;
    return memory;
}

void *mem_zalloc(size_t size) {
    void *memory = mem_alloc(size);
    if (memory != NULL) {
        memset(memory, 0, size);
    }
    return memory;
}

void *mem_resize(void *memory, size_t size) {
    void *moved = mem_may() ? realloc(memory, size == 0 ? 1 : size) : NULL;
    mem_live += moved != NULL && memory == NULL;
    return moved;
}

void mem_free(void *memory) {
    mem_live -= memory != NULL;
    free(memory);
}

char *mem_copy(const void *data, size_t size) {
    char *copy = mem_alloc(size + 1);
    if (copy != NULL) {
        memcpy(copy, data, size);
        copy[size] = '\0';
    }
    return copy;
}

#endif
