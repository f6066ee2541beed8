#include "local/local_fs.h"

#include "base/error.h"
#include "local/local_fail.h"

#include <errno.h>
#include <sys/vfs.h>

/*
 * File systems that several machines can see, or behind which there may be one: a lock taken here
 * need not be seen there, and the server's socket and process are not there. For FUSE and 9p it
 * cannot be told; PostgreSQL's data does not belong on a guess.
 */
static const struct {
    unsigned long type;
    const char *name;
} refused[] = {
    {0x00006969, "NFS"},
    {0xff534d42, "CIFS"},
    {0xfe534d42, "SMB"},
    {0x0000517b, "SMB"},
    {0x5346414f, "AFS"},
    {0x6b414653, "AFS"},
    {0x73757245, "Coda"},
    {0x00c36400, "Ceph"},
    {0x01021997, "9p"},
    {0x65735546, "FUSE"},
    {0x0000564c, "NCP"},
    {0x01161970, "GFS2"},
    {0x7461636f, "OCFS2"},
    {0x0bd00bd0, "Lustre"},
    {0x19830326, "BeeGFS"},
    {0x47504653, "GPFS"},
    {0xaad7aaea, "PanFS"},
    {0xbacbacbc, "VMware folder"},
    {0x786f4256, "VirtualBox folder"},
    {0x7c7c6673, "Parallels folder"},
};

const char *local_fs_refused(unsigned long type) {
    for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
        /* The kernel's field is signed on some machines: only the low 32 bits count. */
        if (refused[i].type == (type & 0xffffffff)) {
            return refused[i].name;
        }
    }
    return NULL;
}

int local_fs_check(const char *path, pgc_error *err) {
    struct statfs fs;
    if (statfs(path, &fs) != 0) {
        return local_fail(err, errno, "look at the file system of", path);
    }
    const char *name = local_fs_refused((unsigned long)fs.f_type);
    if (name == NULL) {
        return 0;
    }
    error_set(err, PGC_LOCAL, "a private server cannot live on a network file system (%s): %s",
              name, path);
    error_hint(err, "Choose a folder on a disk of this machine: local:/path, or XDG_DATA_HOME.");
    return -PGC_LOCAL;
}
