/*
 * Compares what was acknowledged with what is in the database:
 *
 *     check URL FOLDER TALLY
 *
 * FOLDER holds the journals, URL names the database without a proxy before it, TALLY is the file
 * with the counters. Ends with 1 if it could not look, else with 0, whatever it found.
 *
 * A message that is in the database and was not acknowledged is no fault: its call may have had an
 * unknown fate. Two of one tag always are.
 */
#include "../live/totals.h"
#include "shared.h"

#include <dirent.h>
#include <libpq-fe.h>
#include <search.h>
#include <stdarg.h>

#define LINE_SIZE 512
#define NAME_SIZE 128

/* What the journals say of a message, and where the database has it. */
struct message {
    char tag[TAG_SIZE];
    char id[TAG_SIZE];
    char *thread;
    char *target;      /* where it is to be moved, or was; or NULL */
    unsigned version;  /* acknowledged */
    unsigned intended; /* perhaps */
    bool acknowledged, going, gone, moved;
    struct message *before; /* acknowledged before it to the same worker in the same thread */
    int found;
    size_t place; /* in the order of reading */
    int64_t seq;
};

struct thread {
    char name[NAME_SIZE];
    bool made, going, gone, found;
    struct message *newest; /* of the worker whose journal is being read */
};

struct key {
    char name[NAME_SIZE + TAG_SIZE]; /* thread and key */
    bool found;
};

static void *messages, *threads, *keys; /* trees by name, which comes first in each */
static struct tally *tally;
static PGconn *pg;

static int by_name(const void *a, const void *b) {
    return strcmp(a, b);
}

/* The thing of that name, made if need be. */
static void *named(void **tree, const char *name, size_t room, size_t size) {
    void *thing = calloc(1, size);
    if (thing == NULL) abort();
    snprintf(thing, room, "%s", name);
    void **found = tsearch(thing, tree, by_name);
    if (found == NULL) abort();
    if (*found != thing) free(thing);
    return *found;
}

static struct message *message_named(const char *tag) {
    return named(&messages, tag, TAG_SIZE, sizeof(struct message));
}

static struct thread *thread_named(const char *name) {
    return named(&threads, name, NAME_SIZE, sizeof(struct thread));
}

static struct key *key_named(const char *thread, const char *key) {
    char name[NAME_SIZE + TAG_SIZE];
    snprintf(name, sizeof name, "%s %s", thread, key);
    return named(&keys, name, sizeof name, sizeof(struct key));
}

__attribute__((format(printf, 2, 3))) static void accuse(atomic_llong *counter, const char *format,
                                                         ...) {
    va_list values;
    va_start(values, format);
    if (atomic_fetch_add(counter, 1) < 50) {
        vfprintf(stderr, format, values);
        fputc('\n', stderr);
    }
    va_end(values);
}

/* ---- The journals ---- */

static void read_append(struct thread *thread, const char *tag, const char *id) {
    struct message *message = message_named(tag);
    message->thread = thread->name;
    message->acknowledged = true;
    snprintf(message->id, sizeof message->id, "%.*s", TAG_SIZE - 1, id);
    message->before = thread->newest;
    thread->newest = message;
}

static void read_thread_line(char what, struct thread *thread) {
    thread->made |= what == 'T';
    thread->going |= what == 't';
    thread->gone |= what == 'X';
}

static void read_message_line(char what, struct message *message, const char *more) {
    unsigned version = (unsigned)strtoul(more, NULL, 10);
    if (what == 'u') message->intended = version;
    if (what == 'U') message->version = version;
    if (what == 'd') message->going = true;
    if (what == 'D') message->gone = true;
    if (what == 'v') message->target = thread_named(more)->name;
    if (what == 'V') message->moved = true;
}

