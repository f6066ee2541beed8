/* pgconvo export: writes conversations, one a line, in the form that import takes back. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "out.h"
#include "record.h"
#include "say.h"

#define THREAD_PAGE 500
#define MESSAGE_PAGE_FIRST 100
#define MESSAGE_PAGE_MAX 4000
#define PAGE_BYTES ((size_t)1024 * 1024) /* pages grow up to about this */

typedef struct export_values {
    pgc_str thread;
    pgc_str resource;
    pgc_str output;
} export_values;

static const opt_spec options[] = {
    {"thread", 0, OPT_TEXT, offsetof(export_values, thread), "ID", "this conversation only", 0},
    {"resource", 0, OPT_TEXT, offsetof(export_values, resource), "ID",
     "the conversations of this resource only", 0},
    {"output", 'o', OPT_TEXT, offsetof(export_values, output), "FILE",
     "write to FILE, which appears only when it is whole", 0},
    {NULL, 0, OPT_FLAG, 0, NULL, NULL, 0},
};

typedef struct exporter {
    pgc_store *store;
    const pgc_thread *thread; /* that is being written */
    FILE *out;
    const char *name; /* of what is written to */
    uint64_t threads;
    uint64_t messages;
} exporter;

static bool same(pgc_str a, pgc_str b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* A message tells its resource only if it is not the conversation's. */
static void put_message(const exporter *e, const pgc_message *message) {
    out_object object = out_begin(e->out);
    out_text(&object, "id", message->id);
    out_text(&object, "role", message->role);
    out_text(&object, "type", message->type);
    if (!same(message->resource_id, e->thread->resource_id)) {
        out_text(&object, "resource_id", message->resource_id);
    }
    out_time(&object, "created_at", message->created_at);
    if (out_has_metadata(message->metadata)) {
        out_raw(&object, "metadata", message->metadata);
    }
    out_content(&object, message->content);
    out_end(&object);
}

/* Writes a page; returns the bytes of content in it. */
static size_t put_page(exporter *e, const pgc_result *page, bool *comma) {
    size_t bytes = 0;
    for (size_t i = 0; i < pgc_result_messages(page); i++) {
        const pgc_message *message = pgc_result_message(page, i);
        fputs(*comma ? "," : "", e->out);
        put_message(e, message);
        *comma = true;
        e->messages++;
        bytes += message->content.size;
    }
    return bytes;
}

/* The next page larger where messages are small, smaller where they are large. */
static uint32_t next_limit(uint32_t limit, size_t bytes) {
    if (bytes < PAGE_BYTES && limit < MESSAGE_PAGE_MAX) {
        return limit * 2;
    }
    return bytes > 16 * PAGE_BYTES && limit > 1 ? limit / 2 : limit;
}

/* The messages of a thread from the page that `query` brought on; frees the page. */
static int put_messages(exporter *e, pgc_message_query *query, pgc_result *page) {
    pgc_error err;
    bool comma = false;
    int rc = CLI_OK;
    for (;;) {
        query->limit = next_limit(query->limit, put_page(e, page, &comma));
        if (!pgc_result_has_more(page) || out_failed(e->out)) {
            break;
        }
        pgc_result *last = page;
        query->cursor = pgc_result_next(last);
        if (pgc_message_list(e->store, query, &page, &err) != 0) {
            rc = say_error(&err);
            break;
        }
        pgc_result_free(last); /* not earlier: the cursor is borrowed from it */
    }
    pgc_result_free(page);
    return rc;
}

static void put_head(out_object *object, const pgc_thread *thread) {
    out_text(object, "format", pgc_z(RECORD_HEADER));
    out_text(object, "id", thread->id);
    out_text(object, "resource_id", thread->resource_id);
    out_text(object, "title", thread->title);
    out_time(object, "created_at", thread->created_at);
    out_time(object, "updated_at", thread->updated_at);
    if (out_has_metadata(thread->metadata)) {
        out_raw(object, "metadata", thread->metadata);
    }
}

/* One line. A failure on the way leaves it without its end, so that nothing takes it for a whole
 * conversation. */
static int put_thread(exporter *e, const pgc_thread *thread) {
    pgc_message_query query = PGC_MESSAGE_QUERY_INIT;
    pgc_result *page = NULL;
    pgc_error err;
    query.thread_id = thread->id;
    query.limit = MESSAGE_PAGE_FIRST;
    int listed = pgc_message_list(e->store, &query, &page, &err);
    if (listed == -PGC_NOT_FOUND) {
        return CLI_OK; /* deleted since it was listed */
    }
    if (listed != 0) {
        return say_error(&err);
    }
    e->thread = thread;
    out_object object = out_begin(e->out);
    put_head(&object, thread);
    out_raw(&object, "messages", pgc_z("["));
    int rc = put_messages(e, &query, page);
    if (rc == CLI_OK) {
        fputc(']', e->out);
        out_end(&object);
        fputc('\n', e->out);
        e->threads++;
    }
    return rc;
}

static int put_threads(exporter *e, const pgc_result *page) {
    int rc = CLI_OK;
    for (size_t i = 0; i < pgc_result_threads(page) && rc == CLI_OK; i++) {
        rc = put_thread(e, pgc_result_thread(page, i));
        if (rc == CLI_OK && cli_interrupted()) {
            say("interrupted");
            rc = CLI_PARTIAL;
        } else if (rc == CLI_OK && out_failed(e->out)) {
            rc = out_finish(e->out, e->name);
        }
    }
    return rc;
}

static int put_all(exporter *e, pgc_str resource) {
    pgc_thread_query query = PGC_THREAD_QUERY_INIT;
    pgc_result *page = NULL;
    pgc_error err;
    int rc = CLI_OK;
    query.resource_id = resource;
    query.limit = THREAD_PAGE;
    for (bool more = true; more && rc == CLI_OK;) {
        pgc_result *last = page;
        int listed = pgc_thread_list(e->store, &query, &page, &err);
        pgc_result_free(last);
        if (listed != 0) {
            return say_error(&err);
        }
        rc = put_threads(e, page);
        more = pgc_result_has_more(page);
        query.cursor = pgc_result_next(page);
    }
    pgc_result_free(page);
    return rc;
}

static int put_one(exporter *e, pgc_str thread_id) {
    pgc_result *result = NULL;
    pgc_error err;
    if (pgc_thread_get(e->store, thread_id, &result, &err) != 0) {
        return say_error(&err);
    }
    int rc = put_threads(e, result);
    pgc_result_free(result);
    return rc;
}

static int export_to(exporter *e, const export_values *v) {
    int rc = v->thread.data != NULL ? put_one(e, v->thread) : put_all(e, v->resource);
    return rc == CLI_OK ? out_finish(e->out, e->name) : rc;
}

/* Opens a file beside `name` that is to take its place. */
static FILE *open_beside(const char *name, char **path) {
    mode_t mask = umask(0);
    umask(mask);
    if (asprintf(path, "%s.XXXXXX", name) < 0) {
        *path = NULL;
        return NULL;
    }
    int fd = mkstemp(*path);
    FILE *out = fd < 0 || fchmod(fd, 0666 & ~mask) != 0 ? NULL : fdopen(fd, "w");
    if (out == NULL && fd >= 0) {
        int reason = errno;
        close(fd);
        unlink(*path);
        errno = reason;
    }
    return out;
}

static int export_to_file(exporter *e, const export_values *v) {
    char *path = NULL;
    e->name = v->output.data;
    e->out = open_beside(v->output.data, &path);
    if (e->out == NULL) {
        int failed = say_errno("write", v->output.data);
        free(path);
        return failed;
    }
    int rc = export_to(e, v);
    if (rc == CLI_OK && fsync(fileno(e->out)) != 0) {
        rc = say_errno("write to", e->name);
    }
    if (fclose(e->out) != 0 && rc == CLI_OK) {
        rc = say_errno("write to", e->name);
    }
    if (rc == CLI_OK && rename(path, e->name) != 0) {
        rc = say_errno("write", e->name);
    }
    if (rc != CLI_OK) {
        unlink(path);
    }
    free(path);
    return rc;
}

static int export_run(cli_state *cli, const void *values, int count, char **operands) {
    const export_values *v = values;
    (void)count;
    (void)operands;
    if (v->thread.data != NULL && v->resource.data != NULL) {
        say("export: only one of --thread and --resource can be given");
        return CLI_USAGE;
    }
    int rc = cli_open(cli, 1);
    if (rc != CLI_OK) {
        return rc;
    }
    exporter e = {.store = cli->store, .out = stdout, .name = "standard output"};
    cli_catch_interrupt();
    bool to_file = v->output.data != NULL && strcmp(v->output.data, "-") != 0;
    rc = to_file ? export_to_file(&e, v) : export_to(&e, v);
    if (rc == CLI_OK && !cli->quiet) {
        say_plain("exported: %llu conversations, %llu messages", (unsigned long long)e.threads,
                  (unsigned long long)e.messages);
    }
    return rc;
}

const cli_command cmd_export = {
    .name = "export",
    .operands = "",
    .summary = "Write conversations as JSONL, for import to take back",
    .about = "One conversation a line: ids, times, order, metadata and contents, byte for byte.",
    .options = options,
    .values_size = sizeof(export_values),
    .run = export_run,
};
