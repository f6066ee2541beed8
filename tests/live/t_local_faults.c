/*
 * The private server among killed processes, foreign folders, missing programs and hostile
 * neighbours.
 */
#include "local/local_address.h"
#include "local/local_binary.h"
#include "local/local_fs.h"
#include "local/local_path.h"
#include "local_world.h"

/* Opening must fail with LOCAL and these words in the message; *err tells more. */
static void refuses(const char *path, const char *words, pgc_error *err, const char *name) {
    struct local_server *server = NULL;
    int rc = local_open(pgc_z(path), &server, err);
    is_code(rc, PGC_LOCAL, err, "%s", name);
    ok(rc != 0 && strstr(err->message, words) != NULL && err->hint[0] != '\0',
       "%s: the error says why", name);
    if (rc != 0) diag("%s | %s | %s", err->message, err->detail, err->hint);
    local_close(server);
}

static void check_killed_users(const char *path) {
    ok(works(path), "a new server");
    int end;
    pid_t child = holder(path, &end);
    long pid = server_pid(path);
    ok(pid > 1, "another process has it");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(end);
    is_int(server_pid(path), pid, "that is killed: the server is left alone");
    struct local_server *server = hold(path);
    is_int(server_pid(path), pid, "the next user joins it");
    local_close(server);
    is_int(server_pid(path), 0, "and stops it");

    child = holder(path, &end);
    server = hold(path);
    pid = server_pid(path);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(end);
    is_int(server_pid(path), pid, "who started it is killed: it goes on for the others");
    is_str(ask(local_conninfo(server), "select 1"), "1", "and answers");
    local_close(server);
    is_int(server_pid(path), 0, "until they close");
}

static void check_killed_openers(const char *path) {
    for (long ms = 0; ms <= 160; ms += 20) {
        open_and_die(path, ms);
        ok(works(path),
           "killed %ld ms after it began to open an old server: the next one can use it", ms);
    }
    static const long times[] = {5, 150, 500, 1000};
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        char name[32];
        snprintf(name, sizeof(name), "killed-%zu", i);
        const char *fresh = in_world(name);
        open_and_die(fresh, times[i]);
        ok(works(fresh), "killed %ld ms after it began to make one: the next one can use it",
           times[i]);
        snprintf(name, sizeof(name), "killed-%zu/data.new", i);
        ok(access(in_world(name), F_OK) != 0, "and nothing unfinished is left");
    }
}

/* The server itself is killed, once idle, once with a process that is too busy to notice. */
static void check_killed_server(const char *path) {
    struct local_server *first = hold(path);
    ask(local_conninfo(first), "create table written as select 1 as n");
    long pid = kill_server(path);
    struct local_server *second = hold(path);
    ok(server_pid(path) > 1 && server_pid(path) != pid,
       "the server is killed: the next user starts it again");
    is_str(ask(local_conninfo(second), "select n from written"), "1", "with what was written");
    is_str(ask(local_conninfo(first), "select n from written"), "1",
           "and where the others look for it");

    PGconn *busy = PQconnectdb(local_conninfo(second));
    ok(PQsendQuery(busy, "select count(*) from generate_series(1, 6000000)") == 1,
       "a long statement");
    PQflush(busy);
    pause_ms(100);
    kill_server(path);
    struct local_server *third = hold(path);
    is_str(ask(local_conninfo(third), "select n from written"), "1",
           "killed with a statement running: it starts again");
    PQfinish(busy);
    local_close(second);
    local_close(third);
    ok(server_pid(path) > 1, "two of three users close: it stays");
    local_close(first);
    is_int(server_pid(path), 0, "the third one closes: it stops");
}

/* A pid file that a crash left, with a number that another process of the same user has now. */
static void check_stale_pid_file(const char *path) {
    char text[1024];
    const char *file = in_folder(path, "data/postmaster.pid");
    struct local_server *server = hold(path);
    read_into(file, text, sizeof(text));
    local_close(server);
    char *rest = strchr(text, '\n');
    if (!ok(rest != NULL, "a pid file")) return;
    FILE *out = fopen(file, "w");
    fprintf(out, "%d%s", (int)getpid(), rest);
    fclose(out);
    struct stat st;
    if (stat(path, &st) != 0 || chown(file, st.st_uid, st.st_gid) != 0) bail("chown");
    is_int(server_pid(path), 0, "a number that another process has now is not taken for a server");
    ok(works(path), "nor does it keep the server from starting");
}

