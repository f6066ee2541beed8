#include "local/local_owner.h"

#include "base/error.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PASSWD_SPACE 16384 /* bytes for the strings of an entry */

/* Looks a user up by name or, if that is NULL, by number. Returns whether there is one. */
static bool find_user(const char *name, uid_t uid, struct local_owner *owner, char *home,
                      size_t home_size) {
    char space[PASSWD_SPACE];
    struct passwd entry;
    struct passwd *found = NULL;
    int rc = name != NULL ? getpwnam_r(name, &entry, space, sizeof(space), &found)
                          : getpwuid_r(uid, &entry, space, sizeof(space), &found);
    if (rc != 0 || found == NULL) {
        return false;
    }
    owner->uid = found->pw_uid;
    owner->gid = found->pw_gid;
    snprintf(owner->name, sizeof(owner->name), "%s", found->pw_name);
    snprintf(home, home_size, "%s", found->pw_dir);
    return true;
}

void local_owner_home(char *home, size_t size) {
    home[0] = '\0';
    const char *variable = getenv("HOME");
    if (variable != NULL && variable[0] != '\0') {
        snprintf(home, size, "%s", variable);
        return;
    }
    struct local_owner owner;
    find_user(NULL, geteuid(), &owner, home, size);
}

static bool find_owner(const char *name, uid_t uid, struct local_owner *owner) {
    char home[1];
    return find_user(name, uid, owner, home, sizeof(home));
}

static int owner_by_uid(uid_t uid, struct local_owner *owner, pgc_error *err) {
    if (!find_owner(NULL, uid, owner)) {
        error_set(err, PGC_LOCAL, "the user with the number %lu has no name", (unsigned long)uid);
        error_hint(err, "PostgreSQL runs only as a user with a name: add one to /etc/passwd.");
        return -PGC_LOCAL;
    }
    return 0;
}

int local_owner_new(struct local_owner *owner, pgc_error *err) {
    *owner = (struct local_owner){.drop = geteuid() == 0};
    if (!owner->drop) {
        return owner_by_uid(geteuid(), owner, err);
    }
    if (find_owner("postgres", 0, owner) || find_owner("nobody", 0, owner)) {
        return 0;
    }
    error_set(err, PGC_LOCAL, "there is no user that root can run a server as");
    error_hint(err, "Make a user \"postgres\", as the package postgresql does.");
    return -PGC_LOCAL;
}

int local_owner_of(uid_t uid, struct local_owner *owner, pgc_error *err) {
    *owner = (struct local_owner){.drop = geteuid() == 0};
    if (!owner->drop && uid != geteuid()) {
        return error_set(err, PGC_LOCAL, "the folder belongs to the user with the number %lu",
                         (unsigned long)uid);
    }
    return owner_by_uid(uid, owner, err);
}
