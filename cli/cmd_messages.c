/* pgconvo messages: shows messages of a conversation or of a resource. */
#include "cli.h"
#include "out.h"
#include "say.h"
#include "show.h"

#define DEFAULT_WIDTH 80
#define DEFAULT_AROUND 2

typedef struct messages_values {
    pgc_str resource;
    int64_t last;
    pgc_str around;
    int64_t before_count;
    int64_t after_count;
    int64_t since_seq;
    int64_t from;
    int64_t until;
    pgc_str metadata;
    bool desc;
    int64_t limit;
    pgc_str cursor;
    int64_t page;
    bool total;
} messages_values;

static const opt_spec options[] = {
    {"last", 0, OPT_NUMBER, offsetof(messages_values, last), "N", "the last N messages",
     PGC_LIMIT_MAX},
    {"around", 0, OPT_TEXT, offsetof(messages_values, around), "ID",
     "the message ID and those around it", 0},
    {"before-count", 0, OPT_NUMBER, offsetof(messages_values, before_count), "N",
     "with --around: so many before it (2)", PGC_LIMIT_MAX},
    {"after-count", 0, OPT_NUMBER, offsetof(messages_values, after_count), "N",
     "with --around: so many after it (2)", PGC_LIMIT_MAX},
    {"since-seq", 0, OPT_NUMBER, offsetof(messages_values, since_seq), "SEQ",
     "what was appended after the message with this seq", 0},
    {"from", 0, OPT_TIME, offsetof(messages_values, from), "TIME", "created at or after TIME", 0},
    {"until", 0, OPT_TIME, offsetof(messages_values, until), "TIME", "created before TIME", 0},
    {"metadata", 0, OPT_TEXT, offsetof(messages_values, metadata), "JSON",
     "whose metadata contains this object", 0},
    {"resource", 0, OPT_TEXT, offsetof(messages_values, resource), "ID",
     "of all conversations of a resource, instead of THREAD", 0},
    {"desc", 0, OPT_FLAG, offsetof(messages_values, desc), NULL, "newest first", 0},
    {"limit", 'n', OPT_NUMBER, offsetof(messages_values, limit), "N", "at most N (100)",
     PGC_LIMIT_MAX},
    {"cursor", 0, OPT_TEXT, offsetof(messages_values, cursor), "CURSOR",
     "go on where another list ended, or go back", 0},
    {"page", 0, OPT_NUMBER, offsetof(messages_values, page), "N", "page N, the first is 0",
     UINT32_MAX},
    {"total", 0, OPT_FLAG, offsetof(messages_values, total), NULL, "also count them all", 0},
    {NULL, 0, OPT_FLAG, 0, NULL, NULL, 0},
};

static uint32_t number_or(int64_t number, uint32_t absent) {
    return number < 0 ? absent : (uint32_t)number;
}

static int list(cli_state *cli, const messages_values *v, pgc_str thread, pgc_result **result,
                pgc_error *err) {
    pgc_message_query query = PGC_MESSAGE_QUERY_INIT;
    query.thread_id = thread;
    query.resource_id = v->resource;
    query.from = v->from;
    query.until = v->until;
    query.metadata = v->metadata;
    query.direction = v->desc ? PGC_DESCENDING : PGC_ASCENDING;
    query.limit = number_or(v->limit, 0);
    query.cursor = v->cursor;
    query.page = number_or(v->page, 0);
    query.with_total = v->total;
    return pgc_message_list(cli->store, &query, result, err);
}

static int around(cli_state *cli, const messages_values *v, pgc_str thread, pgc_result **result,
                  pgc_error *err) {
    pgc_anchor anchor = {.message_id = v->around,
                         .before = number_or(v->before_count, DEFAULT_AROUND),
                         .after = number_or(v->after_count, DEFAULT_AROUND)};
    pgc_window window = PGC_WINDOW_INIT;
    window.thread_id = thread;
    window.anchors = &anchor;
    window.count = 1;
    return pgc_message_window(cli->store, &window, result, err);
}

