#include "record.h"

#include <stdarg.h>
#include <stdlib.h>

#include "record_inside.h"
#include "stamp.h"

static const char *const member_names[MEMBER_COUNT] = {
    [MEMBER_FORMAT] = "format",
    [MEMBER_ID] = "id",
    [MEMBER_RESOURCE] = "resource_id",
    [MEMBER_TITLE] = "title",
    [MEMBER_METADATA] = "metadata",
    [MEMBER_CREATED] = "created_at",
    [MEMBER_UPDATED] = "updated_at",
    [MEMBER_MESSAGES] = "messages",
    [MEMBER_CONVERSATIONS] = "conversations",
    [MEMBER_ROLE] = "role",
    [MEMBER_TYPE] = "type",
    [MEMBER_CONTENT] = "content",
    [MEMBER_CONTENT_JSON] = "content_json",
    [MEMBER_FROM] = "from",
    [MEMBER_VALUE] = "value",
};

#define THREAD_MEMBERS                                                                    \
    (MEMBER(ID) | MEMBER(RESOURCE) | MEMBER(TITLE) | MEMBER(METADATA) | MEMBER(CREATED) | \
     MEMBER(UPDATED))

record *record_new(void) {
    record *r = calloc(1, sizeof *r);
    if (r != NULL && (r->doc = jdoc_new()) == NULL) {
        free(r);
        r = NULL;
    }
    return r;
}

static void drop_kept(record *r) {
    for (size_t i = 0; i < r->kept_count; i++) {
        free(r->kept[i]);
    }
    r->kept_count = 0;
}

void record_free(record *r) {
    if (r == NULL) {
        return;
    }
    drop_kept(r);
    jdoc_free(r->doc);
    free(r->messages);
    free(r->kept);
    free(r);
}

int record_refuse(record *r, int value, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(r->problem->text, sizeof r->problem->text, format, args);
    va_end(args);
    r->problem->position = value == JDOC_NONE ? -1 : jdoc_position(r->doc, value);
    return -1;
}

int record_keep(record *r, char *text) {
    if (text != NULL && r->kept_count == r->kept_capacity) {
        size_t capacity = r->kept_capacity == 0 ? 64 : r->kept_capacity * 2;
        char **kept = realloc(r->kept, capacity * sizeof *kept);
        if (kept == NULL) {
            free(text);
            text = NULL;
        } else {
            r->kept = kept;
            r->kept_capacity = capacity;
        }
    }
    if (text == NULL) {
        return record_refuse(r, JDOC_NONE, "out of memory");
    }
    r->kept[r->kept_count++] = text;
    return 0;
}

record_member record_member_of(const record *r, int name, unsigned mask) {
    for (unsigned i = 0; i < MEMBER_COUNT; i++) {
        if ((mask >> i & 1U) != 0 && jdoc_is(r->doc, name, member_names[i])) {
            return (record_member)i;
        }
    }
    return MEMBER_COUNT;
}

record_members record_members_of(const record *r, int object, unsigned mask) {
    record_members members = {.other = JDOC_NONE, .repeated = JDOC_NONE};
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        members.at[i] = JDOC_NONE;
    }
    for (int at = jdoc_first(r->doc, object); at != JDOC_NONE; at = jdoc_next(r->doc, object, at)) {
        record_member member = record_member_of(r, at, mask);
        if (member == MEMBER_COUNT) {
            members.other = members.other == JDOC_NONE ? at : members.other;
        } else if (members.at[member] != JDOC_NONE) {
            members.repeated = at;
        } else {
            members.at[member] = jdoc_value(at);
        }
    }
    return members;
}

bool record_given(const record *r, int value) {
    return value != JDOC_NONE && jdoc_type_of(r->doc, value) != JDOC_NULL;
}

int record_string(record *r, int value, const char *what, pgc_str *text) {
    pgc_error err;
    char *plain = NULL;
    size_t size = 0;
    if (!record_given(r, value)) {
        return 0;
    }
    if (jdoc_type_of(r->doc, value) != JDOC_STRING) {
        return record_refuse(r, value, "%s is not a string", what);
    }
    pgc_str raw = jdoc_raw(r->doc, value);
    if (memchr(raw.data, '\\', raw.size) == NULL) {
        *text = (pgc_str){raw.data + 1, raw.size - 2};
        return 0;
    }
    if (pgc_json_unquote(raw, &plain, &size, &err) != 0) {
        return record_refuse(r, value, "%s: %s", what, err.message);
    }
    *text = (pgc_str){plain, size};
    return record_keep(r, plain);
}

