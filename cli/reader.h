/*
 * Cuts a file into records: lines (JSONL), or the elements of one JSON array, found by looking at
 * the first character. Reads as it goes; keeps one record in memory. Knows of JSON only where an
 * element ends: whether it is valid is for the caller to find out, and the line of a mistake comes
 * from reader_place.
 */
#ifndef READER_H
#define READER_H

#include <pgconvo.h>
#include <stdio.h>

#define READER_RECORD_MAX ((size_t)1 << 30)

typedef struct reader reader;

/* A place in the file, counted from 1. */
typedef struct reader_where {
    uint64_t line;
    uint64_t byte; /* in the line */
} reader_where;

typedef enum reader_found {
    READER_RECORD,
    READER_END,
    READER_FAILED, /* see reader_problem */
} reader_found;

/* Opens a file, "-" for stdin. NULL: errno tells. */
reader *reader_open(const char *path);

/* `idle` is called before the reader waits for more input (a pipe, a terminal). */
void reader_on_idle(reader *r, void (*idle)(void *payload), void *payload);

/* The next record, without white space around it; valid until the next call. */
reader_found reader_next(reader *r, pgc_str *text);

/* After READER_FAILED: what is wrong. */
const char *reader_problem(const reader *r);

/* The place of a byte of the current record (or of the failure). */
reader_where reader_place(const reader *r, int64_t position);

/* Bytes read so far and in all; the latter 0 when it is not known. */
void reader_progress(const reader *r, uint64_t *done, uint64_t *total);

void reader_close(reader *r);

#endif
