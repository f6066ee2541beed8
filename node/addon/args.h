/*
 * The arguments of a call from JavaScript, read one after the other into what the library takes.
 * The JavaScript side has checked them and told what is wrong by name; what is of another type here
 * all the same makes `failed` true. Everything lives until args_free.
 */
#ifndef ARGS_H
#define ARGS_H

#include <node_api.h>
#include <pgconvo_memory.h>

#define ARGS_MAX 48

struct args_block;

struct args {
    napi_env env;
    napi_value values[ARGS_MAX];
    size_t count;
    size_t next;
    struct args_block *blocks;
    struct args_block **spare; /* where a block is kept for others; NULL: nowhere */
    bool failed;
};

/* Takes the arguments of the call; `data` is what the function was made with. */
void args_begin(struct args *args, napi_env env, napi_callback_info info, void **data);
void args_free(struct args *args);

/*
 * Memory from `*spare` before any other, and back there, at most 1 MB: the kernel is slow to give
 * pages that it was given back. Whoever has `*spare` frees it, by free().
 */
void args_borrow(struct args *args, struct args_block **spare);

void *args_alloc(struct args *args, size_t count, size_t size);
napi_value args_value(struct args *args);

/* What is undefined or null is absent, 0 or false. Strings become UTF-8, lone surrogates WTF-8. */
pgc_str args_str(struct args *args);
pgc_str args_str_of(struct args *args, napi_value value);
uint32_t args_u32(struct args *args);
int64_t args_i64(struct args *args);
bool args_bool(struct args *args);
bool args_bool_of(struct args *args, napi_value value);
double args_double(struct args *args);

/* A number that may be missing, which PGC_NO_COUNT stands for. */
int64_t args_count(struct args *args);

/* Microseconds, as a number or a bigint; absent: PGC_NO_TIME. */
int64_t args_time(struct args *args);
int64_t args_time_of(struct args *args, napi_value value);

/* An array argument: its length, and its elements. */
napi_value args_array(struct args *args, size_t *count);
napi_value args_element(struct args *args, napi_value array, size_t i);
const pgc_str *args_strs(struct args *args, size_t *count);

/* The same for one that may be absent: NULL, and 0 elements. */
const pgc_str *args_optional_strs(struct args *args, size_t *count);

#endif
