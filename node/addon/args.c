#include "args.h"

#include <stdlib.h>

#define BLOCK_LEAST 4096
#define BLOCK_MOST ((size_t)1 << 20) /* for what is small beside it */
#define UNITS_SHORT 4096             /* most messages, so that their strings are read at once */
#define ASCII_BLOCK 32

struct args_block {
    struct args_block *below;
    size_t used;
    size_t room;
    max_align_t data[];
};

void args_begin(struct args *args, napi_env env, napi_callback_info info, void **data) {
    *args = (struct args){.env = env, .count = ARGS_MAX};
    if (napi_get_cb_info(env, info, &args->count, args->values, NULL, data) != napi_ok) {
        args->count = 0;
    }
}

void args_borrow(struct args *args, struct args_block **spare) {
    args->spare = spare;
    if (*spare != NULL) {
        args->blocks = *spare;
        args->blocks->below = NULL;
        args->blocks->used = 0;
        *spare = NULL;
    }
}

/* The newest block is the largest, but for those made for one value. */
static bool is_worth_keeping(const struct args *args, const struct args_block *block) {
    return args->spare != NULL && *args->spare == NULL && block->room <= BLOCK_MOST;
}

void args_free(struct args *args) {
    while (args->blocks != NULL) {
        struct args_block *block = args->blocks;
        args->blocks = block->below;
        if (is_worth_keeping(args, block)) {
            *args->spare = block;
        } else {
            free(block);
        }
    }
}

/* ---- Memory ---------------------------------------------------------------------------------- */

/* Each block is twice as large as the one before, up to a bound. */
static struct args_block *new_block(struct args *args, size_t size) {
    size_t room = args->blocks == NULL ? BLOCK_LEAST : 2 * args->blocks->room;
    room = room > BLOCK_MOST ? BLOCK_MOST : room;
    room = room < size ? size : room;
    struct args_block *block = malloc(sizeof *block + room);
    if (block != NULL) {
        *block = (struct args_block){.below = args->blocks, .room = room};
        args->blocks = block;
    }
    return block;
}

void *args_alloc(struct args *args, size_t count, size_t size) {
    size_t align = sizeof(max_align_t);
    if (__builtin_mul_overflow(count, size, &size) || size > SIZE_MAX / 2) {
        args->failed = true;
        return NULL;
    }
    size = (size + align - 1) / align * align;
    struct args_block *block = args->blocks;
    if (block == NULL || block->room - block->used < size) {
        block = new_block(args, size);
    }
    if (block == NULL) {
        args->failed = true;
        return NULL;
    }
    void *memory = (char *)block->data + block->used;
    block->used += size;
    return memory;
}

/* ---- Strings --------------------------------------------------------------------------------- */

static bool is_high(char16_t unit) {
    return (unit & 0xfc00) == 0xd800;
}

static bool is_low(char16_t unit) {
    return (unit & 0xfc00) == 0xdc00;
}

static bool is_pair(const char16_t *units, size_t count, size_t i) {
    return is_high(units[i]) && i + 1 < count && is_low(units[i + 1]);
}

/* How many units from the first one on are ASCII, in whole blocks, which compilers vectorise. */
static size_t ascii_blocks(const char16_t *units, size_t count) {
    size_t size = 0;
    for (; count - size >= ASCII_BLOCK; size += ASCII_BLOCK) {
        char16_t seen = 0;
        for (size_t i = 0; i < ASCII_BLOCK; i++) {
            seen |= units[size + i];
        }
        if (seen >= 0x80) {
            break;
        }
    }
    return size;
}

static size_t utf8_size(const char16_t *units, size_t count, size_t ascii) {
    size_t size = ascii;
    for (size_t i = ascii; i < count; i++) {
        if (units[i] < 0x80) {
            size++;
        } else if (units[i] < 0x800) {
            size += 2;
        } else if (is_pair(units, count, i)) {
            size += 4;
            i++;
        } else {
            size += 3;
        }
    }
    return size;
}

static char *put_tail(char *to, uint32_t code, int bytes) {
    for (int shift = (bytes - 1) * 6; shift >= 0; shift -= 6) {
        *to++ = (char)(0x80 | (code >> shift & 0x3f));
    }
    return to;
}

/* A surrogate without its other half is written like any other unit, which WTF-8 is. */
static void to_utf8(char *to, const char16_t *units, size_t count, size_t ascii) {
    for (size_t i = 0; i < ascii; i++) {
        *to++ = (char)units[i];
    }
    for (size_t i = ascii; i < count; i++) {
        uint32_t code = units[i];
        if (code < 0x80) {
            *to++ = (char)code;
        } else if (code < 0x800) {
            *to++ = (char)(0xc0 | code >> 6);
            to = put_tail(to, code, 1);
        } else if (is_pair(units, count, i)) {
            code = 0x10000 + ((code & 0x3ff) << 10) + (units[++i] & 0x3ffu);
            *to++ = (char)(0xf0 | code >> 18);
            to = put_tail(to, code, 3);
        } else {
            *to++ = (char)(0xe0 | code >> 12);
            to = put_tail(to, code, 2);
        }
    }
}

