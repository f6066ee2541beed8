#include "base/args.h"
#include "base/error.h"
#include "domain/check.h"
#include "domain/ids.h"
#include "domain/message_bind.h"
#include "domain/message_rows.h"
#include "domain/metadata.h"
#include "domain/operations.h"
#include "domain/page.h"
#include "domain/result.h"

#define ANCHORS_MAX 1000

/* ---- Lists ----------------------------------------------------------------------------------- */

static struct message_list *new_list(pgc_op *op, enum message_order order) {
    struct message_list *list = arena_zalloc(&op->arena, 1, sizeof *list);
    if (list != NULL) {
        list->order = order;
    }
    op->context = list;
    return list;
}

static uint64_t mark_of(const pgc_message_query *query) {
    uint64_t mark = page_mark_int(PAGE_QUERY, 'm');
    mark = page_mark_str(mark, query->thread_id);
    mark = page_mark_str(mark, query->resource_id);
    mark = page_mark_int(mark, query->from);
    mark = page_mark_int(mark, query->until);
    mark = page_mark_str(mark, query->metadata);
    return page_mark_int(mark, (int64_t)query->direction);
}

static int check_query(const pgc_message_query *query, pgc_error *err) {
    int status;
    if ((query->thread_id.data == NULL) == (query->resource_id.data == NULL)) {
        return error_set(err, PGC_INVALID, "thread_id: give it or resource_id, one of both");
    }
    if ((status =
             query->thread_id.data == NULL ? 0 : check_id(query->thread_id, "thread_id", err)) !=
            0 ||
        (status = check_optional_id(query->resource_id, "resource_id", err)) != 0 ||
        (status = check_time(query->from, "from", err)) != 0 ||
        (status = check_time(query->until, "until", err)) != 0 ||
        (status = check_object(query->metadata, false, "metadata", err)) != 0) {
        return status;
    }
    return check_choice((int)query->direction, PGC_DESCENDING, "direction", err);
}

static enum stmt_id choose_statement(const pgc_message_query *query, bool descending) {
    static const enum stmt_id statements[2][2][2] = {
        {{STMT_message_list_resource_asc, STMT_message_list_resource_desc},
         {STMT_message_list_asc, STMT_message_list_desc}},
        {{STMT_message_list_metadata_resource_asc, STMT_message_list_metadata_resource_desc},
         {STMT_message_list_metadata_thread_asc, STMT_message_list_metadata_thread_desc}},
    };
    return statements[query->metadata.data != NULL][query->thread_id.data != NULL][descending];
}

static int add_list(pgc_op *op, const pgc_message_query *query, const struct page *page,
                    pgc_error *err) {
    bool of_thread = query->thread_id.data != NULL, filtered = query->metadata.data != NULL;
    struct bind *bind = op_statement(op, choose_statement(query, page->descending));
    bind_text(bind, of_thread ? query->thread_id : query->resource_id);
    message_bind_range(bind, query->from, query->until);
    bind_time(bind, page->key.at);
    bind_int8(bind, page->key.seq);
    bind_int8(bind, (int64_t)page->limit + 1);
    bind_int8(bind, page->offset);
    bind_bool(bind, query->with_total);
    int status = filtered ? metadata_bind(op, bind, query->metadata, err) : 0;
    if (filtered || !of_thread) {
        bind_text(bind, of_thread ? query->thread_id : page->key.id);
    }
    return status;
}

static int list(pgc_op *op, const pgc_message_query *query, bool from_end, pgc_error *err) {
    bool of_thread = query->thread_id.data != NULL;
    struct message_list *list = new_list(op, of_thread ? ORDER_TIME_SEQ : ORDER_TIME_THREAD_SEQ);
    if (list == NULL) {
        return error_nomem(err);
    }
    struct page_request request = {
        .query = mark_of(query),
        .direction = query->direction,
        .limit = query->limit,
        .cursor = query->cursor,
        .page = query->page,
        .from_end = from_end,
    };
    int status;
    if ((status = page_open(&list->page, &op->arena, &request, err)) != 0 ||
        (status = add_list(op, query, &list->page, err)) != 0) {
        return status;
    }
    return op_ready(op, of_thread ? message_decode_thread_page : message_decode_page, err);
}

int message_list(pgc_op *op, const pgc_message_query *given, pgc_error *err) {
    pgc_message_query query = PGC_MESSAGE_QUERY_INIT;
    int status;
    if ((status = args_read(&query, sizeof query, given, "query", err)) != 0 ||
        (status = check_query(&query, err)) != 0) {
        return status;
    }
    return list(op, &query, false, err);
}

