/* The private server's life: made, started, joined, kept, stopped. */
#include "local_world.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>

static bool is_private(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && (st.st_mode & 0777) == 0700 && st.st_uid != 0;
}

/*
 * Does a socket of the process listen on TCP? The kernel lists such sockets by the number that the
 * process's files show.
 */
static bool listens_on_tcp(long pid, const char *table) {
    char folder[64], name[128], target[128], line[512];
    bool found = false;
    snprintf(folder, sizeof(folder), "/proc/%ld/fd", pid);
    DIR *files = opendir(folder);
    if (files == NULL) return true; /* not seen, so not shown */
    for (struct dirent *entry; (entry = readdir(files)) != NULL;) {
        snprintf(name, sizeof(name), "%s/%.20s", folder, entry->d_name);
        ssize_t n = readlink(name, target, sizeof(target) - 1);
        target[n < 0 ? 0 : n] = '\0';
        unsigned long inode;
        if (sscanf(target, "socket:[%lu]", &inode) != 1) continue;
        FILE *sockets = fopen(table, "r");
        snprintf(name, sizeof(name), " %lu ", inode);
        while (sockets != NULL && fgets(line, sizeof(line), sockets) != NULL) {
            found = found || strstr(line, name) != NULL;
        }
        if (sockets != NULL) fclose(sockets);
    }
    closedir(files);
    return found;
}

static void check_first_use(const char *path) {
    pgc_local_info info;
    pgc_error err;
    is_code(pgc_local_status(pgc_z(path), &info, &err), PGC_OK, &err,
            "status of a server that is not there");
    ok(!info.created && !info.running && info.pid == 0 && info.url[0] == '\0', "it says so");
    is_str(info.directory, path, "and names the folder");
    ok(access(path, F_OK) != 0, "status makes nothing");

    struct local_server *server = hold(path);
    if (!ok(server != NULL, "first use makes and starts it")) bail("no private server");
    const char *conninfo = local_conninfo(server);
    ok(is_private(path), "the folder is the owner's alone, and the owner is not root");
    is_str(ask(conninfo, "create table kept (n int); insert into kept values (1)"), "",
           "it takes writes");
    is_str(ask(conninfo,
               "select pg_encoding_to_char(encoding) || ' ' || datcollate from pg_database"
               " where datname = current_database()"),
           "UTF8 C", "encoding and order");
    is_str(ask(conninfo,
               "select string_agg(setting, ' ' order by name) from pg_settings where name in"
               " ('fsync', 'full_page_writes', 'synchronous_commit')"),
           "on on on", "nothing that safety rests on is off");
    is_str(ask(conninfo, "show shared_buffers"), "16MB", "it is small");
    is_str(ask(conninfo, "select type || ' ' || auth_method from pg_hba_file_rules"), "local peer",
           "only the operating system's word lets anybody in");
    is_code(pgc_local_status(pgc_z(path), &info, &err), PGC_OK, &err,
            "status of a server that runs");
    ok(info.created && info.running && info.pid > 1 && isdigit((unsigned char)info.version[0]),
       "it says so");
    is_str(ask(info.url, "select n from kept"), "1", "the URL in it is one to connect with");
    ok(!listens_on_tcp(info.pid, "/proc/net/tcp") && !listens_on_tcp(info.pid, "/proc/net/tcp6"),
       "no TCP port");
    ok(getsid((pid_t)info.pid) != getsid(0), "Ctrl-C here does not reach it");

    local_close(server);
    is_int(server_pid(path), 0, "the only user closes: it stops");
    is_int(processes_in(path), 0, "and nothing of it is left");
    server = hold(path);
    is_str(ask(local_conninfo(server), "select n from kept"), "1",
           "what was written is there again");
    local_close(server);
}

