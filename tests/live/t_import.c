/*
 * Whole conversations in one call, new, again, and in part.
 */
#include "live/world.h"

static const pgc_thread *thread(void) {
    return pgc_result_thread(result, 0);
}

#define IMPORT(thread_, array) \
    CALL(conversation_import, (thread_), APPEND(.messages = (array), .count = ARRAY_LENGTH(array)))

static pgc_thread_new *conversation(void) {
    static pgc_thread_new made;
    made = *NEW_THREAD(.id = z("c"), .resource_id = z("ada"), .title = z("Title"),
                       .metadata = z("{\"a\": 1}"), .created_at = AT(1) + 123456,
                       .updated_at = AT(90) + 654321);
    return &made;
}

static void fill(pgc_message_new messages[3]) {
    messages[0] = MESSAGE(.id = z("c1"), .text = z("hello"), .created_at = AT(2) + 222222);
    messages[1] =
        MESSAGE(.id = z("c2"), .role = z("assistant"), .type = z("t"), .content = z("[1,  2]"),
                .metadata = z("{\"m\": 1}"), .created_at = AT(3) + 333333);
    messages[2] = MESSAGE(.id = z("c3"), .text = z("bye"), .created_at = AT(3) + 333333);
}

static void test_new(void) {
    pgc_message_new messages[3];
    fill(messages);
    if (!works(IMPORT(conversation(), messages), "a conversation is imported")) return;
    is_int(pgc_result_total(result), 3, "all messages are new");
    ok(pgc_result_inserted(result), "and the thread");
    is_int(pgc_result_threads(result), 1, "which is the result");
    is_mem(thread()->id, z("c"), "its id");
    is_mem(thread()->title, z("Title"), "its title");
    is_mem(thread()->resource_id, z("ada"), "its resource");
    is_mem(thread()->metadata, z("{\"a\": 1}"), "its metadata");
    is_int(thread()->created_at, AT(1) + 123456, "its time, to the microsecond");
    is_int(thread()->updated_at, AT(90) + 654321, "its time of change is the given one");
    is_int(thread()->last_seq, 3, "its last_seq");
    must(CALL(message_list, MESSAGE_QUERY(.thread_id = z("c"))));
    is_str(shown(), "c1 c2 c3", "the messages in order");
    const pgc_message *second = pgc_result_message(result, 1);
    is_mem(second->content, z("[1,  2]"), "content as it was given");
    is_mem(second->metadata, z("{\"m\": 1}"), "metadata");
    is_mem(second->role, z("assistant"), "role");
    is_mem(second->type, z("t"), "type");
    is_mem(second->resource_id, z("ada"), "the thread's resource");
    is_int(second->created_at, AT(3) + 333333, "time to the microsecond");
}

static void test_again(void) {
    pgc_message_new messages[3];
    fill(messages);
    char *before = dump();
    works(IMPORT(conversation(), messages), "the same again");
    is_int(pgc_result_total(result), 0, "no message is new");
    ok(!pgc_result_inserted(result), "nor the thread");
    is_mem(thread()->title, z("Title"), "the result is the thread");
    unchanged(before, "and nothing in any table changes");

    before = dump();
    pgc_thread_new *bare = NEW_THREAD(.id = z("c"), .title = z("other"), .resource_id = z("bob"));
    messages[0].text = z("other");
    messages[1].metadata = z("{\"other\": 1}");
    works(IMPORT(bare, messages), "the same ids with other contents and no time");
    is_mem(thread()->title, z("Title"), "what is there stays");
    unchanged(before, "and nothing in any table changes");
}

static void test_partly(void) {
    pgc_message_new messages[5];
    fill(messages);
    messages[3] = MESSAGE(.id = z("c4"), .text = z("more"), .created_at = AT(4));
    messages[4] = MESSAGE(.id = z("c0"), .text = z("early"), .created_at = AT(0));
    works(IMPORT(conversation(), messages), "a conversation that is partly there");
    is_int(pgc_result_total(result), 2, "the others are new");
    ok(!pgc_result_inserted(result), "the thread is not");
    is_int(thread()->last_seq, 5, "last_seq counts the new ones only");
    is_int(thread()->updated_at, AT(90) + 654321, "the given time of change stays");
    must(CALL(message_list, MESSAGE_QUERY(.thread_id = z("c"))));
    is_str(shown(), "c0 c1 c2 c3 c4", "each in its place");
    must(CALL(message_tail, z("c"), 0, 0));
    is_str(shown(), "c1 c2 c3 c4 c0", "and in the order of coming");

    pgc_message_new later[] = {MESSAGE(.id = z("c5"), .text = z("now"))};
    works(IMPORT(NEW_THREAD(.id = z("c")), later), "one more, without times");
    ok(thread()->updated_at > AT(20000000), "changes the thread now");
    must(CALL(message_last, z("c"), 1));
    is_str(shown(), "c5", "and is the last one");
}

