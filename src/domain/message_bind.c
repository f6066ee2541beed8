#include "domain/message_bind.h"

#include "base/error.h"
#include "domain/check.h"

void message_bind_range(struct bind *bind, int64_t from, int64_t until) {
    bind_time(bind, from == PGC_NO_TIME ? TIME_FIRST : from);
    bind_time(bind, until == PGC_NO_TIME ? TIME_LAST : until);
}

static int check_anchor(const pgc_anchor *anchor, size_t i, pgc_error *err) {
    int status = check_id(anchor->message_id, "message_id", err);
    if (status == 0 && (anchor->before > PGC_LIMIT_MAX || anchor->after > PGC_LIMIT_MAX)) {
        status = error_set(err, PGC_INVALID, "before, after: one is above %d", PGC_LIMIT_MAX);
    }
    return check_at(status, "anchors", i, err);
}

int message_bind_anchors(struct bind *bind, const pgc_anchor *anchors, size_t count,
                         pgc_error *err) {
    pgc_str *ids = arena_zalloc(bind->arena, count, sizeof *ids);
    int64_t *before = arena_zalloc(bind->arena, count, sizeof *before);
    int64_t *after = arena_zalloc(bind->arena, count, sizeof *after);
    if (ids == NULL || before == NULL || after == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        int status = check_anchor(&anchors[i], i, err);
        if (status != 0) {
            return status;
        }
        ids[i] = anchors[i].message_id;
        before[i] = anchors[i].before;
        after[i] = anchors[i].after;
    }
    bind_text_array(bind, ids, count);
    bind_int8_array(bind, before, count);
    bind_int8_array(bind, after, count);
    return 0;
}
