#include "local/local_address.h"

#include "base/error.h"
#include "local/local_cluster.h"
#include "local/local_fail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A number that stands for the folder's path (FNV-1a). */
static uint64_t path_number(const char *path) {
    uint64_t number = UINT64_C(0xcbf29ce484222325);
    for (; *path != '\0'; path++) {
        number = (number ^ (unsigned char)*path) * UINT64_C(0x100000001b3);
    }
    return number;
}

void local_address_choose(const struct local_dir *dir, struct local_address *address) {
    address->port = LOCAL_PORT;
    const char *folder = dir->path;
    bool fits = strlen(folder) + strlen("/.s.PGSQL.12345") <= LOCAL_SOCKET_PATH_MAX;
    if (fits && strchr(folder, ',') == NULL) {
        memcpy(address->folder, folder, strlen(folder) + 1);
    } else {
        snprintf(address->folder, sizeof(address->folder), "/tmp/pgconvo-%lu-%016llx",
                 (unsigned long)dir->owner.uid, (unsigned long long)path_number(folder));
    }
}

/*
 * Everybody may make things in /tmp: what stands there under this name is taken only if it is a
 * folder, no link, of the owner's or just made by root for him.
 */
int local_address_prepare(const struct local_dir *dir, const struct local_address *address,
                          pgc_error *err) {
    const struct local_owner *owner = &dir->owner;
    if (strcmp(address->folder, dir->path) == 0) {
        return 0;
    }
    if (mkdir(address->folder, 0700) != 0 && errno != EEXIST) {
        return local_fail(err, errno, "make the folder for the socket", address->folder);
    }
    int fd = open(address->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st = {0};
    int number = fd < 0 || fstat(fd, &st) != 0 ? errno : 0;
    if (number == 0 && st.st_uid != owner->uid && !(owner->drop && st.st_uid == 0)) {
        number = EPERM;
    }
    if (number == 0 &&
        (fchmod(fd, 0700) != 0 || (owner->drop && fchown(fd, owner->uid, owner->gid) != 0))) {
        number = errno;
    }
    if (fd >= 0) {
        close(fd);
    }
    if (number == 0) {
        return 0;
    }
    int rc = local_fail(err, number, "use the folder for the socket", address->folder);
    error_hint(err, "Somebody else has taken this name: remove it, or choose a shorter path.");
    return rc;
}

void local_address_remove(const struct local_dir *dir, const struct local_address *address) {
    if (strcmp(address->folder, dir->path) != 0) {
        (void)rmdir(address->folder);
    }
}

static void add_quoted(struct buf *out, const char *value) {
    buf_add_char(out, '\'');
    for (; *value != '\0'; value++) {
        if (*value == '\'' || *value == '\\') {
            buf_add_char(out, '\\');
        }
        buf_add_char(out, *value);
    }
    buf_add_char(out, '\'');
}

/*
 * `requirepeer` makes sure that it is the owner's server that listens there. The others are there
 * because they have environment variables that could make the connection fail or go elsewhere.
 */
void local_address_conninfo(const struct local_dir *dir, const struct local_address *address,
                            struct buf *out) {
    buf_add_z(out, "host=");
    add_quoted(out, address->folder);
    buf_addf(out,
             " port=%d user=" LOCAL_USER " dbname=" LOCAL_DATABASE " requirepeer=", address->port);
    add_quoted(out, dir->owner.name);
    buf_add_z(out, " hostaddr='' sslmode=disable gssencmode=disable channel_binding=disable"
                   " target_session_attrs=any");
}

void local_address_url(const struct local_address *address, struct buf *out) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~/";
    buf_add_z(out, "postgresql://" LOCAL_USER "@/" LOCAL_DATABASE "?host=");
    for (const char *c = address->folder; *c != '\0'; c++) {
        if (strchr(plain, *c) != NULL) {
            buf_add_char(out, *c);
        } else {
            buf_addf(out, "%%%02X", (unsigned)(unsigned char)*c);
        }
    }
    buf_addf(out, "&port=%d", address->port);
}