static pgc_str encode(struct args *args, const char16_t *units, size_t count) {
    size_t ascii = ascii_blocks(units, count);
    size_t size = utf8_size(units, count, ascii);
    char *data = args_alloc(args, size + 1, 1);
    if (data == NULL) {
        return pgc_none();
    }
    to_utf8(data, units, count, ascii);
    data[size] = '\0';
    return (pgc_str){data, size};
}

static pgc_str encode_long(struct args *args, napi_value value) {
    size_t count = 0;
    napi_get_value_string_utf16(args->env, value, NULL, 0, &count);
    char16_t *units = malloc((count + 1) * sizeof *units);
    if (units == NULL) {
        args->failed = true;
        return pgc_none();
    }
    napi_get_value_string_utf16(args->env, value, units, count + 1, &count);
    pgc_str text = encode(args, units, count);
    free(units);
    return text;
}

static bool is_absent(struct args *args, napi_value value) {
    napi_valuetype type;
    return napi_typeof(args->env, value, &type) != napi_ok || type == napi_undefined ||
           type == napi_null;
}

pgc_str args_str_of(struct args *args, napi_value value) {
    char16_t units[UNITS_SHORT];
    size_t count = 0;
    if (is_absent(args, value)) {
        return pgc_none();
    }
    if (napi_get_value_string_utf16(args->env, value, units, UNITS_SHORT, &count) != napi_ok) {
        args->failed = true;
        return pgc_none();
    }
    return count < UNITS_SHORT - 1 ? encode(args, units, count) : encode_long(args, value);
}

/* ---- One after the other --------------------------------------------------------------------- */

/* Where there is none any more, Node-API has filled up with undefined. */
napi_value args_value(struct args *args) {
    return args->values[args->next < ARGS_MAX - 1 ? args->next++ : ARGS_MAX - 1];
}

pgc_str args_str(struct args *args) {
    return args_str_of(args, args_value(args));
}

uint32_t args_u32(struct args *args) {
    napi_value value = args_value(args);
    uint32_t number = 0;
    if (!is_absent(args, value) && napi_get_value_uint32(args->env, value, &number) != napi_ok) {
        args->failed = true;
    }
    return number;
}

int64_t args_i64(struct args *args) {
    napi_value value = args_value(args);
    int64_t number = 0;
    if (!is_absent(args, value) && napi_get_value_int64(args->env, value, &number) != napi_ok) {
        args->failed = true;
    }
    return number;
}

double args_double(struct args *args) {
    napi_value value = args_value(args);
    double number = 0;
    if (!is_absent(args, value) && napi_get_value_double(args->env, value, &number) != napi_ok) {
        args->failed = true;
    }
    return number;
}

int64_t args_count(struct args *args) {
    napi_value value = args_value(args);
    int64_t number = PGC_NO_COUNT;
    if (!is_absent(args, value) && napi_get_value_int64(args->env, value, &number) != napi_ok) {
        args->failed = true;
    }
    return number;
}

bool args_bool_of(struct args *args, napi_value value) {
    bool is = false;
    if (!is_absent(args, value) && napi_get_value_bool(args->env, value, &is) != napi_ok) {
        args->failed = true;
    }
    return is;
}

bool args_bool(struct args *args) {
    return args_bool_of(args, args_value(args));
}

int64_t args_time_of(struct args *args, napi_value value) {
    int64_t micros = PGC_NO_TIME;
    bool lossless = true;
    if (is_absent(args, value)) {
        return micros;
    }
    if (napi_get_value_int64(args->env, value, &micros) != napi_ok &&
        napi_get_value_bigint_int64(args->env, value, &micros, &lossless) != napi_ok) {
        args->failed = true;
    }
    args->failed |= !lossless;
    return micros;
}

int64_t args_time(struct args *args) {
    return args_time_of(args, args_value(args));
}

static size_t array_length(struct args *args, napi_value array) {
    uint32_t length = 0;
    if (napi_get_array_length(args->env, array, &length) != napi_ok) {
        args->failed = true;
    }
    return length;
}

napi_value args_array(struct args *args, size_t *count) {
    napi_value array = args_value(args);
    *count = array_length(args, array);
    return array;
}

napi_value args_element(struct args *args, napi_value array, size_t i) {
    napi_value value = NULL;
    if (napi_get_element(args->env, array, (uint32_t)i, &value) != napi_ok) {
        args->failed = true;
        napi_get_undefined(args->env, &value);
    }
    return value;
}

static const pgc_str *read_strs(struct args *args, napi_value array, size_t *count) {
    *count = array_length(args, array);
    pgc_str *strs = args_alloc(args, *count, sizeof *strs);
    for (size_t i = 0; strs != NULL && i < *count; i++) {
        strs[i] = args_str_of(args, args_element(args, array, i));
    }
    return strs;
}

const pgc_str *args_strs(struct args *args, size_t *count) {
    return read_strs(args, args_value(args), count);
}

const pgc_str *args_optional_strs(struct args *args, size_t *count) {
    napi_value array = args_value(args);
    *count = 0;
    return is_absent(args, array) ? NULL : read_strs(args, array, count);
}