int record_id(record *r, int value, const char *what, pgc_str *text) {
    if (record_given(r, value) && jdoc_type_of(r->doc, value) == JDOC_NUMBER) {
        *text = jdoc_raw(r->doc, value);
        return 0;
    }
    return record_string(r, value, what, text);
}

int record_object(record *r, int value, const char *what, pgc_str *json) {
    if (!record_given(r, value)) {
        return 0;
    }
    if (jdoc_type_of(r->doc, value) != JDOC_OBJECT) {
        return record_refuse(r, value, "%s is not an object", what);
    }
    *json = jdoc_raw(r->doc, value);
    return 0;
}

int record_time(record *r, int value, const char *what, int64_t *time) {
    pgc_str text = pgc_none();
    if (!record_given(r, value)) {
        return 0;
    }
    bool is_number = jdoc_type_of(r->doc, value) == JDOC_NUMBER;
    if (!is_number && record_string(r, value, what, &text) != 0) {
        return -1;
    }
    bool good =
        is_number ? stamp_parse_number(jdoc_raw(r->doc, value), time) : stamp_parse(text, time);
    return good
               ? 0
               : record_refuse(r, value, "%s is not a time (ISO 8601 or seconds since 1970)", what);
}

__extension__ typedef unsigned __int128 hash128;

/* FNV-1a */
static hash128 hash_of(pgc_str text) {
    const hash128 prime = (hash128)1 << 88 | 0x13B;
    hash128 hash = (hash128)UINT64_C(0x6C62272E07BB0142) << 64 | UINT64_C(0x62B821756295C58D);
    for (size_t i = 0; i < text.size; i++) {
        hash = (hash ^ (unsigned char)text.data[i]) * prime;
    }
    return hash;
}

int record_hash_id(record *r, const char *prefix, pgc_str text, pgc_str *id) {
    char made[80];
    hash128 hash = hash_of(text);
    snprintf(made, sizeof made, "%s%016llx%016llx", prefix, (unsigned long long)(hash >> 64),
             (unsigned long long)hash);
    char *copy = strdup(made);
    *id = pgc_z(copy);
    return record_keep(r, copy);
}

/* What the record looks like, and the member that holds its messages. */
static int find_format(record *r, record_format wanted, int *messages) {
    int header = jdoc_member(r->doc, 0, "format");
    pgc_str name = header == JDOC_NONE ? pgc_none() : jdoc_raw(r->doc, header);
    bool own = name.size >= 9 && memcmp(name.data, "\"pgconvo/", 9) == 0;
    int openai = jdoc_member(r->doc, 0, "messages");
    int sharegpt = jdoc_member(r->doc, 0, "conversations");
    r->format = wanted != RECORD_AUTO                          ? wanted
                : own                                          ? RECORD_PGCONVO
                : openai != JDOC_NONE || sharegpt == JDOC_NONE ? RECORD_OPENAI
                                                               : RECORD_SHAREGPT;
    if (r->format == RECORD_PGCONVO &&
        (header == JDOC_NONE || !jdoc_is(r->doc, header, RECORD_HEADER))) {
        return record_refuse(r, header, "the record is not of the format " RECORD_HEADER);
    }
    *messages = r->format == RECORD_SHAREGPT ? sharegpt : openai;
    const char *array = r->format == RECORD_SHAREGPT ? "conversations" : "messages";
    if (*messages == JDOC_NONE) {
        return record_refuse(r, 0, "the record has no member \"%s\"", array);
    }
    if (jdoc_type_of(r->doc, *messages) != JDOC_ARRAY) {
        return record_refuse(r, *messages, "%s is not an array", array);
    }
    return 0;
}

