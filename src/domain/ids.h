/*
 * Lists of message ids, as callers give them.
 */
#ifndef DOMAIN_IDS_H
#define DOMAIN_IDS_H

#include "base/base.h"
#include "pgconvo.h"

/* Reads and checks a list; its array stays the caller's. */
MUST_CHECK int ids_read(const pgc_ids *given, pgc_ids *ids, pgc_error *err);

/*
 * The index of an id that stands at an earlier index, too; SIZE_MAX if all differ. Absent ones do
 * not count.
 */
MUST_CHECK int ids_find_double(const pgc_str *ids, size_t count, size_t *index);

/* For each id the index at which it stands for the first time. */
MUST_CHECK int ids_find_firsts(const pgc_str *ids, size_t count, size_t *firsts);

#endif
