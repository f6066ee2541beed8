/*
 * Copies of threads: what they have, what they leave out, and that they are of one moment.
 */
#include "live/world.h"

#include <pthread.h>

#define COPY(...)      \
    CALL(thread_copy,  \
         (&(pgc_copy){ \
             .size = sizeof(pgc_copy), .from = PGC_NO_TIME, .until = PGC_NO_TIME, __VA_ARGS__}))

static const pgc_thread *thread(void) {
    return pgc_result_thread(result, 0);
}

static const pgc_message *message(size_t i) {
    return pgc_result_message(result, i);
}

/* The ids of what was copied, in the order of the result. */
static const char *sources(void) {
    char text[1024] = "";
    for (size_t i = 0; i < pgc_result_messages(result); i++) {
        strcat(strcat(text, i == 0 ? "" : " "), message(i)->source_id.data);
    }
    return form("%s", text);
}

static void prepare(void) {
    clear_tables();
    must(CALL(thread_create, NEW_THREAD(.id = z("t"), .resource_id = z("ada"), .title = z("Title"),
                                        .metadata = z("{\"own\": 1}"))));
    pgc_message_new given[] = {
        MESSAGE(.id = z("a"), .text = z("1"), .created_at = AT(5), .metadata = z("{\"k\": 1}")),
        MESSAGE(.id = z("b"), .content = z("[1,  2]"), .type = z("v2"), .role = z("tool"),
                .created_at = AT(5)),
        MESSAGE(.id = z("c"), .text = z("3"), .created_at = AT(1), .resource_id = z("eve")),
        MESSAGE(.id = z("d"), .text = z("4"), .created_at = AT(5), .metadata = z("{\"k\": 4}")),
        MESSAGE(.id = z("e"), .text = z("5"), .created_at = AT(9)),
    };
    must(CALL(message_append, APPEND(.thread_id = z("t"), .messages = given, .count = 5)));
    put("t", "gone");
    must(CALL(message_delete, IDS("t", "gone")));
}

static void test_whole(void) {
    prepare();
    if (!works(COPY(.source_id = z("t"), .id = z("copy"), .metadata = z("{\"x\": 1}")), "a copy")) {
        return;
    }
    is_int(pgc_result_threads(result), 1, "the thread is the result");
    is_mem(thread()->id, z("copy"), "with its id");
    is_mem(thread()->title, z("Clone of Title"), "a title made of the source's");
    is_mem(thread()->resource_id, z("ada"), "the source's resource");
    ok(thread()->created_at > AT(20000000) && thread()->updated_at == thread()->created_at,
       "times of its own");
    is_int(thread()->last_seq, 6, "and the last seq of the source");
    is_str(sql("SELECT (data - 'clone')::text FROM metadata WHERE thread_id = 'copy' "
               "AND message_id = ''"),
           "{\"x\": 1}", "the given metadata, not the source's");
    is_str(sql("SELECT (data #>> '{clone,sourceThreadId}') || (data #>> '{clone,lastMessageId}') "
               "FROM metadata WHERE thread_id = 'copy' AND message_id = ''"),
           "te", "where it comes from");
    is_str(sql("SELECT (data #>> '{clone,clonedAt}')::timestamptz = date_trunc('milliseconds', "
               "created_at) FROM metadata d JOIN threads t ON t.id = d.thread_id "
               "WHERE t.id = 'copy' AND message_id = ''"),
           "t", "and when");
    is_str(sources(), "c a b d e", "the messages are in the order of reading");
    for (size_t i = 0; i < pgc_result_messages(result); i++) {
        is_int(sql_number("SELECT n.seq FROM messages n JOIN messages o ON o.content = n.content "
                          "AND o.thread_id = 't' WHERE n.id = '%s' AND o.id = '%s'",
                          message(i)->id.data, message(i)->source_id.data),
               message(i)->seq, "the id of each is told");
    }
    is_int(message(1)->id.size, 36, "with new ids");
    is_int(message(1)->created_at, AT(5), "and their times");
    is_str(sql("SELECT count(*) || ' ' || count(DISTINCT id) FROM messages"), "10 10",
           "no id is there twice");
    is_str(sql("SELECT string_agg(n.id, ' ' ORDER BY n.seq) FROM messages n "
               "WHERE thread_id = 'copy' AND n.id !~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-"
               "[89ab][0-9a-f]{3}-[0-9a-f]{12}$'"),
           NULL, "each is a UUID of version 7");
    is_int(sql_number("SELECT count(*) FROM messages o JOIN messages n ON n.thread_id = 'copy' "
                      "AND n.seq = o.seq AND n.created_at = o.created_at AND n.role = o.role "
                      "AND n.type IS NOT DISTINCT FROM o.type AND n.content = o.content "
                      "AND n.resource_id = 'ada' WHERE o.thread_id = 't'"),
           5, "all else is as it was");
    is_str(sql("SELECT string_agg(content || data, ' ' ORDER BY seq) FROM metadata d "
               "JOIN messages m ON m.thread_id = d.thread_id AND m.id = d.message_id "
               "WHERE d.thread_id = 'copy'"),
           "\"1\"{\"k\": 1} \"4\"{\"k\": 4}", "their metadata, too");
    put("copy", "more");
    is_int(sql_number("SELECT seq FROM messages WHERE id = 'more'"), 7, "an append goes on");
    must(CALL(message_last, z("copy"), 1));
    is_str(shown(), "more", "behind the last one");
}

