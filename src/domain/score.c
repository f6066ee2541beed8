#include "base/args.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"
#include "domain/check.h"
#include "domain/page.h"
#include "domain/result.h"
#include "domain/workflow_operations.h"
#include "statement/row.h"

/* ---- Decoding -------------------------------------------------------------------------------- */

static pgc_score *make_scores(pgc_result *result, size_t count, pgc_error *err) {
    return result_make_records(result, RECORD_SCORE, count, sizeof(pgc_score), err);
}

/* Columns from `column` on as in score_get. */
static int read_score(const PGresult *rows, int row, int column, pgc_score *score, pgc_error *err) {
    struct row reader = row_of(rows, row);
    score->id = row_id(&reader, column);
    score->scorer_id = row_text(&reader, column + 1);
    score->run_id = row_text(&reader, column + 2);
    score->entity_id = row_text(&reader, column + 3);
    score->entity_type = row_text(&reader, column + 4);
    score->source = row_text(&reader, column + 5);
    score->trace_id = row_text(&reader, column + 6);
    score->span_id = row_text(&reader, column + 7);
    score->organization_id = row_text(&reader, column + 8);
    score->project_id = row_text(&reader, column + 9);
    score->created_at = row_time(&reader, column + 10);
    score->updated_at = row_time(&reader, column + 11);
    score->document = row_text(&reader, column + 12);
    return reader.bad ? result_bad_row(err) : 0;
}

size_t pgc_result_scores(const pgc_result *result) {
    return result_records(result, RECORD_SCORE);
}

const pgc_score *pgc_result_score(const pgc_result *result, size_t i) {
    return result_record(result, RECORD_SCORE, i, sizeof(pgc_score));
}

/* The only row; `column` is the score's first. */
static int decode_score(pgc_op *op, int column, pgc_error *err) {
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    const PGresult *rows = result_hold(op, 0);
    if (PQntuples(rows) == 0) {
        return error_set(err, PGC_NOT_FOUND, "there is no such score");
    }
    pgc_score *score = make_scores(result, 1, err);
    return score == NULL ? -PGC_NOMEM : read_score(rows, 0, column, score, err);
}

/* ---- Put, get -------------------------------------------------------------------------------- */

static int decode_put(pgc_op *op, pgc_error *err) {
    int status = decode_score(op, 1, err);
    if (status == 0) {
        op->result->inserted = result_flag(op->result->held, 0);
    }
    return status;
}

static int check_score(const pgc_score_new *score, pgc_error *err) {
    int status;
    if ((status = score->id.data == NULL ? 0 : check_id(score->id, "id", err)) != 0 ||
        (status = check_optional_id(score->scorer_id, "scorer_id", err)) != 0 ||
        (status = check_optional_id(score->run_id, "run_id", err)) != 0 ||
        (status = check_optional_id(score->entity_id, "entity_id", err)) != 0 ||
        (status = check_optional_id(score->entity_type, "entity_type", err)) != 0 ||
        (status = check_optional_id(score->source, "source", err)) != 0 ||
        (status = check_optional_id(score->trace_id, "trace_id", err)) != 0 ||
        (status = check_optional_id(score->span_id, "span_id", err)) != 0 ||
        (status = check_optional_id(score->organization_id, "organization_id", err)) != 0 ||
        (status = check_optional_id(score->project_id, "project_id", err)) != 0 ||
        (status = check_time(score->created_at, "created_at", err)) != 0 ||
        (status = check_time(score->updated_at, "updated_at", err)) != 0) {
        return status;
    }
    return check_json(score->document, "document", err);
}

static void bind_score(struct bind *bind, const pgc_score_new *score) {
    bind_text(bind, score->id);
    bind_text(bind, score->scorer_id);
    bind_text(bind, score->run_id);
    bind_text(bind, score->entity_id);
    bind_text(bind, score->entity_type);
    bind_text(bind, score->source);
    bind_text(bind, score->trace_id);
    bind_text(bind, score->span_id);
    bind_text(bind, score->organization_id);
    bind_text(bind, score->project_id);
    bind_time(bind, score->created_at);
    bind_time(bind, score->updated_at);
    bind_text(bind, score->document);
}

int score_put(pgc_op *op, const pgc_score_new *given, pgc_error *err) {
    pgc_score_new score = PGC_SCORE_NEW_INIT;
    int status;
    if ((status = args_read(&score, sizeof score, given, "score", err)) != 0 ||
        (status = check_score(&score, err)) != 0) {
        return status;
    }
    char made[UUID_SIZE];
    struct uuid_random random = {.left = 0};
    if (score.id.data == NULL) {
        if (uuid_v7(&random, made) != 0) {
            return error_set(err, PGC_INTERNAL, "no random numbers for an id");
        }
        score.id = pgc_z(made);
    }
    if (score.created_at == PGC_NO_TIME) {
        score.created_at = clock_wall_us();
    }
    if (score.updated_at == PGC_NO_TIME) {
        score.updated_at = score.created_at;
    }
    bind_score(op_statement(op, STMT_score_put), &score);
    return op_ready(op, decode_put, err);
}

static int decode_get(pgc_op *op, pgc_error *err) {
    return decode_score(op, 0, err);
}