static void check_foreign_folders(void) {
    pgc_error err;
    pgc_local_info info;
    struct stat before, after;
    const char *path = in_world("foreign");
    if (mkdir(path, 0755) != 0) bail("mkdir");
    write_text(in_world("foreign/letter"), "w", "dear reader\n");
    stat(path, &before);
    refuses(path, "other things", &err, "a folder with other things in it");
    is_code(pgc_local_start(pgc_z(path), &info, &err), PGC_LOCAL, &err, "start refuses it too");
    is_code(pgc_local_status(pgc_z(path), &info, &err), PGC_LOCAL, &err, "and status");
    is_code(pgc_local_stop(pgc_z(path), &err), PGC_LOCAL, &err, "and stop");
    stat(path, &after);
    ok(before.st_mode == after.st_mode && before.st_uid == after.st_uid &&
           before.st_mtime == after.st_mtime,
       "it is as it was");
    is_str(read_text(in_world("foreign/letter")), "dear reader\n", "with what was in it");

    is_code(pgc_local_start(pgc_z(in_world("foreign/letter")), &info, &err), PGC_LOCAL, &err,
            "a file");
    path = in_world("newer");
    if (mkdir(path, 0700) != 0) bail("mkdir");
    write_text(in_world("newer/pgconvo-local"), "w", "2\n");
    refuses(path, "layout", &err, "a folder of a later layout");
    path = in_world("begun");
    if (mkdir(path, 0755) != 0) bail("mkdir");
    write_text(in_world("begun/pgconvo-local"), "w", "");
    is_code(pgc_local_status(pgc_z(path), &info, &err), PGC_OK, &err,
            "a folder whose mark was only begun");
    ok(!info.created, "holds no server");
    ok(works(path), "but can get one");
    path = in_world("empty");
    if (mkdir(path, 0755) != 0) bail("mkdir");
    is_code(pgc_local_status(pgc_z(path), &info, &err), PGC_OK, &err, "an empty folder");
    is_int(rmdir(path), 0, "status puts nothing into it");
}

static void check_bad_paths(void) {
    char path[1100];
    pgc_error err;
    pgc_local_info info;
    memset(path, 'a', sizeof(path));
    path[0] = '/';
    pgc_str text = {path, sizeof(path)};
    is_code(pgc_local_status(text, &info, &err), PGC_INVALID, &err, "a path that is too long");
    text.size = 12;
    path[4] = '\0';
    is_code(pgc_local_status(text, &info, &err), PGC_INVALID, &err, "a path with a NUL");
    is_int(err.position, 4, "which byte it is");
    path[4] = '\n';
    is_code(pgc_local_status(text, &info, &err), PGC_INVALID, &err, "a path with a line end");
    is_code(pgc_local_status(text, NULL, &err), PGC_INVALID, &err, "no place for the answer");
}

static void check_default_path(void) {
    char path[LOCAL_PATH_SIZE];
    setenv("XDG_DATA_HOME", "/some/data", 1);
    is_int(local_path_absolute(pgc_none(), path, NULL), 0, "the default folder");
    if (geteuid() == 0) {
        is_str(path, "/var/lib/pgconvo/local", "of root");
        return;
    }
    is_str(path, "/some/data/pgconvo/local", "by XDG_DATA_HOME");
    setenv("XDG_DATA_HOME", "not/absolute", 1);
    setenv("HOME", "/some/home", 1);
    is_int(local_path_absolute(pgc_z(""), path, NULL), 0, "an empty path means the default folder");
    is_str(path, "/some/home/.local/share/pgconvo/local", "by HOME");
    unsetenv("HOME");
    is_int(local_path_absolute(pgc_none(), path, NULL), 0, "without HOME");
    ok(strncmp(path, getpwuid(geteuid())->pw_dir, strlen(getpwuid(geteuid())->pw_dir)) == 0,
       "as the system says");
}

static void check_file_systems(void) {
    is_str(local_fs_refused(0x6969), "NFS", "NFS is refused");
    is_str(local_fs_refused(0xff534d42), "CIFS", "CIFS is");
    is_str(local_fs_refused((unsigned long)(long)(int)0xff534d42), "CIFS",
           "also where the number is signed");
    is_str(local_fs_refused(0x65735546), "FUSE", "FUSE is");
    is_str(local_fs_refused(0xef53), NULL, "ext4 is not");
    is_str(local_fs_refused(0x58465342), NULL, "nor XFS");
    is_str(local_fs_refused(0x9123683e), NULL, "nor btrfs");
    is_str(local_fs_refused(0x794c7630), NULL, "nor overlayfs");
    is_str(local_fs_refused(0x01021994), NULL, "nor tmpfs");
}