/* A line without its end was being written when the process was killed, and is no word yet. */
static void read_line(const char *line) {
    char what, thread[NAME_SIZE] = "", tag[TAG_SIZE] = "", more[NAME_SIZE] = "";
    if (strchr(line, '\n') == NULL) return;
    sscanf(line, "%c %127s %47s %127s", &what, thread, tag, more);
    if (strchr("TtX", what) != NULL) {
        read_thread_line(what, thread_named(thread));
    } else if (what == 'A') {
        read_append(thread_named(thread), tag, more);
    } else if (what == 'M') {
        key_named(thread, tag);
    } else {
        read_message_line(what, message_named(tag), more);
    }
}

static void forget_newest(const void *node, VISIT visit, int depth) {
    (void)depth;
    if (visit == postorder || visit == leaf) (*(struct thread *const *)node)->newest = NULL;
}

static void read_journal(const char *folder, const char *name) {
    char path[4096], line[LINE_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    twalk(threads, forget_newest);
    while (fgets(line, sizeof line, file) != NULL)
        read_line(line);
    fclose(file);
}

static void read_journals(const char *folder) {
    DIR *entries = opendir(folder);
    if (entries == NULL) {
        perror(folder);
        exit(1);
    }
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (entry->d_name[0] != '.') read_journal(folder, entry->d_name);
    }
    closedir(entries);
}

/* ---- The database ---- */

/* Calls `look` for each row. */
static void each_row(const char *sql, void (*look)(const PGresult *rows, size_t place)) {
    size_t place = 0;
    if (PQsendQuery(pg, sql) != 1 || PQsetSingleRowMode(pg) != 1) {
        fputs(PQerrorMessage(pg), stderr);
        exit(1);
    }
    for (PGresult *rows; (rows = PQgetResult(pg)) != NULL; PQclear(rows)) {
        ExecStatusType status = PQresultStatus(rows);
        if (status == PGRES_SINGLE_TUPLE) {
            look(rows, ++place);
        } else if (status != PGRES_TUPLES_OK) {
            fputs(PQresultErrorMessage(rows), stderr);
            exit(1);
        }
    }
}

static bool is_content(const char *got, const char *tag, unsigned version) {
    char content[CONTENT_SIZE], quoted[CONTENT_SIZE + 2];
    content_of(tag, version, content);
    snprintf(quoted, sizeof quoted, "\"%s\"", content);
    return strcmp(got, quoted) == 0;
}

/* Columns: thread, id, seq, content. */
static void look_at_message(const PGresult *rows, size_t place) {
    const char *thread = PQgetvalue(rows, 0, 0), *content = PQgetvalue(rows, 0, 3);
    char tag[TAG_SIZE] = "";
    sscanf(content, "\"%47s", tag);
    struct message *message = message_named(tag);
    if (++message->found > 1) accuse(&tally->duplicated, "%s is there twice", tag);
    message->place = place;
    message->seq = strtoll(PQgetvalue(rows, 0, 2), NULL, 10);
    if (!message->acknowledged) return;
    bool here = strcmp(thread, message->thread) == 0 && !message->moved;
    bool there = message->target != NULL && strcmp(thread, message->target) == 0;
    if (!here && !there) accuse(&tally->lost, "%s is in %s", tag, thread);
    if (strcmp(PQgetvalue(rows, 0, 1), message->id) != 0) {
        accuse(&tally->lost, "%s is %s, not %s", tag, PQgetvalue(rows, 0, 1), message->id);
    }
    if (!is_content(content, tag, message->version) &&
        (message->intended <= message->version || !is_content(content, tag, message->intended))) {
        accuse(&tally->lost, "%s is not of version %u: %.80s", tag, message->version, content);
    }
}

static void look_at_thread(const PGresult *rows, size_t place) {
    (void)place;
    thread_named(PQgetvalue(rows, 0, 0))->found = true;
}

static void look_at_key(const PGresult *rows, size_t place) {
    (void)place;
    key_named(PQgetvalue(rows, 0, 0), PQgetvalue(rows, 0, 1))->found = true;
}