static void test_given(void) {
    prepare();
    works(COPY(.source_id = z("t"), .resource_id = z(""), .title = BYTES("a\0b")),
          "its own things");
    is_int(thread()->id.size, 36, "an absent id becomes a UUID");
    is_mem(thread()->title, BYTES("a\0b"), "the title");
    is_mem(thread()->resource_id, z(""), "the resource");
    is_int(sql_number("SELECT count(*) FROM messages WHERE resource_id = ''"), 5,
           "of all messages");
    must(CALL(thread_create, NEW_THREAD(.id = z("bare"))));
    works(COPY(.source_id = z("bare"), .id = z("bare copy")), "of a thread without anything");
    is_mem(thread()->title, z(""), "without a title");
    ok(thread()->resource_id.data == NULL, "without a resource");
    is_int(pgc_result_messages(result), 0, "without messages");
    is_int(thread()->last_seq, 0, "and seqs");
    ok(sql("SELECT data #>> '{clone,lastMessageId}' FROM metadata WHERE thread_id = 'bare copy'") ==
           NULL,
       "and so without a last one");
    put("bare copy", "first");
    is_int(sql_number("SELECT seq FROM messages WHERE id = 'first'"), 1, "it can be filled");
}

/* Ids that need an escape in a document come back as they are. */
static void test_odd(void) {
    clear_tables();
    must(CALL(thread_create, NEW_THREAD(.id = z("\xef\xb7\x90"
                                                "0000\"\\"))));
    put("\xef\xb7\x90"
        "0000\"\\",
        "\xef\xb7\x90"
        "d800");
    must(COPY(.source_id = z("\xef\xb7\x90"
                             "0000\"\\")));
    const char *shows = thread()->metadata.data;
    ok(strstr(shows, "\"\xef\xb7\x90"
                     "0000\\\"\\\\\"") != NULL,
       "the source's id: %s", shows);
    ok(strstr(shows, "\"\xef\xb7\x90"
                     "d800\"") != NULL,
       "the last message's id");
}

