#include "outcome_messages.h"

#include "outcome_fields.h"

#define TEXT_MAX 65536
/* what a message takes besides its content and its metadata, about */
#define MESSAGE_OVERHEAD 512

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
static void add_head(struct outcome_messages *messages, struct text *text,
                     const pgc_message *message, bool has_type) {
    field_text(text, "", message->id);
    field_text(text, ",", message->role);
    field_number(text, ",", field_millis(message->created_at));
    add_again(text, &messages->thread_id, message->thread_id);
    add_again(text, &messages->resource_id, message->resource_id);
    field_text(text, ",", has_type ? message->type : pgc_none());
}

/* A type that says no more than what the content is like is none. */
static void add_agent_message(struct outcome_messages *messages, struct text *text,
                              const pgc_message *message) {
    bool has_type = message->type.size > 0 && !is_same(message->type, pgc_z("v2"));
    add_head(messages, text, message, has_type);
    field_value(text, false, message->content);
}

/* Of a message that was copied only the ids are news. */
static void add_pair(struct text *text, const pgc_message *message) {
    field_text(text, "", message->id);
    field_text(text, ",null,0,0,0,null,null,null,0,null,", message->source_id);
}

/* An append answers without contents; only then is it news whether the message was inserted. */
static void add_stored_message(struct outcome_messages *messages, struct text *text,
                               const pgc_message *message) {
    bool raw = messages->format == FORMAT_RAW;
    add_head(messages, text, message, true);
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

static void add_message(struct outcome_messages *messages, struct text *text,
                        const pgc_message *message) {
    if (messages->format == FORMAT_AGENT) {
        add_agent_message(messages, text, message);
    } else if (message->source_id.data != NULL) {
        add_pair(text, message);
    } else {
        add_stored_message(messages, text, message);
    }
}

static bool fits(const struct text *text, const pgc_message *message) {
    return text->size + message->content.size + message->metadata.size + MESSAGE_OVERHEAD <=
           TEXT_MAX;
}

bool outcome_add_messages(struct outcome_messages *messages, struct text *text) {
    size_t first = messages->next;
    size_t count = pgc_result_messages(messages->result);
    while (messages->next < count) {
        const pgc_message *message = pgc_result_message(messages->result, messages->next);
        if (messages->next > first) {
            if (!fits(text, message)) {
                return false;
            }
            text_literal(text, ",");
        }
        add_message(messages, text, message);
        messages->next++;
    }
    return true;
}
