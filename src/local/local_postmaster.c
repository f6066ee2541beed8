#include "local/local_postmaster.h"

#include "local/local_cluster.h"
#include "local/local_file.h"
#include "local/local_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PID_FILE LOCAL_DATA_FOLDER "/postmaster.pid"

/* PostgreSQL's pid file, line by line. */
enum {
    LINE_PID,
    LINE_FOLDER,
    LINE_STARTED,
    LINE_PORT,
    LINE_SOCKET,
    LINE_LISTEN,
    LINE_MEMORY,
    LINE_STATUS,
    LINE_COUNT,
};

struct pid_file {
    long pid;
    bool ready;
    struct local_address address;
};

/* Lines that are not there yet are empty. Returns whether there is a file with a number in it. */
static bool read_pid_file(const struct local_dir *dir, struct pid_file *out) {
    char text[4096];
    *out = (struct pid_file){0};
    if (local_file_read(dir->fd, PID_FILE, text, sizeof(text)) <= 0) {
        return false;
    }
    const char *lines[LINE_COUNT];
    char *rest = text;
    for (int i = 0; i < LINE_COUNT; i++) {
        char *line = strsep(&rest, "\n");
        lines[i] = line == NULL ? "" : line;
    }
    out->pid = strtol(lines[LINE_PID], NULL, 10);
    out->address.port = (int)strtol(lines[LINE_PORT], NULL, 10);
    if (strlen(lines[LINE_SOCKET]) < sizeof(out->address.folder)) {
        memcpy(out->address.folder, lines[LINE_SOCKET], strlen(lines[LINE_SOCKET]) + 1);
    }
    out->ready = strncmp(lines[LINE_STATUS], "ready", 5) == 0;
    return out->pid > 1;
}

/*
 * Is this process a PostgreSQL server that works in our data folder? Its working folder tells: a
 * number alone could have passed to another process, or be a zombie's.
 */
static bool is_server(const struct local_dir *dir, long pid) {
    char name[64];
    char program[PATH_MAX];
    struct stat ours, its;
    snprintf(name, sizeof(name), "/proc/%ld/cwd", pid);
    if (stat(name, &its) != 0 || fstatat(dir->fd, LOCAL_DATA_FOLDER, &ours, 0) != 0 ||
        its.st_dev != ours.st_dev || its.st_ino != ours.st_ino) {
        return false;
    }
    snprintf(name, sizeof(name), "/proc/%ld/exe", pid);
    ssize_t n = readlink(name, program, sizeof(program) - 1);
    program[n < 0 ? 0 : n] = '\0';
    const char *base = strrchr(program, '/');
    return base != NULL && strncmp(base, "/postgres", strlen("/postgres")) == 0;
}

/* Is anything alive that we started on the data: initdb, a server, or one of its processes? */
static bool is_locked(const struct local_dir *dir) {
    int fd = openat(dir->fd, LOCAL_SERVER_LOCK, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return false;
    }
    bool locked = !local_lock_try(fd);
    local_unlock(fd);
    close(fd);
    return locked;
}

void local_postmaster_look(const struct local_dir *dir, struct local_postmaster *postmaster) {
    struct pid_file file;
    *postmaster = (struct local_postmaster){.state = is_locked(dir) ? LOCAL_BUSY : LOCAL_DOWN};
    if (read_pid_file(dir, &file) && is_server(dir, file.pid)) {
        postmaster->pid = file.pid;
        postmaster->address = file.address;
        postmaster->state = file.ready ? LOCAL_UP : LOCAL_BUSY;
    }
}

/*
 * The pid file stays if its process is gone for sure: then PostgreSQL itself sees that it is old,
 * and it also knows from it which shared memory to look at for processes that are left.
 */
void local_postmaster_forget(const struct local_dir *dir, const struct local_address *next) {
    struct pid_file file;
    char name[LOCAL_SOCKET_PATH_MAX + 64];
    if (read_pid_file(dir, &file) && !is_server(dir, file.pid) &&
        (kill((pid_t)file.pid, 0) == 0 || errno == EPERM)) {
        (void)unlinkat(dir->fd, PID_FILE, 0);
    }
    snprintf(name, sizeof(name), "%s/.s.PGSQL.%d.lock", next->folder, next->port);
    (void)unlink(name);
}
