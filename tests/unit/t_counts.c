/* Counters of operations, without a server: what is sent again, what fails before it is made. */
#include "base/error.h"
#include "engine/engine.h"
#include "engine/op.h"
#include "tap.h"

static const char *const names[] = {"first", "second"};
static struct counters counters;
static char told[256]; /* what the hook heard: "name phase CODE;" */

static pgc_operation_counters now_of(size_t kind) {
    pgc_operation_counters out;
    counters_read(&counters, kind, &out);
    return out;
}

static void on_trace(void *payload, const pgc_trace_event *event) {
    size_t size = strlen(told);
    (void)payload;
    snprintf(told + size, sizeof told - size, "%s %d %s;", event->operation, event->phase,
             event->error == NULL ? "-" : pgc_code_name((int)event->error->code));
}

/* An operation with a parameter of five bytes, and a null. */
static pgc_op *op_of_kind(size_t kind) {
    static struct engine engine;
    pgc_op *op = op_new(&engine);
    if (op == NULL) bail("out of memory");
    op->count = counters_count(&counters, kind);
    struct bind *bind = op_sql(op, "SELECT $1, $2");
    bind_text(bind, pgc_z("bytes"));
    bind_null(bind);
    return op;
}

static void check_sends(void) {
    static const uint64_t sends[] = {0, 1, 3};
    static const uint64_t bytes[] = {0, 5, 20};
    static const uint64_t retried[] = {0, 0, 2};
    for (size_t i = 0; i < sizeof sends / sizeof *sends; i++) {
        pgc_op *op = op_of_kind(1);
        counters_begin(op);
        op->segment.sends = sends[i];
        counters_end(op, &op->error);
        op_free(op);
        pgc_operation_counters now = now_of(1);
        is_int(now.bytes_sent, (int64_t)bytes[i], "sent %d times: its parameters each time",
               (int)sends[i]);
        is_int(now.retried, (int64_t)retried[i], "and once is not again");
    }
    is_int(now_of(1).succeeded, 3, "three succeeded");
    is_int(now_of(0).started, 0, "none of the other kind");
    is_str(told, "", "nobody was told");
}

static void check_failures(void) {
    pgc_error err;
    counters.trace = on_trace;
    error_nomem(&err);
    counters_fail(&counters, 0, &err);
    is_str(told, "first 0 -;first 3 NOMEM;", "one that could not be made starts and ends");
    pgc_operation_counters now = now_of(0);
    ok(now.started == 1 && now.failed == 1 && now.succeeded == 0 && now.latency.count == 1,
       "and is counted");
    is_int(counters.errors[PGC_NOMEM], 1, "by its code");
    told[0] = '\0';
    pgc_op *op = op_of_kind(0);
    ok(counters_hook(op) == NULL, "before its start nobody is told of an operation");
    counters_begin(op);
    if (!ok(counters_hook(op) != NULL, "afterwards somebody is")) bail("no hook");
    counters_hook(op)(&op->segment, false);
    error_set(&op->error, PGC_LOST, "lost");
    counters_end(op, &op->error);
    is_str(told, "first 0 -;first 1 -;first 3 LOST;", "to its end, with the error");
    op_free(op);
}

int main(void) {
    if (counters_init(&counters, names, 2) != 0) bail("out of memory");
    check_sends();
    check_failures();
    counters_destroy(&counters);
    return done_testing();
}
