#include "cell.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REFUSED = 77, NAMESPACES = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC };

static volatile sig_atomic_t ending;
static pid_t inner;

bool cell_ending(void) {
    return ending > 0;
}

bool cell_must_end(void) {
    return ending > 1;
}

static void on_signal(int signal_number) {
    (void)signal_number;
    if (ending < 2) ending = ending + 1;
    if (inner > 0) kill(inner, SIGTERM);
}

static void catch_signals(void) {
    const struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static bool write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool written = fd != -1 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd != -1) close(fd);
    return written;
}

/* In a user namespace of its own a user stays who he is. */
static bool map_user(uid_t uid, gid_t gid) {
    char users[64], groups[64];
    snprintf(users, sizeof users, "%u %u 1", (unsigned)uid, (unsigned)uid);
    snprintf(groups, sizeof groups, "%u %u 1", (unsigned)gid, (unsigned)gid);
    return write_file("/proc/self/setgroups", "deny") && write_file("/proc/self/uid_map", users) &&
           write_file("/proc/self/gid_map", groups);
}

static bool furnish(uid_t uid, gid_t gid) {
    return (uid == 0 || map_user(uid, gid)) &&
           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0;
}

/* A fork into the cell; what may not be is refused by the status. */
static void enter(struct cell *cell, int (*run)(const struct cell *cell)) {
    uid_t uid = geteuid();
    gid_t gid = getegid();
    int flags = !cell->closed ? 0 : uid == 0 ? NAMESPACES : NAMESPACES | CLONE_NEWUSER;
    fflush(stdout);
    inner = (pid_t)syscall(SYS_clone, (unsigned long)(flags | SIGCHLD), NULL, NULL, NULL, NULL);
    if (inner == 0) {
        setpgid(0, 0); /* signals of a terminal reach us by the outer process alone */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_CHILD_SUBREAPER, 1);
        int status = cell->closed && !furnish(uid, gid) ? REFUSED : run(cell);
        fflush(stdout);
        _exit(status);
    }
}

static int wait_for_inner(void) {
    int status;
    if (inner == -1) return REFUSED;
    while (waitpid(inner, &status, 0) == -1 && errno == EINTR) {}
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk) {
    (void)status, (void)type, (void)walk;
    return remove(path);
}

int cell_run(struct cell *cell, int (*run)(const struct cell *cell)) {
    const char *tmp = getenv("TMPDIR");
    snprintf(cell->folder, sizeof cell->folder, "%.40s/pgconvo-chaos.XXXXXX",
             tmp == NULL ? "/tmp" : tmp);
    if (mkdtemp(cell->folder) == NULL || chmod(cell->folder, 0755) != 0) {
        perror(cell->folder);
        return 1;
    }
    snprintf(cell->volume, sizeof cell->volume, "%s/volume", cell->folder);
    mkdir(cell->volume, 0700);
    catch_signals();
    cell->closed = true;
    enter(cell, run);
    int status = wait_for_inner();
    if (status == REFUSED) {
        cell->closed = false;
        enter(cell, run);
        status = wait_for_inner();
    }
    if (status == 0 || cell_must_end()) nftw(cell->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return status;
}

/* ---- The volume ---- */

bool cell_mount_volume(const struct cell *cell, long long size) {
    char options[64];
    snprintf(options, sizeof options, "mode=700,size=%lld", size);
    return cell->closed && mount("chaos", cell->volume, "tmpfs", 0, options) == 0;
}

bool cell_empty_volume(const struct cell *cell, long long size) {
    char options[64];
    snprintf(options, sizeof options, "size=%lld", size);
    return mount(NULL, cell->volume, NULL, MS_REMOUNT, options) == 0;
}

/* What is used may grow meanwhile. */
bool cell_fill_volume(const struct cell *cell) {
    struct statvfs now;
    for (int i = 0; i < 10; i++) {
        if (statvfs(cell->volume, &now) != 0) return false;
        long long used = (long long)(now.f_blocks - now.f_bfree) * (long long)now.f_frsize;
        if (cell_empty_volume(cell, used + i * (long long)now.f_frsize)) return true;
    }
    return false;
}
