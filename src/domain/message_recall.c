/*
 * Recalling: a page of messages and windows around some of them in one answer, for agents.
 */
#include "base/args.h"
#include "base/error.h"
#include "domain/check.h"
#include "domain/ids.h"
#include "domain/message_bind.h"
#include "domain/message_rows.h"
#include "domain/metadata.h"
#include "domain/operations.h"
#include "domain/result.h"

#define LIST_MAX 100000 /* threads, or anchors, in one call */

/* What decoding needs to know of the question. */
struct recall {
    bool with_page;
    bool with_windows;
    bool descending;
    bool counted; /* the total comes with the page */
    size_t limit; /* rows of the page; SIZE_MAX: all */
    int64_t offset;
};

/* ---- Asking ---------------------------------------------------------------------------------- */

static int check_threads(const pgc_recall *recall, pgc_error *err) {
    if (recall->thread_ids == NULL) {
        return recall->resource_id.data != NULL || recall->extent == PGC_EXTENT_NONE
                   ? 0
                   : error_set(err, PGC_INVALID, "thread_ids: give them or resource_id");
    }
    if (recall->thread_count == 0 || recall->thread_count > LIST_MAX) {
        return error_set(err, PGC_INVALID, "thread_ids: there are %zu, not 1 to %d",
                         recall->thread_count, LIST_MAX);
    }
    for (size_t i = 0; i < recall->thread_count; i++) {
        int status = check_at(check_id(recall->thread_ids[i], "id", err), "thread_ids", i, err);
        if (status != 0) {
            return status;
        }
    }
    size_t again;
    if (ids_find_double(recall->thread_ids, recall->thread_count, &again) != 0) {
        return error_nomem(err);
    }
    return again == SIZE_MAX ? 0
                             : error_set(err, PGC_INVALID, "thread_ids[%zu]: comes twice", again);
}

static int check_recall(const pgc_recall *recall, pgc_error *err) {
    int status;
    if ((status = check_threads(recall, err)) != 0 ||
        (status = check_optional_id(recall->resource_id, "resource_id", err)) != 0 ||
        (status = check_time(recall->from, "from", err)) != 0 ||
        (status = check_time(recall->until, "until", err)) != 0 ||
        (status = check_object(recall->metadata, false, "metadata", err)) != 0 ||
        (status = check_choice((int)recall->direction, PGC_DESCENDING, "direction", err)) != 0 ||
        (status = check_choice((int)recall->extent, PGC_EXTENT_NONE, "extent", err)) != 0) {
        return status;
    }
    if (recall->offset > INT64_MAX / 2) {
        return error_set(err, PGC_INVALID, "offset: is too large");
    }
    if (recall->extent == PGC_EXTENT_NONE && recall->anchor_count == 0) {
        return error_set(err, PGC_INVALID, "extent: neither a page nor anchors are asked for");
    }
    if ((recall->anchors == NULL) != (recall->anchor_count == 0) ||
        recall->anchor_count > LIST_MAX) {
        return error_set(err, PGC_INVALID, "anchors: there are %zu, not 0 to %d",
                         recall->anchor_count, LIST_MAX);
    }
    return 0;
}

static struct recall *plan(struct arena *arena, const pgc_recall *given) {
    struct recall *recall = arena_zalloc(arena, 1, sizeof *recall);
    if (recall == NULL) {
        return NULL;
    }
    bool all = given->extent == PGC_EXTENT_ALL;
    recall->with_page = given->extent != PGC_EXTENT_NONE;
    recall->with_windows = given->anchor_count > 0;
    recall->descending = given->direction == PGC_DESCENDING;
    recall->limit = all ? SIZE_MAX : given->limit == 0 ? PGC_LIMIT_DEFAULT : given->limit;
    recall->offset = (int64_t)given->offset;
    /* a page of all there is counts itself */
    recall->counted = given->with_total && !(all && given->offset == 0);
    return recall;
}

/* All messages of a thread with their total. */
static bool is_whole(const pgc_recall *given, const struct recall *recall) {
    return recall->counted && given->thread_count == 1 && given->resource_id.data == NULL &&
           given->from == PGC_NO_TIME && given->until == PGC_NO_TIME;
}

