/*
 * What fuzz targets are made of. A target is one file with the entry point below, which libFuzzer,
 * AFL++ and the replay program (replay.c) call alike. It checks properties, not only that nothing
 * crashes: what does not hold ends the process, which each of them takes for a finding.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pgconvo.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition) ((condition) ? (void)0 : fuzz_finding(#condition, __FILE__, __LINE__))

static inline _Noreturn void fuzz_finding(const char *condition, const char *file, int line) {
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

/* An input that is taken apart from its front; when it is used up there are zeros. */
struct fuzz_input {
    const uint8_t *at;
    size_t left;
};

static inline uint8_t fuzz_byte(struct fuzz_input *in) {
    if (in->left == 0) {
        return 0;
    }
    in->left--;
    return *in->at++;
}

static inline uint64_t fuzz_number(struct fuzz_input *in, size_t bytes) {
    uint64_t value = 0;
    while (bytes-- > 0) {
        value = value << 8 | fuzz_byte(in);
    }
    return value;
}

/* Up to `size` bytes, as they lie in the input. */
static inline pgc_str fuzz_bytes(struct fuzz_input *in, size_t size) {
    pgc_str bytes = {(const char *)in->at, size < in->left ? size : in->left};
    in->at += bytes.size;
    in->left -= bytes.size;
    return bytes;
}

/* A length of one byte, and so many bytes; 255: absent. */
static inline pgc_str fuzz_str(struct fuzz_input *in) {
    uint8_t size = fuzz_byte(in);
    return size == 255 ? pgc_none() : fuzz_bytes(in, size);
}

/* Memory of exactly this size, so that a step beyond it is seen. Never NULL; free() it. */
static inline void *fuzz_copy(const void *data, size_t size) {
    char *copy = malloc(size == 0 ? 1 : size);
    HOLDS(copy != NULL);
    memcpy(copy, data, size);
    return copy;
}

static inline int fuzz_is_same(pgc_str a, pgc_str b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* What a failed call tells: a code, and a sentence. */
static inline void fuzz_check_error(int status, const pgc_error *err) {
    HOLDS(status < 0 && (int)err->code == -status);
    HOLDS(err->message[0] != '\0' && memchr(err->message, '\0', sizeof err->message) != NULL);
}

#endif
