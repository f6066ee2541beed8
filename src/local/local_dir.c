#include "local/local_dir.h"

#include "base/error.h"
#include "local/local_fail.h"
#include "local/local_file.h"
#include "local/local_fs.h"
#include "local/local_lock.h"
#include "local/local_path.h"
#include "local/local_spawn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The mark of our folders: a file that holds the number of the layout that docs/local.md tells. */
#define MARK_FILE "pgconvo-local"
#define MARK_TEXT "1\n"

enum mark {
    MARK_NONE,
    MARK_BEGUN, /* whoever made it was killed before it was written */
    MARK_OURS,
};

void local_dir_file(const struct local_dir *dir, const char *name, char *out) {
    snprintf(out, LOCAL_PATH_SIZE, "%.*s/%s", LOCAL_PATH_MAX, dir->path, name);
}

/* Finds out whether the owner, where that is not us, gets into `folder`. */
static int check_reach(const struct local_owner *owner, const char *folder, pgc_error *err) {
    if (!owner->drop) {
        return 0;
    }
    struct local_plan plan = {.owner = owner, .folder = folder, .log = -1};
    struct local_report report;
    local_spawn(&plan, &report);
    return report.stage == LOCAL_STAGE_RUNS ? 0 : local_spawn_fail(&plan, &report, err);
}

/* Most often it is a folder that this user may not write to, or a disk that nobody may. */
static int fail_folder(int number, const char *what, const char *path, pgc_error *err) {
    int rc = local_fail(err, number, what, path);
    error_hint(err, "Choose another folder, as in local:/path.");
    return rc;
}

/*
 * Makes one folder; that somebody else has made it meanwhile is fine. What root makes on the way to
 * the last one must let the owner through, whatever the umask.
 */
static int make_folder(const char *path, bool last, pgc_error *err) {
    bool open_to_all = geteuid() == 0 && !last;
    if (mkdir(path, open_to_all ? 0755 : 0700) != 0) {
        return errno == EEXIST ? 0 : fail_folder(errno, "make the folder", path, err);
    }
    if (chmod(path, open_to_all ? 0755 : 0700) != 0) {
        return local_fail(err, errno, "set the mode of the folder", path);
    }
    return 0;
}

/* Makes the folder and those above it that are missing, after all checks that need no folder. */
static int make_path(const char *path, pgc_error *err) {
    char part[LOCAL_PATH_SIZE];
    snprintf(part, sizeof(part), "%s", path);
    struct stat st;
    while (stat(part, &st) != 0 && errno == ENOENT && local_path_parent(part)) {}
    size_t at = strlen(part);
    if (strcmp(part, path) == 0) {
        return 0;
    }
    struct local_owner owner;
    int rc = local_fs_check(part, err);
    if (rc == 0) {
        rc = local_owner_new(&owner, err);
    }
    if (rc == 0) {
        rc = check_reach(&owner, part, err);
    }
    while (rc == 0 && path[at] != '\0') {
        at += strspn(path + at, "/");
        at += strcspn(path + at, "/");
        memcpy(part, path, at);
        part[at] = '\0';
        rc = make_folder(part, path[at] == '\0', err);
    }
    return rc;
}

