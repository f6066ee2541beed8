/* Counters: what known sequences of calls leave behind, in every drive. */
#include "world.h"

#include <pgconvo_counters.h>

static pgc_counters all_now(void) {
    pgc_counters counters = PGC_COUNTERS_INIT;
    pgc_store_counters(store, &counters);
    return counters;
}

static pgc_operation_counters now_of(const char *name) {
    pgc_operation_counters counters = PGC_OPERATION_COUNTERS_INIT;
    for (size_t i = 0; pgc_store_operation_counters(store, i, &counters); i++) {
        if (strcmp(counters.name, name) == 0) return counters;
    }
    bail("no operation is called %s", name);
    return counters;
}

static uint64_t total(const pgc_histogram *histogram) {
    uint64_t count = 0;
    for (size_t i = 0; i < PGC_HISTOGRAM_BUCKETS; i++) {
        count += histogram->buckets[i];
    }
    return count;
}

/* "started succeeded failed rows" since `before`. */
static const char *since(const pgc_operation_counters *before) {
    pgc_operation_counters now = now_of(before->name);
    return form("%d %d %d %d", (int)(now.started - before->started),
                (int)(now.succeeded - before->succeeded), (int)(now.failed - before->failed),
                (int)(now.rows - before->rows));
}

/* ---- What adds up ---- */

static void check_sums(void) {
    pgc_operation_counters one = PGC_OPERATION_COUNTERS_INIT;
    pgc_counters sum = {.size = 0}, all = all_now();
    int torn = 0;
    size_t kinds = 0;
    uint64_t errors = 0;
    for (; pgc_store_operation_counters(store, kinds, &one); kinds++) {
        sum.started += one.started;
        sum.succeeded += one.succeeded;
        sum.failed += one.failed;
        sum.rows += one.rows;
        sum.bytes_sent += one.bytes_sent;
        sum.bytes_received += one.bytes_received;
        torn += one.latency.count != one.succeeded + one.failed ||
                total(&one.latency) != one.latency.count || one.started != one.latency.count;
    }
    for (size_t code = 0; code < PGC_CODES_MAX; code++) {
        errors += all.errors[code];
    }
    is_int(kinds, all.operations, "there are as many kinds as it says");
    is_int(torn, 0, "each has as many times as it has ended, and none is under way");
    ok(sum.started == all.started && sum.succeeded == all.succeeded && sum.failed == all.failed &&
           sum.rows == all.rows && sum.bytes_sent == all.bytes_sent &&
           sum.bytes_received == all.bytes_received,
       "all together are their sum");
    is_int(errors, all.failed, "every failure has a code");
    is_int(all.errors[PGC_OK], 0, "which is not OK");
}

/* ---- Known sequences ---- */

static void check_calls(void) {
    pgc_operation_counters create = now_of("thread_create"), get = now_of("thread_get"),
                           append = now_of("message_append"), list = now_of("message_list");
    make_thread("one", "somebody");
    make_thread("two", NULL);
    put("one", "a b c");
    put("two", "d");
    works(CALL(message_list, MESSAGE_QUERY(.thread_id = z("one"))), "a list");
    is_int(pgc_result_messages(result), 3, "has its messages");
    for (int i = 0; i < 5; i++) {
        must(CALL(thread_get, z("two")));
    }
    is_str(since(&create), "2 2 0 4", "two threads were made, each by two statements");
    is_str(since(&append), "2 2 0 4", "two appends of four messages");
    is_str(since(&get), "5 5 0 5", "five threads were read");
    is_str(since(&list), "1 1 0 3", "one list of three");
}

static void check_failures(void) {
    pgc_operation_counters get = now_of("thread_get"), create = now_of("thread_create");
    pgc_counters before = all_now();
    is_code(CALL(thread_get, z("nobody")), PGC_NOT_FOUND, &err, "one that is not there");
    is_code(CALL(thread_get, z("nobody")), PGC_NOT_FOUND, &err, "nor the second time");
    is_code(CALL(thread_get, z("")), PGC_INVALID, &err, "an id that cannot be");
    is_code(CALL(thread_create, NEW_THREAD(.id = z("one"))), PGC_EXISTS, &err, "one that exists");
    is_str(since(&get), "3 0 3 0", "three reads failed");
    is_str(since(&create), "1 0 1 1", "and one thread was not made");
    pgc_counters after = all_now();
    is_int(after.errors[PGC_NOT_FOUND] - before.errors[PGC_NOT_FOUND], 2, "two were NOT_FOUND");
    is_int(after.errors[PGC_INVALID] - before.errors[PGC_INVALID], 1, "one INVALID");
    is_int(after.errors[PGC_EXISTS] - before.errors[PGC_EXISTS], 1, "one EXISTS");
    is_int(pgc_thread_get(store, z(""), &world_new, NULL), -PGC_INVALID, "an error nobody reads");
    is_int(pgc_thread_get_start(store, z(""), NULL, NULL, &world_op, NULL), -PGC_INVALID,
           "nor of a start");
    is_int(all_now().errors[PGC_INVALID] - before.errors[PGC_INVALID], 3, "is counted as well");
}

