#include "local/local_log.h"

#include "base/error.h"
#include "local/local_fail.h"
#include "local/local_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_MAX (1024 * 1024) /* bytes from which on a log is cut */
#define LOG_KEEP (16 * 1024)  /* bytes of it that stay then */
#define REASON_SPACE 4096     /* bytes at its end in which a reason is looked for */

/*
 * Everybody who writes to the log only ever adds at its end, so it can be emptied under a running
 * server; what that logs in this very moment comes before or after the part that is put back.
 */
static void cut(int fd) {
    struct stat st;
    if (fstat(fd, &st) != 0 || st.st_size <= LOG_MAX) {
        return;
    }
    char tail[LOG_KEEP];
    ssize_t n = pread(fd, tail, sizeof(tail), st.st_size - (off_t)sizeof(tail));
    if (ftruncate(fd, 0) != 0 || n <= 0) {
        return;
    }
    const char *line = memchr(tail, '\n', (size_t)n);
    line = line == NULL ? tail : line + 1;
    if (write(fd, line, (size_t)(tail + n - line)) < 0) {
        return; /* it stays empty: nothing that anybody could do about a log */
    }
}

int local_log_open(const struct local_dir *dir, off_t *start, pgc_error *err) {
    int fd = local_file_open(dir->fd, LOCAL_LOG_FILE, O_RDWR | O_APPEND, &dir->owner);
    if (fd < 0) {
        return local_fail(err, errno, "open " LOCAL_LOG_FILE " in", dir->path);
    }
    cut(fd);
    *start = lseek(fd, 0, SEEK_END);
    return fd;
}

void local_log_trim(const struct local_dir *dir) {
    int fd = local_file_open(dir->fd, LOCAL_LOG_FILE, O_RDWR | O_APPEND, &dir->owner);
    if (fd >= 0) {
        cut(fd);
        close(fd);
    }
}

/* Where the last failure that was logged begins, else the last line. */
static char *find_reason(char *text) {
    static const char *const words[] = {"PANIC:", "FATAL:", "initdb: error:", "ERROR:"};
    char *reason = NULL;
    for (size_t i = 0; i < ARRAY_LENGTH(words) && reason == NULL; i++) {
        for (char *at = text; (at = strstr(at, words[i])) != NULL; at++) {
            reason = at;
        }
    }
    if (reason == NULL) {
        reason = strrchr(text, '\n');
        reason = reason == NULL ? text : reason + 1;
    }
    return reason;
}

void local_log_explain(const struct local_dir *dir, off_t start, pgc_error *err) {
    char text[REASON_SPACE];
    int fd = openat(dir->fd, LOCAL_LOG_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return;
    }
    off_t end = lseek(fd, 0, SEEK_END);
    off_t from = MAX(start, end - (off_t)sizeof(text) + 1);
    ssize_t n = pread(fd, text, sizeof(text) - 1, from);
    close(fd);
    size_t size = n > 0 ? (size_t)n : 0;
    while (size > 0 && text[size - 1] == '\n') {
        size--;
    }
    text[size] = '\0';
    char *reason = find_reason(text);
    for (char *c = reason; *c != '\0'; c++) {
        *c = *c == '\n' || *c == '\t' ? ' ' : *c;
    }
    error_detail(err, "%s", reason);
}