static void make_version(const char *version, bool whole) {
    static const char *const programs[] = {"initdb", "postgres"};
    char name[128];
    snprintf(name, sizeof(name), "versions/%s", version);
    mkdir(in_world(name), 0755);
    snprintf(name, sizeof(name), "versions/%s/bin", version);
    mkdir(in_world(name), 0755);
    for (size_t i = 0; i < (whole ? 2 : 1); i++) {
        snprintf(name, sizeof(name), "versions/%s/bin/%s", version, programs[i]);
        write_text(in_world(name), "w", "");
        chmod(in_world(name), 0755);
    }
}

static void check_programs(const char *path) {
    char found[LOCAL_PATH_SIZE], root[128];
    pgc_error err;
    snprintf(root, sizeof(root), "%s", in_world("versions"));
    is_code(local_binary_find_in(root, "", found, &err), PGC_LOCAL, &err, "no folder of versions");
    is_str(err.message, "no PostgreSQL server is installed", "the error");
    is_str(err.hint, "Install it: apt-get install postgresql.", "the hint");
    mkdir(root, 0755);
    is_code(local_binary_find_in(root, "", found, &err), PGC_LOCAL, &err, "an empty one");
    make_version("9.6", true);
    make_version("9.10", true);
    make_version("18", false);
    mkdir(in_world("versions/common"), 0755);
    is_code(local_binary_find_in(root, "", found, &err), PGC_OK, &err, "two servers, one client");
    is_str(found, in_world("versions/9.10/bin"), "the newest server");
    make_version("15", true);
    is_code(local_binary_find_in(root, "", found, &err), PGC_OK, &err, "another one");
    is_str(found, in_world("versions/15/bin"), "by number, not by letter");
    is_code(local_binary_find_in(root, "9.6", found, &err), PGC_OK, &err, "a version by name");
    is_str(found, in_world("versions/9.6/bin"), "that version");
    is_code(local_binary_find_in(root, "18", found, &err), PGC_LOCAL, &err,
            "one that is not a server");
    is_str(err.hint, "Install it: apt-get install postgresql-18.", "the hint names the package");

    const char *folder = getenv("PGCONVO_PG_BINDIR");
    char *before = folder == NULL ? NULL : strdup(folder);
    setenv("PGCONVO_PG_BINDIR", "/nowhere", 1);
    refuses(path, "PGCONVO_PG_BINDIR", &err, "no server where the variable says");
    refuses(in_world("no-programs"), "PGCONVO_PG_BINDIR", &err, "nor for a new one");
    unsetenv("PGCONVO_PG_BINDIR");
    char version[128], kept[32];
    snprintf(version, sizeof(version), "%s", in_folder(path, "data/PG_VERSION"));
    read_into(version, kept, sizeof(kept));
    write_text(version, "w", "99\n");
    refuses(path, "PostgreSQL 99", &err, "data of a version that is not installed");
    is_int(rename(version, in_world("version")), 0, "no version in the data");
    refuses(path, "PG_VERSION", &err, "damaged data");
    is_int(rename(in_world("version"), version), 0, "back");
    write_text(version, "w", kept);
    if (before != NULL) setenv("PGCONVO_PG_BINDIR", before, 1);
    free(before);
    ok(works(path), "with its version again it works");
}

static void check_failing_start(const char *path) {
    char settings[128], log[128];
    snprintf(settings, sizeof(settings), "%s", in_folder(path, "data/postgresql.auto.conf"));
    snprintf(log, sizeof(log), "%s", in_folder(path, "server.log"));
    pgc_error err;
    write_text(settings, "a", "no_such_setting = 1\n");
    refuses(path, "does not start", &err, "settings that PostgreSQL does not take");
    ok(strstr(err.detail, "contains errors") != NULL, "the detail is what the log says");
    is_int(server_pid(path), 0, "nothing runs");
    write_text(settings, "w", "");
    ok(works(path), "and when they are mended it starts");

    struct stat st;
    FILE *file = fopen(log, "a");
    for (int i = 0; i < 40000; i++)
        fprintf(file, "the server says something for the %dth time\n", i);
    fclose(file);
    ok(stat(log, &st) == 0 && st.st_size > 1500000, "a long log");
    ok(works(path), "is no hindrance");
    ok(stat(log, &st) == 0 && st.st_size < 50000, "and is cut");
    ok(strstr(read_text(log), "for the 39999th time") != NULL, "to its end");
}

