/*
 * The campaign: faults drawn by chance while a load works, and a look at what is left.
 *
 *     chaos [SECONDS|--faults N] [--seed N] [--only WORDS] [--untimed]
 *
 * A signal ends the faults early, a second one all of it.
 *
 * The seed decides which faults come, with which figures and pauses; what they meet depends on the
 * moment too. With --only there are no faults but those whose names have these words in them. With
 * --untimed a call past its deadline is told, but is no failure: for tests, which
 * must not depend on how busy a machine is.
 */
#include "faults.h"

#include <libpq-fe.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { DEADLINE_MS = 2000, PAUSE_MS = 1000, PATIENCE_MS = 240000 };

static struct {
    long seconds; /* 0: until there are so many faults */
    long faults;
    uint64_t seed;
    const char *only;
    bool untimed;
} wanted = {.seconds = 60, .only = ""};

static char programs[4096];
static long counts[64]; /* of each fault */
static struct tally *tally;

void campaign_break(struct campaign *campaign, const char *format, ...) {
    va_list values;
    va_start(values, format);
    if (!campaign->broken) {
        fputs("chaos: ", stderr);
        vfprintf(stderr, format, values);
        fputc('\n', stderr);
    }
    va_end(values);
    campaign->broken = true;
}

/* ---- Beginning ---- */

bool campaign_start_load(struct campaign *campaign, size_t place) {
    char path[4200], name[16], journals[96], counters[96], seed[32], deadline[16];
    snprintf(path, sizeof path, "%s/load", programs);
    snprintf(name, sizeof name, "p%u", ++campaign->loads_started);
    snprintf(journals, sizeof journals, "%s/journals", campaign->cell->folder);
    snprintf(counters, sizeof counters, "%s/tally", campaign->cell->folder);
    snprintf(seed, sizeof seed, "%" PRIu64, campaign->seed * 1000 + campaign->loads_started * 10);
    snprintf(deadline, sizeof deadline, "%d", DEADLINE_MS);
    /* The last one goes past the proxy. */
    const char *url = place == LOADS - 1 ? campaign->server.url : campaign->proxy_url;
    const char *const args[] = {path, url, name, journals, counters, seed, deadline, NULL};
    campaign->loads[place].pid =
        program_start(&(struct program){.args = args, .in = -1, .out = -1});
    return campaign->loads[place].pid > 0;
}

static bool start_proxy(struct campaign *campaign) {
    char path[4200], target[160], seed[32], port[16] = "";
    int in[2], out[2];
    snprintf(path, sizeof path, "%s/proxy", programs);
    snprintf(target, sizeof target, "%s/.s.PGSQL.5432", campaign->server.folder);
    snprintf(seed, sizeof seed, "%" PRIu64, campaign->seed);
    const char *const args[] = {path, target, seed, NULL};
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) return false;
    campaign->proxy = program_start(&(struct program){.args = args, .in = in[0], .out = out[1]});
    close(in[0]);
    close(out[1]);
    campaign->proxy_in = in[1];
    campaign->proxy_out = out[0];
    if (campaign->proxy <= 0 || read(out[0], port, sizeof port - 1) <= 0) return false;
    snprintf(campaign->proxy_url, sizeof campaign->proxy_url,
             "host=127.0.0.1 port=%ld user=chaos dbname=postgres sslmode=disable",
             strtol(port, NULL, 10));
    return true;
}

static bool begin(struct campaign *campaign) {
    char path[96];
    const struct cell *cell = campaign->cell;
    long expected = wanted.seconds > 0 ? wanted.seconds : wanted.faults * 2;
    long long size = (256 + expected) * 1024LL * 1024;
    if (cell_mount_volume(cell, size)) {
        campaign->volume_size = size;
    } else {
        printf("# no volume may be mounted here: the fault \"disk full\" is left out\n");
    }
    snprintf(path, sizeof path, "%s/journals", cell->folder);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/tally", cell->folder);
    if ((tally = tally_map(path)) == NULL ||
        !server_create(&campaign->server, cell->folder, cell->volume)) {
        return false;
    }
    campaign_serve(campaign);
    if (campaign->broken || !start_proxy(campaign)) return false;
    for (size_t i = 0; i < LOADS; i++) {
        if (!campaign_start_load(campaign, i)) return false;
    }
    return true;
}

