#include "local/local_binary.h"

#include "base/error.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEBIAN_ROOT "/usr/lib/postgresql"

static bool has_program(const char *folder, const char *name) {
    char path[LOCAL_PATH_SIZE];
    int n = snprintf(path, sizeof(path), "%s/%s", folder, name);
    return n > 0 && (size_t)n < sizeof(path) && access(path, X_OK) == 0;
}

static bool is_server(const char *folder) {
    return has_program(folder, "initdb") && has_program(folder, "postgres");
}

/* The folder of one version in a tree like Debian's; false if there is no server in it. */
static bool version_folder(const char *root, const char *version, char *out) {
    int n = snprintf(out, LOCAL_PATH_SIZE, "%s/%s/bin", root, version);
    return n > 0 && n < LOCAL_PATH_SIZE && is_server(out);
}

/* A version as a number that orders them, 0 if it is none: "9.6" is 9006, "15" is 15000. */
static long version_number(const char *name) {
    char *end;
    long major = strtol(name, &end, 10);
    long minor = *end == '.' ? strtol(end + 1, &end, 10) : 0;
    bool valid = name[0] >= '1' && name[0] <= '9' && *end == '\0';
    return valid && major < 1000 && minor >= 0 && minor < 1000 ? major * 1000 + minor : 0;
}

static bool newest_folder(const char *root, char *out) {
    DIR *entries = opendir(root);
    if (entries == NULL) {
        return false;
    }
    long newest = 0;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        char folder[LOCAL_PATH_SIZE];
        long number = version_number(entry->d_name);
        if (number > newest && version_folder(root, entry->d_name, folder)) {
            newest = number;
            memcpy(out, folder, strlen(folder) + 1);
        }
    }
    closedir(entries);
    return newest > 0;
}

int local_binary_find_in(const char *root, const char *version, char *out, pgc_error *err) {
    if (version[0] == '\0') {
        if (newest_folder(root, out)) {
            return 0;
        }
        error_set(err, PGC_LOCAL, "no PostgreSQL server is installed");
        error_hint(err, "Install it: apt-get install postgresql.");
        return -PGC_LOCAL;
    }
    if (version_folder(root, version, out)) {
        return 0;
    }
    error_set(err, PGC_LOCAL, "the private server needs PostgreSQL %s, which is not installed",
              version);
    error_hint(err, "Install it: apt-get install postgresql-%s.", version);
    return -PGC_LOCAL;
}

int local_binary_find(const char *version, char *out, pgc_error *err) {
    const char *folder = getenv("PGCONVO_PG_BINDIR");
    if (folder == NULL || folder[0] == '\0') {
        return local_binary_find_in(DEBIAN_ROOT, version, out, err);
    }
    if (folder[0] == '/' && strlen(folder) <= LOCAL_PATH_MAX && is_server(folder)) {
        memcpy(out, folder, strlen(folder) + 1);
        return 0;
    }
    error_set(err, PGC_LOCAL, "no PostgreSQL server is in PGCONVO_PG_BINDIR: %s", folder);
    error_hint(err, "Name the folder that holds initdb and postgres by its absolute path.");
    return -PGC_LOCAL;
}
