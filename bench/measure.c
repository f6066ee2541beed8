#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench.h"

static double now_us(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count) {
    qsort(values, count, sizeof *values, compare);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* One side's turn in a round: the median time and the mean CPU time of an operation. */
static void take_turn(const struct side *side, double *times, size_t runs, double *us,
                      double *cpu) {
    if (side->prepare != NULL) {
        side->prepare(side->context);
    }
    double cpu_before = now_us(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t i = 0; i < runs; i++) {
        double before = now_us(CLOCK_MONOTONIC);
        side->run(side->context);
        times[i] = now_us(CLOCK_MONOTONIC) - before;
    }
    *cpu = (now_us(CLOCK_PROCESS_CPUTIME_ID) - cpu_before) / (double)(runs * side->operations);
    *us = median(times, runs) / (double)side->operations;
}

void measure(const struct side sides[2], size_t runs, size_t rounds, struct figures *figures) {
    double *space = calloc(runs + 5 * rounds, sizeof *space);
    if (space == NULL) {
        bench_fail("out of memory");
    }
    double *us[2] = {space + runs, space + runs + rounds};
    double *cpu[2] = {us[1] + rounds, us[1] + 2 * rounds};
    double *ratios = us[1] + 3 * rounds;
    take_turn(&sides[0], space, 1, us[0],
              cpu[0]); /* both once before, so that nothing is new to them */
    take_turn(&sides[1], space, 1, us[1], cpu[1]);
    for (size_t round = 0; round < rounds; round++) {
        for (size_t turn = 0; turn < 2; turn++) {
            size_t s = (round + turn) % 2; /* who begins changes */
            take_turn(&sides[s], space, runs, &us[s][round], &cpu[s][round]);
        }
        ratios[round] = us[0][round] / us[1][round];
    }
    for (size_t s = 0; s < 2; s++) {
        figures->us[s] = median(us[s], rounds);
        figures->cpu[s] = median(cpu[s], rounds);
    }
    figures->ratio = median(ratios, rounds);
    free(space);
}

void measure_head(const char *title, const char *first, const char *second) {
    printf("\n%-34s %12s %12s %7s %11s   %s\n", title, first, second, "ratio", "per second",
           "client CPU, us");
}

void measure_row(const char *label, const struct figures *figures) {
    printf("%-34s %12.1f %12.1f %7.2f %11.0f %8.1f %8.1f\n", label, figures->us[0], figures->us[1],
           figures->ratio, 1e6 / figures->us[0], figures->cpu[0], figures->cpu[1]);
    fflush(stdout);
}
