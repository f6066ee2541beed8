/*
 * Structs that begin with their size: what the caller knows of them, as the library knows them.
 */
#ifndef BASE_ARGS_H
#define BASE_ARGS_H

#include "base/base.h"
#include "pgconvo.h"

/*
 * Copies `given_size` bytes of a caller's struct over `own`, which holds the defaults. A longer one
 * is fine if all that this library does not know is zero: else INVALID. `name` is the struct's, for
 * the message.
 */
MUST_CHECK int args_copy(void *own, size_t own_size, const void *given, size_t given_size,
                         const char *name, pgc_error *err);

/* The same for a struct whose first member is its size. */
MUST_CHECK int args_read(void *own, size_t own_size, const void *given, const char *name,
                         pgc_error *err);

#endif
