/*
 * The gate: may a connection be made now? Open while all goes well; then any number may. Shut since
 * a connection broke or could not be made; then one attempt at a time may, the probe, and after
 * each that fails the next one only after a pause, which grows and is of random length. So a server
 * that restarts is not overrun, however many wait for it.
 *
 *              a connection broke: probe at once
 *      OPEN ------------------------------------> SHUT ---+
 *       ^                                         | ^     | an attempt failed: probe after a pause
 *       +--- an attempt succeeded, or the server -+ +-----+
 *            said what no repeat can change
 *
 * Keeps no time of its own and takes no lock; the pool does. Not for who may wait, nor for what is
 * told to whom (pool).
 */
#ifndef ENGINE_GATE_H
#define ENGINE_GATE_H

#include "base/jitter.h"
#include "connection/conn.h"
#include "pgconvo.h"

struct gate {
    bool shut;
    bool probing;      /* an attempt through the shut gate is under way */
    uint32_t failures; /* since it was shut, one for each pause */
    int64_t at;        /* while shut: when the next probe may begin, on clock_monotonic_ms */
    pgc_error refusal; /* while shut: what the last attempt met; code OK: none was made yet */
    struct jitter jitter;
};

void gate_init(struct gate *gate);

/*
 * May an attempt begin now? The impatient do not wait for the pause to be over, only for the probe.
 */
bool gate_admits(const struct gate *gate, int64_t now, bool patient);

/* An attempt begins: what it is, for gate_leave. */
enum conn_attempt gate_enter(struct gate *gate);

/* It has ended; one of these says how, or none if nothing was learned. */
void gate_leave(struct gate *gate, enum conn_attempt attempt);
void gate_open(struct gate *gate);
void gate_refuse(struct gate *gate, const pgc_error *refusal, int64_t now);

/* A connection broke: the next one is a probe. */
void gate_doubt(struct gate *gate, int64_t now);

#endif
