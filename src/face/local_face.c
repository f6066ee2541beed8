/* The public face of the private server (pgconvo.h, "The private server"). */
#include "base/error.h"
#include "local/local.h"
#include "pgconvo.h"

int pgc_local_status(pgc_str path, pgc_local_info *info, pgc_error *err) {
    if (info == NULL) {
        return error_set(err, PGC_INVALID, "info: it is NULL");
    }
    return local_status(path, info, err);
}

int pgc_local_start(pgc_str path, pgc_local_info *info, pgc_error *err) {
    if (info == NULL) {
        return error_set(err, PGC_INVALID, "info: it is NULL");
    }
    return local_start(path, info, err);
}

int pgc_local_stop(pgc_str path, pgc_error *err) {
    return local_stop(path, err);
}
