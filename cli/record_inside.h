/*
 * Between record.c (conversations) and record_message.c (messages) only: the record's insides, and
 * the reading of members that both share.
 */
#ifndef RECORD_INSIDE_H
#define RECORD_INSIDE_H

#include "record.h"

struct record {
    jdoc *doc;
    record_format format;
    record_problem *problem;
    pgc_thread_new thread;
    pgc_message_new *messages;
    size_t count;
    size_t capacity;
    char **kept; /* strings that were made, freed with the next record */
    size_t kept_count;
    size_t kept_capacity;
};

/* Members that mean something. */
typedef enum record_member {
    MEMBER_FORMAT,
    MEMBER_ID,
    MEMBER_RESOURCE,
    MEMBER_TITLE,
    MEMBER_METADATA,
    MEMBER_CREATED,
    MEMBER_UPDATED,
    MEMBER_MESSAGES,
    MEMBER_CONVERSATIONS,
    MEMBER_ROLE,
    MEMBER_TYPE,
    MEMBER_CONTENT,
    MEMBER_CONTENT_JSON,
    MEMBER_FROM,
    MEMBER_VALUE,
    MEMBER_COUNT,
} record_member;

#define MEMBER(name) (1U << MEMBER_##name)

/* The members of one object: the value of each that is known (JDOC_NONE: not there), and whether
 * there are others. */
typedef struct record_members {
    int at[MEMBER_COUNT];
    int other;    /* name of the first that is not known, or JDOC_NONE */
    int repeated; /* name of the first known one that stands twice, or JDOC_NONE */
} record_members;

/* Writes a problem at `value` (JDOC_NONE: nowhere); returns -1. */
int record_refuse(record *r, int value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Hands over a malloc'ed string (NULL: memory ran out). */
int record_keep(record *r, char *text);

/* Which member is `name`, among those of `mask`? MEMBER_COUNT: none. */
record_member record_member_of(const record *r, int name, unsigned mask);

record_members record_members_of(const record *r, int object, unsigned mask);

/* Values of members; absent members and null leave `text`/`time` as it is. `what` names it in
 * problems. */
int record_string(record *r, int value, const char *what, pgc_str *text);
int record_id(record *r, int value, const char *what, pgc_str *text);
int record_object(record *r, int value, const char *what, pgc_str *json);
int record_time(record *r, int value, const char *what, int64_t *time);

/* Is there a value, and is it something else than null? */
bool record_given(const record *r, int value);

/* "<prefix><128-bit hash of the text>", kept. */
int record_hash_id(record *r, const char *prefix, pgc_str text, pgc_str *id);

/* Reads the array of messages; the thread's id is known. */
int record_read_messages(record *r, int array);

#endif
