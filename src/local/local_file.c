#include "local/local_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_FLAGS (O_NOFOLLOW | O_CLOEXEC | O_NOCTTY)

static int close_failed(int fd, int number) {
    close(fd);
    errno = number;
    return -1;
}

/*
 * A file of root's is one that root made and had not yet given away when it was killed. A second
 * name for it would be somebody's trick.
 */
static int check_file(int fd, const struct local_owner *owner) {
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return close_failed(fd, errno);
    }
    bool left = owner->drop && st.st_uid == 0 && st.st_nlink == 1;
    if (!S_ISREG(st.st_mode) || (st.st_uid != owner->uid && !left)) {
        return close_failed(fd, EPERM);
    }
    if (left && fchown(fd, owner->uid, owner->gid) != 0) {
        return close_failed(fd, errno);
    }
    return fd;
}

int local_file_open(int at, const char *name, int flags, const struct local_owner *owner) {
    for (;;) {
        int fd = openat(at, name, flags | FILE_FLAGS);
        if (fd < 0 && errno == ENOENT) {
            fd = openat(at, name, flags | FILE_FLAGS | O_CREAT | O_EXCL, 0600);
            if (fd < 0 && errno == EEXIST) {
                continue;
            }
        }
        return fd < 0 ? -1 : check_file(fd, owner);
    }
}

ssize_t local_file_read(int at, const char *name, char *text, size_t size) {
    int fd = openat(at, name, O_RDONLY | FILE_FLAGS | O_NONBLOCK);
    if (fd < 0) {
        return -1;
    }
    size_t used = 0;
    while (used < size - 1) {
        ssize_t n = read(fd, text + used, size - 1 - used);
        if (n < 0 && errno != EINTR) {
            return close_failed(fd, errno);
        }
        if (n == 0) {
            break;
        }
        used += n > 0 ? (size_t)n : 0;
    }
    close(fd);
    text[used] = '\0';
    return (ssize_t)used;
}

int local_file_write(int at, const char *name, const char *text, const struct local_owner *owner) {
    int fd = local_file_open(at, name, O_WRONLY, owner);
    if (fd < 0) {
        return -1;
    }
    if (ftruncate(fd, 0) != 0) {
        return close_failed(fd, errno);
    }
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t n = write(fd, text, left);
        if (n < 0 && errno != EINTR) {
            return close_failed(fd, errno);
        }
        text += n > 0 ? n : 0;
        left -= n > 0 ? (size_t)n : 0;
    }
    return close(fd);
}
