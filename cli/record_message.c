#include <stdlib.h>

#include "record_inside.h"

#define PLAIN_OPENAI \
    (MEMBER(ID) | MEMBER(ROLE) | MEMBER(CONTENT) | MEMBER(METADATA) | MEMBER(CREATED))
#define PLAIN_SHAREGPT \
    (MEMBER(ID) | MEMBER(FROM) | MEMBER(VALUE) | MEMBER(METADATA) | MEMBER(CREATED))
#define OWN (PLAIN_OPENAI | MEMBER(TYPE) | MEMBER(RESOURCE) | MEMBER(CONTENT_JSON))
#define WHAT_SIZE 64

static pgc_message_new *add_message(record *r) {
    if (r->count == r->capacity) {
        size_t capacity = r->capacity == 0 ? 64 : r->capacity * 2;
        pgc_message_new *messages = realloc(r->messages, capacity * sizeof *messages);
        if (messages == NULL) {
            record_refuse(r, JDOC_NONE, "out of memory");
            return NULL;
        }
        r->messages = messages;
        r->capacity = capacity;
    }
    r->messages[r->count] = (pgc_message_new)PGC_MESSAGE_NEW_INIT;
    return &r->messages[r->count++];
}

/* "messages[3].role" */
static const char *name_of(const record *r, const char *member, char what[WHAT_SIZE]) {
    const char *array = r->format == RECORD_SHAREGPT ? "conversations" : "messages";
    snprintf(what, WHAT_SIZE, "%s[%zu]%s%s", array, r->count - 1, member[0] == '\0' ? "" : ".",
             member);
    return what;
}

/* The role that a ShareGPT speaker plays; others keep their name. */
static pgc_str role_of(pgc_str from) {
    static const struct {
        const char *from, *role;
    } roles[] = {{"human", "user"}, {"gpt", "assistant"}, {"function", "tool"}};
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (from.size == strlen(roles[i].from) &&
            memcmp(from.data, roles[i].from, from.size) == 0) {
            return pgc_z(roles[i].role);
        }
    }
    return from;
}

static int read_role(record *r, int object, int value, const char *member, pgc_str *role) {
    char what[WHAT_SIZE];
    if (!record_given(r, value)) {
        return record_refuse(r, object, "%s is missing", name_of(r, member, what));
    }
    return record_string(r, value, name_of(r, member, what), role);
}

/* Members that mean the same in all formats. */
static int read_common(record *r, const record_members *m, pgc_message_new *message) {
    char what[WHAT_SIZE];
    if (record_id(r, m->at[MEMBER_ID], name_of(r, "id", what), &message->id) != 0 ||
        record_object(r, m->at[MEMBER_METADATA], name_of(r, "metadata", what),
                      &message->metadata) != 0) {
        return -1;
    }
    return record_time(r, m->at[MEMBER_CREATED], name_of(r, "created_at", what),
                       &message->created_at);
}

/* A message of another program: its content alone if there is nothing else to it, else all of it as
 * it stands. */
static int read_foreign(record *r, int object, pgc_message_new *message) {
    bool sharegpt =
        r->format == RECORD_SHAREGPT && jdoc_member(r->doc, object, "from") != JDOC_NONE;
    record_members m = record_members_of(r, object, sharegpt ? PLAIN_SHAREGPT : PLAIN_OPENAI);
    int role = m.at[sharegpt ? MEMBER_FROM : MEMBER_ROLE];
    int content = m.at[sharegpt ? MEMBER_VALUE : MEMBER_CONTENT];
    if (read_role(r, object, role, sharegpt ? "from" : "role", &message->role) != 0) {
        return -1;
    }
    message->role = sharegpt ? role_of(message->role) : message->role;
    bool plain = content != JDOC_NONE && m.other == JDOC_NONE && m.repeated == JDOC_NONE;
    message->content = jdoc_raw(r->doc, plain ? content : object);
    if (!plain) {
        message->type = pgc_z(sharegpt ? "sharegpt.message" : "openai.message");
    }
    return read_common(r, &m, message);
}

/* The content that export wrote as a string because it has line ends in it. */
static int read_content_json(record *r, int value, pgc_str *content) {
    char what[WHAT_SIZE];
    pgc_error err;
    name_of(r, "content_json", what);
    if (record_string(r, value, what, content) != 0) {
        return -1;
    }
    if (content->data == NULL || pgc_json_check(*content, &err) != 0) {
        return record_refuse(r, value, "%s does not hold JSON", what);
    }
    return 0;
}

