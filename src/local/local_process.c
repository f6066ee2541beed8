#include "local/local_process.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "local/local_cluster.h"
#include "local/local_environment.h"
#include "local/local_fail.h"
#include "local/local_log.h"
#include "local/local_spawn.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TIME_LIMIT_MS 60000
#define PAUSE_MS 5

static void pause_a_little(void) {
    struct timespec time = {.tv_nsec = PAUSE_MS * 1000000L};
    (void)nanosleep(&time, NULL);
}

/* The setting that names the socket's folder is a list: quotes make any name one element of it. */
static void add_socket_setting(struct buf *out, const char *folder) {
    buf_add_z(out, "unix_socket_directories=\"");
    for (; *folder != '\0'; folder++) {
        if (*folder == '"') {
            buf_add_char(out, '"');
        }
        buf_add_char(out, *folder);
    }
    buf_add_char(out, '"');
}

/* Starts the program; whether it comes to take connections is another matter. */
static int spawn_server(const struct local_dir *dir, const char *binaries, const char *socket,
                        int log, pgc_error *err) {
    char program[LOCAL_PATH_SIZE + 16];
    char data[LOCAL_PATH_SIZE];
    char lock[LOCAL_PATH_SIZE];
    char port[32];
    snprintf(program, sizeof(program), "%s/postgres", binaries);
    snprintf(port, sizeof(port), "port=%d", LOCAL_PORT);
    local_dir_file(dir, LOCAL_DATA_FOLDER, data);
    local_dir_file(dir, LOCAL_SERVER_LOCK, lock);
    struct local_environment environment = {0};
    local_environment_make(dir, &environment);
    const char *const argv[] = {
        program, "-D", data, "-c", socket, "-c", port, "-c", "listen_addresses=", NULL};
    struct local_plan plan = {
        .owner = &dir->owner,
        .folder = data, /* local_postmaster knows the server by this */
        .argv = argv,
        .envp = environment.list,
        .lock = lock,
        .log = log,
    };
    struct local_report report;
    local_spawn(&plan, &report);
    return report.stage == LOCAL_STAGE_RUNS ? 0 : local_spawn_fail(&plan, &report, err);
}

/* Starts the server that is down. *log_start is where its log begins. */
static int launch(const struct local_dir *dir, off_t *log_start, pgc_error *err) {
    char version[LOCAL_VERSION_SIZE];
    char binaries[LOCAL_PATH_SIZE];
    struct local_address address;
    int rc = local_cluster_version(dir, version, err);
    if (rc == 0) {
        rc = local_binary_find(version, binaries, err);
    }
    if (rc == 0) {
        local_address_choose(dir, &address);
        rc = local_address_prepare(dir, &address, err);
    }
    if (rc != 0) {
        return rc;
    }
    local_postmaster_forget(dir, &address);
    (void)unlinkat(dir->fd, LOCAL_KEEP_FILE, 0); /* it spoke of the server before this one */
    int log = local_log_open(dir, log_start, err);
    if (log < 0) {
        return log;
    }
    struct buf socket;
    buf_init(&socket, LOCAL_PATH_SIZE);
    add_socket_setting(&socket, address.folder);
    rc = socket.failed ? error_nomem(err) : spawn_server(dir, binaries, socket.data, log, err);
    buf_free(&socket);
    close(log);
    return rc;
}

static int create_if_missing(const struct local_dir *dir, pgc_error *err) {
    char version[LOCAL_VERSION_SIZE];
    int rc = local_cluster_version(dir, version, err);
    return rc == 0 && version[0] == '\0' ? local_cluster_create(dir, err) : rc;
}

static int fail_start(const struct local_dir *dir, off_t log_start, pgc_error *err) {
    int rc = error_set(err, PGC_LOCAL, "the private server does not start: %s", dir->path);
    local_log_explain(dir, log_start, err);
    error_hint(err, "More is in its %s.", LOCAL_LOG_FILE);
    return rc;
}

/*
 * Waits until the server takes connections or nothing is at work any more. What is not ready after
 * so long may be at it rightly, so it is left alone.
 */
static int settle(const struct local_dir *dir, struct local_postmaster *server, pgc_error *err) {
    int64_t deadline = clock_monotonic_ms() + TIME_LIMIT_MS;
    for (;;) {
        local_postmaster_look(dir, server);
        if (server->state != LOCAL_BUSY) {
            return 0;
        }
        if (clock_monotonic_ms() > deadline) {
            break;
        }
        pause_a_little();
    }
    int rc = error_set(err, PGC_LOCAL, "the private server does not become ready: %s", dir->path);
    error_hint(
        err,
        "If its %s says that it is recovering, try again later. If it was started in another "
        "container, give each container a folder of its own.",
        LOCAL_LOG_FILE);
    return rc;
}

int local_process_start(const struct local_dir *dir, struct local_postmaster *server,
                        pgc_error *err) {
    off_t log_start;
    int rc = settle(dir, server, err);
    if (rc != 0 || server->state == LOCAL_UP) {
        return rc;
    }
    rc = create_if_missing(dir, err);
    if (rc == 0) {
        rc = launch(dir, &log_start, err);
    }
    if (rc == 0) {
        rc = settle(dir, server, err);
    }
    if (rc == 0 && server->state != LOCAL_UP) {
        rc = fail_start(dir, log_start, err);
    }
    return rc;
}

int local_process_stop(const struct local_dir *dir, pgc_error *err) {
    long told = 0;
    struct local_address address;
    int64_t deadline = clock_monotonic_ms() + TIME_LIMIT_MS;
    for (;;) {
        struct local_postmaster server;
        local_postmaster_look(dir, &server);
        if (server.state == LOCAL_DOWN) {
            local_address_choose(dir, &address);
            local_address_remove(dir, &address);
            return 0;
        }
        if (server.pid != 0 && server.pid != told) {
            if (kill((pid_t)server.pid, SIGINT) != 0 && errno != ESRCH) {
                return local_fail(err, errno, "stop the private server in", dir->path);
            }
            told = server.pid;
        }
        if (clock_monotonic_ms() > deadline) {
            return error_set(err, PGC_LOCAL, "the private server does not stop: %s", dir->path);
        }
        pause_a_little();
    }
}
