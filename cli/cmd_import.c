/*
 * pgconvo import: takes conversations from files.
 *
 * Records are read and checked one after the other; several imports are under way at once, each one
 * transaction, on the event-driven face of the store. Two of the same conversation never are, so
 * that the order of the file decides.
 */
#include <stdlib.h>

#include "cli.h"
#include "progress.h"
#include "reader.h"
#include "record.h"
#include "say.h"
#include "stamp.h"

#define JOBS 8

typedef struct import_values {
    pgc_str resource;
    int format; /* record_format */
    bool keep_going;
} import_values;

static const opt_spec options[] = {
    {"resource", 0, OPT_TEXT, offsetof(import_values, resource), "ID",
     "whom the conversations belong to, whatever the file says", 0},
    {"format", 0, OPT_CHOICE, offsetof(import_values, format), RECORD_FORMATS,
     "format of the files", 0},
    {"keep-going", 'k', OPT_FLAG, offsetof(import_values, keep_going), NULL,
     "pass over bad records instead of stopping at the first", 0},
    {NULL, 0, OPT_FLAG, 0, NULL, NULL, 0},
};

typedef struct importer importer;

/* A conversation on its way. */
typedef struct import_job {
    importer *in;
    bool busy;
    char id[PGC_ID_MAX]; /* of the thread; a longer one will be refused */
    size_t id_size;
    const char *file;
    uint64_t line;
} import_job;

struct importer {
    const import_values *values;
    pgc_store *store;
    reader *reader;
    record *record;
    import_job jobs[JOBS];
    progress progress;
    int64_t started; /* gives conversations without a time one, in the order of the files */
    int64_t index;
    uint64_t added, extended, there, messages, bad;
    int fatal; /* exit code of an error that ends it */
};

static bool is_over(const importer *in) {
    return in->fatal != CLI_OK || (in->bad > 0 && !in->values->keep_going) || cli_interrupted();
}

static void refuse_record(importer *in, const char *file, reader_where where, const char *problem) {
    progress_clear(&in->progress);
    if (where.byte > 0) {
        say_plain("%s:%llu: %s (byte %llu)", file, (unsigned long long)where.line, problem,
                  (unsigned long long)where.byte);
    } else {
        say_plain("%s:%llu: %s", file, (unsigned long long)where.line, problem);
    }
    in->bad++;
}

/* Is it this conversation that is at fault, or does everything fail? */
static bool is_bad_record(const pgc_error *err) {
    return err->code == PGC_INVALID || err->code == PGC_EXISTS || err->code == PGC_DATA ||
           err->code == PGC_CONSTRAINT;
}

static void job_failed(import_job *job, const pgc_error *err) {
    importer *in = job->in;
    if (is_bad_record(err)) {
        refuse_record(in, job->file, (reader_where){job->line, 0}, err->message);
    } else if (in->fatal == CLI_OK) {
        progress_clear(&in->progress);
        in->fatal = say_error(err);
    }
}

static void count_result(importer *in, const pgc_result *result) {
    int64_t messages = pgc_result_total(result);
    in->messages += messages > 0 ? (uint64_t)messages : 0;
    if (pgc_result_inserted(result)) {
        in->added++;
    } else if (messages > 0) {
        in->extended++;
    } else {
        in->there++;
    }
}

static void on_done(pgc_op *op, void *payload) {
    import_job *job = payload;
    pgc_result *result = NULL;
    pgc_error err;
    if (pgc_op_take(op, &result, &err) == 0) {
        count_result(job->in, result);
        pgc_result_free(result);
    } else {
        job_failed(job, &err);
    }
    job->busy = false;
}

/* Lets the work under way go on; false: it cannot. */
static bool turn(importer *in) {
    int rc = pgc_store_poll(in->store, -1);
    if (rc < 0 && in->fatal == CLI_OK) {
        say("the store cannot go on: %s", pgc_code_text(-rc));
        in->fatal = say_exit_code(rc);
    }
    return rc >= 0;
}

static bool all_free(const importer *in) {
    for (size_t i = 0; i < JOBS; i++) {
        if (in->jobs[i].busy) {
            return false;
        }
    }
    return true;
}

/* Brings what is under way to its end. */
static void drain(void *payload) {
    importer *in = payload;
    while (!all_free(in) && turn(in)) {}
}

/* A free job, when no other has the same conversation; NULL: everything failed meanwhile. */
static import_job *take_job(importer *in, pgc_str id) {
    while (in->fatal == CLI_OK) {
        import_job *found = NULL;
        bool same = false;
        for (size_t i = 0; i < JOBS; i++) {
            import_job *job = &in->jobs[i];
            found = job->busy ? found : job;
            same = same ||
                   (job->busy && job->id_size == id.size && memcmp(job->id, id.data, id.size) == 0);
        }
        if (found != NULL && !same) {
            return found;
        }
        turn(in);
    }
    return NULL;
}

static void job_begin(importer *in, import_job *job, pgc_str id, const char *file) {
    *job = (import_job){.in = in, .busy = true, .file = file};
    job->id_size = id.size < sizeof job->id ? id.size : sizeof job->id;
    memcpy(job->id, id.data, job->id_size);
    job->line = reader_place(in->reader, 0).line;
}

