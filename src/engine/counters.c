#include "engine/counters.h"

#include "base/clock.h"
#include "base/mem.h"
#include "engine/op.h"

static void add(_Atomic uint64_t *counter, uint64_t number) {
    if (number > 0) {
        atomic_fetch_add_explicit(counter, number, memory_order_relaxed);
    }
}

static uint64_t get(_Atomic uint64_t *counter) {
    return atomic_load_explicit(counter, memory_order_relaxed);
}

int counters_init(struct counters *counters, const char *const *names, size_t kinds) {
    counters->names = names;
    counters->kinds = kinds;
    counters->of_kind = mem_zalloc(kinds * sizeof *counters->of_kind);
    return counters->of_kind == NULL ? -PGC_NOMEM : 0;
}

void counters_destroy(struct counters *counters) {
    mem_free(counters->of_kind);
}

/* ---- Tracing --------------------------------------------------------------------------------- */

static void tell_of(struct count *count, pgc_trace_phase phase, int64_t time_ns,
                    const pgc_error *err) {
    const struct counters *counters = count->counters;
    const pgc_trace_event event = {
        .id = count->id,
        .operation = counters->names[count->kind],
        .phase = phase,
        .time_ns = time_ns,
        .error = err == NULL || err->code == PGC_OK ? NULL : err,
        .span = &count->span,
    };
    counters->trace(counters->trace_payload, &event);
}

static void on_phase(struct segment *segment, bool answered) {
    pgc_op *op = op_of_segment(segment);
    tell_of(&op->count, answered ? PGC_TRACE_FIRST_ROW : PGC_TRACE_SEND, clock_monotonic_ns(),
            NULL);
}

conn_phase_fn counters_hook(const pgc_op *op) {
    return op->count.id == 0 ? NULL : on_phase;
}

/* ---- The life of a call ---------------------------------------------------------------------- */

struct count counters_count(struct counters *counters, size_t kind) {
    return (struct count){.counters = counters, .kind = kind, .made_ns = clock_monotonic_ns()};
}

static void begin(struct count *count) {
    struct counters *counters = count->counters;
    add(&counters->of_kind[count->kind].started, 1);
    if (counters->trace != NULL) {
        count->id = atomic_fetch_add_explicit(&counters->last_id, 1, memory_order_relaxed) + 1;
        tell_of(count, PGC_TRACE_START, count->made_ns, NULL);
    }
}

/*
 * A failure is counted behind its time: who reads the failures first never finds more of them than
 * times.
 */
static void end(struct count *count, const pgc_error *err) {
    struct counters *counters = count->counters;
    struct kind_counters *kind = &counters->of_kind[count->kind];
    int64_t now = clock_monotonic_ns();
    if (count->id != 0) {
        tell_of(count, PGC_TRACE_END, now, err);
    }
    histogram_add(&kind->latency, (uint64_t)(now - count->made_ns) / 1000);
    if (err->code != PGC_OK) {
        add(&counters->errors[(unsigned)err->code % PGC_CODES_MAX], 1);
        atomic_fetch_add_explicit(&kind->failed, 1, memory_order_release);
    }
}

void counters_begin(pgc_op *op) {
    begin(&op->count);
}

static uint64_t bytes_of_rows(const PGresult *rows) {
    uint64_t bytes = 0;
    int columns = PQnfields(rows);
    for (int row = 0; row < PQntuples(rows); row++) {
        for (int column = 0; column < columns; column++) {
            bytes += (uint64_t)PQgetlength(rows, row, column);
        }
    }
    return bytes;
}

void counters_answer(pgc_op *op) {
    for (size_t i = 0; i < op->segment.done; i++) {
        op->count.rows += (uint64_t)PQntuples(op->segment.results[i]);
        op->count.bytes_received += bytes_of_rows(op->segment.results[i]);
    }
}

static uint64_t bytes_of_parameters(const struct segment *segment) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < segment->count; i++) {
        for (int parameter = 0; parameter < segment->statements[i].count; parameter++) {
            bytes += (uint64_t)segment->statements[i].sizes[parameter];
        }
    }
    return bytes;
}

void counters_end(pgc_op *op, const pgc_error *err) {
    struct kind_counters *kind = &op->count.counters->of_kind[op->count.kind];
    uint64_t sends = op->segment.sends;
    add(&kind->rows, op->count.rows);
    add(&kind->bytes_received, op->count.bytes_received);
    if (sends > 0) {
        add(&kind->bytes_sent, sends * bytes_of_parameters(&op->segment));
        add(&kind->retried, sends - 1);
    }
    end(&op->count, err);
}

void counters_fail(struct counters *counters, size_t kind, const pgc_error *err) {
    struct count count = counters_count(counters, kind);
    begin(&count);
    end(&count, err);
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* The other way round than they are written. */
void counters_read(struct counters *counters, size_t index, pgc_operation_counters *out) {
    struct kind_counters *kind = &counters->of_kind[index];
    out->name = counters->names[index];
    out->failed = atomic_load_explicit(&kind->failed, memory_order_acquire);
    histogram_read(&kind->latency, &out->latency);
    out->succeeded = out->latency.count - out->failed;
    out->started = get(&kind->started);
    out->retried = get(&kind->retried);
    out->rows = get(&kind->rows);
    out->bytes_sent = get(&kind->bytes_sent);
    out->bytes_received = get(&kind->bytes_received);
}