static void look_at_fault(const PGresult *rows, size_t place) {
    (void)place;
    if (!PQgetisnull(rows, 0, 0)) accuse(&tally->lost, "%s", PQgetvalue(rows, 0, 0));
}

static void read_database(void) {
    char sql[4096];
    each_row("SELECT thread_id, id, seq, content FROM messages ORDER BY thread_id, created_at, seq",
             look_at_message);
    each_row("SELECT id FROM threads", look_at_thread);
    each_row("SELECT thread_id, jsonb_object_keys(data) FROM metadata WHERE message_id = ''",
             look_at_key);
    snprintf(sql, sizeof sql, WRONG_TOTALS, CHAOS_SCHEMA, CHAOS_SCHEMA);
    each_row(sql, look_at_fault);
    each_row("SELECT 'the newest message of ' || id || ' is from the future' FROM threads WHERE "
             "last_at > now() AND last_at <> 'infinity'",
             look_at_fault);
    each_row("SELECT thread_id || ' has messages and is not there' FROM messages m WHERE NOT "
             "EXISTS (SELECT FROM threads t WHERE t.id = m.thread_id) GROUP BY thread_id",
             look_at_fault);
}

/* ---- Both together ---- */

/* Of a message that is to be where it was appended. */
static void check_order(const struct message *message) {
    const struct message *before = message->before;
    while (before != NULL && (before->found != 1 || before->target != NULL)) {
        before = before->before;
    }
    if (before != NULL && (before->place >= message->place || before->seq >= message->seq)) {
        accuse(&tally->reordered, "%s comes before %s", message->tag, before->tag);
    }
}

static void check_message(const void *node, VISIT visit, int depth) {
    (void)depth;
    if (visit != postorder && visit != leaf) return;
    const struct message *message = *(struct message *const *)node;
    if (!message->acknowledged) return;
    const struct thread *thread = thread_named(message->thread);
    bool gone = message->gone || thread->gone;
    atomic_fetch_add(&tally->messages, 1);
    if (gone && message->found != 0) accuse(&tally->lost, "%s was deleted", message->tag);
    if (!gone && !message->going && !thread->going && message->found == 0) {
        accuse(&tally->lost, "%s is not there", message->tag);
    }
    if (message->found == 1 && message->target == NULL) check_order(message);
}

static void check_thread(const void *node, VISIT visit, int depth) {
    (void)depth;
    if (visit != postorder && visit != leaf) return;
    const struct thread *thread = *(struct thread *const *)node;
    if (thread->gone && thread->found) accuse(&tally->lost, "%s was deleted", thread->name);
    if (thread->made && !thread->going && !thread->found) {
        accuse(&tally->lost, "%s is not there", thread->name);
    }
}

static void check_key(const void *node, VISIT visit, int depth) {
    (void)depth;
    if (visit != postorder && visit != leaf) return;
    const struct key *key = *(struct key *const *)node;
    if (!key->found) accuse(&tally->lost, "the key %s is not there", key->name);
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    tally = tally_map(argv[3]);
    pg = PQconnectdb(argv[1]);
    if (tally == NULL || PQstatus(pg) != CONNECTION_OK) {
        fprintf(stderr, "check: %s", PQerrorMessage(pg));
        return 1;
    }
    PQclear(PQexec(pg, "SET search_path TO " CHAOS_SCHEMA));
    read_journals(argv[2]);
    read_database();
    twalk(messages, check_message);
    twalk(threads, check_thread);
    twalk(keys, check_key);
    printf("messages %lld, lost %lld, duplicated %lld, reordered %lld\n",
           (long long)atomic_load(&tally->messages), (long long)atomic_load(&tally->lost),
           (long long)atomic_load(&tally->duplicated), (long long)atomic_load(&tally->reordered));
    PQfinish(pg);
    return 0;
}
