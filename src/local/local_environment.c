#include "local/local_environment.h"

#include <stdio.h>
#include <stdlib.h>

void local_environment_make(const struct local_dir *dir, struct local_environment *environment) {
    const char *libraries = getenv("LD_LIBRARY_PATH");
    snprintf(environment->home, sizeof(environment->home), "HOME=%s", dir->path);
    snprintf(environment->libraries, sizeof(environment->libraries), "LD_LIBRARY_PATH=%s",
             libraries == NULL ? "" : libraries);
    environment->list[0] = "PATH=/usr/local/bin:/usr/bin:/bin";
    environment->list[1] = "LC_ALL=C";
    environment->list[2] = environment->home;
    environment->list[3] = libraries == NULL ? NULL : environment->libraries;
    environment->list[4] = NULL;
}
