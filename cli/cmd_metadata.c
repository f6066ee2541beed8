/* pgconvo metadata: reads and changes the metadata of a conversation or of a message. */
#include <stdlib.h>

#include "cli.h"
#include "out.h"
#include "say.h"

typedef struct metadata_values {
    pgc_str message;
    bool json;
} metadata_values;

static const opt_spec options[] = {
    {"message", 'm', OPT_TEXT, offsetof(metadata_values, message), "ID",
     "of this message, not of the conversation", 0},
    {"json", 0, OPT_FLAG, offsetof(metadata_values, json), NULL, "with set: the values are JSON",
     0},
    {NULL, 0, OPT_FLAG, 0, NULL, NULL, 0},
};

/* One call: what it is about, and what is given to it. */
typedef struct metadata_call {
    pgc_store *store;
    pgc_str thread_id;
    pgc_str message_id;
    bool json;
    int count;
    char **arguments;
    pgc_result *result;
    pgc_error err;
} metadata_call;

static int call_get(metadata_call *c) {
    return pgc_metadata_get(c->store, c->thread_id, c->message_id, &c->result, &c->err);
}

static int call_merge(metadata_call *c) {
    return pgc_metadata_merge(c->store, c->thread_id, c->message_id, pgc_z(c->arguments[0]),
                              &c->result, &c->err);
}

static int call_replace(metadata_call *c) {
    return pgc_metadata_replace(c->store, c->thread_id, c->message_id, pgc_z(c->arguments[0]),
                                &c->result, &c->err);
}

static int call_remove(metadata_call *c) {
    pgc_str *keys = calloc((size_t)c->count, sizeof *keys);
    if (keys == NULL) {
        c->err = (pgc_error){.code = PGC_NOMEM, .message = "out of memory"};
        return -PGC_NOMEM;
    }
    for (int i = 0; i < c->count; i++) {
        keys[i] = pgc_z(c->arguments[i]);
    }
    int rc = pgc_metadata_remove(c->store, c->thread_id, c->message_id, keys, (size_t)c->count,
                                 &c->result, &c->err);
    free(keys);
    return rc;
}

/* Adds one KEY=VALUE to the object that becomes the patch. */
static int put_pair(metadata_call *c, out_object *patch, const char *pair) {
    const char *equals = strchr(pair, '=');
    pgc_str key = {pair, equals == NULL ? 0 : (size_t)(equals - pair)};
    char *name = NULL;
    size_t size = 0;
    if (equals == NULL) {
        c->err = (pgc_error){.code = PGC_INVALID};
        snprintf(c->err.message, sizeof c->err.message, "'%.100s' is not KEY=VALUE", pair);
        return -PGC_INVALID;
    }
    int rc = pgc_json_quote(key, &name, &size, &c->err);
    rc = rc == 0 && c->json ? pgc_json_check(pgc_z(equals + 1), &c->err) : rc;
    if (rc == 0) {
        name[size - 1] = '\0'; /* the member's writer puts its own quotes */
        (c->json ? out_raw : out_text)(patch, name + 1, pgc_z(equals + 1));
    }
    free(name);
    return rc;
}

static int call_set(metadata_call *c) {
    char *text = NULL;
    size_t size = 0;
    int rc = 0;
    FILE *memory = open_memstream(&text, &size);
    if (memory == NULL) {
        c->err = (pgc_error){.code = PGC_NOMEM, .message = "out of memory"};
        return -PGC_NOMEM;
    }
    out_object patch = out_begin(memory);
    for (int i = 0; i < c->count && rc == 0; i++) {
        rc = put_pair(c, &patch, c->arguments[i]);
    }
    out_end(&patch);
    if (fclose(memory) == 0 && rc == 0) {
        rc = pgc_metadata_merge(c->store, c->thread_id, c->message_id, (pgc_str){text, size},
                                &c->result, &c->err);
    }
    free(text);
    return rc;
}

/* What follows THREAD: at least `min`, at most `max` arguments. */
typedef struct metadata_action {
    const char *name;
    const char *operands;
    int min;
    int max;
    int (*call)(metadata_call *c);
} metadata_action;

static const metadata_action actions[] = {
    {"get", "THREAD", 0, 0, call_get},
    {"set", "THREAD KEY=VALUE...", 1, 10000, call_set},
    {"merge", "THREAD JSON", 1, 1, call_merge},
    {"replace", "THREAD JSON", 1, 1, call_replace},
    {"remove", "THREAD KEY...", 1, 10000, call_remove},
};

static const metadata_action *find_action(const char *name, int count) {
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        const metadata_action *action = &actions[i];
        if (strcmp(action->name, name) == 0) {
            if (count >= action->min && count <= action->max) {
                return action;
            }
            say("usage: pgconvo metadata %s %s", action->name, action->operands);
            return NULL;
        }
    }
    say("metadata: '%s' is not one of get, set, merge, replace, remove", name);
    return NULL;
}

static int metadata_run(cli_state *cli, const void *values, int count, char **operands) {
    const metadata_values *v = values;
    const metadata_action *action = find_action(operands[0], count - 2);
    if (action == NULL) {
        return CLI_USAGE;
    }
    int rc = cli_open(cli, 1);
    if (rc != CLI_OK) {
        return rc;
    }
    metadata_call call = {.store = cli->store,
                          .thread_id = pgc_z(operands[1]),
                          .message_id = v->message,
                          .json = v->json,
                          .count = count - 2,
                          .arguments = operands + 2};
    if (action->call(&call) != 0) {
        return say_error(&call.err);
    }
    pgc_str document = pgc_result_metadata(call.result);
    fwrite(document.data, 1, document.size, stdout);
    fputc('\n', stdout);
    pgc_result_free(call.result);
    return CLI_OK;
}

const cli_command cmd_metadata = {
    .name = "metadata",
    .operands = "get|set|merge|replace|remove THREAD [ARGUMENT]...",
    .summary = "Read or change the metadata of a conversation or a message",
    .about = "  get THREAD                 print it\n"
             "  set THREAD KEY=VALUE...    set members to texts (with --json: to JSON values)\n"
             "  merge THREAD JSON          merge an object into it (RFC 7396: null removes)\n"
             "  replace THREAD JSON        put an object in its place\n"
             "  remove THREAD KEY...       remove members\n"
             "\n"
             "Each prints the metadata as it is afterwards.",
    .options = options,
    .values_size = sizeof(metadata_values),
    .min_operands = 2,
    .max_operands = -1,
    .run = metadata_run,
};
