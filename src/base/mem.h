/*
 * mem: the one place of the library that allocates, so that a test can link another one that fails
 * when it is told to. The memory is malloc's: what is handed to an application it frees with
 * free(). Callers own what they get. Any thread.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/base.h"

/* As malloc, uninitialised; a size of 0 counts as 1, so that NULL always means out of memory. */
MUST_CHECK void *mem_alloc(size_t size);

/* The same, all zero. */
MUST_CHECK void *mem_zalloc(size_t size);

/* As realloc: on failure NULL, and `memory` (which may be NULL) stays. A size of 0 counts as 1. */
MUST_CHECK void *mem_resize(void *memory, size_t size);

/* NULL is fine. */
void mem_free(void *memory);

/* A copy of `size` bytes with a NUL behind them, or NULL when out of memory. */
MUST_CHECK char *mem_copy(const void *data, size_t size);

#endif