static void test_part(void) {
    prepare();
    const pgc_str two[] = {z("e"), z("a"), z("none"), z("a")};
    const struct {
        int64_t from, until;
        uint32_t limit;
        size_t ids;
        const char *want;
    } cases[] = {
        {PGC_NO_TIME, PGC_NO_TIME, 2, 0, "d e"},
        {PGC_NO_TIME, PGC_NO_TIME, 3, 0, "b d e"},
        {PGC_NO_TIME, PGC_NO_TIME, 5, 0, "c a b d e"},
        {PGC_NO_TIME, PGC_NO_TIME, 9, 0, "c a b d e"},
        {AT(5), PGC_NO_TIME, 0, 0, "a b d e"},
        {PGC_NO_TIME, AT(9), 0, 0, "c a b d"},
        {AT(2), AT(9), 1, 0, "d"},
        {AT(10), PGC_NO_TIME, 0, 0, ""},
        {AT(10), PGC_NO_TIME, 3, 0, ""},
        {PGC_NO_TIME, PGC_NO_TIME, 0, 4, "a e"},
        {PGC_NO_TIME, PGC_NO_TIME, 1, 4, "e"},
        {PGC_NO_TIME, AT(9), 1, 4, "a"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        works(COPY(.source_id = z("t"), .from = cases[i].from, .until = cases[i].until,
                   .limit = cases[i].limit, .ids = cases[i].ids > 0 ? two : NULL,
                   .count = cases[i].ids),
              "part %zu", i);
        is_str(sources(), cases[i].want, "of it");
        is_int(sql_number("SELECT count(*) FROM metadata d LEFT JOIN messages m ON m.id = "
                          "d.message_id AND m.thread_id = d.thread_id WHERE m.id IS NULL "
                          "AND d.message_id <> ''"),
               0, "with its metadata only");
        is_int(
            sql_number("SELECT count(*) FROM messages WHERE thread_id = '%s'", thread()->id.data),
            (int64_t)pgc_result_messages(result), "and it is there");
    }
    works(COPY(.source_id = z("t"), .ids = two, .count = 0), "of no ids");
    is_int(pgc_result_messages(result), 0, "no messages");
}

static void test_refused(void) {
    prepare();
    const struct {
        pgc_copy copy;
        pgc_code code;
        const char *words, *name;
    } cases[] = {
        {{.source_id = z("none"), .id = z("t")}, PGC_NOT_FOUND, "no such thread", "no source"},
        {{.source_id = z("t"), .id = z("t")}, PGC_EXISTS, "exists", "an id that exists"},
        {{.id = z("x")}, PGC_INVALID, "source_id", "no source's id"},
        {{.source_id = z("t"), .id = z("")}, PGC_INVALID, "id", "an empty id"},
        {{.source_id = z("t"), .metadata = z("[]")}, PGC_INVALID, "metadata", "no object"},
        {{.source_id = z("t"), .title = z("\xff")}, PGC_INVALID, "title", "a bad title"},
        {{.source_id = z("t"), .ids = (const pgc_str[]){{"", 0}}, .count = 1},
         PGC_INVALID,
         "ids[0].id",
         "an empty message id"},
    };
    char *before = dump();
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        pgc_copy copy = cases[i].copy;
        copy.size = sizeof copy;
        copy.from = copy.until = PGC_NO_TIME;
        refused(CALL(thread_copy, &copy), cases[i].code, cases[i].words, "%s", cases[i].name);
    }
    refused(COPY(.source_id = z("t"), .from = INT64_MAX), PGC_INVALID, "from", "no time");
    refused(COPY(.source_id = z("t"), .until = INT64_MAX), PGC_INVALID, "until", "no time");
    unchanged(before, "and nothing is written");
}

/* ---- While others write ---- */

static void *run_writer(void *payload) {
    int *failures = payload;
    for (int turn = 0; turn < 40; turn++) {
        pgc_message_new two[] = {MESSAGE(.text = z("x"), .metadata = z("{}")),
                                 MESSAGE(.text = z("x"), .metadata = z("{}"))};
        pgc_append append = PGC_APPEND_INIT;
        append.thread_id = z("w");
        append.messages = two;
        append.count = 2;
        *failures += pgc_message_append(store, &append, NULL, NULL) != 0;
    }
    return NULL;
}

static void test_moment(void) {
    clear_tables();
    make_thread("w", "ada");
    pthread_t writers[3];
    int failures[3] = {0};
    for (int i = 0; i < 3; i++) {
        if (pthread_create(&writers[i], NULL, run_writer, &failures[i]) != 0) bail("thread");
    }
    for (int i = 0; i < 20; i++) {
        must(COPY(.source_id = z("w"), .metadata = z("{}")));
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(writers[i], NULL);
        is_int(failures[i], 0, "writer %d", i);
    }
    is_int(sql_number("SELECT count(*) FROM (SELECT thread_id FROM messages GROUP BY thread_id "
                      "HAVING count(*) %% 2 <> 0 OR count(*) <> max(seq)) odd"),
           0, "a copy has whole batches, and no gap");
    is_int(
        sql_number("SELECT count(*) FROM threads t WHERE last_seq <> (SELECT coalesce(max(seq), 0) "
                   "FROM messages m WHERE m.thread_id = t.id)"),
        0, "and knows its last seq");
    is_int(sql_number("SELECT (SELECT count(*) FROM messages) - (SELECT count(*) FROM metadata "
                      "WHERE message_id <> '')"),
           0, "and all metadata");
}

static void tests(void) {
    test_whole();
    test_given();
    test_odd();
    test_part();
    test_refused();
    if (world_drive == DRIVE_BLOCKING) test_moment();
}

int main(void) {
    return world_run("copy", tests);
}
