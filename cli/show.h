/*
 * Messages for people: a head line with role and time, and the text wrapped to the terminal. Of the
 * contents that are JSON, the texts in the parts are shown as text, tool calls as calls, and the
 * rest compactly.
 */
#ifndef SHOW_H
#define SHOW_H

#include <pgconvo.h>
#include <stdio.h>

#include "jdoc.h"

typedef struct show_style {
    size_t width; /* columns of a line */
    bool color;
} show_style;

/* False: memory ran out. */
bool show_message(FILE *out, jdoc *doc, const pgc_message *message, show_style style);

/* What stands for the content: plain text with line ends, not yet made safe for a terminal. */
void show_content(FILE *out, jdoc *doc, const pgc_message *message);

#endif
