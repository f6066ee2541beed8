#include "outcome.h"

#define PIECE_MAX 65536
/* what a message takes besides its content and its metadata, about */
#define MESSAGE_OVERHEAD 512

struct pieces {
    napi_env env;
    struct text *text;
    napi_value array; /* NULL while one string is enough */
    uint32_t count;
    bool raw;
    bool failed;
};

/* ---- Rows ------------------------------------------------------------------------------------ */

static void field(struct text *text, const char *name, pgc_str plain) {
    text_literal(text, name);
    text_quoted(text, plain);
}

static void number_field(struct text *text, const char *name, int64_t number) {
    text_literal(text, name);
    text_number(text, number);
}

/* Rounds down, as Date of a moment before 1970 has it too. */
static int64_t to_millis(int64_t micros) {
    return micros / 1000 - (micros % 1000 < 0);
}

/* `names` are those of the time in milliseconds and in microseconds. */
static void time_fields(struct text *text, const char *const names[2], int64_t micros) {
    number_field(text, names[0], to_millis(micros));
    number_field(text, names[1], micros);
    text_literal(text, "\"");
}

static const char *const created[2] = {",\"createdAt\":", ",\"createdAtMicros\":\""};
static const char *const updated[2] = {",\"updatedAt\":", ",\"updatedAtMicros\":\""};

/* A document as the value that it is, or with its text kept. */
static void document(struct text *text, bool raw, const char *const names[2], pgc_str json) {
    text_literal(text, names[raw]);
    if (raw) {
        text_quoted(text, json);
    } else {
        text_raw(text, json);
    }
}

static const char *const content[2] = {",\"content\":", ",\"contentJson\":"};
static const char *const metadata[2] = {",\"metadata\":", ",\"metadataJson\":"};

static void add_thread(struct text *text, const pgc_thread *thread, bool raw) {
    field(text, "{\"id\":", thread->id);
    field(text, ",\"resourceId\":", thread->resource_id);
    field(text, ",\"title\":", thread->title);
    number_field(text, ",\"lastSeq\":", thread->last_seq);
    time_fields(text, created, thread->created_at);
    time_fields(text, updated, thread->updated_at);
    document(text, raw, metadata, thread->metadata);
    text_literal(text, "}");
}

/* An append answers without contents; only then is it news whether the message was inserted. */
static void add_message(struct text *text, const pgc_message *message, bool raw) {
    field(text, "{\"id\":", message->id);
    field(text, ",\"threadId\":", message->thread_id);
    field(text, ",\"resourceId\":", message->resource_id);
    number_field(text, ",\"seq\":", message->seq);
    time_fields(text, created, message->created_at);
    field(text, ",\"role\":", message->role);
    field(text, ",\"type\":", message->type);
    if (message->content.data == NULL) {
        text_literal(text, message->inserted ? ",\"inserted\":true}" : ",\"inserted\":false}");
        return;
    }
    document(text, raw, content, message->content);
    document(text, raw, metadata, message->metadata);
    text_literal(text, "}");
}

/* ---- Pieces ---------------------------------------------------------------------------------- */

static napi_value to_string(napi_env env, const struct text *text) {
    napi_value string = NULL;
    napi_status status = text_is_ascii(text)
                             ? napi_create_string_latin1(env, text->data, text->size, &string)
                             : napi_create_string_utf8(env, text->data, text->size, &string);
    return status == napi_ok ? string : NULL;
}

/* Hands over what there is and begins a new array of messages. */
static void cut(struct pieces *pieces, const char *end) {
    text_literal(pieces->text, end);
    napi_value string = to_string(pieces->env, pieces->text);
    if (pieces->array == NULL && napi_create_array(pieces->env, &pieces->array) != napi_ok) {
        pieces->failed = true;
        return;
    }
    pieces->failed |=
        pieces->text->failed || string == NULL ||
        napi_set_element(pieces->env, pieces->array, pieces->count++, string) != napi_ok;
    pieces->text->size = 0;
    text_literal(pieces->text, "[");
}

static const char *end_of_piece(const struct pieces *pieces) {
    return pieces->count == 0 ? "]}" : "]";
}

static void add_messages(struct pieces *pieces, const pgc_result *result) {
    struct text *text = pieces->text;
    size_t count = pgc_result_messages(result);
    bool first = true;
    for (size_t i = 0; i < count && !pieces->failed; i++) {
        const pgc_message *message = pgc_result_message(result, i);
        size_t size = message->content.size + message->metadata.size + MESSAGE_OVERHEAD;
        if (!first && text->size + size > PIECE_MAX) {
            cut(pieces, end_of_piece(pieces));
            first = true;
        }
        text_literal(text, first ? "" : ",");
        add_message(text, message, pieces->raw);
        first = false;
    }
}

static void add_threads(struct text *text, const pgc_result *result, bool raw) {
    size_t count = pgc_result_threads(result);
    text_literal(text, "{\"threads\":[");
    for (size_t i = 0; i < count; i++) {
        text_literal(text, i == 0 ? "" : ",");
        add_thread(text, pgc_result_thread(result, i), raw);
    }
    text_literal(text, "]");
}

static void add_rest(struct text *text, const pgc_result *result, bool raw) {
    if (pgc_result_metadata(result).data != NULL) {
        document(text, raw, metadata, pgc_result_metadata(result));
    }
    number_field(text, ",\"total\":", pgc_result_total(result));
    number_field(text, ",\"lastSeq\":", pgc_result_last_seq(result));
    field(text, ",\"next\":", pgc_result_next(result));
    field(text, ",\"prev\":", pgc_result_prev(result));
    text_literal(text, pgc_result_has_more(result) ? ",\"hasMore\":true" : ",\"hasMore\":false");
    text_literal(text, pgc_result_inserted(result) ? ",\"inserted\":true" : ",\"inserted\":false");
}

napi_value outcome_of_result(napi_env env, const pgc_result *result, bool raw, struct text *text) {
    struct pieces pieces = {.env = env, .text = text, .raw = raw};
    napi_value value = NULL;
    if (result == NULL) {
        napi_get_undefined(env, &value);
        return value;
    }
    text->size = 0;
    text->failed = false;
    add_threads(text, result, raw);
    add_rest(text, result, raw);
    text_literal(text, ",\"messages\":[");
    add_messages(&pieces, result);
    if (pieces.array != NULL) {
        cut(&pieces, "]");
        return pieces.failed ? NULL : pieces.array;
    }
    text_literal(text, "]}");
    return text->failed || pieces.failed ? NULL : to_string(env, text);
}

napi_value outcome_of_error(napi_env env, const pgc_error *error, struct text *text) {
    static const char *const retries[] = {"no", "safe", "unknown"};
    text->size = 0;
    text->failed = false;
    field(text, "{\"code\":", pgc_z(pgc_code_name((int)error->code)));
    field(text, ",\"retry\":", pgc_z(retries[error->retry]));
    field(text, ",\"sqlstate\":", pgc_z(error->sqlstate));
    field(text, ",\"message\":", pgc_z(error->message));
    field(text, ",\"detail\":", pgc_z(error->detail));
    field(text, ",\"hint\":", pgc_z(error->hint));
    field(text, ",\"constraint\":", pgc_z(error->constraint));
    number_field(text, ",\"position\":", error->position);
    text_literal(text, "}");
    return text->failed ? NULL : to_string(env, text);
}
