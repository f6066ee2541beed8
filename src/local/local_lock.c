#include "local/local_lock.h"

#include <errno.h>
#include <sys/file.h>

static int lock(int fd, int operation) {
    int rc;
    do {
        rc = flock(fd, operation);
    } while (rc != 0 && errno == EINTR);
    return rc;
}

int local_lock_alone(int fd) {
    return lock(fd, LOCK_EX);
}

int local_lock_shared(int fd) {
    return lock(fd, LOCK_SH);
}

bool local_lock_try(int fd) {
    return lock(fd, LOCK_EX | LOCK_NB) == 0;
}

void local_unlock(int fd) {
    (void)lock(fd, LOCK_UN);
}
