#include "work.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>

enum { TICK_US = 20000, PATIENCE_US = 100000 };

/* ---- Time that passed for others only ---- */

static atomic_llong stopped_us; /* the whole process was stopped */
/*
 * Workers on the event loop did what is theirs, such as writing journals: that holds the others up.
 */
static atomic_llong loop_us;

static pid_t watched[16]; /* threads of workers */
static atomic_int watched_count;
static atomic_llong crowd_us; /* how long these were starved in all, when it was last looked at */

/* How long a thread was ready to run and was not let. */
static int64_t starvation_of(pid_t thread) {
    char path[64], text[128];
    long long ran, waited = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/schedstat", (int)thread);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1) return 0;
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    text[size > 0 ? size : 0] = '\0';
    return sscanf(text, "%lld %lld", &ran, &waited) == 2 ? waited / 1000 : 0;
}

static int64_t starved_us(void) {
    return starvation_of(gettid());
}

static int64_t starvation_of_all(void) {
    int64_t sum = 0;
    for (int i = 0; i < atomic_load(&watched_count); i++) {
        sum += starvation_of(watched[i]);
    }
    return sum;
}

void worker_watch_thread(void) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    watched[atomic_load(&watched_count)] = gettid();
    atomic_fetch_add(&watched_count, 1);
    pthread_mutex_unlock(&lock);
}

/* A thread that does nothing but look at the clock, without a gap: a stop may fall anywhere. */
static void *tick(void *payload) {
    (void)payload;
    int64_t last = clock_us(), last_starved = starved_us();
    for (;;) {
        usleep(TICK_US);
        int64_t now = clock_us(), starved = starved_us();
        int64_t missed = now - last - (starved - last_starved) - TICK_US;
        if (missed > TICK_US) atomic_fetch_add(&stopped_us, missed);
        last = now;
        last_starved = starved;
        atomic_store(&crowd_us, starvation_of_all());
    }
    return NULL;
}

void worker_watch_time(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, tick, NULL) != 0) {
        perror("load: pthread_create");
        exit(1);
    }
}

static int64_t held_up_us(const struct worker *worker) {
    return atomic_load(&stopped_us) + (worker->done == NULL ? 0 : atomic_load(&loop_us));
}

static struct moment moment_now(const struct worker *worker) {
    return (struct moment){.us = clock_us(),
                           .held_up_us = held_up_us(worker),
                           .starved_us = starved_us(),
                           .crowd_us = atomic_load(&crowd_us)};
}

static void note_own_time(const struct worker *worker, const struct moment *since) {
    int64_t passed = clock_us() - since->us - (starved_us() - since->starved_us);
    if (worker->done != NULL && passed > 0) atomic_fetch_add(&loop_us, passed);
}

/*
 * Of a call that seems to be late: the ticker may be the last to notice that time stood still; and
 * another thread may have been starved while it held a lock that this one needed.
 */
static int64_t look_again(const struct worker *worker, int64_t counted, int64_t own_us) {
    const struct moment *since = &worker->begun;
    int64_t limit = worker->deadline_us + PATIENCE_US;
    usleep(5 * TICK_US);
    int64_t passed = counted - (held_up_us(worker) - since->held_up_us);
    int64_t others = starvation_of_all() - since->crowd_us - own_us;
    if (passed <= limit || others <= 0) return passed;
    return passed - others < limit ? limit : passed - others;
}

static int64_t time_of_call(const struct worker *worker) {
    const struct moment *since = &worker->begun;
    struct moment now = moment_now(worker);
    int64_t own_us = now.starved_us - since->starved_us;
    int64_t counted = now.us - since->us - own_us;
    int64_t passed = counted - (now.held_up_us - since->held_up_us);
    if (passed > worker->deadline_us + PATIENCE_US) passed = look_again(worker, counted, own_us);
    return passed < 0 ? 0 : passed;
}

static void note_duration(struct worker *worker) {
    long long passed = time_of_call(worker);
    long long longest = atomic_load(&worker->tally->longest_us);
    while (passed > longest &&
           !atomic_compare_exchange_weak(&worker->tally->longest_us, &longest, passed)) {}
    if (passed > worker->deadline_us + PATIENCE_US) {
        worker_accuse(worker, &worker->tally->late, "it took %lld ms", passed / 1000);
    }
    atomic_fetch_add(&worker->tally->operations, 1);
}

/* ---- The journal ---- */

void worker_begin(struct worker *worker, const char *folder) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, worker->name);
    worker->journal = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (worker->journal == -1) {
        perror(path);
        exit(1);
    }
    worker->own.own = true;
    worker->archive.own = true;
    snprintf(worker->archive.thread, THREAD_SIZE, "archive.%s", worker->name);
}

void journal(struct worker *worker, const char *format, ...) {
    va_list values;
    va_start(values, format);
    size_t room = sizeof worker->lines - worker->line_size;
    int size = vsnprintf(worker->lines + worker->line_size, room, format, values);
    va_end(values);
    if (size < 0 || (size_t)size >= room) {
        fputs("load: a line of the journal is too long\n", stderr);
        exit(1);
    }
    worker->line_size += (size_t)size;
}

void journal_write(struct worker *worker) {
    ssize_t size = (ssize_t)worker->line_size;
    if (write(worker->journal, worker->lines, worker->line_size) != size) {
        perror("load: journal");
        exit(1);
    }
    worker->line_size = 0;
}

/* ---- What must not be ---- */

void worker_accuse(struct worker *worker, atomic_llong *counter, const char *format, ...) {
    char what[1024];
    va_list values;
    va_start(values, format);
    vsnprintf(what, sizeof what, format, values);
    va_end(values);
    atomic_fetch_add(counter, 1);
    fprintf(stderr, "%s: %s in %s: %s\n", worker->name, worker->op.kind->name,
            worker->op.place == NULL ? worker->op.thread : worker->op.place->thread, what);
}

