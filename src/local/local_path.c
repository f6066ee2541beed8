#include "local/local_path.h"

#include "base/error.h"
#include "local/local_fail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOT_FOLDER "/var/lib/pgconvo/local"

static int too_long(pgc_error *err) {
    return error_set(err, PGC_INVALID, "local path: it is longer than %d bytes", LOCAL_PATH_MAX);
}

/* Puts two parts together with a slash between them; a NULL `before` is left out. */
static int join(const char *before, const char *after, char *out, pgc_error *err) {
    int n = snprintf(out, LOCAL_PATH_SIZE, "%s%s%s", before == NULL ? "" : before,
                     before == NULL ? "" : "/", after);
    return n < 0 || n > LOCAL_PATH_MAX ? too_long(err) : 0;
}

static int default_path(char *out, pgc_error *err) {
    if (geteuid() == 0) {
        return join(NULL, ROOT_FOLDER, out, err);
    }
    const char *data = getenv("XDG_DATA_HOME");
    if (data != NULL && data[0] == '/') {
        return join(data, "pgconvo/local", out, err);
    }
    char home[LOCAL_PATH_SIZE];
    local_owner_home(home, sizeof(home));
    if (home[0] != '/') {
        error_set(err, PGC_INVALID, "local path: there is no home folder to put the default into");
        error_hint(err, "Name a folder, as in local:/path.");
        return -PGC_INVALID;
    }
    return join(home, ".local/share/pgconvo/local", out, err);
}

/* What PostgreSQL's own files and settings could not hold. */
static int check(pgc_str path, pgc_error *err) {
    if (path.size > LOCAL_PATH_MAX) {
        return too_long(err);
    }
    for (size_t i = 0; i < path.size; i++) {
        unsigned char c = (unsigned char)path.data[i];
        if (c < 0x20 || c == 0x7f) {
            error_set(err, PGC_INVALID, "local path: control character at byte %zu", i);
            error_position(err, (int64_t)i);
            return -PGC_INVALID;
        }
    }
    return 0;
}

static int given_path(pgc_str path, char *out, pgc_error *err) {
    char text[LOCAL_PATH_MAX + 1];
    memcpy(text, path.data, path.size);
    text[path.size] = '\0';
    if (text[0] == '/') {
        return join(NULL, text, out, err);
    }
    char here[LOCAL_PATH_SIZE];
    if (getcwd(here, sizeof(here)) == NULL) {
        return errno == ERANGE ? too_long(err) : local_fail(err, errno, "find the folder", text);
    }
    return join(here, text, out, err);
}

int local_path_absolute(pgc_str path, char *out, pgc_error *err) {
    bool given = path.data != NULL && path.size > 0;
    int rc = given ? check(path, err) : 0;
    if (rc == 0) {
        rc = given ? given_path(path, out, err) : default_path(out, err);
    }
    for (size_t n = rc == 0 ? strlen(out) : 0; n > 1 && out[n - 1] == '/'; n--) {
        out[n - 1] = '\0';
    }
    return rc;
}

bool local_path_parent(char *path) {
    char *slash = strrchr(path, '/');
    if (slash == NULL || strcmp(path, "/") == 0) {
        return false;
    }
    slash[slash == path ? 1 : 0] = '\0';
    return true;
}