static void check_joining(const char *path) {
    struct local_server *first = hold(path), *second = hold(path);
    long pid = server_pid(path);
    is_str(local_conninfo(first), local_conninfo(second),
           "two holds in one process are on one server");
    local_close(first);
    is_int(server_pid(path), pid, "one closes: it stays");
    int end;
    pid_t child = holder(path, &end);
    local_close(second);
    is_int(server_pid(path), pid, "all of this process close, another one has it: it stays");
    int status = -1;
    close(end);
    waitpid(child, &status, 0);
    is_int(status, 0, "the other one closes");
    is_int(server_pid(path), 0, "it was the last: it stops");

    first = hold(path);
    pid = server_pid(path);
    child = fork();
    if (child == 0) {
        local_close(first);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    is_int(server_pid(path), pid, "a copy of the hold in a forked process is none");
    second = hold(path);
    local_close(second);
    is_int(server_pid(path), pid, "the hold itself is still there");
    local_close(first);
    is_int(server_pid(path), 0, "until it is closed");
}

static void check_keeping(const char *path) {
    pgc_local_info info, again;
    pgc_error err;
    is_code(pgc_local_start(pgc_z(path), &info, &err), PGC_OK, &err, "start");
    ok(info.running && info.pid > 1, "it runs");
    is_str(ask(info.url, "select 1"), "1", "and can be connected to");
    local_close(hold(path));
    is_int(server_pid(path), info.pid, "it stays when the last user closes");
    is_code(pgc_local_start(pgc_z(path), &again, &err), PGC_OK, &err, "start once more");
    is_int(again.pid, info.pid, "that is the same server");
    is_code(pgc_local_stop(pgc_z(path), &err), PGC_OK, &err, "stop");
    is_int(server_pid(path), 0, "it is down");
    is_code(pgc_local_stop(pgc_z(path), &err), PGC_OK, &err, "to stop what is down is no error");
    is_code(pgc_local_stop(pgc_z(in_world("nowhere")), &err), PGC_OK, &err, "nor what never was");
    ok(works(path), "after a stop it is no longer kept");

    struct local_server *server = hold(path);
    is_code(pgc_local_start(pgc_z(path), &info, &err), PGC_OK, &err, "start while it is used");
    local_close(server);
    is_int(server_pid(path), info.pid, "that keeps it too");
    server = hold(path);
    is_code(pgc_local_stop(pgc_z(path), &err), PGC_OK, &err, "stop while it is used");
    is_int(server_pid(path), 0, "does stop it");
    local_close(server);

    is_code(pgc_local_start(pgc_z(path), &info, &err), PGC_OK, &err, "start");
    kill_server(path);
    ok(works(path), "a kept server that crashed: the one after it is not kept");
}

/* Many processes open, use and close a new folder at once. */
static void check_rush(const char *path) {
    enum { COUNT = 8 };
    pid_t children[COUNT];
    int failed = 0, made = 0;
    for (int i = 0; i < COUNT; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            struct local_server *server = hold(path);
            bool right =
                server != NULL && strcmp(ask(local_conninfo(server), "select 1"), "1") == 0;
            local_close(server);
            _exit(right ? 0 : 1);
        }
    }
    for (int i = 0; i < COUNT; i++) {
        int status = -1;
        waitpid(children[i], &status, 0);
        failed += status != 0;
    }
    is_int(failed, 0, "%d processes at once on a new folder all get in", COUNT);
    const char *text = read_text(in_world("rush/server.log"));
    while ((text = strstr(text, "running bootstrap script")) != NULL) {
        text++;
        made++;
    }
    is_int(made, 1, "one of them made it");
    is_int(server_pid(path), 0, "and when they are gone it is down");
}

static void *use_from_thread(void *payload) {
    static const char wrong[] = "wrong";
    struct local_server *server = NULL;
    if (local_open(pgc_z(payload), &server, NULL) != 0) return (void *)(uintptr_t)wrong;
    PGconn *conn = PQconnectdb(local_conninfo(server));
    bool right = PQstatus(conn) == CONNECTION_OK;
    PQfinish(conn);
    local_close(server);
    return right ? NULL : (void *)(uintptr_t)wrong;
}

static void check_threads(const char *path) {
    pthread_t threads[8];
    char *copy = strdup(path);
    int failed = 0;
    for (size_t i = 0; i < 8; i++) {
        if (pthread_create(&threads[i], NULL, use_from_thread, copy) != 0) bail("no thread");
    }
    for (size_t i = 0; i < 8; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        failed += wrong != NULL;
    }
    free(copy);
    is_int(failed, 0, "eight threads open and close at will");
    is_int(server_pid(path), 0, "and leave nothing running");
}

/*
 * The number of descriptors that are open, or -1 if one that is not standard lives on across exec.
 */
static int count_files(void) {
    int count = 0;
    for (int fd = 3; fd < 1024; fd++) {
        int flags = fcntl(fd, F_GETFD);
        if (flags >= 0) count++;
        if (flags >= 0 && (flags & FD_CLOEXEC) == 0) return -1;
    }
    return count;
}

static bool has_file(long pid, const char *wanted) {
    char name[64], target[256];
    for (int fd = 0; fd < 64; fd++) {
        snprintf(name, sizeof(name), "/proc/%ld/fd/%d", pid, fd);
        ssize_t n = readlink(name, target, sizeof(target) - 1);
        target[n < 0 ? 0 : n] = '\0';
        if (strcmp(target, wanted) == 0) return true;
    }
    return false;
}

static int child_signals;

static void count_signal(int number) {
    (void)number;
    child_signals++;
}

