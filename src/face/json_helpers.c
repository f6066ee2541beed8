/* The JSON helpers of the public header: base/json with malloc'ed results. Any thread. */
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/utf8.h"
#include "pgconvo.h"

int pgc_json_check(pgc_str json, pgc_error *err) {
    return json_check(json, NULL, "json", err);
}

/* Hands the bytes of `buf` to the caller, who frees them with free(). */
static int give(struct buf *buf, char **data, size_t *size, pgc_error *err) {
    if (buf->failed) {
        buf_free(buf);
        return error_nomem(err);
    }
    *data = buf->data;
    *size = buf->size;
    return 0;
}

int pgc_json_unquote(pgc_str json, char **text, size_t *size, pgc_error *err) {
    enum json_kind kind;
    int status = json_check(json, &kind, "json", err);
    if (status != 0) {
        return status;
    }
    if (kind != JSON_STRING) {
        return error_set(err, PGC_INVALID, "json: not a JSON string");
    }
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    json_unquote(&buf, json);
    return give(&buf, text, size, err);
}

int pgc_json_quote(pgc_str text, char **json, size_t *size, pgc_error *err) {
    if (text.data == NULL) {
        return error_set(err, PGC_INVALID, "text: absent");
    }
    size_t bad_at;
    if (!utf8_check_loose(text, &bad_at)) {
        int status = error_set(err, PGC_INVALID, "text: not UTF-8 at byte %zu", bad_at);
        error_position(err, (int64_t)bad_at);
        return status;
    }
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    json_quote(&buf, text);
    return give(&buf, json, size, err);
}
