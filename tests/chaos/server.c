#include "server.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Programs ---- */

/* A server must not run as root. */
static bool become_server_user(void) {
    if (geteuid() != 0) return true;
    const struct passwd *user = getpwnam("postgres");
    return user != NULL && setgroups(0, NULL) == 0 && setgid(user->pw_gid) == 0 &&
           setuid(user->pw_uid) == 0;
}

static void redirect(int from, int to, int otherwise) {
    dup2(from == -1 ? otherwise : from, to);
}

static _Noreturn void become(const struct program *program) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    redirect(program->in, STDIN_FILENO, null);
    if (program->out != -1) dup2(program->out, STDOUT_FILENO);
    if (program->log != NULL) {
        int log = open(program->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        dup2(log, STDERR_FILENO);
        if (program->out == -1) dup2(log, STDOUT_FILENO);
    }
    if (!program->as_server || become_server_user()) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a change of the user takes it back */
        execv(program->args[0], (char *const *)(uintptr_t)program->args); /* it changes nothing */
    }
    perror(program->args[0]);
    _exit(127);
}

pid_t program_start(const struct program *program) {
    pid_t pid = fork();
    if (pid == 0) become(program);
    if (pid == -1) perror("fork");
    return pid;
}

int program_run(const struct program *program) {
    int status;
    pid_t pid = program_start(program);
    if (pid == -1) return -1;
    while (waitpid(pid, &status, 0) == -1) {
        if (errno != EINTR) return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- The cluster ---- */

static double version_of(const char *path) {
    return strtod(path + strlen("/usr/lib/postgresql/"), NULL);
}

static bool find_bindir(char *bindir, size_t size) {
    const char *given = getenv("PG_BINDIR");
    double newest = 0;
    glob_t found = {.gl_pathc = 0};
    snprintf(bindir, size, "%s", given == NULL ? "" : given);
    if (given == NULL && glob("/usr/lib/postgresql/*/bin", 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            if (version_of(found.gl_pathv[i]) <= newest) continue;
            newest = version_of(found.gl_pathv[i]);
            snprintf(bindir, size, "%s", found.gl_pathv[i]);
        }
    }
    globfree(&found);
    return bindir[0] != '\0';
}

/*
 * Nothing waits for a disk: what is written outlives the server, if not the machine, and that one
 * is not ended here. Segments of the log are small, so that a full disk meets new ones; little of
 * it is to be replayed, so that restarts are short.
 */
static bool configure(const struct server *server) {
    char path[160];
    snprintf(path, sizeof path, "%s/postgresql.conf", server->data);
    FILE *file = fopen(path, "a");
    if (file == NULL) return false;
    fprintf(file,
            "listen_addresses = ''\nport = 5432\nunix_socket_directories = '%s'\n"
            "max_connections = 100\nfsync = off\nfull_page_writes = on\nsynchronous_commit = on\n"
            "shared_buffers = 16MB\nmin_wal_size = 4MB\nmax_wal_size = 32MB\n"
            "autovacuum_naptime = 5s\nlog_min_error_statement = panic\n"
            "log_line_prefix = '%%m [%%p] '\n",
            server->folder);
    return fclose(file) == 0;
}

static bool give_to_server_user(const char *path) {
    const struct passwd *user = geteuid() == 0 ? getpwnam("postgres") : NULL;
    return user == NULL || chown(path, user->pw_uid, user->pw_gid) == 0;
}

bool server_create(struct server *server, const char *folder, const char *volume) {
    char initdb[288], pgdata[160], log[160];
    snprintf(server->folder, sizeof server->folder, "%s/server", folder);
    snprintf(server->data, sizeof server->data, "%s/data", volume);
    snprintf(server->url, sizeof server->url, "host=%s port=5432 user=chaos dbname=postgres",
             server->folder);
    snprintf(log, sizeof log, "%s/log", server->folder);
    snprintf(pgdata, sizeof pgdata, "--pgdata=%s", server->data);
    if (!find_bindir(server->bindir, sizeof server->bindir)) {
        fputs("chaos: no PostgreSQL server is installed (Debian: apt-get install postgresql)\n",
              stderr);
        return false;
    }
    snprintf(initdb, sizeof initdb, "%s/initdb", server->bindir);
    const char *const args[] = {initdb,
                                pgdata,
                                "--username=chaos",
                                "--auth=trust",
                                "--encoding=UTF8",
                                "--locale=C.UTF-8",
                                "--wal-segsize=1",
                                "--no-sync",
                                "--no-instructions",
                                NULL};
    const struct program program = {
        .args = args, .in = -1, .out = -1, .log = log, .as_server = true};
    if (mkdir(server->folder, 0755) != 0 || !give_to_server_user(server->folder) ||
        !give_to_server_user(volume) || program_run(&program) != 0 || !configure(server)) {
        fprintf(stderr, "chaos: no cluster could be made, see %s\n", log);
        return false;
    }
    return true;
}

bool server_spawn(struct server *server) {
    char postgres[288], log[160];
    snprintf(postgres, sizeof postgres, "%s/postgres", server->bindir);
    snprintf(log, sizeof log, "%s/log", server->folder);
    const char *const args[] = {postgres, "-D", server->data, NULL};
    const struct program program = {
        .args = args, .in = -1, .out = -1, .log = log, .as_server = true};
    pid_t pid = program_start(&program);
    server->pid = pid > 0 ? pid : 0;
    return pid > 0;
}

bool server_is_up(const struct server *server) {
    return server->pid != 0 && PQping(server->url) == PQPING_OK;
}

bool server_has_ended(struct server *server) {
    if (server->pid != 0 && waitpid(server->pid, NULL, WNOHANG) == server->pid) server->pid = 0;
    return server->pid == 0;
}

/* ---- Its processes ---- */

static pid_t parent_of(const char *pid) {
    char path[64], text[512];
    int parent = 0;
    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) return 0;
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    const char *after_name = strrchr(text, ')');
    return after_name != NULL && sscanf(after_name, ") %*c %d", &parent) == 1 ? parent : 0;
}

/* What a process calls itself; "" for one that has ended. */
static void read_title(const char *pid, char *title, size_t size) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%.20s/cmdline", pid);
    FILE *file = fopen(path, "r");
    title[0] = '\0';
    if (file != NULL) {
        title[fread(title, 1, size - 1, file)] = '\0';
        fclose(file);
    }
}

