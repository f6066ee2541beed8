#include "domain/ids.h"

#include "base/args.h"
#include "base/error.h"
#include "base/mem.h"
#include "domain/check.h"

#include <stdlib.h>

#define IDS_MAX 100000

int ids_read(const pgc_ids *given, pgc_ids *ids, pgc_error *err) {
    *ids = (pgc_ids)PGC_IDS_INIT;
    int status;
    if ((status = args_read(ids, sizeof *ids, given, "ids", err)) != 0 ||
        (status = ids->thread_id.data == NULL ? 0 : check_id(ids->thread_id, "thread_id", err)) !=
            0) {
        return status;
    }
    if (ids->ids == NULL || ids->count == 0 || ids->count > IDS_MAX) {
        return error_set(err, PGC_INVALID, "ids: there are %zu, not 1 to %d", ids->count, IDS_MAX);
    }
    for (size_t i = 0; status == 0 && i < ids->count; i++) {
        status = check_at(check_id(ids->ids[i], "id", err), "ids", i, err);
    }
    return status;
}

static int compare(const void *a, const void *b) {
    const pgc_str *x = *(const pgc_str *const *)a;
    const pgc_str *y = *(const pgc_str *const *)b;
    if (x->size != y->size) {
        return x->size < y->size ? -1 : 1;
    }
    int order = memcmp(x->data, y->data, x->size);
    return order != 0 ? order : (x > y) - (x < y);
}

static bool is_same(const pgc_str *a, const pgc_str *b) {
    return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

/* Pointers to those that are not absent, equal ones beside each other; NULL without memory. */
static const pgc_str **sort(const pgc_str *ids, size_t count, size_t *n) {
    const pgc_str **sorted = mem_alloc(count * sizeof *sorted);
    *n = 0;
    for (size_t i = 0; sorted != NULL && i < count; i++) {
        if (ids[i].data != NULL) {
            sorted[(*n)++] = &ids[i];
        }
    }
    if (sorted != NULL) {
        qsort(sorted, *n, sizeof *sorted, compare);
    }
    return sorted;
}

int ids_find_firsts(const pgc_str *ids, size_t count, size_t *firsts) {
    size_t n;
    const pgc_str **sorted = sort(ids, count, &n);
    if (sorted == NULL) {
        return -PGC_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        size_t place = (size_t)(sorted[i] - ids);
        bool first = i == 0 || !is_same(sorted[i - 1], sorted[i]);
        firsts[place] = first ? place : firsts[sorted[i - 1] - ids];
    }
    mem_free(sorted);
    return 0;
}

int ids_find_double(const pgc_str *ids, size_t count, size_t *index) {
    size_t n;
    *index = SIZE_MAX;
    const pgc_str **sorted = sort(ids, count, &n);
    if (sorted == NULL) {
        return -PGC_NOMEM;
    }
    for (size_t i = 1; i < n; i++) {
        size_t place = (size_t)(sorted[i] - ids);
        if (is_same(sorted[i - 1], sorted[i]) && place < *index) {
            *index = place;
        }
    }
    mem_free(sorted);
    return 0;
}
