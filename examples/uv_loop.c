/*
 * The event-driven face on libuv: a thread is created, a message appended to it, and both are read
 * back, each call begun from the callback of the one before.
 *
 *     cc -o uv_loop uv_loop.c $(pkg-config --cflags --libs pgconvo libuv)
 *     ./uv_loop postgresql://me@localhost/mydb
 */
#include <pgconvo_uv.h>

struct talk {
    pgc_store *store;
    int step;
    int status;
};

static void on_done(pgc_op *op, void *payload);

static int append(struct talk *talk, pgc_str thread_id, pgc_error *err) {
    pgc_message_new message = PGC_MESSAGE_NEW_INIT;
    message.role = pgc_z("user");
    message.text = pgc_z("Hello from libuv.");
    pgc_append append = PGC_APPEND_INIT;
    append.thread_id = thread_id;
    append.messages = &message;
    append.count = 1;
    return pgc_message_append_start(talk->store, &append, on_done, talk, NULL, err);
}

/* What comes after the result of a step; the last one shows what it brought. */
static int next(struct talk *talk, const pgc_result *result, pgc_error *err) {
    switch (talk->step++) {
    case 0:
        return append(talk, pgc_result_thread(result, 0)->id, err);
    case 1:
        return pgc_message_last_start(talk->store, pgc_result_message(result, 0)->thread_id, 10,
                                      on_done, talk, NULL, err);
    default:
        printf("%s: %s\n", pgc_result_message(result, 0)->role.data,
               pgc_result_message(result, 0)->text.data);
        uv_stop(uv_default_loop());
        return 0;
    }
}

static void on_done(pgc_op *op, void *payload) {
    struct talk *talk = payload;
    pgc_result *result = NULL;
    pgc_error err;
    talk->status = pgc_op_take(op, &result, &err);
    if (talk->status == 0) talk->status = next(talk, result, &err);
    if (talk->status != 0) {
        fprintf(stderr, "%s\n", err.message);
        uv_stop(uv_default_loop());
    }
    pgc_result_free(result);
}

int main(int argc, char **argv) {
    struct talk talk = {.status = -1};
    struct pgc_uv adapter;
    pgc_error err;
    pgc_thread_new thread = PGC_THREAD_NEW_INIT;
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    options.url = pgc_z(argc > 1 ? argv[1] : "local:");
    if (pgc_store_open(&options, &talk.store, &err) != 0 ||
        pgc_uv_attach(&adapter, uv_default_loop(), talk.store, &err) != 0) {
        fprintf(stderr, "%s\n", err.message);
        pgc_store_free(talk.store);
        return 1;
    }
    if (pgc_thread_create_start(talk.store, &thread, on_done, &talk, NULL, &err) == 0) {
        uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    }
    pgc_store_free(talk.store);
    pgc_uv_detach(&adapter, NULL, NULL);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    return talk.status != 0;
}
