/* The gate: what it admits when, and how its pauses grow. */
#include "base/error.h"
#include "engine/gate.h"
#include "tap.h"

static pgc_error refusal;

static void test_open(void) {
    struct gate gate;
    gate_init(&gate);
    ok(gate_admits(&gate, 0, true) && gate_admits(&gate, 0, false), "open, it admits all");
    enum conn_attempt first = gate_enter(&gate), second = gate_enter(&gate);
    ok(first == ATTEMPT_FREE && second == ATTEMPT_FREE, "any number at once");
    ok(gate_admits(&gate, 0, true), "and more");
    gate_leave(&gate, first);
    gate_open(&gate);
    ok(!gate.shut && !gate.probing, "success leaves it open");
}

static void test_doubt(void) {
    struct gate gate;
    gate_init(&gate);
    gate_doubt(&gate, 100);
    ok(gate_admits(&gate, 100, true), "a connection broke: one may try at once");
    enum conn_attempt probe = gate_enter(&gate);
    is_int(probe, ATTEMPT_PROBE, "which is the probe");
    ok(!gate_admits(&gate, 1000000, true) && !gate_admits(&gate, 1000000, false),
       "nobody else, however long it takes");
    gate_doubt(&gate, 200);
    ok(!gate_admits(&gate, 1000000, false), "another one that broke changes nothing");
    gate_leave(&gate, probe);
    ok(gate_admits(&gate, 100, true), "a probe that was given up: the next one may try at once");
    gate_open(&gate);
    ok(gate_admits(&gate, 100, true) && gate_enter(&gate) == ATTEMPT_FREE, "success opens it");
}

/* The longest pause of `rounds` after so many failures. */
static int64_t longest_pause(uint32_t failures, int rounds, int64_t *shortest) {
    int64_t longest = 0;
    *shortest = INT64_MAX;
    for (int i = 0; i < rounds; i++) {
        struct gate gate;
        gate_init(&gate);
        gate.jitter.state = (uint64_t)i * 7919;
        int64_t now = 1000;
        for (uint32_t n = 0; n <= failures; n++) {
            gate_refuse(&gate, &refusal, now);
            if (n < failures) now = gate.at;
        }
        int64_t pause = gate.at - now;
        longest = pause > longest ? pause : longest;
        *shortest = pause < *shortest ? pause : *shortest;
    }
    return longest;
}

static void test_pauses(void) {
    static const int64_t most[] = {51, 101, 201, 401, 801, 1601, 2001, 2001, 2001};
    for (uint32_t n = 0; n < sizeof most / sizeof most[0]; n++) {
        int64_t shortest, longest = longest_pause(n, 2000, &shortest);
        ok(longest <= most[n] && longest > most[n] * 9 / 10, "pause %u: up to %d ms (%d)", n + 1,
           (int)most[n], (int)longest);
        ok(shortest >= 1 && shortest < most[n] / 10, "pause %u: from 1 ms on (%d)", n + 1,
           (int)shortest);
    }
}

static void test_refuse(void) {
    struct gate gate;
    gate_init(&gate);
    enum conn_attempt attempts[8];
    for (int i = 0; i < 8; i++)
        attempts[i] = gate_enter(&gate);
    for (int i = 0; i < 8; i++) {
        gate_leave(&gate, attempts[i]);
        gate_refuse(&gate, &refusal, 1000);
    }
    is_int(gate.failures, 1, "eight that failed together count as one");
    ok(gate.at > 1000 && gate.at <= 1051, "the pause is the first one");
    is_str(gate.refusal.message, "refused", "it knows what was said");
    ok(!gate_admits(&gate, gate.at - 1, true), "before its end the patient wait");
    ok(gate_admits(&gate, gate.at, true), "then one may try");
    ok(gate_admits(&gate, 1000, false), "the impatient try at once");
    enum conn_attempt probe = gate_enter(&gate);
    ok(!gate_admits(&gate, 1000, false), "but not beside another one");
    int64_t at = gate.at;
    gate_leave(&gate, probe);
    gate_refuse(&gate, &refusal, 1000);
    ok(gate.failures == 1 && gate.at == at, "and leave the pause as it is");
    gate_open(&gate);
    gate_refuse(&gate, &refusal, 5000);
    ok(gate.failures == 1 && gate.at <= 5051, "after a success pauses begin anew");
}

int main(void) {
    error_set(&refusal, PGC_CONNECT, "refused");
    test_open();
    test_doubt();
    test_pauses();
    test_refuse();
    return done_testing();
}
