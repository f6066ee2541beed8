/*
 * instant: which instant a date column of Mastra's means. Most dates come twice: as digits without
 * a zone ("createdAt"), which the writer took from its own clock or from UTC, and, in newer
 * schemas, as an instant ("createdAtZ"), which is exact unless an upgrade filled it in or the
 * writer forgot it.
 *
 * Digits and instant of one date differ by the writer's offset from UTC: whole quarters of an hour,
 * at most 15 hours. Where they do, the instant is the date's. Where they do but for less than a
 * second, the instant was taken by the server a moment later: the digits are right, and the instant
 * tells their offset. Else, or if rows of other digits have the same instant, it is not the date's,
 * and the digits are read by a rule. Keeps no state. Any thread.
 */
#ifndef ADOPT_INSTANT_H
#define ADOPT_INSTANT_H

#include "base/base.h"
#include "pgconvo_adopt.h"

/* A date as it stands there; PGC_NO_TIME for what is not. */
struct digits {
    int64_t utc;   /* the digits, read as UTC */
    int64_t local; /* the digits, read in the zone of the options */
    int64_t exact; /* the instant beside them */
};

/* How it was read. */
enum reading {
    READ_NOTHING, /* there is no date */
    READ_EXACT,   /* the instant */
    READ_OFFSET,  /* the digits, with the offset that the instant tells */
    /* the digits, by a rule, because there is no instant */
    READ_LOCAL,
    READ_UTC,
    /* because rows of other digits share it */
    READ_LOCAL_SHARED,
    READ_UTC_SHARED,
    /* because it is not the instant of these digits in any zone */
    READ_LOCAL_WRONG,
    READ_UTC_WRONG,
    READING_COUNT,
};

/* Instants, ascending, that several rows with differing digits share. */
struct instants {
    const int64_t *values;
    size_t count;
};

/* What digits without a believed instant are. */
enum digits_rule { DIGITS_LOCAL, DIGITS_UTC };

/* The instant, or PGC_NO_TIME if there is no date. */
int64_t instant_read(const struct digits *digits, const struct instants *shared,
                     enum digits_rule rule, enum reading *reading);

/* Was the instant found without a rule? */
bool reading_is_proven(enum reading reading);

#endif