static int read_own(record *r, int object, pgc_message_new *message) {
    char what[WHAT_SIZE];
    record_members m = record_members_of(r, object, OWN);
    int content = m.at[MEMBER_CONTENT];
    int json = m.at[MEMBER_CONTENT_JSON];
    if (m.other != JDOC_NONE || m.repeated != JDOC_NONE) {
        return record_refuse(r, m.other != JDOC_NONE ? m.other : m.repeated,
                             "%s has a member that is not known, or one twice",
                             name_of(r, "", what));
    }
    if ((content == JDOC_NONE) == (json == JDOC_NONE)) {
        return record_refuse(r, object, "%s must have one of content and content_json",
                             name_of(r, "", what));
    }
    if (read_role(r, object, m.at[MEMBER_ROLE], "role", &message->role) != 0 ||
        record_string(r, m.at[MEMBER_TYPE], name_of(r, "type", what), &message->type) != 0 ||
        record_string(r, m.at[MEMBER_RESOURCE], name_of(r, "resource_id", what),
                      &message->resource_id) != 0) {
        return -1;
    }
    if (json != JDOC_NONE) {
        if (read_content_json(r, json, &message->content) != 0) {
            return -1;
        }
    } else {
        message->content = jdoc_raw(r->doc, content);
    }
    return read_common(r, &m, message);
}

static int read_message(record *r, int object) {
    char what[WHAT_SIZE];
    pgc_message_new *message = add_message(r);
    if (message == NULL) {
        return -1;
    }
    if (jdoc_type_of(r->doc, object) != JDOC_OBJECT) {
        return record_refuse(r, object, "%s is not an object", name_of(r, "", what));
    }
    return r->format == RECORD_PGCONVO ? read_own(r, object, message)
                                       : read_foreign(r, object, message);
}

/* Ids for messages without: "<thread>/<index>", as a hash where that is too long. */
static int make_ids(record *r) {
    pgc_str thread = r->thread.id;
    for (size_t i = 0; i < r->count; i++) {
        pgc_str *id = &r->messages[i].id;
        if (id->data != NULL) {
            continue;
        }
        char *made = malloc(thread.size + 24);
        if (record_keep(r, made) != 0) {
            return -1;
        }
        memcpy(made, thread.data, thread.size);
        int size = snprintf(made + thread.size, 24, "/%zu", i);
        *id = (pgc_str){made, thread.size + (size_t)size};
        if (id->size > PGC_ID_MAX && record_hash_id(r, "import-", *id, id) != 0) {
            return -1;
        }
    }
    return 0;
}

/*
 * If some messages have a time, those without take the one of the message before (the first ones:
 * of the first that has one), so that the order of the file stays. The times of the thread, where
 * they are not given, are those of its earliest and its latest message.
 */
static void settle_times(record *r) {
    int64_t last = PGC_NO_TIME;
    int64_t earliest = INT64_MAX;
    int64_t latest = PGC_NO_TIME;
    for (size_t i = 0; i < r->count && last == PGC_NO_TIME; i++) {
        last = r->messages[i].created_at;
    }
    if (last == PGC_NO_TIME) {
        return;
    }
    for (size_t i = 0; i < r->count; i++) {
        int64_t *time = &r->messages[i].created_at;
        last = *time == PGC_NO_TIME ? last : *time;
        *time = last;
        earliest = last < earliest ? last : earliest;
        latest = last > latest ? last : latest;
    }
    pgc_thread_new *thread = &r->thread;
    thread->created_at = thread->created_at == PGC_NO_TIME ? earliest : thread->created_at;
    thread->updated_at = thread->updated_at == PGC_NO_TIME ? latest : thread->updated_at;
}

static int compare_ids(const void *left, const void *right) {
    const pgc_message_new *a = *(const pgc_message_new *const *)left;
    const pgc_message_new *b = *(const pgc_message_new *const *)right;
    size_t size = a->id.size < b->id.size ? a->id.size : b->id.size;
    int order = memcmp(a->id.data, b->id.data, size);
    return order != 0 ? order : (a->id.size > b->id.size) - (a->id.size < b->id.size);
}

/* The store would keep only the first of two messages with one id. */
static int refuse_same_ids(record *r, int array) {
    const pgc_message_new **sorted = malloc((r->count + 1) * sizeof *sorted);
    int rc = 0;
    if (sorted == NULL) {
        return record_refuse(r, JDOC_NONE, "out of memory");
    }
    for (size_t i = 0; i < r->count; i++) {
        sorted[i] = &r->messages[i];
    }
    qsort(sorted, r->count, sizeof *sorted, compare_ids);
    for (size_t i = 1; i < r->count && rc == 0; i++) {
        if (compare_ids(&sorted[i - 1], &sorted[i]) == 0) {
            rc = record_refuse(r, array, "the messages %td and %td (from 0) have the same id",
                               sorted[i - 1] - r->messages, sorted[i] - r->messages);
        }
    }
    free(sorted);
    return rc;
}

int record_read_messages(record *r, int array) {
    for (int at = jdoc_first(r->doc, array); at != JDOC_NONE; at = jdoc_next(r->doc, array, at)) {
        if (read_message(r, at) != 0) {
            return -1;
        }
    }
    if (make_ids(r) != 0) {
        return -1;
    }
    settle_times(r);
    return refuse_same_ids(r, array);
}
