#include "outcome.h"

#include "outcome_fields.h"
#include "outcome_memory.h"
#include "outcome_workflow.h"

#define PIECE_MAX 65536
/* what a message takes besides its content and its metadata, about */
#define MESSAGE_OVERHEAD 512

struct pieces {
    napi_env env;
    struct text *text;
    napi_value array; /* NULL while one string is enough */
    uint32_t count;
    enum format format;
    pgc_str thread_id; /* of the agent's message before */
    pgc_str resource_id;
    bool failed;
};

/* ---- Rows ------------------------------------------------------------------------------------ */

static void add_thread(struct text *text, const pgc_thread *thread, bool raw) {
    field_text(text, "{\"id\":", thread->id);
    field_text(text, ",\"resourceId\":", thread->resource_id);
    field_text(text, ",\"title\":", thread->title);
    field_number(text, ",\"lastSeq\":", thread->last_seq);
    field_time(text, "createdAt", thread->created_at);
    field_time(text, "updatedAt", thread->updated_at);
    field_json(text, raw, "metadata", thread->has_metadata ? thread->metadata : pgc_none());
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

static bool is_same(pgc_str a, pgc_str b) {
    return a.size == b.size && (a.data == NULL) == (b.data == NULL) &&
           (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* 0 stands for the same as in the message before, which it mostly is. */
static void add_again(struct text *text, pgc_str *last, pgc_str value) {
    if (last->data != NULL && is_same(*last, value)) {
        text_literal(text, ",0");
        return;
    }
    field_text(text, ",", value);
    *last = value;
}

/* What all formats begin with: id, role, createdAt, threadId, resourceId, type. */
static void add_head(struct pieces *pieces, const pgc_message *message, bool has_type) {
    struct text *text = pieces->text;
    field_text(text, "", message->id);
    field_text(text, ",", message->role);
    field_number(text, ",", field_millis(message->created_at));
    add_again(text, &pieces->thread_id, message->thread_id);
    add_again(text, &pieces->resource_id, message->resource_id);
    field_text(text, ",", has_type ? message->type : pgc_none());
}

/* A type that says no more than what the content is like is none. */
static void add_agent_message(struct pieces *pieces, const pgc_message *message) {
    add_head(pieces, message, message->type.size > 0 && !is_same(message->type, pgc_z("v2")));
    field_value(pieces->text, false, message->content);
}

/* Of a message that was copied only the ids are news. */
static void add_pair(struct text *text, const pgc_message *message) {
    field_text(text, "", message->id);
    field_text(text, ",null,0,0,0,null,null,null,0,null,", message->source_id);
}

/* An append answers without contents; only then is it news whether the message was inserted. */
static void add_message(struct pieces *pieces, const pgc_message *message) {
    struct text *text = pieces->text;
    if (message->source_id.data != NULL) {
        add_pair(text, message);
        return;
    }
    bool raw = pieces->format == FORMAT_RAW;
    add_head(pieces, message, true);
    field_value(text, raw, message->content);
    field_value(text, raw, message->metadata);
    field_number(text, ",", message->seq);
    text_literal(text, ",\"");
    text_number(text, message->created_at);
    text_literal(text, "\"");
    text_literal(text, message->content.data != NULL ? ",null"
                       : message->inserted           ? ",true"
                                                     : ",false");
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
        if (pieces->format == FORMAT_AGENT) {
            add_agent_message(pieces, message);
        } else {
            add_message(pieces, message);
        }
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
        field_json(text, raw, "metadata", pgc_result_metadata(result));
    }
    field_number(text, ",\"total\":", pgc_result_total(result));
    field_number(text, ",\"pageRows\":", (int64_t)pgc_result_page_rows(result));
    field_number(text, ",\"lastSeq\":", pgc_result_last_seq(result));
    field_text(text, ",\"next\":", pgc_result_next(result));
    field_text(text, ",\"prev\":", pgc_result_prev(result));
    field_bool(text, ",\"hasMore\":", pgc_result_has_more(result));
    field_bool(text, ",\"inserted\":", pgc_result_inserted(result));
}

static napi_value times_of(napi_env env, const pgc_result *result, struct text *text) {
    size_t count = pgc_result_messages(result);
    for (size_t i = 0; i < count; i++) {
        int64_t time = pgc_result_message(result, i)->created_at;
        field_number(text, i == 0 ? "[" : ",", field_millis(time));
    }
    text_literal(text, "]");
    return text->failed ? NULL : to_string(env, text);
}

napi_value outcome_of_result(napi_env env, const pgc_result *result, enum format format,
                             struct text *text) {
    struct pieces pieces = {.env = env, .text = text, .format = format};
    bool raw = format == FORMAT_RAW;
    napi_value value = NULL;
    if (result == NULL) {
        napi_get_undefined(env, &value);
        return value;
    }
    text->size = 0;
    text->failed = false;
    if (format == FORMAT_TIMES) {
        return times_of(env, result, text);
    }
    add_threads(text, result, raw);
    add_rest(text, result, raw);
    outcome_add_memory(text, result);
    outcome_add_workflow(text, result, raw);
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
    field_text(text, "{\"code\":", pgc_z(pgc_code_name((int)error->code)));
    field_text(text, ",\"retry\":", pgc_z(retries[error->retry]));
    field_text(text, ",\"sqlstate\":", pgc_z(error->sqlstate));
    field_text(text, ",\"message\":", pgc_z(error->message));
    field_text(text, ",\"detail\":", pgc_z(error->detail));
    field_text(text, ",\"hint\":", pgc_z(error->hint));
    field_text(text, ",\"constraint\":", pgc_z(error->constraint));
    field_number(text, ",\"position\":", error->position);
    text_literal(text, "}");
    return text->failed ? NULL : to_string(env, text);
}
