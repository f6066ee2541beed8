/*
 * escape: the one place that knows how a character that PostgreSQL refuses is kept in its text and
 * jsonb values. U+0000, lone surrogates, and the introducer itself are stored as the introducer
 * U+FDD0 (a noncharacter, meant for internal use) followed by the UTF-16 code unit in four
 * lower-case hexadecimal digits:
 *
 *     U+0000          U+FDD0 0000
 *     U+D83D (lone)   U+FDD0 d83d
 *     U+FDD0          U+FDD0 fdd0
 *
 * Everything else is stored as it is. Each string has exactly one escaped form and comes back from
 * it unchanged. The introducer with anything else behind it was not written by this module and is
 * left alone.
 *
 * Each function sets *out to `in` itself, not copied, if there is nothing to change (the normal
 * case, found by a fast scan), else to a new string in the arena with a NUL behind it. Absent stays
 * absent. Returns 0 or -PGC_NOMEM. One thread at a time per arena.
 */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include "base/arena.h"
#include "base/base.h"
#include "pgconvo.h"

/* Plain text that has passed utf8_check_loose, to strict UTF-8 without NUL bytes. */
MUST_CHECK int escape_text(struct arena *arena, pgc_str in, pgc_str *out);

/* The reverse, for what came out of a text column. */
MUST_CHECK int unescape_text(struct arena *arena, pgc_str in, pgc_str *out);

/* JSON that has passed json_check, to JSON that jsonb takes; in keys and values alike. */
MUST_CHECK int escape_json(struct arena *arena, pgc_str in, pgc_str *out);

/* The reverse, for the text of a jsonb value: back to \u0000 and the like. */
MUST_CHECK int unescape_json(struct arena *arena, pgc_str in, pgc_str *out);

#endif
