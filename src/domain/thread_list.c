#include "base/args.h"
#include "base/error.h"
#include "domain/check.h"
#include "domain/metadata.h"
#include "domain/operations.h"
#include "domain/page.h"
#include "domain/result.h"

/* Variants of both statements are in this order in their files: owner, column, direction. */
static enum stmt_id choose_statement(const pgc_thread_query *query, bool descending) {
    static const enum stmt_id statements[2][2][2][2] = {
        {{{STMT_thread_list_all_created_asc, STMT_thread_list_all_created_desc},
          {STMT_thread_list_all_updated_asc, STMT_thread_list_all_updated_desc}},
         {{STMT_thread_list_resource_created_asc, STMT_thread_list_resource_created_desc},
          {STMT_thread_list_resource_updated_asc, STMT_thread_list_resource_updated_desc}}},
        {{{STMT_thread_find_all_created_asc, STMT_thread_find_all_created_desc},
          {STMT_thread_find_all_updated_asc, STMT_thread_find_all_updated_desc}},
         {{STMT_thread_find_resource_created_asc, STMT_thread_find_resource_created_desc},
          {STMT_thread_find_resource_updated_asc, STMT_thread_find_resource_updated_desc}}},
    };
    return statements[query->metadata.data != NULL][query->resource_id.data != NULL]
                     [query->order == PGC_BY_UPDATED][descending];
}

struct list_context {
    struct page page;
    pgc_thread_order order;
};

static struct page_key key_of(const struct list_context *context, const pgc_thread *thread) {
    int64_t at = context->order == PGC_BY_UPDATED ? thread->updated_at : thread->created_at;
    return (struct page_key){.at = at, .id = thread->id};
}

/* Columns: the total, then the thread's; a single row without an id is an empty page. */
static int decode_list(pgc_op *op, pgc_error *err) {
    const struct list_context *context = op->context;
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    const PGresult *rows = result_hold(op, 0);
    size_t count = page_found(&context->page, result, rows);
    int status = result_make_threads(result, count, err);
    for (size_t i = 0; status == 0 && i < count; i++) {
        int row = page_row(&context->page, count, i);
        status = result_read_thread(result, rows, row, 1, &result->threads[i], err);
    }
    if (status != 0) {
        return status;
    }
    if (count == 0) {
        return page_set_cursors(&context->page, result, NULL, NULL, err);
    }
    struct page_key first = key_of(context, &result->threads[0]);
    struct page_key last = key_of(context, &result->threads[count - 1]);
    return page_set_cursors(&context->page, result, &first, &last, err);
}

static uint64_t mark_of(const pgc_thread_query *query) {
    uint64_t mark = page_mark_int(PAGE_QUERY, 't');
    mark = page_mark_str(mark, query->resource_id);
    mark = page_mark_str(mark, query->metadata);
    mark = page_mark_int(mark, (int64_t)query->order);
    return page_mark_int(mark, (int64_t)query->direction);
}

static int check_query(const pgc_thread_query *query, pgc_error *err) {
    int status;
    if ((status = check_optional_id(query->resource_id, "resource_id", err)) != 0 ||
        (status = check_object(query->metadata, false, "metadata", err)) != 0 ||
        (status = check_choice((int)query->order, PGC_BY_UPDATED, "order", err)) != 0) {
        return status;
    }
    return check_choice((int)query->direction, PGC_DESCENDING, "direction", err);
}

int thread_list(pgc_op *op, const pgc_thread_query *given, pgc_error *err) {
    pgc_thread_query query = PGC_THREAD_QUERY_INIT;
    int status;
    if ((status = args_read(&query, sizeof query, given, "query", err)) != 0 ||
        (status = check_query(&query, err)) != 0) {
        return status;
    }
    struct list_context *context = arena_zalloc(&op->arena, 1, sizeof *context);
    if (context == NULL) {
        return error_nomem(err);
    }
    context->order = query.order;
    op->context = context;
    struct page_request request = {
        .query = mark_of(&query),
        .direction = query.direction,
        .limit = query.limit,
        .cursor = query.cursor,
        .page = query.page,
    };
    status = page_open(&context->page, &op->arena, &request, err);
    if (status != 0) {
        return status;
    }
    struct bind *bind = op_statement(op, choose_statement(&query, context->page.descending));
    bind_text(bind, query.resource_id);
    bind_time(bind, context->page.key.at);
    bind_text(bind, context->page.key.id);
    bind_int8(bind, (int64_t)context->page.limit + 1);
    bind_int8(bind, context->page.offset);
    bind_bool(bind, query.with_total);
    if (query.metadata.data != NULL) {
        status = metadata_bind(op, bind, query.metadata, err);
    }
    return status != 0 ? status : op_ready(op, decode_list, err);
}
