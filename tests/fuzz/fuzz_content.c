/*
 * What another program's tables hold: contents, documents, dates. Input: a byte that says what,
 * then the type of the message and the text; or numbers.
 */
#include "adopt/content.h"
#include "adopt/instant.h"
#include "base/json.h"
#include "base/utf8.h"
#include "fuzz.h"

static bool is_json(pgc_str text) {
    return json_check(text, NULL, "json", NULL) == 0;
}

static bool is_object(pgc_str text) {
    enum json_kind kind;
    return json_check(text, &kind, "json", NULL) == 0 && kind == JSON_OBJECT;
}

/* What comes out is JSON, and the text comes back from it. */
static void check_content(struct arena *arena, pgc_str type, pgc_str text) {
    struct content content;
    pgc_str back;
    HOLDS(content_read(arena, type, text, &content, NULL) == 0);
    HOLDS(content.metadata.data == NULL || is_object(content.metadata));
    if (!content.was_text) {
        HOLDS(fuzz_is_same(content.json, text) && is_json(text));
        return;
    }
    HOLDS(content.looked_like_json == is_json(text));
    if (utf8_check_loose(text, NULL)) {
        HOLDS(is_json(content.json));
        HOLDS(content_text(arena, content.json, &back, NULL) == 0 && fuzz_is_same(back, text));
    }
}

static void check_document(struct arena *arena, pgc_str text) {
    pgc_str document, inner;
    enum document_kind kind;
    HOLDS(document_read(arena, text, &document, &kind, NULL) == 0);
    HOLDS((kind == DOCUMENT_NONE) == (document.data == NULL));
    HOLDS(document.data == NULL || is_object(document) || !utf8_check_loose(text, NULL));
    HOLDS(kind != DOCUMENT_PLAIN || fuzz_is_same(document, text));
    HOLDS(content_unwrap(arena, text, &inner, NULL) == 0);
    HOLDS(is_json(inner) == is_json(text));
}

static void check_instant(struct fuzz_input *in) {
    int64_t values[4];
    struct digits digits;
    enum reading reading = READING_COUNT;
    enum digits_rule rule = fuzz_byte(in) % 2 == 0 ? DIGITS_LOCAL : DIGITS_UTC;
    digits.utc = (int64_t)fuzz_number(in, 8);
    digits.local = (int64_t)fuzz_number(in, 8);
    int64_t near = (int64_t)fuzz_number(in, 5) - (INT64_C(1) << 39);
    bool apart = __builtin_add_overflow(digits.utc, near, &digits.exact) || near % 16 == 0;
    if (apart) {
        digits.exact = (int64_t)fuzz_number(in, 8);
    }
    values[0] = values[1] = digits.exact / 2;
    values[2] = values[3] = near % 3 == 0 ? digits.exact : INT64_MAX;
    struct instants shared = {values, fuzz_byte(in) % 5};
    int64_t instant = instant_read(&digits, &shared, rule, &reading);
    HOLDS(reading < READING_COUNT);
    HOLDS((reading == READ_EXACT) <= (instant == digits.exact));
    HOLDS(reading != READ_OFFSET ||
          (instant - digits.exact < 1000000 && instant - digits.exact > -1000000));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input in = {data, size};
    struct arena arena = {0};
    unsigned what = fuzz_byte(&in);
    if (what % 4 == 0) {
        check_instant(&in);
        return 0;
    }
    pgc_str type = what % 4 == 1 ? pgc_none() : fuzz_bytes(&in, fuzz_byte(&in) % 16);
    char *copy = fuzz_copy(in.at, in.left);
    pgc_str text = {copy, in.left};
    check_content(&arena, type, text);
    check_document(&arena, text);
    arena_free(&arena);
    free(copy);
    return 0;
}
