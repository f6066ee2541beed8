#include "base/buf.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BUF_FIRST_CAPACITY 64

void buf_init(struct buf *buf, size_t max) {
    /* One byte less than the largest size, so that the NUL can always be counted in. */
    *buf = (struct buf){.max = MIN(max, SIZE_MAX - 1)};
}

/* Makes room for `size` more bytes and the NUL; doubles, so that adding n bytes costs O(n). */
static bool buf_reserve(struct buf *buf, size_t size) {
    if (buf->failed || size > buf->max - buf->size) {
        buf->failed = true;
        return false;
    }
    size_t need = buf->size + size + 1;
    if (need <= buf->capacity) {
        return true;
    }
    size_t capacity = MAX(buf->capacity, BUF_FIRST_CAPACITY);
    while (capacity < need) {
        capacity = capacity > buf->max / 2 ? buf->max + 1 : capacity * 2;
    }
    char *data = mem_resize(buf->data, capacity);
    if (data == NULL) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

void buf_add(struct buf *buf, const void *data, size_t size) {
    if (!buf_reserve(buf, size)) {
        return;
    }
    if (size > 0) {
        memcpy(buf->data + buf->size, data, size);
    }
    buf->size += size;
    buf->data[buf->size] = '\0';
}

void buf_add_z(struct buf *buf, const char *text) {
    buf_add(buf, text, strlen(text));
}

void buf_add_str(struct buf *buf, pgc_str text) {
    if (text.data != NULL) {
        buf_add(buf, text.data, text.size);
    }
}

void buf_add_char(struct buf *buf, char c) {
    buf_add(buf, &c, 1);
}

void buf_addf(struct buf *buf, const char *format, ...) {
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    if (size < 0) {
        buf->failed = true;
    } else if (buf_reserve(buf, (size_t)size)) {
        (void)vsnprintf(buf->data + buf->size, (size_t)size + 1, format, again);
        buf->size += (size_t)size;
    }
    va_end(again);
    va_end(args);
}

void buf_reset(struct buf *buf) {
    buf->size = 0;
    buf->failed = false;
    if (buf->data != NULL) {
        buf->data[0] = '\0';
    }
}

void buf_free(struct buf *buf) {
    if (buf != NULL) {
        mem_free(buf->data);
        *buf = (struct buf){.max = buf->max};
    }
}
