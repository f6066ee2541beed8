#include "local/local_spawn.h"

#include "base/error.h"
#include "local/local_fail.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Two forks: this process -> the keeper -> the program.
 *
 * The keeper prepares everything, starts the program, and tells this process through a pipe how
 * that went; then it ends (or first waits for the program), so that the program is nobody's child
 * but init's. What the keeper does may only be what is allowed between fork and exec: no
 * allocation, no stdio, no locks.
 *
 * This process takes exactly one report from the pipe instead of reading to the end of it: a
 * process that another thread forks off at the wrong moment would hold the pipe open.
 */

#define FD_LOCK 3
#define FD_REPORT 4
#define FD_FREE 5      /* from here on everything is closed */
#define FD_HIGH 8      /* above all of these, to have room for moving */
#define FD_SWEEP 65536 /* how far to close one by one where the kernel cannot do it at once */

static _Noreturn void tell(int fd, enum local_stage stage, int value) {
    struct local_report report = {stage, value};
    ssize_t n = write(fd, &report, sizeof(report));
    _exit(n == (ssize_t)sizeof(report) ? 0 : 1);
}

static void reset_signals(void) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) {
        (void)sigaction(number, &standard, NULL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void close_from(int first) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, ~0U, 0U) == 0) {
        return;
    }
#endif
    for (int fd = first; fd < FD_SWEEP; fd++) {
        close(fd);
    }
}

static bool become(const struct local_owner *owner) {
    return !owner->drop ||
           (setgroups(0, NULL) == 0 && setgid(owner->gid) == 0 && setuid(owner->uid) == 0);
}

/* Opens and locks the file; the lock lives as long as any process has this descriptor. */
static int take_lock(const char *name) {
    int fd = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY, 0600);
    if (fd < 0) {
        return -1;
    }
    return flock(fd, LOCK_EX | LOCK_NB) == 0 ? fd : -1;
}

/* Puts a copy of `fd` out of the way of the numbers that are about to be given out. */
static int lift(int fd) {
    return fcntl(fd, F_DUPFD, FD_HIGH);
}

/* The program gets nothing to read, the log to write to, and the lock. */
static bool arrange_files(int log, int lock, int report) {
    int null = open("/dev/null", O_RDONLY | O_NOCTTY);
    if (null < 0 || (null = lift(null)) < 0) {
        return false;
    }
    if (dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0 || dup2(lock, FD_LOCK) < 0 ||
        dup3(report, FD_REPORT, O_CLOEXEC) < 0) {
        return false;
    }
    close_from(FD_FREE);
    return true;
}

static int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    return status;
}

/* execve changes nothing of what it is given; that it wants `char *` is older than const. */
static void execute(const struct local_plan *plan) {
    union {
        const char *const *in;
        char *const *out;
    } argv = {plan->argv}, envp = {plan->envp};
    execve(plan->argv[0], argv.out, envp.out);
}

/*
 * The keeper's second half: starts the program. A pipe that closes on exec says whether it began.
 */
static _Noreturn void run(const struct local_plan *plan) {
    int began[2];
    if (pipe2(began, O_CLOEXEC) != 0) {
        tell(FD_REPORT, LOCAL_STAGE_FILES, errno);
    }
    pid_t child = fork();
    if (child < 0) {
        tell(FD_REPORT, LOCAL_STAGE_FORK, errno);
    }
    if (child == 0) {
        execute(plan);
        tell(began[1], LOCAL_STAGE_EXEC, errno);
    }
    close(began[1]);
    struct local_report failed;
    if (read(began[0], &failed, sizeof(failed)) == (ssize_t)sizeof(failed)) {
        tell(FD_REPORT, failed.stage, failed.value);
    }
    if (!plan->wait) {
        tell(FD_REPORT, LOCAL_STAGE_RUNS, child);
    }
    int status = wait_for(child);
    close(FD_LOCK); /* so that it is free by the time that the caller hears of the end */
    tell(FD_REPORT, LOCAL_STAGE_ENDED, status);
}

/*
 * The keeper. The caller's descriptors are closed only when the lock is held: among them is the
 * control lock of a caller that may be killed right now, and nobody else must get that one before.
 */
static _Noreturn void keep(const struct local_plan *plan, int report) {
    reset_signals();
    setsid();
    umask(077);
    report = lift(report);
    int log = plan->log >= 0 ? lift(plan->log) : -1;
    if (!become(plan->owner)) {
        tell(report, LOCAL_STAGE_BECOME, errno);
    }
    if (chdir(plan->folder) != 0) {
        tell(report, LOCAL_STAGE_ENTER, errno);
    }
    if (plan->argv == NULL) {
        tell(report, LOCAL_STAGE_RUNS, 0);
    }
    int lock = take_lock(plan->lock);
    if (lock < 0) {
        tell(report, LOCAL_STAGE_LOCK, errno);
    }
    if ((lock = lift(lock)) < 0 || !arrange_files(log, lock, report)) {
        tell(report, LOCAL_STAGE_FILES, errno);
    }
    run(plan);
}

static void take_report(int fd, struct local_report *report) {
    ssize_t n;
    do {
        n = read(fd, report, sizeof(*report));
    } while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof(*report)) {
        *report = (struct local_report){LOCAL_STAGE_LOST, 0};
    }
}

void local_spawn(const struct local_plan *plan, struct local_report *report) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        *report = (struct local_report){LOCAL_STAGE_FILES, errno};
        return;
    }
    /* No handler of the caller's may run in the keeper. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t keeper = fork();
    if (keeper == 0) {
        keep(plan, ends[1]);
    }
    int number = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    if (keeper < 0) {
        *report = (struct local_report){LOCAL_STAGE_FORK, number};
    } else {
        take_report(ends[0], report);
        wait_for(keeper);
    }
    close(ends[0]);
}

static int fail_become(const struct local_plan *plan, int number, pgc_error *err) {
    int rc = local_fail(err, number, "change from root to the user", plan->owner->name);
    error_hint(err,
               "PostgreSQL does not run as root, and this root may not be anybody else: run the "
               "program as an ordinary user.");
    return rc;
}

static int fail_enter(const struct local_plan *plan, int number, pgc_error *err) {
    int rc = local_fail(err, number, "enter the folder as the server's user", plan->folder);
    if (plan->owner->drop) {
        error_hint(
            err,
            "Root runs it as the user \"%s\": choose a folder that this user can reach, such "
            "as local:/var/lib/pgconvo/local.",
            plan->owner->name);
    }
    return rc;
}

int local_spawn_fail(const struct local_plan *plan, const struct local_report *report,
                     pgc_error *err) {
    const char *program = plan->argv == NULL ? plan->folder : plan->argv[0];
    switch (report->stage) {
    case LOCAL_STAGE_BECOME:
        return fail_become(plan, report->value, err);
    case LOCAL_STAGE_ENTER:
        return fail_enter(plan, report->value, err);
    case LOCAL_STAGE_LOCK:
        return local_fail(err, report->value, "lock", plan->lock);
    case LOCAL_STAGE_FILES:
        return local_fail(err, report->value, "arrange the files for", program);
    case LOCAL_STAGE_EXEC:
        return local_fail(err, report->value, "execute", program);
    case LOCAL_STAGE_FORK:
        return local_fail(err, report->value, "make a process for", program);
    case LOCAL_STAGE_LOST:
    case LOCAL_STAGE_RUNS:
    case LOCAL_STAGE_ENDED:
        break;
    }
    return error_set(err, PGC_LOCAL, "the process that was to run this was killed: %s", program);
}
