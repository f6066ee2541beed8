#include "base/args.h"

#include "base/error.h"

int args_copy(void *own, size_t own_size, const void *given, size_t given_size, const char *name,
              pgc_error *err) {
    for (size_t i = own_size; i < given_size; i++) {
        if (((const char *)given)[i] != 0) {
            return error_set(err, PGC_INVALID,
                             "%s: has fields that this version of the library does not know", name);
        }
    }
    memcpy(own, given, MIN(own_size, given_size));
    return 0;
}

int args_read(void *own, size_t own_size, const void *given, const char *name, pgc_error *err) {
    if (given == NULL) {
        return error_set(err, PGC_INVALID, "%s: is NULL", name);
    }
    size_t given_size;
    memcpy(&given_size, given, sizeof given_size);
    if (given_size < sizeof given_size || given_size > 65536) {
        return error_set(err, PGC_INVALID, "%s: size is %zu; begin with its INIT macro", name,
                         given_size);
    }
    return args_copy(own, own_size, given, given_size, name, err);
}