/* The last page of the list in ascending order, so its cursors go on with that list. */
int message_last(pgc_op *op, pgc_str thread_id, uint32_t limit, pgc_error *err) {
    pgc_message_query query = PGC_MESSAGE_QUERY_INIT;
    query.thread_id = thread_id;
    query.limit = limit;
    int status = check_id(thread_id, "thread_id", err);
    return status != 0 ? status : list(op, &query, true, err);
}

/* ---- Tail, count ----------------------------------------------------------------------------- */

int message_tail(pgc_op *op, pgc_str thread_id, int64_t seq, uint32_t limit, pgc_error *err) {
    int status = check_id(thread_id, "thread_id", err);
    if (status != 0) {
        return status;
    }
    if (seq < 0) {
        return error_set(err, PGC_INVALID, "seq: is below 0");
    }
    struct message_list *list = new_list(op, ORDER_TIME_SEQ);
    if (list == NULL) {
        return error_nomem(err);
    }
    struct page_request request = {.limit = limit};
    status = page_open(&list->page, &op->arena, &request, err);
    struct bind *bind = op_statement(op, STMT_message_tail);
    bind_text(bind, thread_id);
    bind_int8(bind, seq);
    bind_int8(bind, (int64_t)list->page.limit + 1);
    return status != 0 ? status : op_ready(op, message_decode_tail, err);
}

static int decode_count(pgc_op *op, pgc_error *err) {
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    result->total = result_number(result_of(op, 0), 0, -1);
    return result->total < 0 ? result_no_thread(err) : 0;
}

int message_count(pgc_op *op, pgc_str thread_id, int64_t from, int64_t until, pgc_error *err) {
    int status;
    if ((status = check_id(thread_id, "thread_id", err)) != 0 ||
        (status = check_time(from, "from", err)) != 0 ||
        (status = check_time(until, "until", err)) != 0) {
        return status;
    }
    struct bind *bind = op_statement(op, STMT_message_count);
    bind_text(bind, thread_id);
    message_bind_range(bind, from, until);
    return op_ready(op, decode_count, err);
}

/* ---- By id ----------------------------------------------------------------------------------- */

int message_get(pgc_op *op, const pgc_ids *given, pgc_error *err) {
    pgc_ids *ids = arena_zalloc(&op->arena, 1, sizeof *ids);
    if (ids == NULL) {
        return error_nomem(err);
    }
    op->context = ids;
    int status = ids_read(given, ids, err);
    if (status != 0) {
        return status;
    }
    struct bind *bind =
        op_statement(op, ids->without_metadata ? STMT_message_get_bare : STMT_message_get_full);
    bind_text(bind, ids->thread_id);
    bind_text_array(bind, ids->ids, ids->count);
    return op_ready(op, message_decode_ids, err);
}

int message_window(pgc_op *op, const pgc_window *given, pgc_error *err) {
    pgc_window window = PGC_WINDOW_INIT;
    int status;
    if ((status = args_read(&window, sizeof window, given, "window", err)) != 0 ||
        (status =
             window.thread_id.data == NULL ? 0 : check_id(window.thread_id, "thread_id", err)) !=
            0) {
        return status;
    }
    if (window.anchors == NULL || window.count == 0 || window.count > ANCHORS_MAX) {
        return error_set(err, PGC_INVALID, "anchors: there are %zu, not 1 to %d", window.count,
                         ANCHORS_MAX);
    }
    struct bind *bind = op_statement(op, STMT_message_window_full);
    bind_text(bind, window.thread_id);
    status = message_bind_anchors(bind, window.anchors, window.count, err);
    bind_null(bind);
    return status != 0 ? status : op_ready(op, message_decode_rows, err);
}

/* ---- By metadata ----------------------------------------------------------------------------- */

int message_find(pgc_op *op, pgc_str metadata, uint32_t limit, pgc_str cursor, pgc_error *err) {
    struct message_list *list = new_list(op, ORDER_THREAD_ID);
    if (list == NULL) {
        return error_nomem(err);
    }
    struct page_request request = {
        .query = page_mark_str(page_mark_int(PAGE_QUERY, 'f'), metadata),
        .limit = limit,
        .cursor = cursor,
    };
    int status;
    if ((status = check_object(metadata, true, "metadata", err)) != 0 ||
        (status = page_open(&list->page, &op->arena, &request, err)) != 0) {
        return status;
    }
    pgc_str thread_id, id;
    message_split_key(&list->page.key, &thread_id, &id);
    bool backward = list->page.backward;
    struct bind *bind = op_statement(op, backward ? STMT_message_find_desc : STMT_message_find_asc);
    status = metadata_bind(op, bind, metadata, err);
    bind_text(bind, thread_id);
    bind_text(bind, id);
    bind_int8(bind, (int64_t)list->page.limit + 1);
    return status != 0 ? status : op_ready(op, message_decode_page, err);
}