/* ---- The faults ---- */

static size_t draw_fault(struct campaign *campaign) {
    unsigned sum = 0;
    size_t chosen = 0;
    for (size_t i = 0; i < fault_count; i++) {
        if (strstr(faults[i].name, wanted.only) == NULL) continue;
        sum += faults[i].weight;
        if (chance_below(&campaign->chance, sum) < faults[i].weight) chosen = i;
    }
    return chosen;
}

static void rage(struct campaign *campaign) {
    int64_t end = clock_us() + wanted.seconds * INT64_C(1000000);
    long befallen = 0;
    campaign_wait(campaign, 1000);
    while (!campaign->broken && !cell_ending() &&
           (wanted.seconds > 0 ? clock_us() < end : befallen < wanted.faults)) {
        size_t chosen = draw_fault(campaign);
        if (faults[chosen].apply(campaign, faults[chosen].argument)) {
            counts[chosen]++;
            befallen++;
            campaign_wait(campaign, (int)chance_below(&campaign->chance, PAUSE_MS));
        } else {
            campaign_wait(campaign, 10);
        }
        /* It gives up when the disk is full for too long, and somebody must start it anew. */
        if (campaign->server.pid == 0) campaign_serve(campaign);
    }
}

/* ---- The end ---- */

static bool loads_ended(struct campaign *campaign) {
    bool ended = true;
    for (size_t i = 0; i < LOADS; i++) {
        struct load *load = &campaign->loads[i];
        int status;
        if (load->pid != 0 && waitpid(load->pid, &status, WNOHANG) == load->pid) {
            load->pid = 0;
            if (status != 0) campaign_break(campaign, "the load ended, status %d", status);
        }
        ended = ended && load->pid == 0;
    }
    return ended;
}

/* The load goes on until the fate of each call is known, which must not take for ever. */
static void end_loads(struct campaign *campaign) {
    for (size_t i = 0; i < LOADS; i++) {
        if (campaign->loads[i].pid != 0) kill(campaign->loads[i].pid, SIGTERM);
    }
    for (int ms = 0; !loads_ended(campaign); ms += 10) {
        usleep(10000);
        if (ms > PATIENCE_MS || cell_must_end()) {
            campaign_break(campaign, "calls of the load do not end though all faults have");
            return;
        }
    }
}

/* What the server got of calls that nobody waits for may still be carried out. */
static void await_quiet(struct campaign *campaign) {
    PGconn *pg = PQconnectdb(campaign->server.url);
    bool quiet = false;
    if (campaign->proxy != 0) kill(campaign->proxy, SIGKILL);
    for (int ms = 0; !quiet && ms < PATIENCE_MS; ms += 50) {
        PGresult *rows = PQexec(pg, "SELECT FROM pg_stat_activity WHERE backend_type = 'client "
                                    "backend' AND pid <> pg_backend_pid()");
        quiet = PQresultStatus(rows) == PGRES_TUPLES_OK && PQntuples(rows) == 0;
        PQclear(rows);
        if (!quiet) usleep(50000);
    }
    PQfinish(pg);
    if (!quiet) campaign_break(campaign, "sessions are left behind on the server");
}

static void check(struct campaign *campaign) {
    char path[4200], journals[96], counters[96];
    snprintf(path, sizeof path, "%s/check", programs);
    snprintf(journals, sizeof journals, "%s/journals", campaign->cell->folder);
    snprintf(counters, sizeof counters, "%s/tally", campaign->cell->folder);
    const char *const args[] = {path, campaign->server.url, journals, counters, NULL};
    if (program_run(&(struct program){.args = args, .in = -1, .out = -1}) != 0) {
        campaign_break(campaign, "the end could not be checked");
    }
}

