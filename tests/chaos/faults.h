/*
 * The faults: each is one function, applied while the campaign goes on; some end by themselves
 * later.
 */
#ifndef CHAOS_FAULTS_H
#define CHAOS_FAULTS_H

#include "cell.h"
#include "server.h"
#include "shared.h"

enum { LOADS = 3, UNDOS = 16 };

/* What ends later. */
enum remedy { CONTINUE_PROCESS, CONTINUE_SERVER, CONTINUE_PROXY, CLEAR_PROXY, EMPTY_DISK };

struct undo {
    int64_t at_us; /* 0: free */
    enum remedy remedy;
    pid_t pid;
};

struct load {
    pid_t pid;
    unsigned generation; /* how many came before it in its place */
};

struct campaign {
    const struct cell *cell;
    uint64_t seed, chance;
    long long volume_size; /* 0: the volume is an ordinary folder, and cannot be filled */
    struct server server;
    pid_t proxy;
    int proxy_in, proxy_out;
    char proxy_url[256];
    struct load loads[LOADS];
    unsigned loads_started;
    struct undo undos[UNDOS];
    bool broken; /* something that is no fault of ours went wrong; the campaign ends */
};

struct fault {
    const char *name;
    unsigned weight;
    bool (*apply)(struct campaign *campaign, int argument); /* false: there was nothing to befall */
    int argument;
};

extern const struct fault faults[];
extern const size_t fault_count;

/* Lets so many milliseconds pass, ends what is to end meanwhile, and notices who has ended. */
void campaign_wait(struct campaign *campaign, int ms);

/* Ends all that would end later. */
void campaign_undo_all(struct campaign *campaign);

/* Starts the server, if it does not run, and waits until it takes connections. */
void campaign_serve(struct campaign *campaign);

bool campaign_start_load(struct campaign *campaign, size_t place);

/* Says why, once, and ends the campaign. */
__attribute__((format(printf, 2, 3))) void campaign_break(struct campaign *campaign,
                                                          const char *format, ...);

#endif