/* What others have put where the socket of a long path would go. */
static void check_socket_folder(void) {
    static const char name[] =
        "a-name-that-is-so-long-that-a-socket-in-this-folder-would-not-be-reachable-by-its-path";
    struct local_dir dir = {.fd = -1};
    struct local_address address;
    pgc_error err;
    snprintf(dir.path, sizeof(dir.path), "%s", in_world(name));
    ok(works(dir.path), "a long path works");
    struct stat st;
    if (stat(dir.path, &st) != 0) bail("stat");
    dir.owner.uid = st.st_uid;
    local_address_choose(&dir, &address);
    if (symlink(world_folder, address.folder) != 0) bail("symlink %s", address.folder);
    refuses(dir.path, "socket", &err, "a link where the socket's folder should be");
    unlink(address.folder);
    if (geteuid() == 0) {
        const struct passwd *other = getpwnam("nobody");
        if (mkdir(address.folder, 0755) != 0 ||
            chown(address.folder, other->pw_uid, other->pw_gid) != 0)
            bail("mkdir");
        refuses(dir.path, "socket", &err, "somebody else's folder");
        rmdir(address.folder);
    }
    if (mkdir(address.folder, 0777) != 0) bail("mkdir");
    ok(works(dir.path), "one of our own is fine");
}

static int open_as(const char *user, const char *path) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        become_user(user);
        struct local_server *server = NULL;
        pgc_error err;
        int rc = local_open(pgc_z(path), &server, &err);
        if (rc != 0) diag("%s: %s | %s | %s", user, err.message, err.detail, err.hint);
        bool right = rc != 0 || strcmp(ask(local_conninfo(server), "select 1"), "1") == 0;
        local_close(server);
        fflush(stdout);
        _exit(right ? -rc : 99);
    }
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void check_root(const char *path) {
    pgc_error err;
    struct stat st;
    const struct passwd *postgres = getpwnam("postgres");
    if (geteuid() != 0 || postgres == NULL) return;
    static const char *const files[] = {"",           "pgconvo-local", "users.lock", "server.lock",
                                        "server.log", "data"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        ok(stat(in_folder(path, files[i]), &st) == 0 && st.st_uid == postgres->pw_uid &&
               (st.st_mode & 077) == 0,
           "the owner's: %s", files[i]);
    }
    is_int(open_as("postgres", path), 0, "the owner can use the server that root made");
    int end;
    pid_t child = holder(path, &end);
    long pid = server_pid(path);
    is_int(open_as("postgres", path), 0, "also beside root");
    is_int(server_pid(path), pid, "and leaves it to root");
    is_int(open_as("nobody", path), PGC_LOCAL, "others cannot");
    close(end);
    waitpid(child, NULL, 0);
    is_int(server_pid(path), 0, "root closes: it stops");

    if (mkdir(in_world("of-nobody"), 0700) != 0) bail("mkdir");
    if (chown(in_world("of-nobody"), getpwnam("nobody")->pw_uid, getpwnam("nobody")->pw_gid) != 0)
        bail("chown");
    ok(works(in_world("of-nobody")), "root uses the folder of a user");
    ok(stat(in_world("of-nobody/data"), &st) == 0 && st.st_uid == getpwnam("nobody")->pw_uid,
       "as that user");
    is_int(open_as("nobody", in_world("of-nobody")), 0, "so that he can, too");

    if (mkdir(in_world("closed"), 0700) != 0 || mkdir(in_world("closed/empty"), 0755) != 0)
        bail("mkdir");
    refuses(in_world("closed/new/folder"), "enter", &err, "a folder that the owner cannot reach");
    ok(strstr(err.hint, "postgres") != NULL, "the hint names him");
    ok(access(in_world("closed/new"), F_OK) != 0, "nothing was made");
    refuses(in_world("closed/empty"), "enter", &err, "one that exists");
    is_int(rmdir(in_world("closed/empty")), 0, "nothing was put into it");
}

static void checks(void) {
    char path[128];
    snprintf(path, sizeof(path), "%s", in_world("main"));
    check_file_systems();
    check_default_path();
    check_bad_paths();
    check_killed_users(path);
    check_killed_openers(path);
    check_killed_server(path);
    check_stale_pid_file(path);
    check_failing_start(path);
    check_programs(path);
    check_foreign_folders();
    check_socket_folder();
    check_root(path);
}

int main(void) {
    return world_run(checks);
}