static bool begins_with(const char *text, const char *words) {
    return strncmp(text, words, strlen(words)) == 0;
}

/* One that was just made still calls itself what the server does. */
static bool is_of(const struct server *server, const char *title, enum whose whose) {
    bool client = begins_with(title, "postgres: chaos ");
    bool other = !client && title[0] != '\0' &&
                 (begins_with(title, "postgres: ") || begins_with(title, server->bindir));
    return (whose != OTHERS && client) || (whose != CLIENTS && other);
}

static size_t children_of(pid_t parent, const struct server *server, enum whose whose,
                          pid_t *pids) {
    size_t count = 0;
    DIR *entries = opendir("/proc");
    if (entries == NULL) return 0;
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        char title[512];
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid <= 0 || pid == server->pid || parent_of(entry->d_name) != parent) continue;
        read_title(entry->d_name, title, sizeof title);
        if (is_of(server, title, whose) && count < SERVER_CHILDREN) pids[count++] = pid;
    }
    closedir(entries);
    return count;
}

size_t server_children(const struct server *server, enum whose whose, pid_t *pids) {
    return server->pid == 0 ? 0 : children_of(server->pid, server, whose, pids);
}

/*
 * The postmaster first, or it would begin to recover. Who loses it becomes our child, and may wait
 * for ever for what another one held that was killed.
 */
void server_kill(const struct server *server) {
    pid_t pids[2 * SERVER_CHILDREN];
    size_t count = server_children(server, ALL, pids);
    if (server->pid != 0) kill(server->pid, SIGKILL);
    do {
        for (size_t i = 0; i < count; i++) {
            kill(pids[i], SIGKILL);
        }
        usleep(10000);
        count = children_of(getpid(), server, ALL, pids);
        count += server_children(server, ALL, pids + count);
    } while (count > 0);
}
