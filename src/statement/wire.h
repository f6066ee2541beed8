/*
 * PostgreSQL's binary form of numbers and times: big-endian, times in microseconds since 2000-01-01
 * UTC. Not for whole parameters (bind) or rows (row).
 */
#ifndef STATEMENT_WIRE_H
#define STATEMENT_WIRE_H

#include "base/base.h"
#include "pgconvo.h"

#define WIRE_EPOCH INT64_C(946684800000000) /* 2000-01-01 in microseconds since 1970 */

static inline char *wire_put32(char *out, uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        *out++ = (char)(unsigned char)(value >> shift);
    }
    return out;
}

static inline char *wire_put64(char *out, uint64_t value) {
    return wire_put32(wire_put32(out, (uint32_t)(value >> 32)), (uint32_t)value);
}

static inline char *wire_put_bytes(char *out, pgc_str bytes) {
    memcpy(out, bytes.data, bytes.size);
    return out + bytes.size;
}

static inline uint64_t wire_get64(const char *in) {
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        value = value << 8 | (unsigned char)in[i];
    }
    return value;
}

/*
 * INT64_MIN is PostgreSQL's -infinity, INT64_MAX its infinity; here they are INT64_MIN + 1
 * (TIME_FIRST) and INT64_MAX.
 */
static inline int64_t wire_time_out(int64_t time) {
    if (time == INT64_MAX) {
        return INT64_MAX;
    }
    return time <= INT64_MIN + WIRE_EPOCH ? INT64_MIN : time - WIRE_EPOCH;
}

static inline int64_t wire_time_in(int64_t wire) {
    if (wire == INT64_MIN) {
        return INT64_MIN + 1;
    }
    return wire > INT64_MAX - WIRE_EPOCH ? INT64_MAX : wire + WIRE_EPOCH;
}

#endif