/* Writes the members that are not in `mask`. */
static void put_others(const record *r, FILE *out, unsigned mask) {
    bool comma = false;
    for (int at = jdoc_first(r->doc, 0); at != JDOC_NONE; at = jdoc_next(r->doc, 0, at)) {
        if (record_member_of(r, at, mask) == MEMBER_COUNT) {
            pgc_str name = jdoc_raw(r->doc, at);
            pgc_str value = jdoc_raw(r->doc, jdoc_value(at));
            fputs(comma ? "," : "", out);
            fwrite(name.data, 1, name.size, out);
            fputc(':', out);
            fwrite(value.data, 1, value.size, out);
            comma = true;
        }
    }
}

/* Puts the members that have no other place into the metadata, as one object under a name that is
 * free there. */
static int add_others(record *r, int metadata, unsigned mask) {
    char name[32] = "record";
    bool has = record_given(r, metadata);
    while (has && jdoc_member(r->doc, metadata, name) != JDOC_NONE &&
           strlen(name) + 1 < sizeof name) {
        strncat(name, "_", 2);
    }
    char *json = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&json, &size);
    if (out == NULL) {
        return record_refuse(r, JDOC_NONE, "out of memory");
    }
    fputc('{', out);
    if (has && jdoc_first(r->doc, metadata) != JDOC_NONE) {
        pgc_str given = jdoc_raw(r->doc, metadata);
        fwrite(given.data + 1, 1, given.size - 2, out);
        fputc(',', out);
    }
    fprintf(out, "\"%s\":{", name);
    put_others(r, out, mask);
    fputs("}}", out);
    if (fclose(out) != 0) {
        free(json);
        return record_refuse(r, JDOC_NONE, "out of memory");
    }
    r->thread.metadata = (pgc_str){json, size};
    return record_keep(r, json);
}

static int read_thread(record *r, pgc_str text) {
    pgc_thread_new *thread = &r->thread;
    bool own = r->format == RECORD_PGCONVO;
    unsigned mask = THREAD_MEMBERS | (own ? MEMBER(FORMAT) : 0) |
                    (r->format == RECORD_SHAREGPT ? MEMBER(CONVERSATIONS) : MEMBER(MESSAGES));
    record_members m = record_members_of(r, 0, mask);
    if (m.repeated != JDOC_NONE) {
        return record_refuse(r, m.repeated, "a member stands twice in the record");
    }
    if (own && m.other != JDOC_NONE) {
        return record_refuse(r, m.other,
                             "the record has a member that " RECORD_HEADER " does not know");
    }
    if (record_id(r, m.at[MEMBER_ID], "id", &thread->id) != 0 ||
        record_string(r, m.at[MEMBER_RESOURCE], "resource_id", &thread->resource_id) != 0 ||
        record_string(r, m.at[MEMBER_TITLE], "title", &thread->title) != 0 ||
        record_object(r, m.at[MEMBER_METADATA], "metadata", &thread->metadata) != 0 ||
        record_time(r, m.at[MEMBER_CREATED], "created_at", &thread->created_at) != 0 ||
        record_time(r, m.at[MEMBER_UPDATED], "updated_at", &thread->updated_at) != 0) {
        return -1;
    }
    if (thread->id.data == NULL && record_hash_id(r, "import-", text, &thread->id) != 0) {
        return -1;
    }
    return m.other == JDOC_NONE ? 0 : add_others(r, m.at[MEMBER_METADATA], mask);
}

int record_read(record *r, pgc_str text, record_format format, record_problem *problem) {
    pgc_error err;
    int messages = JDOC_NONE;
    drop_kept(r);
    r->problem = problem;
    r->count = 0;
    r->thread = (pgc_thread_new)PGC_THREAD_NEW_INIT;
    if (jdoc_parse(r->doc, text, &err) != 0) {
        snprintf(problem->text, sizeof problem->text, "%s", err.message);
        problem->position = err.position;
        return -1;
    }
    if (jdoc_type_of(r->doc, 0) != JDOC_OBJECT) {
        return record_refuse(r, 0, "a conversation must be a JSON object");
    }
    if (find_format(r, format, &messages) != 0 || read_thread(r, text) != 0) {
        return -1;
    }
    return record_read_messages(r, messages);
}

pgc_thread_new *record_thread(record *r) {
    return &r->thread;
}

const pgc_message_new *record_messages(const record *r, size_t *count) {
    *count = r->count;
    return r->messages;
}
