/* pgconvo append: adds a message to a conversation. */
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"
#include "input.h"
#include "out.h"
#include "say.h"

typedef struct append_values {
    pgc_str role;
    pgc_str type;
    pgc_str id;
    bool json;
    pgc_str metadata;
    int64_t created_at;
    bool create;
    pgc_str title;
    pgc_str resource;
} append_values;

static const opt_spec options[] = {
    {"role", 0, OPT_TEXT, offsetof(append_values, role), "ROLE", "who speaks (user)", 0},
    {"type", 0, OPT_TEXT, offsetof(append_values, type), "TYPE", "type of the message", 0},
    {"id", 0, OPT_TEXT, offsetof(append_values, id), "ID", "id of the message", 0},
    {"json", 0, OPT_FLAG, offsetof(append_values, json), NULL, "TEXT is JSON, stored as it is", 0},
    {"metadata", 0, OPT_TEXT, offsetof(append_values, metadata), "JSON", "metadata of the message",
     0},
    {"created-at", 0, OPT_TIME, offsetof(append_values, created_at), "TIME", "when it was written",
     0},
    {"create", 0, OPT_FLAG, offsetof(append_values, create), NULL,
     "create the conversation if it is not there", 0},
    {"title", 0, OPT_TEXT, offsetof(append_values, title), "TITLE", "with --create: its title", 0},
    {"resource", 0, OPT_TEXT, offsetof(append_values, resource), "ID",
     "with --create: whom it belongs to", 0},
    {NULL, 0, OPT_FLAG, 0, NULL, NULL, 0},
};

static int create(cli_state *cli, const append_values *v, pgc_str thread_id) {
    pgc_thread_new thread = PGC_THREAD_NEW_INIT;
    pgc_result *result = NULL;
    pgc_error err;
    thread.id = thread_id;
    thread.title = v->title;
    thread.resource_id = v->resource;
    thread.created_at = v->created_at;
    thread.existing = PGC_EXISTING_KEEP;
    if (pgc_thread_create(cli->store, &thread, &result, &err) != 0) {
        return say_error(&err);
    }
    pgc_result_free(result);
    return CLI_OK;
}

static void print(const cli_state *cli, const pgc_result *result) {
    const pgc_message *message = pgc_result_message(result, 0);
    if (message == NULL) {
        return;
    }
    if (cli->format == CLI_JSON) {
        out_object object = out_begin(stdout);
        out_text(&object, "thread_id", message->thread_id);
        out_text(&object, "id", message->id);
        out_time(&object, "created_at", message->created_at);
        out_number(&object, "seq", message->seq);
        out_end(&object);
    } else {
        fwrite(message->id.data, 1, message->id.size, stdout);
    }
    fputc('\n', stdout);
}

static int append(cli_state *cli, const append_values *v, pgc_str thread_id, pgc_str text) {
    pgc_message_new message = PGC_MESSAGE_NEW_INIT;
    pgc_append args = PGC_APPEND_INIT;
    pgc_result *result = NULL;
    pgc_error err;
    message.id = v->id;
    message.role = v->role.data == NULL ? pgc_z("user") : v->role;
    message.type = v->type;
    message.content = v->json ? text : pgc_none();
    message.text = v->json ? pgc_none() : text;
    message.metadata = v->metadata;
    message.created_at = v->created_at;
    args.thread_id = thread_id;
    args.messages = &message;
    args.count = 1;
    if (pgc_message_append(cli->store, &args, &result, &err) != 0) {
        return say_error(&err);
    }
    print(cli, result);
    pgc_result_free(result);
    return CLI_OK;
}

static char *take_text(const cli_state *cli, int count, char **words, size_t *size) {
    if (count > 0) {
        return input_join(count, words, size);
    }
    if (!cli->quiet && isatty(STDIN_FILENO) == 1) {
        say_plain("reading the message from standard input; Ctrl-D ends it");
    }
    return input_read(size);
}

static int append_run(cli_state *cli, const void *values, int count, char **operands) {
    const append_values *v = values;
    pgc_str thread_id = pgc_z(operands[0]);
    pgc_error err;
    size_t size = 0;
    if (!v->create && (v->title.data != NULL || v->resource.data != NULL)) {
        say("append: --title and --resource need --create");
        return CLI_USAGE;
    }
    char *text = take_text(cli, count - 1, operands + 1, &size);
    if (text == NULL) {
        return say_errno("read", "standard input");
    }
    int rc = CLI_OK;
    if (v->json && pgc_json_check((pgc_str){text, size}, &err) != 0) {
        rc = say_error(&err); /* before a conversation is created for it */
    }
    rc = rc == CLI_OK ? cli_open(cli, 1) : rc;
    rc = rc == CLI_OK && v->create ? create(cli, v, thread_id) : rc;
    rc = rc == CLI_OK ? append(cli, v, thread_id, (pgc_str){text, size}) : rc;
    free(text);
    return rc;
}

const cli_command cmd_append = {
    .name = "append",
    .operands = "THREAD [TEXT]...",
    .summary = "Add a message to a conversation",
    .about =
        "Without TEXT the message is read from standard input; its last line end is left out.\n"
        "Prints the id of the message.",
    .options = options,
    .values_size = sizeof(append_values),
    .min_operands = 1,
    .max_operands = -1,
    .run = append_run,
};
