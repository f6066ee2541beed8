/*
 * The checker of the campaign finds what it is there for. Each case is a store in which something
 * is not as journaled:
 *
 *     t_check CHECK
 */
#include "shared.h"
#include "tap.h"

#include <libpq-fe.h>
#include <sys/stat.h>

static PGconn *pg;
static const char *check;
static char folder[] = "/tmp/pgconvo-check.XXXXXX";
static pgc_store *store;

static void sql(const char *text) {
    PGresult *rows = PQexec(pg, text);
    ExecStatusType status = PQresultStatus(rows);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        bail("%s: %s", text, PQresultErrorMessage(rows));
    }
    PQclear(rows);
}

static void append(const char *thread, const char *tag, unsigned version) {
    char content[CONTENT_SIZE];
    pgc_error err;
    pgc_result *result = NULL;
    pgc_message_new message = PGC_MESSAGE_NEW_INIT;
    pgc_append append = PGC_APPEND_INIT;
    message.id = pgc_z(tag);
    message.role = pgc_z("user");
    message.text = (pgc_str){content, content_of(tag, version, content)};
    append.thread_id = pgc_z(thread);
    append.messages = &message;
    append.count = 1;
    if (pgc_message_append(store, &append, &result, &err) != 0) bail("append: %s", err.message);
    pgc_result_free(result);
}

static void make(const char *thread) {
    pgc_error err;
    pgc_result *result = NULL;
    pgc_thread_new new = PGC_THREAD_NEW_INIT;
    new.id = pgc_z(thread);
    new.metadata = pgc_z("{\"there\": 1}");
    if (pgc_thread_create(store, &new, &result, &err) != 0) bail("create: %s", err.message);
    pgc_result_free(result);
}

/* Threads a and b; in a the messages p-1 to p-4, of which p-3 has version 1; in b p-5. */
static void fill(void) {
    sql("DELETE FROM chaos.messages; DELETE FROM chaos.threads; DELETE FROM chaos.metadata");
    make("a");
    make("b");
    append("a", "p-1", 0);
    append("a", "p-2", 0);
    append("a", "p-3", 1);
    append("a", "p-4", 0);
    append("b", "p-5", 0);
}

