/*
 * buf: a byte buffer that grows, up to a maximum that it gets at birth. Failure (out of memory,
 * beyond the maximum) sticks in `failed`: add what you like and check once at the end. Owned by
 * whoever initialised it; one thread at a time. To keep the bytes, take `data` over and forget the
 * buffer (it is memory of mem_alloc).
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/base.h"
#include "pgconvo.h"

struct buf {
    char *data;  /* NULL until something was added; then ends with a NUL that `size` leaves out */
    size_t size; /* bytes in use */
    size_t capacity; /* bytes allocated */
    size_t max;      /* `size` never gets larger than this */
    bool failed;     /* something could not be added; what was there before is still there */
};

/* Makes an empty buffer for at most `max` bytes; allocates nothing. */
void buf_init(struct buf *buf, size_t max);

/* All of these add at the end, or set `failed`; a failed buffer takes nothing any more. */
void buf_add(struct buf *buf, const void *data, size_t size);
void buf_add_z(struct buf *buf, const char *text);
void buf_add_str(struct buf *buf, pgc_str text); /* an absent one adds nothing */
void buf_add_char(struct buf *buf, char c);
PRINTF_FORMAT(2, 3) void buf_addf(struct buf *buf, const char *format, ...);

/* Empties the buffer and forgets a failure, but keeps the memory. */
void buf_reset(struct buf *buf);

/* Gives the memory back; the buffer is empty then, with the same maximum. NULL is fine. */
void buf_free(struct buf *buf);

#endif