static long long told(const char *what, atomic_llong *counter) {
    long long value = atomic_load(counter);
    printf("%10lld  %s\n", value, what);
    return value;
}

/* Returns whether all is well. */
static bool report_counts(long *befallen) {
    for (size_t i = 0; i < fault_count; i++) {
        printf("%10ld  %s\n", counts[i], faults[i].name);
        *befallen += counts[i];
    }
    puts("");
    bool well = told("messages acknowledged, and looked for at the end", &tally->messages) > 0;
    told("writes acknowledged", &tally->acknowledged);
    told("calls failed, surely without effect", &tally->safe);
    told("calls failed, perhaps with effect", &tally->unknown);
    told("calls failed for want of room on the disk", &tally->full);
    well &= told("calls had an effect that was denied", &tally->broken) == 0;
    well &= told("calls failed for no reason", &tally->unexpected) == 0;
    well &= told("calls ended past their deadline", &tally->late) == 0 || wanted.untimed;
    return well && *befallen > 0 && atomic_load(&tally->lost) == 0 &&
           atomic_load(&tally->duplicated) == 0 && atomic_load(&tally->reordered) == 0;
}

/* The status for main. */
static int report(const struct campaign *campaign) {
    long befallen = 0;
    bool well = report_counts(&befallen) && !campaign->broken;
    if (!well) {
        printf("journals and the server's log are kept in %s; the seed is %" PRIu64 "\n",
               campaign->cell->folder, campaign->seed);
    }
    printf("faults %ld, operations %lld, longest stall %lld ms, lost %lld, duplicated %lld, "
           "reordered %lld\n",
           befallen, (long long)atomic_load(&tally->operations),
           (long long)atomic_load(&tally->longest_us) / 1000, (long long)atomic_load(&tally->lost),
           (long long)atomic_load(&tally->duplicated), (long long)atomic_load(&tally->reordered));
    return well ? 0 : 1;
}

static int run(const struct cell *cell) {
    static struct campaign campaign;
    campaign.cell = cell;
    campaign.seed = campaign.chance = wanted.seed;
    printf("# seed %" PRIu64 "\n", wanted.seed);
    bool begun = begin(&campaign);
    if (begun) {
        rage(&campaign);
        campaign_undo_all(&campaign);
    }
    if (begun && !campaign.broken && !cell_must_end()) {
        campaign_serve(&campaign);
        end_loads(&campaign);
        await_quiet(&campaign);
        check(&campaign);
    }
    server_kill(&campaign.server);
    return begun && !cell_must_end() ? report(&campaign) : 1;
}

static bool read_arguments(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--faults") == 0 && more) {
            wanted.faults = strtol(argv[++i], NULL, 10);
            wanted.seconds = 0;
        } else if (strcmp(argv[i], "--seed") == 0 && more) {
            wanted.seed = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--only") == 0 && more) {
            wanted.only = argv[++i];
        } else if (strcmp(argv[i], "--untimed") == 0) {
            wanted.untimed = true;
        } else if ((wanted.seconds = strtol(argv[i], NULL, 10)) <= 0) {
            return false;
        }
    }
    bool any = false;
    for (size_t i = 0; i < fault_count; i++)
        any = any || strstr(faults[i].name, wanted.only) != NULL;
    return any && (wanted.seconds > 0 || wanted.faults > 0);
}

int main(int argc, char **argv) {
    static struct cell cell;
    wanted.seed = (uint64_t)time(NULL);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    if (!read_arguments(argc, argv)) {
        fputs("usage: chaos [SECONDS|--faults N] [--seed N] [--only WORDS] [--untimed]\n", stderr);
        return 2;
    }
    ssize_t size = readlink("/proc/self/exe", programs, sizeof programs - 1);
    if (size <= 0 || strrchr(programs, '/') == NULL) return 1;
    *strrchr(programs, '/') = '\0';
    return cell_run(&cell, run);
}