static enum stmt_id choose_statement(const pgc_recall *given, const struct recall *recall) {
    bool mine = given->resource_id.data != NULL;
    bool back = recall->descending;
    if (given->metadata.data != NULL) {
        return back ? STMT_message_recall_metadata_desc : STMT_message_recall_metadata_asc;
    }
    if (given->thread_ids == NULL) {
        return back ? STMT_message_recall_resource_desc : STMT_message_recall_resource_asc;
    }
    if (is_whole(given, recall)) {
        return back ? STMT_message_recall_whole_desc : STMT_message_recall_whole_asc;
    }
    if (given->thread_count == 1) {
        return mine   ? back ? STMT_message_recall_mine_desc : STMT_message_recall_mine_asc
               : back ? STMT_message_recall_thread_desc
                      : STMT_message_recall_thread_asc;
    }
    return mine
               ? back ? STMT_message_recall_threads_mine_desc : STMT_message_recall_threads_mine_asc
           : back ? STMT_message_recall_threads_desc
                  : STMT_message_recall_threads_asc;
}

/* Where the messages are looked for, and the resource that they must have besides. */
static void bind_source(struct bind *bind, const pgc_recall *given) {
    if (given->metadata.data == NULL && given->thread_ids == NULL) {
        bind_text(bind, given->resource_id);
    } else if (given->metadata.data == NULL && given->thread_count == 1) {
        bind_text(bind, given->thread_ids[0]);
    } else if (given->thread_ids == NULL) {
        bind_null(bind);
    } else {
        bind_text_array(bind, given->thread_ids, given->thread_count);
    }
}

static void bind_resource(struct bind *bind, const pgc_recall *given) {
    bool is_source = given->metadata.data == NULL && given->thread_ids == NULL;
    bind_text(bind, is_source ? pgc_none() : given->resource_id);
}

/* One row more than the page tells whether there are more, unless the total does. */
static int add_page(pgc_op *op, const pgc_recall *given, const struct recall *recall,
                    pgc_error *err) {
    struct bind *bind = op_statement(op, choose_statement(given, recall));
    bind_source(bind, given);
    message_bind_range(bind, given->from, given->until);
    bind_resource(bind, given);
    if (recall->limit == SIZE_MAX) {
        bind_null(bind);
    } else {
        bind_int8(bind, (int64_t)recall->limit + !recall->counted);
    }
    bind_int8(bind, recall->offset);
    bind_bool(bind, recall->counted);
    return given->metadata.data == NULL ? 0 : metadata_bind(op, bind, given->metadata, err);
}

static int add_windows(pgc_op *op, const pgc_recall *given, pgc_error *err) {
    struct bind *bind = op_statement(op, STMT_message_window_bare);
    bind_null(bind);
    int status = message_bind_anchors(bind, given->anchors, given->anchor_count, err);
    bind_text(bind, given->resource_id);
    return status;
}

/* ---- Decoding -------------------------------------------------------------------------------- */

/* The row that was asked for beyond the page is the last one, once they are in order. */
static void end_page(pgc_result *result, const struct recall *recall, const PGresult *rows) {
    size_t found = result->message_count;
    result->page_count = MIN(found, recall->limit);
    if (recall->counted) {
        result->total = message_total(rows);
        result->has_more = recall->offset + (int64_t)result->page_count < result->total;
    } else {
        result->total = recall->limit == SIZE_MAX ? recall->offset + (int64_t)found : -1;
        result->has_more = found > recall->limit;
    }
}

static int decode(pgc_op *op, pgc_error *err) {
    const struct recall *recall = op->context;
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    size_t i = 0;
    const PGresult *page = recall->with_page ? result_hold(op, i++) : NULL;
    const PGresult *windows = recall->with_windows ? result_hold(op, i) : NULL;
    size_t found = page == NULL ? 0 : message_count_rows(page);
    size_t around = windows == NULL ? 0 : message_count_rows(windows);
    int status = result_make_messages(result, found + around, err);
    if (status != 0 || (status = message_read_bare(result, page, 0, found, err)) != 0) {
        return status;
    }
    result->message_count = found;
    message_arrange(result, recall->descending);
    if (page != NULL) {
        end_page(result, recall, page);
    }
    size_t on_page = result->page_count;
    if ((status = message_read_bare(result, windows, on_page, around, err)) != 0) {
        return status;
    }
    result->message_count = on_page + around;
    message_arrange(result, recall->descending);
    return 0;
}

int message_recall(pgc_op *op, const pgc_recall *given, pgc_error *err) {
    pgc_recall recall = PGC_RECALL_INIT;
    int status;
    if ((status = args_read(&recall, sizeof recall, given, "recall", err)) != 0 ||
        (status = check_recall(&recall, err)) != 0) {
        return status;
    }
    struct recall *planned = plan(&op->arena, &recall);
    op->context = planned;
    if (planned == NULL) {
        return error_nomem(err);
    }
    if ((planned->with_page && (status = add_page(op, &recall, planned, err)) != 0) ||
        (planned->with_windows && (status = add_windows(op, &recall, err)) != 0)) {
        return status;
    }
    return op_ready(op, decode, err);
}
