#include "counters.h"

#include "outcome_fields.h"

#include <pgconvo_counters.h>

static void add(struct text *text, const char *name, uint64_t number) {
    field_number(text, name, (int64_t)number);
}

static void add_buckets(struct text *text, const pgc_histogram *histogram) {
    const char *before = ",\"buckets\":[[";
    for (size_t i = 0; i < PGC_HISTOGRAM_BUCKETS; i++) {
        if (histogram->buckets[i] > 0) {
            add(text, before, pgc_histogram_bound(i));
            add(text, ",", histogram->buckets[i]);
            before = "],[";
        }
    }
    text_literal(text, "]]");
}

static void add_latency(struct text *text, const pgc_histogram *histogram) {
    add(text, ",\"count\":", histogram->count);
    add(text, ",\"sum\":", histogram->sum_us);
    add(text, ",\"max\":", histogram->max_us);
    add(text, ",\"p50\":", pgc_histogram_percentile(histogram, 50));
    add(text, ",\"p90\":", pgc_histogram_percentile(histogram, 90));
    add(text, ",\"p99\":", pgc_histogram_percentile(histogram, 99));
    if (histogram->count > 0) {
        add_buckets(text, histogram);
    }
}

static void add_operation(struct text *text, const pgc_operation_counters *one) {
    field_text(text, "{\"name\":", pgc_z(one->name));
    add(text, ",\"started\":", one->started);
    add(text, ",\"succeeded\":", one->succeeded);
    add(text, ",\"failed\":", one->failed);
    add(text, ",\"retried\":", one->retried);
    add(text, ",\"rows\":", one->rows);
    add(text, ",\"bytesSent\":", one->bytes_sent);
    add(text, ",\"bytesReceived\":", one->bytes_received);
    add_latency(text, &one->latency);
    text_literal(text, "}");
}

/* Those that were used. */
static void add_operations(struct text *text, pgc_store *store) {
    pgc_operation_counters one = PGC_OPERATION_COUNTERS_INIT;
    const char *before = "";
    text_literal(text, "\"operations\":[");
    for (size_t i = 0; pgc_store_operation_counters(store, i, &one); i++) {
        if (one.started > 0) {
            text_literal(text, before);
            add_operation(text, &one);
            before = ",";
        }
    }
    text_literal(text, "]");
}

static void add_errors(struct text *text, const pgc_counters *all) {
    const char *before = "\"";
    text_literal(text, ",\"errors\":{");
    for (int code = 1; code < PGC_CODES_MAX; code++) {
        if (all->errors[code] > 0) {
            text_literal(text, before);
            text_literal(text, pgc_code_name(code));
            add(text, "\":", all->errors[code]);
            before = ",\"";
        }
    }
    text_literal(text, "}");
}

static void add_pool(struct text *text, const pgc_counters *all) {
    add(text, ",\"pool\":{\"open\":", all->pool.open);
    add(text, ",\"idle\":", all->pool.idle);
    add(text, ",\"leased\":", all->pool.leased);
    add(text, ",\"waiting\":", all->pool.waiting);
    add(text, ",\"max\":", all->pool.max);
    add(text, "},\"connections\":{\"made\":", all->connects);
    add(text, ",\"remade\":", all->reconnects);
    add(text, ",\"failed\":", all->connect_failures);
    add(text, ",\"lost\":", all->lost);
    add(text, ",\"expiredIdle\":", all->expired_idle);
    add(text, ",\"expiredAge\":", all->expired_age);
    add(text, "},\"retries\":{\"connect\":", all->retries_connect);
    add(text, ",\"lost\":", all->retries_lost);
    add(text, ",\"conflict\":", all->retries_conflict);
    add(text, "},\"waits\":{\"count\":", all->waits);
    add(text, ",\"failed\":", all->wait_failures);
    add(text, ",\"refused\":", all->wait_refused);
    add(text, ",\"sum\":", all->wait_total_us);
    add(text, ",\"max\":", all->wait_longest_us);
    text_literal(text, "}");
}

napi_value counted_text(napi_env env, pgc_store *store) {
    struct text text = {0};
    napi_value value = NULL;
    pgc_counters all = PGC_COUNTERS_INIT;
    pgc_store_counters(store, &all);
    text_literal(&text, "{");
    add_operations(&text, store);
    add_errors(&text, &all);
    add_pool(&text, &all);
    text_literal(&text, "}");
    if (text.failed || napi_create_string_latin1(env, text.data, text.size, &value) != napi_ok) {
        napi_throw_error(env, NULL, "pgconvo: out of memory");
    }
    text_free(&text);
    return value;
}