/* Opens the folder and gives it its true path; leaves it unopened if it is not there. */
static int open_folder(struct local_dir *dir, pgc_error *err) {
    char path[PATH_MAX];
    if (realpath(dir->path, path) == NULL) {
        return errno == ENOENT ? 0 : fail_folder(errno, "open the folder", dir->path, err);
    }
    if (strlen(path) > LOCAL_PATH_MAX) {
        return error_set(err, PGC_INVALID, "local path: it is longer than %d bytes",
                         LOCAL_PATH_MAX);
    }
    memcpy(dir->path, path, strlen(path) + 1);
    int rc = local_fs_check(dir->path, err);
    if (rc != 0) {
        return rc;
    }
    dir->fd = open(dir->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return dir->fd < 0 ? fail_folder(errno, "open the folder", dir->path, err) : 0;
}

int local_dir_lock(struct local_dir *dir, pgc_error *err) {
    if (local_lock_alone(dir->fd) == 0) {
        return 0;
    }
    int rc = local_fail(err, errno, "lock the folder", dir->path);
    error_hint(err, "A private server needs a file system with locks: choose a folder on a disk of "
                    "this machine.");
    return rc;
}

void local_dir_unlock(struct local_dir *dir) {
    local_unlock(dir->fd);
}

/* Locks the folder and makes sure that it is still the one at that path. */
static int lock_folder(struct local_dir *dir, struct stat *st, pgc_error *err) {
    int rc = local_dir_lock(dir, err);
    if (rc != 0) {
        return rc;
    }
    struct stat now;
    if (fstat(dir->fd, st) != 0 || stat(dir->path, &now) != 0) {
        return local_fail(err, errno, "look at the folder", dir->path);
    }
    if (now.st_dev != st->st_dev || now.st_ino != st->st_ino) {
        return error_set(err, PGC_LOCAL, "the folder was replaced while it was opened: %s",
                         dir->path);
    }
    return 0;
}

static int read_mark(const struct local_dir *dir, enum mark *mark, pgc_error *err) {
    char text[32];
    ssize_t n = local_file_read(dir->fd, MARK_FILE, text, sizeof(text));
    if (n < 0 && errno != ENOENT) {
        return local_fail(err, errno, "read the mark " MARK_FILE " in", dir->path);
    }
    *mark = n < 0 ? MARK_NONE : n == 0 ? MARK_BEGUN : MARK_OURS;
    if (*mark == MARK_OURS && strcmp(text, MARK_TEXT) != 0) {
        error_set(err, PGC_LOCAL, "the folder's layout is not known to this version: %s",
                  dir->path);
        error_hint(err,
                   "It was made by a newer pgconvo: upgrade this one, or choose another folder.");
        return -PGC_LOCAL;
    }
    return 0;
}

/* An unmarked folder may only be one without anything in it. */
static int check_empty(const struct local_dir *dir, pgc_error *err) {
    int fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    if (entries == NULL) {
        int number = errno;
        if (fd >= 0) {
            close(fd);
        }
        return local_fail(err, number, "list the folder", dir->path);
    }
    bool empty = true;
    for (struct dirent *entry; empty && (entry = readdir(entries)) != NULL;) {
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    }
    closedir(entries);
    if (empty) {
        return 0;
    }
    error_set(err, PGC_LOCAL, "the folder holds other things than a private server: %s", dir->path);
    error_hint(err, "Choose a folder that is empty or does not exist yet.");
    return -PGC_LOCAL;
}

/* Root takes a folder of root's for one that is to be given to whoever will run the server. */
static int find_owner(struct local_dir *dir, const struct stat *st, pgc_error *err) {
    if (geteuid() == 0 && st->st_uid == 0) {
        return local_owner_new(&dir->owner, err);
    }
    int rc = local_owner_of(st->st_uid, &dir->owner, err);
    if (rc != 0) {
        error_hint(err, "Use a folder of your own: %s belongs to somebody else.", dir->path);
    }
    return rc;
}

/* Makes the folder the owner's alone, and then ours. */
static int adopt(struct local_dir *dir, const struct stat *st, enum mark mark, pgc_error *err) {
    const struct local_owner *owner = &dir->owner;
    if (mark != MARK_OURS) {
        char above[LOCAL_PATH_SIZE];
        snprintf(above, sizeof(above), "%s", dir->path);
        int rc = local_path_parent(above) ? check_reach(owner, above, err) : 0;
        if (rc != 0) {
            return rc;
        }
    }
    if ((st->st_mode & 077) != 0 && fchmod(dir->fd, 0700) != 0) {
        return local_fail(err, errno, "set the mode of the folder", dir->path);
    }
    if (st->st_uid != owner->uid && fchown(dir->fd, owner->uid, owner->gid) != 0) {
        return local_fail(err, errno, "give the folder to the server's user", dir->path);
    }
    if (mark != MARK_OURS && local_file_write(dir->fd, MARK_FILE, MARK_TEXT, owner) != 0) {
        return local_fail(err, errno, "write the mark " MARK_FILE " into", dir->path);
    }
    dir->ours = true;
    return 0;
}

/* Finds out about the folder, which is locked. */
static int examine(struct local_dir *dir, bool make, const struct stat *st, pgc_error *err) {
    enum mark mark = MARK_NONE;
    int rc = read_mark(dir, &mark, err);
    if (rc == 0 && mark == MARK_NONE) {
        rc = check_empty(dir, err);
    }
    if (rc == 0) {
        rc = find_owner(dir, st, err);
    }
    if (rc == 0 && make) {
        return adopt(dir, st, mark, err);
    }
    dir->ours = rc == 0 && mark == MARK_OURS;
    return rc;
}

int local_dir_open(pgc_str path, bool make, struct local_dir *dir, pgc_error *err) {
    *dir = (struct local_dir){.fd = -1};
    struct stat st;
    int rc = local_path_absolute(path, dir->path, err);
    if (rc == 0 && make) {
        rc = make_path(dir->path, err);
    }
    if (rc == 0) {
        rc = open_folder(dir, err);
    }
    if (rc == 0 && dir->fd < 0) {
        return make ? error_set(err, PGC_LOCAL, "the folder has vanished: %s", dir->path) : 0;
    }
    if (rc == 0) {
        rc = lock_folder(dir, &st, err);
    }
    if (rc == 0) {
        rc = examine(dir, make, &st, err);
    }
    if (rc != 0) {
        local_dir_close(dir);
    }
    return rc;
}

void local_dir_close(struct local_dir *dir) {
    if (dir->fd >= 0) {
        local_unlock(dir->fd);
        close(dir->fd);
        dir->fd = -1;
    }
}