static void import_record(importer *in, const char *file) {
    pgc_thread_new *thread = record_thread(in->record);
    size_t count = 0;
    const pgc_message_new *messages = record_messages(in->record, &count);
    import_job *job = take_job(in, thread->id);
    if (job == NULL) {
        return;
    }
    job_begin(in, job, thread->id, file);
    thread->existing = PGC_EXISTING_KEEP;
    thread->resource_id =
        in->values->resource.data != NULL ? in->values->resource : thread->resource_id;
    if (thread->created_at == PGC_NO_TIME) {
        thread->created_at = in->started + in->index;
    }
    pgc_append append = PGC_APPEND_INIT;
    append.messages = messages;
    append.count = count;
    append.existing = PGC_EXISTING_KEEP;
    pgc_error err;
    pgc_op *op = NULL;
    if (pgc_conversation_import_start(in->store, thread, &append, on_done, job, &op, &err) != 0) {
        job_failed(job, &err);
        job->busy = false;
    }
}

/* One record; false: the file is over. */
static bool import_next(importer *in, const char *file) {
    pgc_str text = pgc_none();
    record_problem problem;
    reader_found found = reader_next(in->reader, &text);
    if (found == READER_FAILED && !cli_interrupted()) {
        refuse_record(in, file, reader_place(in->reader, 0), reader_problem(in->reader));
    }
    if (found != READER_RECORD) {
        return false;
    }
    if (record_read(in->record, text, (record_format)in->values->format, &problem) == 0) {
        import_record(in, file);
    } else {
        refuse_record(in, file, reader_place(in->reader, problem.position), problem.text);
    }
    in->index++;
    return true;
}

static void import_file(importer *in, const char *file) {
    in->reader = reader_open(file);
    if (in->reader == NULL) {
        progress_clear(&in->progress);
        in->fatal = say_errno("read", file);
        return;
    }
    reader_on_idle(in->reader, drain, in);
    const char *name = strcmp(file, "-") == 0 ? "standard input" : file;
    while (!is_over(in) && import_next(in, name)) {
        uint64_t done = 0;
        uint64_t total = 0;
        reader_progress(in->reader, &done, &total);
        progress_update(&in->progress, (uint64_t)in->index, "conversations", done, total);
    }
    reader_close(in->reader);
    in->reader = NULL;
}

static void say_summary(const importer *in) {
    char extended[48] = "";
    if (in->extended > 0) {
        snprintf(extended, sizeof extended, ", %llu with new messages",
                 (unsigned long long)in->extended);
    }
    say_plain("conversations: %llu new%s, %llu there already; messages: %llu new",
              (unsigned long long)in->added, extended, (unsigned long long)in->there,
              (unsigned long long)in->messages);
}

static int summarize(const cli_state *cli, importer *in) {
    progress_clear(&in->progress);
    if (cli_interrupted()) {
        say("interrupted; the same command again imports the rest");
    }
    if (in->bad > 0) {
        say("%llu bad record%s%s", (unsigned long long)in->bad, in->bad == 1 ? "" : "s",
            in->values->keep_going ? " passed over" : "; stopped there");
    }
    if (!cli->quiet) {
        say_summary(in);
    }
    bool partial = in->bad > 0 || cli_interrupted();
    return in->fatal != CLI_OK ? in->fatal : partial ? CLI_PARTIAL : CLI_OK;
}

static int import_files(cli_state *cli, importer *in, int count, char **files) {
    pgc_error err;
    in->record = record_new();
    if (in->record == NULL) {
        say("out of memory");
        return CLI_DATABASE;
    }
    if (pgc_store_init(cli->store, &err) != 0) {
        return say_error(&err);
    }
    in->store = cli->store;
    cli_catch_interrupt();
    progress_start(&in->progress, cli->quiet);
    for (int i = 0; i < count && !is_over(in); i++) {
        import_file(in, files[i]);
    }
    drain(in);
    return summarize(cli, in);
}

static int import_run(cli_state *cli, const void *values, int count, char **operands) {
    importer in = {.values = values, .started = stamp_now()};
    int rc = cli_open(cli, JOBS);
    if (rc != CLI_OK) {
        return rc;
    }
    rc = import_files(cli, &in, count, operands);
    if (!all_free(&in)) { /* their callbacks must not outlive this function */
        pgc_store_close(cli->store, PGC_CLOSE_CANCEL);
    }
    record_free(in.record);
    return rc;
}

const cli_command cmd_import = {
    .name = "import",
    .operands = "FILE...",
    .summary = "Take conversations from files",
    .about =
        "FILE is JSONL with one conversation a line, or a JSON array of conversations; - is\n"
        "standard input. Formats: openai (chat messages), sharegpt, pgconvo (of export). Each\n"
        "conversation is imported whole or not at all; what is there already stays as it is.",
    .options = options,
    .values_size = sizeof(import_values),
    .min_operands = 1,
    .max_operands = -1,
    .run = import_run,
};