int score_get(pgc_op *op, pgc_str id, pgc_error *err) {
    int status = check_id(id, "id", err);
    if (status != 0) {
        return status;
    }
    bind_text(op_statement(op, STMT_score_get), id);
    return op_ready(op, decode_get, err);
}

/* ---- List ------------------------------------------------------------------------------------ */

/* The filter that leads the way: one that leaves few rows, as far as that can be known. */
static enum stmt_id choose_statement(const pgc_score_query *query, bool descending) {
    if (query->run_id.data != NULL) {
        return descending ? STMT_score_list_run_desc : STMT_score_list_run_asc;
    }
    if (query->trace_id.data != NULL) {
        return descending ? STMT_score_list_trace_desc : STMT_score_list_trace_asc;
    }
    if (query->entity_id.data != NULL) {
        return descending ? STMT_score_list_entity_desc : STMT_score_list_entity_asc;
    }
    if (query->scorer_id.data != NULL) {
        return descending ? STMT_score_list_scorer_desc : STMT_score_list_scorer_asc;
    }
    return descending ? STMT_score_list_all_desc : STMT_score_list_all_asc;
}

/* Columns: the total, then the score's; a single row without an id is an empty page. */
static int decode_list(pgc_op *op, pgc_error *err) {
    const struct page *page = op->context;
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    const PGresult *rows = result_hold(op, 0);
    size_t count = page_found(page, result, rows);
    pgc_score *scores = make_scores(result, count, err);
    int status = scores == NULL ? -PGC_NOMEM : 0;
    for (size_t i = 0; status == 0 && i < count; i++) {
        status = read_score(rows, page_row(page, count, i), 1, &scores[i], err);
    }
    if (status != 0 || count == 0) {
        return status != 0 ? status : page_set_cursors(page, result, NULL, NULL, err);
    }
    const pgc_score *end = &scores[count - 1];
    struct page_key first = {.at = scores[0].created_at, .id = scores[0].id};
    struct page_key last = {.at = end->created_at, .id = end->id};
    return page_set_cursors(page, result, &first, &last, err);
}

/* The filters in the order of the statement's parameters. */
#define FILTERS 9

struct filter {
    pgc_str value;
    const char *field;
};

static void list_filters(const pgc_score_query *query, struct filter *filters) {
    const struct filter all[FILTERS] = {
        {query->scorer_id, "scorer_id"},   {query->run_id, "run_id"},
        {query->entity_id, "entity_id"},   {query->entity_type, "entity_type"},
        {query->source, "source"},         {query->trace_id, "trace_id"},
        {query->span_id, "span_id"},       {query->organization_id, "organization_id"},
        {query->project_id, "project_id"},
    };
    memcpy(filters, all, sizeof all);
}

static int check_filters(const struct filter *filters, pgc_error *err) {
    int status = 0;
    for (size_t i = 0; status == 0 && i < FILTERS; i++) {
        status = check_optional_id(filters[i].value, filters[i].field, err);
    }
    return status;
}

static int open_page(pgc_op *op, const pgc_score_query *query, const struct filter *filters,
                     struct page **page, pgc_error *err) {
    *page = arena_zalloc(&op->arena, 1, sizeof **page);
    if (*page == NULL) {
        return error_nomem(err);
    }
    op->context = *page;
    uint64_t mark = page_mark_int(PAGE_QUERY, 's');
    for (size_t i = 0; i < FILTERS; i++) {
        mark = page_mark_str(mark, filters[i].value);
    }
    mark = page_mark_int(page_mark_int(mark, query->from), query->until);
    struct page_request request = {
        .query = page_mark_int(mark, (int64_t)query->direction),
        .direction = query->direction,
        .limit = query->limit,
        .cursor = query->cursor,
        .page = query->page,
    };
    int status = page_open(*page, &op->arena, &request, err);
    if (status == 0) {
        page_begin_at(*page, query->from, query->until);
    }
    return status;
}

int score_list(pgc_op *op, const pgc_score_query *given, pgc_error *err) {
    pgc_score_query query = PGC_SCORE_QUERY_INIT;
    struct filter filters[FILTERS];
    struct page *page;
    int status = args_read(&query, sizeof query, given, "query", err);
    if (status != 0) {
        return status;
    }
    list_filters(&query, filters);
    if ((status = check_filters(filters, err)) != 0 ||
        (status = check_time(query.from, "from", err)) != 0 ||
        (status = check_time(query.until, "until", err)) != 0 ||
        (status = check_choice((int)query.direction, PGC_DESCENDING, "direction", err)) != 0 ||
        (status = open_page(op, &query, filters, &page, err)) != 0) {
        return status;
    }
    struct bind *bind = op_statement(op, choose_statement(&query, page->descending));
    for (size_t i = 0; i < FILTERS; i++) {
        bind_text(bind, filters[i].value);
    }
    bind_time(bind, query.from == PGC_NO_TIME ? TIME_FIRST : query.from);
    bind_time(bind, query.until == PGC_NO_TIME ? TIME_LAST : query.until);
    bind_time(bind, page->key.at);
    bind_text(bind, page->key.id);
    bind_int8(bind, (int64_t)page->limit + 1);
    bind_int8(bind, page->offset);
    bind_bool(bind, query.with_total);
    return op_ready(op, decode_list, err);
}
