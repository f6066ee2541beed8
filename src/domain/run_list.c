#include "base/args.h"
#include "base/error.h"
#include "domain/check.h"
#include "domain/escaped.h"
#include "domain/page.h"
#include "domain/run.h"
#include "domain/workflow_operations.h"

/*
 * The filter that leads the way: one that leaves few rows, as far as that can be known beforehand.
 */
static enum stmt_id choose_statement(const pgc_run_query *query, bool descending) {
    if (query->resource_id.data != NULL) {
        return descending ? STMT_run_list_resource_desc : STMT_run_list_resource_asc;
    }
    if (query->status.data != NULL) {
        return descending ? STMT_run_list_status_desc : STMT_run_list_status_asc;
    }
    if (query->workflow_name.data != NULL) {
        return descending ? STMT_run_list_name_desc : STMT_run_list_name_asc;
    }
    return descending ? STMT_run_list_all_desc : STMT_run_list_all_asc;
}

/* A place is a time and both ids, joined; `seq` says where the second one begins. */
static int make_key(pgc_result *result, const pgc_run *run, struct page_key *key, pgc_error *err) {
    size_t size = run->run_id.size + run->workflow_name.size;
    char *both = arena_alloc(&result->arena, size);
    if (both == NULL) {
        return error_nomem(err);
    }
    memcpy(both, run->run_id.data, run->run_id.size);
    memcpy(both + run->run_id.size, run->workflow_name.data, run->workflow_name.size);
    *key = (struct page_key){run->created_at, (int64_t)run->run_id.size, {both, size}};
    return 0;
}

static void bind_key(struct bind *bind, const struct page_key *key) {
    size_t at = key->seq < 0 || (uint64_t)key->seq > key->id.size ? 0 : (size_t)key->seq;
    bind_time(bind, key->at);
    bind_text(bind, (pgc_str){key->id.data, at});
    bind_text(bind, (pgc_str){key->id.data + at, key->id.size - at});
}

/* Columns: the total, then the run's; a single row without a name is an empty page. */
static int decode_list(pgc_op *op, pgc_error *err) {
    const struct page *page = op->context;
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    const PGresult *rows = result_hold(op, 0);
    size_t count = page_found(page, result, rows);
    pgc_run *runs = run_make(result, count, err);
    int status = runs == NULL ? -PGC_NOMEM : 0;
    for (size_t i = 0; status == 0 && i < count; i++) {
        status = run_read(result, rows, page_row(page, count, i), 1, &runs[i], err);
    }
    if (status != 0 || count == 0) {
        return status != 0 ? status : page_set_cursors(page, result, NULL, NULL, err);
    }
    struct page_key first, last;
    if ((status = make_key(result, &runs[0], &first, err)) != 0 ||
        (status = make_key(result, &runs[count - 1], &last, err)) != 0) {
        return status;
    }
    return page_set_cursors(page, result, &first, &last, err);
}

static uint64_t mark_of(const pgc_run_query *query) {
    uint64_t mark = page_mark_int(PAGE_QUERY, 'w');
    mark = page_mark_str(mark, query->workflow_name);
    mark = page_mark_str(mark, query->status);
    mark = page_mark_str(mark, query->resource_id);
    mark = page_mark_str(mark, query->thread_id);
    mark = page_mark_int(mark, query->from);
    mark = page_mark_int(mark, query->until);
    return page_mark_int(mark, (int64_t)query->direction);
}

static int check_query(const pgc_run_query *query, pgc_error *err) {
    int status;
    if ((status = query->workflow_name.data == NULL
                      ? 0
                      : check_id(query->workflow_name, "workflow_name", err)) != 0 ||
        (status = check_text(query->status, PGC_ID_MAX, "status", err)) != 0 ||
        (status = check_optional_id(query->resource_id, "resource_id", err)) != 0 ||
        (status = check_text(query->thread_id, TEXT_MAX, "thread_id", err)) != 0 ||
        (status = check_time(query->from, "from", err)) != 0 ||
        (status = check_time(query->until, "until", err)) != 0) {
        return status;
    }
    return check_choice((int)query->direction, PGC_DESCENDING, "direction", err);
}

static int bind_query(pgc_op *op, const pgc_run_query *query, const struct page *page,
                      pgc_error *err) {
    struct bind *bind = op_statement(op, choose_statement(query, page->descending));
    bind_text(bind, query->workflow_name);
    int status = escaped_bind_text(op, bind, query->status, err);
    bind_text(bind, query->resource_id);
    if (status != 0 || (status = escaped_bind_text(op, bind, query->thread_id, err)) != 0) {
        return status;
    }
    bind_time(bind, query->from == PGC_NO_TIME ? TIME_FIRST : query->from);
    bind_time(bind, query->until == PGC_NO_TIME ? TIME_LAST : query->until);
    bind_key(bind, &page->key);
    bind_int8(bind, (int64_t)page->limit + 1);
    bind_int8(bind, page->offset);
    bind_bool(bind, query->with_total);
    return 0;
}

int run_list(pgc_op *op, const pgc_run_query *given, pgc_error *err) {
    pgc_run_query query = PGC_RUN_QUERY_INIT;
    int status;
    if ((status = args_read(&query, sizeof query, given, "query", err)) != 0 ||
        (status = check_query(&query, err)) != 0) {
        return status;
    }
    struct page *page = arena_zalloc(&op->arena, 1, sizeof *page);
    if (page == NULL) {
        return error_nomem(err);
    }
    op->context = page;
    struct page_request request = {
        .query = mark_of(&query),
        .direction = query.direction,
        .limit = query.limit,
        .cursor = query.cursor,
        .page = query.page,
    };
    if ((status = page_open(page, &op->arena, &request, err)) != 0) {
        return status;
    }
    page_begin_at(page, query.from, query.until);
    status = bind_query(op, &query, page, err);
    return status != 0 ? status : op_ready(op, decode_list, err);
}