/* What the caller's process notices: nothing. */
static void check_caller(const char *path) {
    for (int fd = 3; fd < 1024; fd++) {
        int flags = fcntl(fd, F_GETFD);
        if (flags >= 0) fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
    }
    int before = count_files();
    sigset_t mask, after;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    signal(SIGCHLD, count_signal);
    struct local_server *server = hold(path);
    ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "no child is left to the caller");
    ok(count_files() > before, "all descriptors of a hold close on exec");
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    ok(sigismember(&after, SIGUSR2) == 1 && sigismember(&after, SIGCHLD) == 0,
       "the signal mask is as it was");
    ok(signal(SIGCHLD, SIG_IGN) == count_signal, "so are the handlers");
    local_close(server);
    is_int(count_files(), before, "closing gives every descriptor back");

    int secret[2];
    char name[64], target[256];
    if (pipe(secret) != 0) bail("pipe");
    snprintf(name, sizeof(name), "/proc/self/fd/%d", secret[0]);
    ssize_t n = readlink(name, target, sizeof(target) - 1);
    target[n < 0 ? 0 : n] = '\0';
    server = hold(path);
    ok(server != NULL, "opening works in a process that ignores SIGCHLD");
    ok(has_file(getpid(), target) && !has_file(server_pid(path), target),
       "the server inherits no descriptor");
    local_close(server);
    close(secret[0]);
    close(secret[1]);
    signal(SIGCHLD, SIG_DFL);
}

/* Variables that would lead libpq or the server astray. */
static void check_environment(const char *path) {
    static const char *const variables[][2] = {
        {"PGHOST", "nowhere.invalid"},
        {"PGHOSTADDR", "127.0.0.1"},
        {"PGPORT", "1"},
        {"PGUSER", "nobody_at_all"},
        {"PGDATABASE", "nothing"},
        {"PGSSLMODE", "require"},
        {"PGDATA", "/nowhere"},
        {"PGPASSWORD", "x"},
        {"PGREQUIREPEER", "nobody_at_all"},
        {"LC_ALL", "xx_XX.UTF-8"},
        {"HOME", "/nowhere"},
        {"PGCHANNELBINDING", "require"},
        {"PGGSSENCMODE", "require"},
        {"PGTARGETSESSIONATTRS", "standby"},
    };
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
            setenv(variables[i][0], variables[i][1], 1);
        }
        _exit(works(path) ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    is_int(status, 0, "the environment leads nobody astray");
}

/* Paths that are hard on sockets, settings or connection strings. */
static void check_paths(void) {
    static const char *const names[] = {
        "deep/er/and/a/name/that/is/so/long/that/no/unix/socket/could/have/a/path/in/it/however/"
        "short/its/own/name",
        "it's a \"name\", with \\ everything \xc3\xa4\xf0\x9f\x98\x80 %41 in it",
    };
    for (size_t i = 0; i < 2; i++) {
        pgc_local_info info;
        const char *path = in_world(names[i]);
        struct local_server *server = hold(path);
        ok(server != NULL && strcmp(ask(local_conninfo(server), "select 1"), "1") == 0,
           "works in %s", names[i]);
        is_code(pgc_local_status(pgc_z(path), &info, NULL), PGC_OK, NULL, "its status");
        is_str(ask(info.url, "select 2"), "2", "its URL");
        char socket[1024];
        snprintf(socket, sizeof(socket), "%s", ask(info.url, "show unix_socket_directories"));
        ok(strncmp(socket, "\"/tmp/pgconvo-", strlen("\"/tmp/pgconvo-")) == 0,
           "the socket is elsewhere");
        socket[strlen(socket) - 1] = '\0';
        ok(is_private(socket + 1), "in a folder of the owner's alone");
        local_close(server);
        ok(access(socket + 1, F_OK) != 0, "which goes with the server");
    }
    if (chdir(world_folder) != 0) bail("chdir");
    ok(works("here"), "a relative path");
    ok(access(in_world("here/data"), F_OK) == 0 && symlink("here", in_world("link")) == 0,
       "is where it should be");
    struct local_server *first = hold(in_world("here")), *second = hold(in_world("link/"));
    is_str(local_conninfo(second), local_conninfo(first), "a link leads to the same server");
    local_close(first);
    local_close(second);
    if (chdir("/") != 0) bail("chdir");
}

static void checks(void) {
    char path[128];
    snprintf(path, sizeof(path), "%s", in_world("main"));
    check_first_use(path);
    check_joining(path);
    check_keeping(path);
    check_rush(in_world("rush"));
    check_threads(path);
    check_caller(path);
    check_environment(path);
    check_paths();
}

int main(void) {
    return world_run(checks);
}
