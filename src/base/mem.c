#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void *mem_alloc(size_t size) {
    return malloc(size == 0 ? 1 : size);
}

void *mem_zalloc(size_t size) {
    return calloc(1, size == 0 ? 1 : size);
}

void *mem_resize(void *memory, size_t size) {
    return realloc(memory, size == 0 ? 1 : size);
}

void mem_free(void *memory) {
    free(memory);
}

char *mem_copy(const void *data, size_t size) {
    size_t room;
    char *copy = __builtin_add_overflow(size, 1, &room) ? NULL : mem_alloc(room);
    if (copy == NULL) {
        return NULL;
    }
    if (size > 0) {
        memcpy(copy, data, size);
    }
    copy[size] = '\0';
    return copy;
}
