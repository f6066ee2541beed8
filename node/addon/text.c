#include "text.h"

#include <stdlib.h>

#define ROOM_LEAST 1024

static bool make_room(struct text *text, size_t more) {
    if (more <= text->room - text->size) {
        return true;
    }
    size_t room = text->room < ROOM_LEAST ? ROOM_LEAST : text->room;
    while (room - text->size < more) {
        if (room > SIZE_MAX / 2) {
            return false;
        }
        room *= 2;
    }
    char *data = realloc(text->data, room);
    if (data == NULL) {
        return false;
    }
    text->data = data;
    text->room = room;
    return true;
}

void text_add(struct text *text, const char *bytes, size_t size) {
    if (!make_room(text, size)) {
        text->failed = true;
        return;
    }
    memcpy(text->data + text->size, bytes, size);
    text->size += size;
}

void text_raw(struct text *text, pgc_str bytes) {
    text_add(text, bytes.data, bytes.size);
}

void text_literal(struct text *text, const char *literal) {
    text_add(text, literal, strlen(literal));
}

void text_number(struct text *text, int64_t number) {
    char digits[20];
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0) {
        digits[--at] = '-';
    }
    text_add(text, digits + at, sizeof digits - at);
}

/* A surrogate in three bytes: ED A0..BF 80..BF. */
static bool is_surrogate(pgc_str plain, size_t i) {
    return (unsigned char)plain.data[i] == 0xed && i + 2 < plain.size &&
           (unsigned char)plain.data[i + 1] >= 0xa0;
}

static bool needs_escape(pgc_str plain, size_t i) {
    unsigned char byte = (unsigned char)plain.data[i];
    return byte < 0x20 || byte == '"' || byte == '\\' || (byte == 0xed && is_surrogate(plain, i));
}

static void add_unit(struct text *text, unsigned int unit) {
    char escape[8];
    snprintf(escape, sizeof escape, "\\u%04x", unit);
    text_add(text, escape, 6);
}

/* Returns how many bytes were escaped. */
static size_t add_escape(struct text *text, pgc_str plain, size_t i) {
    unsigned char byte = (unsigned char)plain.data[i];
    if (byte == '"' || byte == '\\') {
        text_add(text, "\\", 1);
        text_add(text, plain.data + i, 1);
        return 1;
    }
    if (byte < 0x20) {
        add_unit(text, byte);
        return 1;
    }
    unsigned int high = (unsigned char)plain.data[i + 1] & 0x3f;
    add_unit(text, 0xd000u | high << 6 | ((unsigned char)plain.data[i + 2] & 0x3f));
    return 3;
}

void text_quoted(struct text *text, pgc_str plain) {
    if (plain.data == NULL) {
        text_literal(text, "null");
        return;
    }
    text_add(text, "\"", 1);
    size_t start = 0;
    size_t i = 0;
    while (i < plain.size) {
        if (!needs_escape(plain, i)) {
            i++;
            continue;
        }
        text_add(text, plain.data + start, i - start);
        i += add_escape(text, plain, i);
        start = i;
    }
    text_add(text, plain.data + start, i - start);
    text_add(text, "\"", 1);
}

bool text_is_ascii(const struct text *text) {
    uint64_t seen = 0;
    size_t i = 0;
    for (; i + sizeof seen <= text->size; i += sizeof seen) {
        uint64_t word;
        memcpy(&word, text->data + i, sizeof word);
        seen |= word;
    }
    for (; i < text->size; i++) {
        seen |= (unsigned char)text->data[i];
    }
    return (seen & UINT64_C(0x8080808080808080)) == 0;
}

void text_free(struct text *text) {
    free(text->data);
    *text = (struct text){0};
}
