#include "engine/gate.h"

#include "base/base.h"
#include "base/error.h"

#define PAUSE_FIRST_MS 50
#define PAUSE_MAX_MS 2000
#define DOUBLINGS_MAX 6

void gate_init(struct gate *gate) {
    *gate = (struct gate){.shut = false};
    error_clear(&gate->refusal);
    jitter_init(&gate->jitter, gate);
}

bool gate_admits(const struct gate *gate, int64_t now, bool patient) {
    return !gate->shut || (!gate->probing && (!patient || gate->at <= now));
}

enum conn_attempt gate_enter(struct gate *gate) {
    gate->probing |= gate->shut;
    return gate->shut ? ATTEMPT_PROBE : ATTEMPT_FREE;
}

void gate_leave(struct gate *gate, enum conn_attempt attempt) {
    if (attempt == ATTEMPT_PROBE) {
        gate->probing = false;
    }
}

void gate_open(struct gate *gate) {
    gate->shut = false;
    gate->failures = 0;
    error_clear(&gate->refusal);
}

/* Attempts that began together, and those of the impatient, fail within one pause. */
void gate_refuse(struct gate *gate, const pgc_error *refusal, int64_t now) {
    error_copy(&gate->refusal, refusal);
    if (!gate->shut || gate->at <= now) {
        int64_t longest = (int64_t)PAUSE_FIRST_MS << MIN(gate->failures, (uint32_t)DOUBLINGS_MAX);
        gate->at = now + 1 + jitter_next(&gate->jitter, MIN(longest, (int64_t)PAUSE_MAX_MS));
        gate->failures++;
    }
    gate->shut = true;
}

void gate_doubt(struct gate *gate, int64_t now) {
    if (!gate->shut) {
        gate->shut = true;
        gate->at = now;
    }
}