static int fetch(cli_state *cli, const messages_values *v, pgc_str thread, pgc_result **result) {
    pgc_error err;
    int rc = 0;
    if (v->last >= 0) {
        rc = pgc_message_last(cli->store, thread, (uint32_t)v->last, result, &err);
    } else if (v->around.data != NULL) {
        rc = around(cli, v, thread, result, &err);
    } else if (v->since_seq >= 0) {
        rc = pgc_message_tail(cli->store, thread, v->since_seq, number_or(v->limit, 0), result,
                              &err);
    } else {
        rc = list(cli, v, thread, result, &err);
    }
    return rc == 0 ? CLI_OK : say_error(&err);
}

static void print_json(const pgc_result *result) {
    for (size_t i = 0; i < pgc_result_messages(result); i++) {
        const pgc_message *message = pgc_result_message(result, i);
        out_object object = out_begin(stdout);
        out_text(&object, "thread_id", message->thread_id);
        out_text(&object, "id", message->id);
        out_text(&object, "role", message->role);
        out_text(&object, "type", message->type);
        out_content(&object, message->content);
        out_time(&object, "created_at", message->created_at);
        out_number(&object, "seq", message->seq);
        out_raw(&object, "metadata", message->metadata);
        out_end(&object);
        fputc('\n', stdout);
    }
}

static bool print_text(const cli_state *cli, const pgc_result *result) {
    size_t width = cli_width();
    show_style style = {.width = width == 0 ? DEFAULT_WIDTH : width, .color = cli_color(cli)};
    jdoc *doc = jdoc_new();
    bool good = doc != NULL;
    for (size_t i = 0; good && i < pgc_result_messages(result) && !out_failed(stdout); i++) {
        fputs(i == 0 ? "" : "\n", stdout);
        good = show_message(stdout, doc, pgc_result_message(result, i), style);
    }
    jdoc_free(doc);
    return good;
}

/* Cursors and totals belong to lists only. */
static void say_rest(const messages_values *v, const pgc_result *result) {
    bool is_list = v->last < 0 && v->around.data == NULL && v->since_seq < 0;
    if (v->total && pgc_result_total(result) >= 0) {
        say_plain("total: %lld", (long long)pgc_result_total(result));
    }
    if (is_list && pgc_result_has_more(result)) {
        say_plain("next: --cursor %s", pgc_result_next(result).data);
    }
}

static int check(const messages_values *v, int count) {
    int ways = (v->last >= 0) + (v->around.data != NULL) + (v->since_seq >= 0);
    if ((count == 1) == (v->resource.data != NULL)) {
        say("messages: either THREAD or --resource is needed");
        return CLI_USAGE;
    }
    if (ways > 1 || (ways == 1 && v->resource.data != NULL)) {
        say("messages: only one of --last, --around, --since-seq and --resource can be given");
        return CLI_USAGE;
    }
    return CLI_OK;
}

static int messages_run(cli_state *cli, const void *values, int count, char **operands) {
    const messages_values *v = values;
    pgc_result *result = NULL;
    int rc = check(v, count);
    rc = rc == CLI_OK ? cli_open(cli, 1) : rc;
    rc = rc == CLI_OK ? fetch(cli, v, count == 1 ? pgc_z(operands[0]) : pgc_none(), &result) : rc;
    if (rc != CLI_OK) {
        return rc;
    }
    if (v->around.data != NULL && pgc_result_messages(result) == 0) {
        say("no such message: %s", v->around.data);
        rc = CLI_NO;
    } else if (cli->format == CLI_JSON) {
        print_json(result);
    } else if (!print_text(cli, result)) {
        say("out of memory");
        rc = CLI_DATABASE;
    }
    fflush(stdout);
    if (!cli->quiet) {
        say_rest(v, result);
    }
    pgc_result_free(result);
    return rc;
}

const cli_command cmd_messages = {
    .name = "messages",
    .operands = "[THREAD]",
    .summary = "Show the messages of a conversation",
    .about = "Where there are more, the last line on standard error tells the cursor to go on.",
    .options = options,
    .values_size = sizeof(messages_values),
    .max_operands = 1,
    .run = messages_run,
};
