#include "text.h"

#include <langinfo.h>
#include <locale.h>
#include <wchar.h>

#define TAB_WIDTH 4

/* One character as it is to be shown. */
typedef struct glyph {
    char bytes[12];
    size_t size;
    size_t width;
} glyph;

void text_init(void) {
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) {
        setlocale(LC_CTYPE, "C.UTF-8");
    }
}

/* Reads one character; returns its size, or 0 when the bytes are none. */
static size_t decode(const unsigned char *at, size_t size, uint32_t *code) {
    size_t need = at[0] < 0x80 ? 1 : at[0] < 0xC2 ? 0 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    if (need == 0 || need > size || at[0] > 0xF4) {
        return 0;
    }
    *code = need == 1 ? at[0] : at[0] & (0x7FU >> need);
    for (size_t i = 1; i < need; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
        *code = *code << 6 | (at[i] & 0x3FU);
    }
    bool too_long = (need == 3 && *code < 0x800) || (need == 4 && *code < 0x10000);
    return too_long || *code > 0x10FFFF ? 0 : need;
}

/* Characters that reorder or hide their neighbours on a terminal. */
static bool is_deceptive(uint32_t code) {
    return (code >= 0x200E && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

static void glyph_escape(glyph *g, uint32_t code) {
    int size = 0;
    if (code == '\n' || code == '\t' || code == '\r') {
        size = snprintf(g->bytes, sizeof g->bytes, "\\%c",
                        code == '\n'   ? 'n'
                        : code == '\t' ? 't'
                                       : 'r');
    } else if (code > 0xFFFF) {
        size = snprintf(g->bytes, sizeof g->bytes, "\\u{%x}", code);
    } else {
        size = snprintf(g->bytes, sizeof g->bytes, "\\u%04x", code);
    }
    g->size = g->width = (size_t)size;
}

/* The next character of `text` and how it is shown. */
static glyph glyph_next(pgc_str *text) {
    glyph g = {.size = 0};
    uint32_t code = 0;
    size_t size = decode((const unsigned char *)text->data, text->size, &code);
    bool raw = size > 0 && !is_deceptive(code) && (code < 0xD800 || code > 0xDFFF);
    int width = raw ? wcwidth((wchar_t)code) : -1;
    if (size == 0) {
        int shown = snprintf(g.bytes, sizeof g.bytes, "\\x%02x", (unsigned char)text->data[0]);
        g.size = g.width = (size_t)shown;
        size = 1;
    } else if (width < 0 || code == 0) {
        glyph_escape(&g, code);
    } else {
        memcpy(g.bytes, text->data, size);
        g.size = size;
        g.width = (size_t)width;
    }
    text->data += size;
    text->size -= size;
    return g;
}

size_t text_width(pgc_str text) {
    size_t width = 0;
    while (text.size > 0) {
        width += glyph_next(&text).width;
    }
    return width;
}

void text_put(FILE *out, pgc_str text) {
    while (text.size > 0) {
        glyph g = glyph_next(&text);
        fwrite(g.bytes, 1, g.size, out);
    }
}

size_t text_put_cut(FILE *out, pgc_str text, size_t width) {
    size_t used = 0;
    bool cut = text_width(text) > width;
    size_t room = cut && width > 0 ? width - 1 : width;
    while (text.size > 0) {
        glyph g = glyph_next(&text);
        if (used + g.width > room) {
            break;
        }
        fwrite(g.bytes, 1, g.size, out);
        used += g.width;
    }
    if (cut && width > 0) {
        fputs("…", out);
        used++;
    }
    return used;
}

/* Where the next word ends: after its letters, before white space. */
static size_t word_size(pgc_str text) {
    size_t size = 0;
    while (size < text.size && memchr(" \t\r\n", text.data[size], 4) == NULL) {
        size++;
    }
    return size;
}

typedef struct wrapper {
    FILE *out;
    size_t indent;
    size_t width; /* columns of text in a line */
    size_t used;  /* of the current line */
    size_t blank; /* spaces that stand before the next word, if it goes on this line */
} wrapper;

static void wrap_break(wrapper *w) {
    fputc('\n', w->out);
    w->used = 0;
    w->blank = 0;
}

static void wrap_spaces(wrapper *w) {
    fprintf(w->out, "%*s", (int)(w->blank + (w->used == 0 ? w->indent : 0)), "");
    w->used += w->blank;
    w->blank = 0;
}

static void wrap_word(wrapper *w, pgc_str word) {
    if (w->used > 0 && w->used + w->blank + text_width(word) > w->width) {
        wrap_break(w);
    }
    wrap_spaces(w);
    while (word.size > 0) {
        glyph g = glyph_next(&word);
        if (w->used > 0 && w->used + g.width > w->width) {
            wrap_break(w);
            wrap_spaces(w);
        }
        fwrite(g.bytes, 1, g.size, w->out);
        w->used += g.width;
    }
}

void text_put_wrapped(FILE *out, pgc_str text, size_t indent, size_t width) {
    wrapper w = {.out = out, .indent = indent, .width = width > indent + 20 ? width - indent : 20};
    while (text.size > 0) {
        char c = text.data[0];
        size_t size = 1;
        if (c == '\n') {
            wrap_break(&w);
        } else if (c == ' ' || c == '\t') {
            w.blank += c == ' ' ? 1 : TAB_WIDTH;
            w.blank = w.blank < w.width / 2 ? w.blank : w.width / 2;
        } else if (c != '\r' || text.size == 1 || text.data[1] != '\n') {
            size = c == '\r' ? 1 : word_size(text);
            wrap_word(&w, (pgc_str){text.data, size});
        }
        text.data += size;
        text.size -= size;
    }
    if (w.used > 0 || w.blank > 0) {
        fputc('\n', out);
    }
}