static const char *path_of(const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* What the checker says of a journal and the store as it is. */
static const char *verdict(const char *journal) {
    static char line[256];
    char command[1024];
    FILE *file = fopen(path_of("journals/p"), "w");
    if (file == NULL || fputs(journal, file) < 0 || fclose(file) != 0) bail("journal");
    snprintf(command, sizeof command, "'%s' '%s' %s/journals %s/tally 2> /dev/null", check,
             getenv("PGCONVO_TEST_URL"), folder, folder);
    FILE *said = popen(command, "r");
    if (said == NULL || fgets(line, sizeof line, said) == NULL || pclose(said) != 0) bail("check");
    line[strcspn(line, "\n")] = '\0';
    unlink(path_of("tally"));
    return line;
}

#define ALL_OF_A \
    "T a\nT b\nA a p-1 p-1\nA a p-2 p-2\nA a p-3 p-3\nu a p-3 1\nU a p-3 1\nA a p-4 p-4\n"

struct scene {
    const char *name;
    const char *change; /* to the store, or NULL */
    const char *journal;
    const char *want;
};

static const struct scene scenes[] = {
    {"all is well", NULL, ALL_OF_A "A b p-5 p-5\nM a there\n",
     "messages 5, lost 0, duplicated 0, reordered 0"},
    {"nobody acknowledged some", NULL, "T a\nA a p-2 p-2\n",
     "messages 1, lost 0, duplicated 0, reordered 0"},
    {"a line that was not finished", NULL, "T a\nA a p-2 p-2\nA a p-77 p-77",
     "messages 1, lost 0, duplicated 0, reordered 0"},
    {"a message is not there", NULL, ALL_OF_A "A a p-6 p-6\n",
     "messages 5, lost 1, duplicated 0, reordered 0"},
    {"it was deleted", NULL,
     ALL_OF_A "A a p-6 p-6\n"
              "d a p-6\n"
              "D a p-6\n",
     "messages 5, lost 0, duplicated 0, reordered 0"},
    {"perhaps it was deleted", NULL,
     ALL_OF_A "A a p-6 p-6\n"
              "d a p-6\n"
              "d a p-4\n",
     "messages 5, lost 0, duplicated 0, reordered 0"},
    {"a deleted message is there", NULL,
     ALL_OF_A "d a p-4\n"
              "D a p-4\n",
     "messages 4, lost 1, duplicated 0, reordered 0"},
    {"it is in another thread", NULL, ALL_OF_A "A a p-5 p-5\n",
     "messages 5, lost 1, duplicated 0, reordered 1"},
    {"it was moved there", NULL, ALL_OF_A "A a p-5 p-5\nv a p-5 b\nV a p-5 b\n",
     "messages 5, lost 0, duplicated 0, reordered 0"},
    {"it was moved, but is where it was", NULL, ALL_OF_A "v a p-4 b\nV a p-4 b\n",
     "messages 4, lost 1, duplicated 0, reordered 0"},
    {"a change is lost", NULL, ALL_OF_A "u a p-4 1\nU a p-4 1\n",
     "messages 4, lost 1, duplicated 0, reordered 0"},
    {"a change that perhaps was made", NULL, "T a\nA a p-3 p-3\nu a p-3 1\nu a p-4 1\n",
     "messages 1, lost 0, duplicated 0, reordered 0"},
    {"a change of which nobody knew", NULL, "T a\nA a p-3 p-3\n",
     "messages 1, lost 1, duplicated 0, reordered 0"},
    {"another id", NULL, "A a p-1 p-2\n", "messages 1, lost 1, duplicated 0, reordered 0"},
    {"another order", NULL, "A a p-2 p-2\nA a p-1 p-1\n",
     "messages 2, lost 0, duplicated 0, reordered 1"},
    {"a deleted one does not hide the order", NULL,
     "A a p-2 p-2\nA a p-6 p-6\n"
     "d a p-6\nA a p-1 p-1\n",
     "messages 3, lost 0, duplicated 0, reordered 1"},
    {"another seq",
     "UPDATE chaos.messages SET seq = 5 - seq WHERE seq IN (1, 4) AND thread_id = 'a'",
     "A a p-1 p-1\nA a p-2 p-2\n", "messages 2, lost 0, duplicated 0, reordered 1"},
    {"a copy",
     "INSERT INTO chaos.messages (thread_id, id, seq, created_at, role, content) SELECT "
     "'b', 'x', 2, now(), 'user', content FROM chaos.messages WHERE id = 'p-1'; UPDATE "
     "chaos.threads SET last_seq = 2 WHERE id = 'b'",
     "T a\n", "messages 0, lost 0, duplicated 1, reordered 0"},
    {"a key is not there", NULL, "M a there\nM b absent\n",
     "messages 0, lost 1, duplicated 0, reordered 0"},
    {"a thread is not there", NULL, "T c\n", "messages 0, lost 1, duplicated 0, reordered 0"},
    {"it was deleted with its messages", NULL, "T c\nA c p-6 p-6\nt c\nX c\n",
     "messages 1, lost 0, duplicated 0, reordered 0"},
    {"a deleted thread is there", NULL, "T b\nA b p-5 p-5\nt b\nX b\n",
     "messages 1, lost 2, duplicated 0, reordered 0"},
    {"a total is wrong", "UPDATE chaos.threads SET holes = 1 WHERE id = 'a'", "T a\n",
     "messages 0, lost 1, duplicated 0, reordered 0"},
    {"a message without a thread", "DELETE FROM chaos.threads WHERE id = 'b'", "T a\n",
     "messages 0, lost 1, duplicated 0, reordered 0"},
    {"a message from the future", "UPDATE chaos.threads SET last_at = now() + '1 day'", "T a\n",
     "messages 0, lost 2, duplicated 0, reordered 0"},
};

int main(int argc, char **argv) {
    pgc_error err;
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    options.url = pgc_z(getenv("PGCONVO_TEST_URL"));
    options.schema = pgc_z(CHAOS_SCHEMA);
    pg = PQconnectdb(options.url.data);
    check = argv[1];
    if (argc != 2 || PQstatus(pg) != CONNECTION_OK || mkdtemp(folder) == NULL ||
        mkdir(path_of("journals"), 0700) != 0 || pgc_store_open(&options, &store, &err) != 0) {
        bail("it cannot begin: %s", PQerrorMessage(pg));
    }
    if (pgc_store_init(store, &err) != 0) bail("init: %s", err.message);
    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++) {
        fill();
        if (scenes[i].change != NULL) sql(scenes[i].change);
        is_str(verdict(scenes[i].journal), scenes[i].want, "%s", scenes[i].name);
    }
    pgc_store_free(store);
    sql("DROP SCHEMA chaos CASCADE");
    PQfinish(pg);
    unlink(path_of("journals/p"));
    rmdir(path_of("journals"));
    rmdir(folder);
    return done_testing();
}
