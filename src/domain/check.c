#include "domain/check.h"

#include "base/error.h"
#include "base/json.h"
#include "base/utf8.h"

static int refuse_bytes(const char *field, const char *what, size_t at, pgc_error *err) {
    int status = error_set(err, PGC_INVALID, "%s: %s at byte %zu", field, what, at);
    error_position(err, (int64_t)at);
    return status;
}

int check_name(pgc_str name, const char *field, pgc_error *err) {
    size_t bad_at;
    const char *nul = name.size == 0 ? NULL : memchr(name.data, '\0', name.size);
    if (nul != NULL) {
        return refuse_bytes(field, "has a NUL", (size_t)(nul - name.data), err);
    }
    return utf8_check(name, &bad_at) ? 0 : refuse_bytes(field, "is not UTF-8", bad_at, err);
}

static int check_id_bytes(pgc_str id, const char *field, pgc_error *err) {
    if (id.size > PGC_ID_MAX) {
        return error_set(err, PGC_INVALID, "%s: is %zu bytes long, the limit is %d", field, id.size,
                         PGC_ID_MAX);
    }
    return check_name(id, field, err);
}

int check_id(pgc_str id, const char *field, pgc_error *err) {
    if (id.data == NULL || id.size == 0) {
        return error_set(err, PGC_INVALID, "%s: is %s", field,
                         id.data == NULL ? "missing" : "empty");
    }
    return check_id_bytes(id, field, err);
}

int check_optional_id(pgc_str id, const char *field, pgc_error *err) {
    return id.data == NULL ? 0 : check_id_bytes(id, field, err);
}

int check_text(pgc_str text, size_t max, const char *field, pgc_error *err) {
    size_t bad_at;
    if (text.size > max) {
        return error_set(err, PGC_INVALID, "%s: is %zu bytes long, the limit is %zu", field,
                         text.size, max);
    }
    return text.data == NULL || utf8_check_loose(text, &bad_at)
               ? 0
               : refuse_bytes(field, "is not UTF-8", bad_at, err);
}

/* *kind may be NULL. */
static int check_document(pgc_str json, enum json_kind *kind, const char *field, pgc_error *err) {
    if (json.data == NULL) {
        return error_set(err, PGC_INVALID, "%s: is missing", field);
    }
    if (json.size > CONTENT_MAX) {
        return error_set(err, PGC_INVALID, "%s: is %zu bytes long, the limit is %d", field,
                         json.size, CONTENT_MAX);
    }
    return json_check(json, kind, field, err);
}

int check_json(pgc_str json, const char *field, pgc_error *err) {
    return check_document(json, NULL, field, err);
}

int check_object(pgc_str json, bool required, const char *field, pgc_error *err) {
    enum json_kind kind = JSON_NULL;
    if (json.data == NULL && !required) {
        return 0;
    }
    int status = check_document(json, &kind, field, err);
    if (status == 0 && kind != JSON_OBJECT) {
        return error_set(err, PGC_INVALID, "%s: is not a JSON object", field);
    }
    return status;
}

int check_time(int64_t time, const char *field, pgc_error *err) {
    if (time == PGC_NO_TIME || (time >= TIME_MIN && time <= TIME_MAX)) {
        return 0;
    }
    return error_set(err, PGC_INVALID, "%s: is not between the years 1 and 9999", field);
}

int check_at(int status, const char *array, size_t i, pgc_error *err) {
    if (status == -PGC_INVALID && err != NULL) {
        pgc_error inner = *err;
        error_set(err, PGC_INVALID, "%s[%zu].%s", array, i, inner.message);
        error_position(err, inner.position >= 0 ? inner.position : (int64_t)i);
    }
    return status;
}

int check_choice(int value, int last, const char *field, pgc_error *err) {
    return value >= 0 && value <= last
               ? 0
               : error_set(err, PGC_INVALID, "%s: %d is none of the values", field, value);
}
