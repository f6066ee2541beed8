/*
 * The shortest useful program: stores a little conversation and reads it back.
 *
 *     cc -o blocking blocking.c $(pkg-config --cflags --libs pgconvo)
 *     ./blocking                                    a private server, made on first use
 *     ./blocking postgresql://me@localhost/mydb     a server of your own
 */
#include <pgconvo.h>

static int fail(const char *what, const pgc_error *err) {
    fprintf(stderr, "%s: %s\n", what, err->message);
    if (err->hint[0] != '\0') fprintf(stderr, "%s\n", err->hint);
    return 1;
}

/* One conversation: a thread with two messages, and its last messages printed. */
static int converse(pgc_store *store, pgc_error *err) {
    pgc_thread_new thread = PGC_THREAD_NEW_INIT;
    thread.resource_id = pgc_z("user-42");
    thread.title = pgc_z("A trip to Lisbon");
    thread.metadata = pgc_z("{\"channel\": \"web\"}");
    pgc_result *created = NULL;
    if (pgc_thread_create(store, &thread, &created, err) != 0) return fail("create", err);

    pgc_message_new messages[2] = {PGC_MESSAGE_NEW_INIT, PGC_MESSAGE_NEW_INIT};
    messages[0].role = pgc_z("user");
    messages[0].text = pgc_z("When is the best time to see Lisbon?");
    messages[1].role = pgc_z("assistant");
    messages[1].content = pgc_z("{\"text\": \"May or September.\", \"sources\": [1, 4]}");

    pgc_append append = PGC_APPEND_INIT;
    append.thread_id = pgc_result_thread(created, 0)->id;
    append.messages = messages;
    append.count = 2;
    pgc_result *appended = NULL, *last = NULL;
    int status = pgc_message_append(store, &append, &appended, err);
    if (status == 0) status = pgc_message_last(store, append.thread_id, 20, &last, err);

    for (size_t i = 0; status == 0 && i < pgc_result_messages(last); i++) {
        const pgc_message *message = pgc_result_message(last, i);
        printf("%s: %s\n", message->role.data, message->content.data);
    }
    pgc_result_free(last);
    pgc_result_free(appended);
    pgc_result_free(created);
    return status == 0 ? 0 : fail("converse", err);
}

int main(int argc, char **argv) {
    pgc_error err;
    pgc_store *store = NULL;
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    options.url = pgc_z(argc > 1 ? argv[1] : "local:");
    if (pgc_store_open(&options, &store, &err) != 0) return fail("open", &err);

    int status = converse(store, &err);
    pgc_store_free(store);
    return status;
}
