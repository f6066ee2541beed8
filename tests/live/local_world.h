/*
 * What the tests of the private server share: a folder for their servers, helpers that look at
 * processes, and a way to run the same checks as root and as an ordinary user. One process, one
 * thread.
 */
#ifndef LOCAL_WORLD_H
#define LOCAL_WORLD_H

#include "local/local.h"
#include "tap.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORLD_USED __attribute__((unused))

static char world_folder[64]; /* everything lies in it */
static char world_scratch[8][1200];
static int world_next;

/* The path of something in a folder; good until eight calls later. */
WORLD_USED static const char *in_folder(const char *folder, const char *name) {
    char *path = world_scratch[world_next++ % 8];
    snprintf(path, sizeof(world_scratch[0]), "%s/%s", folder, name);
    return path;
}

WORLD_USED static const char *in_world(const char *name) {
    return in_folder(world_folder, name);
}

static void world_begin(void) {
    snprintf(world_folder, sizeof(world_folder), "/tmp/pgconvo-local.XXXXXX");
    if (mkdtemp(world_folder) == NULL || chmod(world_folder, 0755) != 0) {
        bail("no folder to work in");
    }
}

static void pause_ms(long ms) {
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/*
 * How many processes work in this folder, or below it (dead ones that nobody has fetched have no
 * folder).
 */
static int processes_in(const char *folder) {
    int count = 0;
    DIR *processes = opendir("/proc");
    for (struct dirent *entry; processes != NULL && (entry = readdir(processes)) != NULL;) {
        char name[300], cwd[1200];
        snprintf(name, sizeof(name), "/proc/%s/cwd", entry->d_name);
        ssize_t n = entry->d_name[0] >= '0' && entry->d_name[0] <= '9'
                        ? readlink(name, cwd, sizeof(cwd) - 1)
                        : -1;
        cwd[n < 0 ? 0 : n] = '\0';
        count += n > 0 && strncmp(cwd, folder, strlen(folder)) == 0;
    }
    if (processes != NULL) closedir(processes);
    return count;
}

/* The end of the tests: nothing may be left running; then the folder goes. */
static void world_end(void) {
    is_int(processes_in(world_folder), 0, "no process is left behind");
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/rm", "rm", "-rf", world_folder, (char *)NULL);
        _exit(1);
    }
    waitpid(child, NULL, 0);
}

/* The process id of the server at `path`, 0 if none runs; -1 if that cannot be told. */
WORLD_USED static long server_pid(const char *path) {
    pgc_local_info info;
    pgc_error err;
    if (pgc_local_status(pgc_z(path), &info, &err) != 0) {
        diag("status: %s %s", err.message, err.detail);
        return -1;
    }
    return info.running ? info.pid : 0;
}

/* Kills the server at `path` as a crash would, and waits until it is dead. Returns which it was. */
WORLD_USED static long kill_server(const char *path) {
    char name[64], cwd[8];
    long pid = server_pid(path);
    if (pid <= 1) bail("no server to kill");
    kill((pid_t)pid, SIGKILL);
    snprintf(name, sizeof(name), "/proc/%ld/cwd", pid);
    while (readlink(name, cwd, sizeof(cwd)) > 0)
        pause_ms(1);
    return pid;
}

/* Opens, and says so if it fails. NULL then. */
WORLD_USED static struct local_server *hold(const char *path) {
    struct local_server *server = NULL;
    pgc_error err;
    if (local_open(pgc_z(path), &server, &err) != 0) {
        diag("open: %s | %s | %s", err.message, err.detail, err.hint);
        return NULL;
    }
    return server;
}

