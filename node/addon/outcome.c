#include "outcome.h"

#include "outcome_fields.h"
#include "outcome_memory.h"
#include "outcome_messages.h"
#include "outcome_workflow.h"

#include <stdlib.h>

const pgc_error outcome_nomem = {
    .code = PGC_NOMEM,
    .retry = PGC_RETRY_UNKNOWN,
    .message = "out of memory, or the result is too long for V8",
    .position = -1,
};

/* What is left of a long result: its messages from `messages.next` on. */
struct rest {
    pgc_result *result; /* NULL: nothing */
    struct outcome_messages messages;
    struct text text;
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

static napi_value to_string(napi_env env, const struct text *text) {
    napi_value string = NULL;
    napi_status status = text_is_ascii(text)
                             ? napi_create_string_latin1(env, text->data, text->size, &string)
                             : napi_create_string_utf8(env, text->data, text->size, &string);
    return status == napi_ok ? string : NULL;
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

static void add_fields(struct text *text, const pgc_result *result, bool raw) {
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

/* ---- Errors ---------------------------------------------------------------------------------- */

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

void outcome_throw(napi_env env, const pgc_error *error) {
    struct text text = {0};
    napi_value value = outcome_of_error(env, error, &text);
    if (value != NULL) {
        napi_throw(env, value);
    }
    text_free(&text);
}

/* ---- Long results ---------------------------------------------------------------------------- */

static void end_rest(struct rest *rest) {
    pgc_result_free(rest->result);
    rest->result = NULL;
    text_free(&rest->text);
}

static void on_collected(napi_env env, void *rest, void *hint) {
    (void)env;
    (void)hint;
    end_rest(rest);
    free(rest);
}

/* [first, rest], and the rest has the result. */
static napi_value with_rest(napi_env env, napi_value first, const struct outcome_messages *messages,
                            pgc_result **result) {
    napi_value pair = NULL;
    napi_value external;
    struct rest *rest = calloc(1, sizeof *rest);
    if (rest == NULL || napi_create_external(env, rest, on_collected, NULL, &external) != napi_ok) {
        free(rest);
        return NULL;
    }
    *rest = (struct rest){.result = *result, .messages = *messages};
    *result = NULL;
    bool made = napi_create_array_with_length(env, 2, &pair) == napi_ok &&
                napi_set_element(env, pair, 0, first) == napi_ok &&
                napi_set_element(env, pair, 1, external) == napi_ok;
    return made ? pair : NULL;
}

static napi_value next_text(napi_env env, struct rest *rest) {
    rest->text.size = 0;
    text_literal(&rest->text, "[");
    bool all = outcome_add_messages(&rest->messages, &rest->text);
    text_literal(&rest->text, "]");
    napi_value string = rest->text.failed ? NULL : to_string(env, &rest->text);
    if (all || string == NULL) {
        end_rest(rest);
    }
    return string;
}

napi_value outcome_more(napi_env env, napi_callback_info info) {
    size_t count = 1;
    napi_value given;
    void *rest = NULL;
    if (napi_get_cb_info(env, info, &count, &given, NULL, NULL) != napi_ok ||
        napi_get_value_external(env, given, &rest) != napi_ok) {
        napi_throw_type_error(env, NULL, "pgconvo: no rest of a result");
        return NULL;
    }
    if (((struct rest *)rest)->result == NULL) {
        return NULL;
    }
    napi_value string = next_text(env, rest);
    if (string == NULL) {
        outcome_throw(env, &outcome_nomem);
    }
    return string;
}

/* ---- Outcomes -------------------------------------------------------------------------------- */

napi_value outcome_of_result(napi_env env, pgc_result **result, enum format format,
                             struct text *text) {
    napi_value value = NULL;
    bool raw = format == FORMAT_RAW;
    if (*result == NULL) {
        napi_get_undefined(env, &value);
        return value;
    }
    text->size = 0;
    text->failed = false;
    if (format == FORMAT_TIMES) {
        return times_of(env, *result, text);
    }
    struct outcome_messages messages = {.result = *result, .format = format};
    add_threads(text, *result, raw);
    add_fields(text, *result, raw);
    outcome_add_memory(text, *result);
    outcome_add_workflow(text, *result, raw);
    text_literal(text, ",\"messages\":[");
    bool all = outcome_add_messages(&messages, text);
    text_literal(text, "]}");
    value = text->failed ? NULL : to_string(env, text);
    return value == NULL || all ? value : with_rest(env, value, &messages, result);
}
