#include "outcome_fields.h"

void field_text(struct text *text, const char *name, pgc_str plain) {
    text_literal(text, name);
    text_quoted(text, plain);
}

void field_number(struct text *text, const char *name, int64_t number) {
    text_literal(text, name);
    text_number(text, number);
}

void field_bool(struct text *text, const char *name, bool value) {
    text_literal(text, name);
    text_literal(text, value ? "true" : "false");
}

int64_t field_millis(int64_t micros) {
    return micros / 1000 - (micros % 1000 < 0);
}

static void key(struct text *text, const char *name, const char *end) {
    text_literal(text, ",\"");
    text_literal(text, name);
    text_literal(text, end);
}

void field_time(struct text *text, const char *name, int64_t micros) {
    if (micros == PGC_NO_TIME) {
        key(text, name, "\":null");
        return;
    }
    key(text, name, "\":");
    text_number(text, field_millis(micros));
    key(text, name, "Micros\":\"");
    text_number(text, micros);
    text_literal(text, "\"");
}

static void put(struct text *text, bool raw, pgc_str json) {
    if (raw || json.data == NULL) {
        text_quoted(text, json);
    } else {
        text_raw(text, json);
    }
}

void field_json(struct text *text, bool raw, const char *name, pgc_str json) {
    key(text, name, raw ? "Json\":" : "\":");
    put(text, raw, json);
}

void field_value(struct text *text, bool raw, pgc_str json) {
    text_literal(text, ",");
    put(text, raw, json);
}