/* The first value of a query; "" for none, the error if it fails. */
WORLD_USED static const char *ask(const char *conninfo, const char *sql) {
    static char answer[1024];
    PGconn *conn = PQconnectdb(conninfo);
    PGresult *result = PQexec(conn, sql);
    bool row = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) > 0;
    bool fine = row || PQresultStatus(result) == PGRES_COMMAND_OK;
    snprintf(answer, sizeof(answer), "%s",
             row    ? PQgetvalue(result, 0, 0)
             : fine ? ""
                    : PQerrorMessage(conn));
    PQclear(result);
    PQfinish(conn);
    return answer;
}

/* Can the server at `path` be used now? Opens, asks, closes; then it must be down. */
WORLD_USED static bool works(const char *path) {
    struct local_server *server = hold(path);
    bool right = server != NULL && strcmp(ask(local_conninfo(server), "select 6 * 7"), "42") == 0;
    local_close(server);
    return right && server_pid(path) == 0;
}

/*
 * Starts a process that opens `path`, reports, and holds until it is killed or, with `end`, until
 * the other side of that pipe is closed.
 */
WORLD_USED static pid_t holder(const char *path, int *end) {
    int ready[2], stop[2];
    if (pipe2(ready, O_CLOEXEC) != 0 || pipe2(stop, O_CLOEXEC) != 0) bail("pipe");
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        char byte = 0;
        close(stop[1]);
        struct local_server *server = hold(path);
        if (server == NULL || write(ready[1], &byte, 1) != 1) _exit(1);
        if (read(stop[0], &byte, 1) != 0) _exit(1);
        local_close(server);
        _exit(0);
    }
    char byte;
    close(ready[1]);
    close(stop[0]);
    if (read(ready[0], &byte, 1) != 1) diag("the holder could not open");
    close(ready[0]);
    *end = stop[1];
    return child;
}

/* Starts a process that only opens `path`, and kills it after so many milliseconds. */
WORLD_USED static void open_and_die(const char *path, long after_ms) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct local_server *server = hold(path);
        pause();
        local_close(server);
        _exit(0);
    }
    pause_ms(after_ms);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

WORLD_USED static void write_text(const char *path, const char *mode, const char *text) {
    FILE *file = fopen(path, mode);
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) bail("cannot write %s", path);
}

/* What fits of a file. */
WORLD_USED static void read_into(const char *path, char *text, size_t size) {
    FILE *file = fopen(path, "r");
    size_t n = file == NULL ? 0 : fread(text, 1, size - 1, file);
    if (file != NULL) fclose(file);
    text[n] = '\0';
}

WORLD_USED static const char *read_text(const char *path) {
    static char text[65536];
    read_into(path, text, sizeof(text));
    return text;
}

/* Becomes this user for good. */
WORLD_USED static void become_user(const char *name) {
    const struct passwd *user = getpwnam(name);
    if (user == NULL || setgroups(0, NULL) != 0 || setgid(user->pw_gid) != 0 ||
        setuid(user->pw_uid) != 0)
        _exit(99);
}

static int run_here(void (*checks)(void)) {
    world_begin();
    checks();
    world_end();
    return done_testing();
}

/* Runs the checks in a process of the user "nobody"; what it prints becomes comments. */
static bool run_as_nobody(void (*checks)(void)) {
    int ends[2];
    if (pipe(ends) != 0) bail("pipe");
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        become_user("nobody");
        tap_count = tap_failed = 0;
        _exit(run_here(checks));
    }
    close(ends[1]);
    FILE *lines = fdopen(ends[0], "r");
    char line[2048];
    while (lines != NULL && fgets(line, sizeof(line), lines) != NULL) {
        printf("# as nobody: %s", line);
    }
    int status = -1;
    waitpid(child, &status, 0);
    if (lines != NULL) fclose(lines);
    return status == 0;
}

/* Runs the checks as the user of this process and, if that is root, as an ordinary one too. */
static int world_run(void (*checks)(void)) {
    world_begin();
    checks();
    world_end();
    if (geteuid() == 0) {
        ok(run_as_nobody(checks), "the same as an ordinary user");
    }
    return done_testing();
}

#endif
