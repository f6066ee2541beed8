/*
 * Measuring two sides against each other on a machine that others use too: in rounds, one side
 * after the other, and what counts is the median of the rounds' ratios.
 */
#ifndef MEASURE_H
#define MEASURE_H

#include <stddef.h>

struct side {
    void (*run)(void *context);     /* timed */
    void (*prepare)(void *context); /* once a round, not timed; or NULL */
    void *context;
    size_t operations; /* how many one run makes */
};

struct figures {
    double us[2];  /* per operation, median of the rounds' medians */
    double cpu[2]; /* microseconds of this process's CPU per operation, likewise */
    double ratio;  /* of the first side's median to the second's, median of the rounds */
};

/* Runs each side `runs` times a round. */
void measure(const struct side sides[2], size_t runs, size_t rounds, struct figures *figures);

/* The table. */
void measure_head(const char *title, const char *first, const char *second);
void measure_row(const char *label, const struct figures *figures);

#endif