static void test_without_messages(void) {
    works(CALL(conversation_import, NEW_THREAD(.id = z("none"), .created_at = AT(5)), APPEND()),
          "a conversation without messages");
    is_int(pgc_result_total(result), 0, "has none");
    ok(pgc_result_inserted(result), "its thread is new");
    is_int(thread()->updated_at, AT(5), "and as given");
    char *before = dump();
    works(CALL(conversation_import, NEW_THREAD(.id = z("none")), APPEND()), "again");
    ok(!pgc_result_inserted(result), "its thread is there");
    unchanged(before, "and nothing changes");
    pgc_message_new one[] = {MESSAGE(.text = z("x"))};
    works(IMPORT(NEW_THREAD(), one), "without any id");
    is_int(thread()->id.size, 36, "the thread gets one");
    is_int(pgc_result_total(result), 1, "and the message is stored");
}

static void test_elsewhere(void) {
    clear_tables();
    make_thread("old", "ada");
    put("old", "o1");
    pgc_message_new messages[] = {
        MESSAGE(.id = z("n1"), .text = z("x"), .metadata = z("{\"a\":1}")),
        MESSAGE(.id = z("o1"), .text = z("x"))};
    char *before = dump();
    refused(IMPORT(NEW_THREAD(.id = z("new"), .resource_id = z("ada"), .metadata = z("{\"a\":1}")),
                   messages),
            PGC_EXISTS, "\"o1\"", "an id that stands in another thread");
    is_int(err.position, 1, "the position is its index");
    ok(err.hint[0] != '\0', "there is a hint");
    is_int(err.retry, PGC_RETRY_NO, "and no use in trying again");
    unchanged(before, "and nothing is written, no thread either");
    refused(CALL(thread_get, z("new")), PGC_NOT_FOUND, "no such thread", "it is not there");

    char id[PGC_ID_MAX + 1];
    memset(id, '>', PGC_ID_MAX);
    id[PGC_ID_MAX] = '\0';
    pgc_message_new strange[] = {MESSAGE(.id = z(id), .text = z("x")),
                                 MESSAGE(.id = z("a <b> \" % 'c' \\ é"), .text = z("x"))};
    must(CALL(message_append, APPEND(.thread_id = z("old"), .messages = strange, .count = 2)));
    before = dump();
    refused(CALL(conversation_import, NEW_THREAD(.id = z("new")),
                 APPEND(.messages = strange + 1, .count = 1)),
            PGC_EXISTS, "\"a <b> \" % 'c' \\ é\"", "an id with signs in it");
    is_int(err.position, 0, "is found");
    refused(CALL(conversation_import, NEW_THREAD(.id = z("new")),
                 APPEND(.messages = strange, .count = 1)),
            PGC_EXISTS, ">>>>", "the longest id");
    unchanged(before, "and nothing is written");
}

static void test_refused(void) {
    clear_tables();
    pgc_message_new good[] = {MESSAGE(.text = z("x"))};
    pgc_message_new bad[] = {MESSAGE(.text = z("x")), MESSAGE(.content = z("[1,"))};
    pgc_message_new twice[] = {MESSAGE(.id = z("i"), .text = z("x")),
                               MESSAGE(.id = z("i"), .text = z("x"))};
    refused(IMPORT(NEW_THREAD(.id = z("")), good), PGC_INVALID, "id", "an empty id");
    refused(IMPORT(NEW_THREAD(.metadata = z("1")), good), PGC_INVALID, "metadata", "bad metadata");
    refused(IMPORT(NEW_THREAD(), bad), PGC_INVALID, "messages[1].content", "bad content");
    is_int(err.position, 3, "the position is the byte");
    refused(IMPORT(NEW_THREAD(), twice), PGC_INVALID, "messages[1].id", "an id twice");
    is_int(err.position, 1, "the position is the index");
    refused(CALL(conversation_import, NEW_THREAD(), APPEND(.count = 1)), PGC_INVALID, "messages",
            "no array");
    is_int(sql_number("SELECT count(*) FROM threads"), 0, "nothing is written");
}

/* A thousand messages in one call, the same again, and a thousand more. */
static void test_many(void) {
    static pgc_message_new messages[2000];
    static char ids[2000][8];
    for (size_t i = 0; i < ARRAY_LENGTH(messages); i++) {
        snprintf(ids[i], sizeof ids[i], "x%zu", i);
        messages[i] = MESSAGE(.id = z(ids[i]), .text = z(ids[i]), .metadata = z("{\"i\": 1}"),
                              .created_at = AT((int64_t)i / 3));
    }
    pgc_thread_new *big = NEW_THREAD(.id = z("big"), .updated_at = AT(1));
    static const int64_t want[] = {1000, 0, 1000};
    for (size_t i = 0; i < ARRAY_LENGTH(want); i++) {
        works(CALL(conversation_import, big,
                   APPEND(.messages = messages, .count = i == 2 ? 2000 : 1000)),
              "import %zu", i);
        is_int(pgc_result_total(result), want[i], "adds what is new");
    }
    must(CALL(message_list, MESSAGE_QUERY(.thread_id = z("big"), .limit = 2000)));
    bool in_order = true;
    for (size_t i = 0; i < 2000; i++)
        in_order &= same(pgc_result_message(result, i)->id, z(ids[i]));
    ok(in_order, "in order");
    is_int(sql_number("SELECT count(*) FROM metadata WHERE thread_id = 'big'"), 2000,
           "with their metadata");
}

static void tests(void) {
    test_new();
    test_again();
    test_partly();
    test_without_messages();
    test_elsewhere();
    test_refused();
    test_many();
}

int main(void) {
    return world_run("import", tests);
}