void worker_expect_first(struct worker *worker, bool is_first) {
    if (!is_first && !worker->op.unknown) {
        worker_accuse(worker, &worker->tally->broken,
                      "it was done before, though no attempt had an unknown fate");
    }
}

void worker_tag(const struct worker *worker, unsigned number, char *tag) {
    snprintf(tag, TAG_SIZE, "%s-%u", worker->name, number);
}

/* ---- Choosing ---- */

static void begin_place(struct place *place, const char *thread) {
    memset(place->messages, 0, sizeof place->messages);
    snprintf(place->thread, THREAD_SIZE, "%s", thread);
    place->made = false;
    place->count = 0;
    place->seq = 0;
    place->after = 0;
    place->key[0] = '\0';
}

/* Leaves threads that are full or old for new ones. */
static void renew_places(struct worker *worker) {
    char thread[THREAD_SIZE];
    if (worker->own.thread[0] == '\0' || worker->own.count + BATCH > PLACE_MAX) {
        snprintf(thread, sizeof thread, "own.%s.%u", worker->name, worker->numbers++);
        begin_place(&worker->own, thread);
    }
    for (int i = 0; i < SHARED; i++) {
        struct place *place = &worker->shared[i];
        long epoch = (long)(clock_us() / 1000000 / EPOCH_SECONDS);
        snprintf(thread, sizeof thread, "shared.%ld.%d", epoch, i);
        if (strcmp(place->thread, thread) != 0) begin_place(place, thread);
    }
}

static struct place *unmade_place(struct worker *worker) {
    struct place *places[2 + SHARED] = {&worker->own, &worker->archive};
    for (int i = 0; i < SHARED; i++)
        places[2 + i] = &worker->shared[i];
    for (int i = 0; i < 2 + SHARED; i++) {
        if (!places[i]->made) return places[i];
    }
    return NULL;
}

static const struct kind *draw_kind(struct worker *worker) {
    const struct kind *chosen = NULL;
    const struct kind *const *const lists[] = {write_kinds, read_kinds};
    unsigned sum = 0;
    for (int l = 0; l < 2; l++) {
        for (const struct kind *const *kind = lists[l]; *kind != NULL; kind++) {
            sum += (*kind)->weight;
            if (chance_below(&worker->chance, sum) < (*kind)->weight) chosen = *kind;
        }
    }
    return chosen;
}

static void choose(struct worker *worker) {
    renew_places(worker);
    struct place *unmade = unmade_place(worker);
    if (unmade != NULL) {
        worker->op = (struct op){.kind = &kind_make, .place = unmade};
        return;
    }
    do {
        worker->op = (struct op){.kind = draw_kind(worker)};
    } while (!worker->op.kind->choose(worker));
}

void worker_choose(struct worker *worker) {
    struct moment begun = moment_now(worker);
    choose(worker);
    note_own_time(worker, &begun);
}

/* ---- Calling ---- */

int worker_call(struct worker *worker, pgc_result **result, pgc_error *err) {
    worker->started = NULL;
    worker->begun = moment_now(worker);
    return worker->op.kind->call(worker, result, err);
}

/*
 * Full disks are told as "no": nothing was done, and only an administrator can help. A session that
 * cannot begin for want of room has no word of its own for it ("could not write init file").
 */
static bool is_full(const pgc_error *err) {
    return strncmp(err->sqlstate, "53", 2) == 0 || strncmp(err->sqlstate, "58", 2) == 0 ||
           (err->code == PGC_CONNECT && strcmp(err->sqlstate, "XX000") == 0);
}

/*
 * So says pgconvo, not the server: something is not as expected, and calling again changes nothing.
 */
static bool is_mistaken(const pgc_error *err) {
    return err->code == PGC_CONFLICT && err->sqlstate[0] == '\0';
}

/* Returns whether to call again. */
static bool try_again(struct worker *worker, const pgc_error *err) {
    if (err->retry == PGC_RETRY_UNKNOWN) {
        atomic_fetch_add(&worker->tally->unknown, 1);
        worker->op.unknown = true;
        return !worker->op.kind->once;
    }
    if ((err->retry == PGC_RETRY_SAFE && !is_mistaken(err)) || is_full(err)) {
        atomic_fetch_add(err->retry == PGC_RETRY_SAFE ? &worker->tally->safe : &worker->tally->full,
                         1);
        return true;
    }
    if (worker->op.kind->failed == NULL || !worker->op.kind->failed(worker, err)) {
        worker_accuse(worker, &worker->tally->unexpected, "%s [%s] %s %s",
                      pgc_code_name((int)err->code), err->sqlstate, err->message, err->detail);
    }
    return false;
}

static int take_outcome(struct worker *worker, int status, const pgc_result *result,
                        const pgc_error *err) {
    note_duration(worker);
    worker->op.next = NULL;
    if (status != 0 && try_again(worker, err)) {
        return (int)chance_below(&worker->chance, 150);
    }
    if (status == 0) {
        worker->op.kind->took(worker, result);
        if (worker->line_size > 0) journal_write(worker);
        if (worker->op.kind->write) atomic_fetch_add(&worker->tally->acknowledged, 1);
    }
    if (worker->op.next == NULL) return -1;
    worker->op.kind = worker->op.next;
    return 0;
}

int worker_outcome(struct worker *worker, int status, const pgc_result *result,
                   const pgc_error *err) {
    struct moment begun = moment_now(worker);
    int wait = take_outcome(worker, status, result, err);
    note_own_time(worker, &begun);
    return wait;
}
