/*
 * Points in time as text: ISO 8601 in and out, to the microsecond, always UTC on the way out. Pure
 * functions.
 */
#ifndef STAMP_H
#define STAMP_H

#include <pgconvo.h>

#define STAMP_SIZE 40

/*
 * Reads "2024-12-31", "2024-12-31T23:59", "2024-12-31 23:59:59.123456+01:00" and the like; without
 * a zone it is UTC. More than six digits of a second are cut. False: not a time.
 */
bool stamp_parse(pgc_str text, int64_t *microseconds);

/*
 * Reads a number of seconds since 1970, with or without a fraction. From 1e11 on it is taken as
 * milliseconds, from 1e14 on as microseconds. False: not such a number.
 */
bool stamp_parse_number(pgc_str text, int64_t *microseconds);

/* "2024-12-31T23:59:59.123456Z" */
void stamp_print(int64_t microseconds, char text[STAMP_SIZE]);

/* "2024-12-31 23:59:59" or, without `seconds`, "2024-12-31 23:59", for people; UTC. */
void stamp_print_short(int64_t microseconds, bool seconds, char text[STAMP_SIZE]);

/* The time now. */
int64_t stamp_now(void);

#endif
