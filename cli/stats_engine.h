/*
 * What the engine counts, shown: some reads of the store are made, and it is told how long they
 * took. The counters are those of this process, whose only calls these are.
 */
#ifndef STATS_ENGINE_H
#define STATS_ENGINE_H

#include "cli.h"

/* Reads so many times, and writes nothing; says what is wrong; returns an exit code. */
int stats_engine_probe(pgc_store *store, int64_t rounds);

/* Prints the counters of all operations that were used. */
int stats_engine_print(const cli_state *cli);

#endif