/* ---- Bytes ---- */

static void append_text(const char *id, size_t size) {
    static char text[4096];
    memset(text, 'x', sizeof text);
    pgc_message_new message = MESSAGE(.id = z(id), .text = {text, size});
    must(CALL(message_append, APPEND(.thread_id = z("two"), .messages = &message, .count = 1)));
}

static void check_bytes(void) {
    uint64_t sent[3], received[3];
    static const char *const ids[] = {"bytes 1", "bytes 2"};
    for (size_t i = 0; i < 2; i++) {
        sent[i] = now_of("message_append").bytes_sent;
        append_text(ids[i], 1000 + 1500 * i);
    }
    sent[2] = now_of("message_append").bytes_sent;
    ok(sent[1] - sent[0] > 1000 && sent[1] - sent[0] < 1500, "about a thousand bytes were sent");
    is_int((sent[2] - sent[1]) - (sent[1] - sent[0]), 1500, "then 1500 more, no more, no less");
    for (size_t i = 0; i < 2; i++) {
        received[i] = now_of("message_get").bytes_received;
        must(CALL(message_get,
                  &(pgc_ids){.size = sizeof(pgc_ids), .ids = (pgc_str[]){z(ids[i])}, .count = 1}));
    }
    received[2] = now_of("message_get").bytes_received;
    ok(received[1] - received[0] > 1000 && received[1] - received[0] < 1500,
       "about a thousand bytes were received");
    is_int((received[2] - received[1]) - (received[1] - received[0]), 1500, "then 1500 more");
}

/* ---- At any moment ---- */

static void check_under_way(void) {
    pgc_operation_counters before = now_of("thread_get");
    pgc_op *op = NULL;
    must(pgc_thread_get_start(store, z("one"), NULL, NULL, &op, &err));
    is_str(since(&before), "1 0 0 0", "one was started and has not ended");
    pgc_result_free(result);
    result = NULL;
    must(pgc_op_wait(op, &result, &err));
    is_str(since(&before), "1 1 0 1", "now it has");
    ok(now_of("thread_get").latency.max_us > 0 &&
           now_of("thread_get").latency.sum_us > before.latency.sum_us,
       "and it took some time");
}

static void check_lease(void) {
    pgc_operation_counters before = now_of("lease_acquire");
    pgc_lease *lease = NULL;
    must(pgc_lease_acquire(store, &lease, &err));
    is_int(all_now().pool.leased, 1, "a lease is one of the pool");
    pgc_lease_release(lease);
    is_int(all_now().pool.leased, 0, "until it is given back");
    is_int(now_of("lease_acquire").succeeded - before.succeeded, 1, "and an operation");
    is_int(all_now().pool.max, 10, "the pool tells its ceiling");
}

/* ---- The structs ---- */

static void check_structs(void) {
    pgc_operation_counters whole = now_of("thread_get"), part;
    size_t index = 0;
    while (pgc_store_operation_counters(store, index, &whole) &&
           strcmp(whole.name, "thread_get") != 0) {
        index++;
    }
    memset(&part, 0x55, sizeof part);
    part.size = offsetof(pgc_operation_counters, failed);
    ok(pgc_store_operation_counters(store, index, &part), "a shorter struct of an older header");
    ok(part.started == whole.started && part.succeeded == whole.succeeded &&
           part.failed == UINT64_C(0x5555555555555555) &&
           part.size == offsetof(pgc_operation_counters, failed),
       "gets what it has room for");
    struct {
        pgc_counters known;
        uint64_t more;
    } longer = {.known = {.size = sizeof longer}, .more = 7};
    pgc_store_counters(store, &longer.known);
    ok(longer.known.started == all_now().started && longer.more == 7 &&
           longer.known.size == sizeof longer,
       "a longer one of a newer header keeps what is not known");
    ok(!pgc_store_operation_counters(store, all_now().operations, &whole) &&
           !pgc_store_operation_counters(store, SIZE_MAX, &whole),
       "there is nothing behind the last");
    pgc_store *handle = NULL;
    must(pgc_store_with_timeout(store, 1000, &handle, &err));
    pgc_counters other = PGC_COUNTERS_INIT;
    pgc_store_counters(handle, &other);
    is_int(other.started, all_now().started, "another handle is the same store");
    pgc_store_free(handle);
}

static void trace_nothing(void *payload, const pgc_trace_event *event) {
    (void)payload;
    (void)event;
}

static void tests(void) {
    is_int(all_now().started, 1, "opening was one operation");
    is_int(now_of("store_init").succeeded, 1, "which prepared the schema");
    is_code(pgc_store_trace(store, trace_nothing, NULL, &err), PGC_INVALID, &err,
            "too late for a hook");
    check_calls();
    check_failures();
    check_bytes();
    check_under_way();
    check_lease();
    check_structs();
    check_sums();
}

int main(void) {
    return world_run("counters", tests);
}
