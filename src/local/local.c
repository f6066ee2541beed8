#include "local/local.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "local/local_address.h"
#include "local/local_cluster.h"
#include "local/local_dir.h"
#include "local/local_fail.h"
#include "local/local_file.h"
#include "local/local_lock.h"
#include "local/local_log.h"
#include "local/local_postmaster.h"
#include "local/local_process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define USERS_LOCK "users.lock" /* every user has a share in it */
#define CONNINFO_MAX 4096

struct local_server {
    struct local_dir dir;
    int users;     /* descriptor of the lock */
    pid_t process; /* who opened; a process forked off it has no hold of its own */
    struct buf conninfo;
};

static int join_users(struct local_server *server, pgc_error *err) {
    const struct local_dir *dir = &server->dir;
    server->users = local_file_open(dir->fd, USERS_LOCK, O_RDWR, &dir->owner);
    if (server->users < 0 || local_lock_shared(server->users) != 0) {
        return local_fail(err, errno, "lock " USERS_LOCK " in", dir->path);
    }
    return 0;
}

/* The last user is whoever can have the users' lock alone. Needs the control lock. */
static void leave_server(struct local_server *server) {
    bool last = local_lock_try(server->users);
    bool keep = faccessat(server->dir.fd, LOCAL_KEEP_FILE, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    if (last && !keep) {
        int rc = local_process_stop(&server->dir, NULL);
        (void)rc; /* nobody is left to be told; whoever comes next sees what state it is in */
    }
    local_unlock(server->users);
}

/* Everything that is done under the control lock. */
static int join_server(struct local_server *server, pgc_error *err) {
    int rc = join_users(server, err);
    if (rc != 0) {
        return rc;
    }
    local_log_trim(&server->dir);
    struct local_postmaster postmaster;
    rc = local_process_start(&server->dir, &postmaster, err);
    if (rc != 0) {
        /* A server that needs longer is not stopped: it may be recovering, which must end once. */
        local_unlock(server->users);
        return rc;
    }
    local_address_conninfo(&server->dir, &postmaster.address, &server->conninfo);
    if (server->conninfo.failed) {
        leave_server(server);
        return error_nomem(err);
    }
    return 0;
}

static void free_server(struct local_server *server) {
    if (server->users >= 0) {
        close(server->users);
    }
    if (server->dir.fd >= 0) {
        close(server->dir.fd);
    }
    buf_free(&server->conninfo);
    mem_free(server);
}

int local_open(pgc_str path, struct local_server **out, pgc_error *err) {
    struct local_server *server = mem_zalloc(sizeof(*server));
    if (server == NULL) {
        return error_nomem(err);
    }
    server->users = -1;
    server->process = getpid();
    buf_init(&server->conninfo, CONNINFO_MAX);
    int rc = local_dir_open(path, true, &server->dir, err);
    if (rc == 0) {
        rc = join_server(server, err);
        local_dir_unlock(&server->dir);
    }
    if (rc != 0) {
        free_server(server);
        return rc;
    }
    *out = server;
    return 0;
}

const char *local_conninfo(const struct local_server *server) {
    return server->conninfo.data;
}

void local_close(struct local_server *server) {
    if (server == NULL) {
        return;
    }
    if (server->process == getpid() && local_dir_lock(&server->dir, NULL) == 0) {
        leave_server(server);
        local_dir_unlock(&server->dir);
    }
    free_server(server);
}

/*
 * What is known of the server; the cluster's version may not be readable, which is no error here.
 */
static int fill_info(const struct local_dir *dir, const struct local_postmaster *server,
                     pgc_local_info *info, pgc_error *err) {
    *info = (pgc_local_info){.running = server->pid != 0, .pid = server->pid};
    snprintf(info->directory, sizeof(info->directory), "%s", dir->path);
    int rc = dir->fd < 0 ? 0 : local_cluster_version(dir, info->version, err);
    if (rc != 0) {
        return rc;
    }
    info->created = info->version[0] != '\0';
    if (server->state == LOCAL_UP) {
        struct buf url;
        buf_init(&url, sizeof(info->url) - 1);
        local_address_url(&server->address, &url);
        if (!url.failed) {
            memcpy(info->url, url.data, url.size + 1);
        }
        rc = url.failed ? error_nomem(err) : 0;
        buf_free(&url);
    }
    return rc;
}

int local_status(pgc_str path, pgc_local_info *info, pgc_error *err) {
    struct local_dir dir;
    int rc = local_dir_open(path, false, &dir, err);
    if (rc != 0) {
        return rc;
    }
    struct local_postmaster server = {0};
    if (dir.ours) {
        local_postmaster_look(&dir, &server);
    }
    rc = fill_info(&dir, &server, info, err);
    local_dir_close(&dir);
    return rc;
}

int local_start(pgc_str path, pgc_local_info *info, pgc_error *err) {
    struct local_dir dir;
    int rc = local_dir_open(path, true, &dir, err);
    if (rc != 0) {
        return rc;
    }
    struct local_postmaster server;
    local_log_trim(&dir);
    rc = local_process_start(&dir, &server, err);
    if (rc == 0 && local_file_write(dir.fd, LOCAL_KEEP_FILE, "", &dir.owner) != 0) {
        rc = local_fail(err, errno, "write " LOCAL_KEEP_FILE " in", dir.path);
    }
    if (rc == 0) {
        rc = fill_info(&dir, &server, info, err);
    }
    local_dir_close(&dir);
    return rc;
}

int local_stop(pgc_str path, pgc_error *err) {
    struct local_dir dir;
    int rc = local_dir_open(path, false, &dir, err);
    if (rc != 0) {
        return rc;
    }
    if (dir.ours) {
        (void)unlinkat(dir.fd, LOCAL_KEEP_FILE, 0);
        rc = local_process_stop(&dir, err);
    }
    local_dir_close(&dir);
    return rc;
}
