#include "local/local_cluster.h"

#include "base/error.h"
#include "local/local_environment.h"
#include "local/local_fail.h"
#include "local/local_file.h"
#include "local/local_log.h"
#include "local/local_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NEW_FOLDER LOCAL_DATA_FOLDER ".new" /* a cluster that is being made */

/* Small, silent, and careful: everything that concerns safety stays as PostgreSQL has it. */
static const char settings[] =
    "# The settings of a private server of pgconvo. They are read when it starts and may be "
    "changed.\n"
    "# Given on its command line instead: the folder of its socket, its port, and that there is "
    "no\n"
    "# TCP port.\n"
    "cluster_name = 'pgconvo'\n"
    "max_connections = 50\n"
    "shared_buffers = 16MB\n"
    "huge_pages = off\n"
    "max_worker_processes = 2\n"
    "max_parallel_workers = 2\n"
    "max_logical_replication_workers = 0\n"
    "autovacuum_max_workers = 1\n"
    "jit = off\n"
    "wal_level = minimal\n"
    "max_wal_senders = 0\n"
    "min_wal_size = 8MB\n"
    "max_wal_size = 256MB\n"
    "unix_socket_permissions = 0700\n"
    "timezone = 'UTC'\n"
    "log_timezone = 'UTC'\n"
    "# The log is for the server's own troubles: no statements, no errors that clients hear of.\n"
    "log_min_messages = log\n"
    "log_min_error_statement = panic\n"
    "log_checkpoints = off\n";

static const char rules[] =
    "# Whoever may use the socket (its folder is the owner's alone) is asked no password: the\n"
    "# operating system says who it is, and pg_ident.conf who may come in.\n"
    "local all all peer map=own\n";

int local_cluster_version(const struct local_dir *dir, char *version, pgc_error *err) {
    version[0] = '\0';
    struct stat st;
    if (fstatat(dir->fd, LOCAL_DATA_FOLDER, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT ? 0 : local_fail(err, errno, "look at the data in", dir->path);
    }
    ssize_t n =
        local_file_read(dir->fd, LOCAL_DATA_FOLDER "/PG_VERSION", version, LOCAL_VERSION_SIZE);
    if (n < 0) {
        int rc = local_fail(err, errno, "read data/PG_VERSION in", dir->path);
        error_hint(err, "The private server's data are damaged: restore the folder from a backup.");
        return rc;
    }
    version[strcspn(version, "\n")] = '\0';
    return 0;
}

/* Runs a program as the owner until it ends; what it prints goes to the log. */
static int run(const struct local_dir *dir, const char *const *argv, pgc_error *err) {
    off_t start;
    int log = local_log_open(dir, &start, err);
    if (log < 0) {
        return log;
    }
    struct local_environment environment = {0};
    local_environment_make(dir, &environment);
    struct local_plan plan = {
        .owner = &dir->owner,
        .folder = dir->path,
        .argv = argv,
        .envp = environment.list,
        .lock = LOCAL_SERVER_LOCK,
        .log = log,
        .wait = true,
    };
    struct local_report report;
    local_spawn(&plan, &report);
    close(log);
    if (report.stage != LOCAL_STAGE_ENDED) {
        return local_spawn_fail(&plan, &report, err);
    }
    if (WIFEXITED(report.value) && WEXITSTATUS(report.value) == 0) {
        return 0;
    }
    int rc =
        error_set(err, PGC_LOCAL, "%s failed for the private server in %s", argv[0], dir->path);
    local_log_explain(dir, start, err);
    error_hint(err, "More is in its %s.", LOCAL_LOG_FILE);
    return rc;
}

/* Takes away what a killed process left. The owner does that, not root. */
static int remove_new(const struct local_dir *dir, pgc_error *err) {
    struct stat st;
    if (fstatat(dir->fd, NEW_FOLDER, &st, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT) {
        return 0;
    }
    const char *const argv[] = {"/bin/rm", "-rf", "--", NEW_FOLDER, NULL};
    return run(dir, argv, err);
}

/*
 * Texts sort by their bytes, as the library's keys do, but know their letters in all of Unicode
 * where the system can tell them.
 */
static const char *letters(void) {
    locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (locale == (locale_t)0) {
        return "--lc-ctype=C";
    }
    freelocale(locale);
    return "--lc-ctype=C.UTF-8";
}

static int initialise(const struct local_dir *dir, pgc_error *err) {
    char program[LOCAL_PATH_SIZE + 16];
    char folder[LOCAL_PATH_SIZE];
    int rc = local_binary_find("", folder, err);
    if (rc != 0) {
        return rc;
    }
    snprintf(program, sizeof(program), "%s/initdb", folder);
    const char *const argv[] = {
        program,       "--pgdata=" NEW_FOLDER, "--username=" LOCAL_USER,
        "--auth=peer", "--encoding=UTF8",      "--locale=C",
        letters(),     "--wal-segsize=1",      "--no-sync",
        NULL,
    };
    return run(dir, argv, err);
}

/*
 * The owner and root may connect, as the one database user there is. The files are reached through
 * the folder that was opened, so that root cannot be led elsewhere.
 */
static int write_settings(const struct local_dir *dir, pgc_error *err) {
    char users[LOCAL_PATH_SIZE];
    snprintf(users, sizeof(users),
             "own \"%s\" " LOCAL_USER "\n"
             "own root " LOCAL_USER "\n",
             dir->owner.name);
    const struct local_owner *owner = &dir->owner;
    int at = openat(dir->fd, NEW_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int rc = 0;
    if (at < 0 || local_file_write(at, "postgresql.conf", settings, owner) != 0 ||
        local_file_write(at, "pg_hba.conf", rules, owner) != 0 ||
        local_file_write(at, "pg_ident.conf", users, owner) != 0) {
        rc = local_fail(err, errno, "write the settings of the private server in", dir->path);
    }
    if (at >= 0) {
        close(at);
    }
    return rc;
}

/*
 * Puts the cluster in its place, all of it on the disk before that: initdb leaves this to us, and
 * one call for the whole file system is quicker than its thousand for files.
 */
static int put_in_place(const struct local_dir *dir, pgc_error *err) {
    if (syncfs(dir->fd) != 0 || renameat(dir->fd, NEW_FOLDER, dir->fd, LOCAL_DATA_FOLDER) != 0 ||
        fsync(dir->fd) != 0) {
        return local_fail(err, errno, "put the new private server's data in place in", dir->path);
    }
    return 0;
}

int local_cluster_create(const struct local_dir *dir, pgc_error *err) {
    int rc = remove_new(dir, err);
    if (rc == 0) {
        rc = initialise(dir, err);
    }
    if (rc == 0) {
        rc = write_settings(dir, err);
    }
    return rc == 0 ? put_in_place(dir, err) : rc;
}
