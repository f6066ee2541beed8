/*
 * Text as a terminal shows it: width of characters, escapes for what must not reach a terminal raw,
 * wrapping.
 *
 * Input is UTF-8 as the library gives it (lone surrogates in three-byte form, U+0000 included); any
 * other byte is shown as an escape too, so that all bytes are safe to pass.
 */
#ifndef TEXT_H
#define TEXT_H

#include <pgconvo.h>
#include <stdio.h>

/* Makes character widths work whatever the locale of the user is. Once, at start. */
void text_init(void);

/* Columns that the text takes on one line. */
size_t text_width(pgc_str text);

/* Writes the text on one line. */
void text_put(FILE *out, pgc_str text);

/* Writes at most `width` columns of it, the last one "…" if something is left out; returns the
 * columns written. */
size_t text_put_cut(FILE *out, pgc_str text, size_t width);

/* Writes the text in lines of at most `width` columns, each begun with `indent` spaces and ended
 * with a line end. */
void text_put_wrapped(FILE *out, pgc_str text, size_t indent, size_t width);

#endif
