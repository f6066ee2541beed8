/*
 * How a server is asked to cancel: libpq 17 and newer over a socket that the loop watches, without
 * a thread, encrypted if the connection would be; older ones in a thread. And when the network has
 * not let the question through by the end of the call, the server hears of it all the same. A relay
 * between store and server sees what passes.
 */
#include "event_loops.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

enum {
    PAIRS = 16,
    NUMBERS = 256,
    FIRST_BYTES = 8,
    CANCEL_REQUEST = 80877102,
    SSL_REQUEST = 80877103
};

static const char *schema;
static int listener;
static char port[8];
static struct sockaddr_un server_address = {.sun_family = AF_UNIX};
static atomic_bool held;           /* connections wait to be accepted */
static atomic_int accepted;        /* how many were */
static atomic_uint first[NUMBERS]; /* what each was first asked for */

/* ---- The relay ---- */

struct pair {
    int client, server; /* -1: none */
    int number;         /* in the order of coming */
    size_t asked;       /* how many bytes of its first message have come */
    unsigned char message[FIRST_BYTES];
};

static void note(struct pair *pair, const char *bytes, ssize_t size) {
    for (ssize_t i = 0; i < size && pair->asked < FIRST_BYTES; i++) {
        pair->message[pair->asked++] = (unsigned char)bytes[i];
        if (pair->asked == FIRST_BYTES) {
            const unsigned char *code = pair->message + 4;
            atomic_store(&first[pair->number % NUMBERS], (unsigned)code[0] << 24 |
                                                             (unsigned)code[1] << 16 |
                                                             (unsigned)code[2] << 8 | code[3]);
        }
    }
}

static bool pass(struct pair *pair, bool to_server) {
    char bytes[4096];
    int from = to_server ? pair->client : pair->server,
        to = to_server ? pair->server : pair->client;
    ssize_t got = read(from, bytes, sizeof bytes);
    if (got > 0 && to_server) note(pair, bytes, got);
    return got > 0 && send(to, bytes, (size_t)got, MSG_NOSIGNAL) == got;
}

static void join_pair(struct pair *pair) {
    *pair = (struct pair){.client = accept(listener, NULL, NULL),
                          .server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
                          .number = atomic_load(&accepted)};
    if (pair->client == -1 ||
        connect(pair->server, (struct sockaddr *)&server_address, sizeof server_address) != 0) {
        bail("relay: %s", strerror(errno));
    }
    atomic_fetch_add(&accepted, 1);
}

static void part(struct pair *pair) {
    close(pair->client);
    close(pair->server);
    pair->client = pair->server = -1;
}

/* One turn; takes one connection, if there is room. */
static void turn_relay(struct pair *pairs) {
    struct pollfd fds[2 * PAIRS + 1];
    struct pair *room = NULL;
    for (size_t i = 0; i < PAIRS; i++) {
        fds[2 * i] = (struct pollfd){.fd = pairs[i].client, .events = POLLIN};
        fds[2 * i + 1] = (struct pollfd){.fd = pairs[i].server, .events = POLLIN};
        if (pairs[i].client == -1) room = &pairs[i];
    }
    bool open = room != NULL && !atomic_load(&held);
    fds[2 * PAIRS] = (struct pollfd){.fd = open ? listener : -1, .events = POLLIN};
    poll(fds, COUNT(fds), 10);
    for (size_t i = 0; i < PAIRS; i++) {
        bool whole = fds[2 * i].revents == 0 || pass(&pairs[i], true);
        whole = whole && (fds[2 * i + 1].revents == 0 || pass(&pairs[i], false));
        if (!whole) part(&pairs[i]);
    }
    if (fds[2 * PAIRS].revents != 0) join_pair(room);
}

static void *relay(void *payload) {
    static struct pair pairs[PAIRS];
    (void)payload;
    for (size_t i = 0; i < PAIRS; i++)
        pairs[i].client = pairs[i].server = -1;
    for (;;)
        turn_relay(pairs);
    return NULL;
}

static void start_relay(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    pthread_t thread;
    snprintf(server_address.sun_path, sizeof server_address.sun_path, "%.80s/.s.PGSQL.%s",
             PQhost(admin), PQport(admin));
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 8) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0 ||
        pthread_create(&thread, NULL, relay, NULL) != 0) {
        bail("relay: %s", strerror(errno));
    }
    pthread_detach(thread);
    snprintf(port, sizeof port, "%d", ntohs(address.sin_port));
}

/* ---- The calls ---- */

static int ended;
static int status;
static pgc_error error;

static void on_done(pgc_op *op, void *payload) {
    (void)payload;
    status = pgc_op_take(op, NULL, &error);
    ended++;
}

static int threads(void) {
    char line[256];
    int count = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "Threads:", 8) == 0) count = (int)strtol(line + 8, NULL, 10);
    }
    if (file == NULL || count == 0) bail("/proc/self/status");
    fclose(file);
    return count;
}

static bool has_own_cancel(void) {
    return dlsym(RTLD_DEFAULT, "PQcancelCreate") != NULL;
}

/* One call that waits for a lock, over the relay. */
struct waiting {
    struct loop loop;
    pgc_op *op;
    PGconn *holder;
    int pid;
};

static void begin(struct waiting *waiting, const char *name, bool own) {
    pgc_error err;
    pgc_thread_change change = PGC_THREAD_CHANGE_INIT;
    pgc_store_options options = options_for(schema);
    options.url =
        z(form("host=127.0.0.1 port=%s user=%s dbname=%s sslmode=prefer gssencmode=disable", port,
               PQuser(admin), PQdb(admin)));
    options.host = pgc_none();
    options.application_name = z(name);
    options.max_connections = 1;
    loop_begin(&waiting->loop, open_with(options), own);
    waiting->holder = raw_connection();
    ask_on(waiting->holder, "BEGIN");
    ask_on(waiting->holder, form("SELECT FROM %s.threads FOR UPDATE", quoted(schema)));
    change.id = z("thread");
    change.title = z("new");
    ended = 0;
    if (pgc_thread_update_start(waiting->loop.store, &change, on_done, NULL, &waiting->op, &err) !=
        0)
        bail("start: %s", err.message);
    while ((waiting->pid = (int)ask_number(
                "SELECT coalesce(max(pid), 0) FROM pg_stat_activity WHERE application_name = '%s' "
                "AND wait_event_type = 'Lock'",
                name)) == 0) {
        if (pgc_store_poll(waiting->loop.store, 10) < 1) bail("the call has ended");
    }
}

static void end(struct waiting *waiting, const char *name) {
    ask_on(waiting->holder, "ROLLBACK");
    PQfinish(waiting->holder);
    is_int(get_thread(waiting->loop.store, "thread", &error), 0, "%s: the next call works", name);
    loop_end(&waiting->loop, name);
}

/* The server hears of it at once. */
static void check_asked(bool own) {
    const char *name = own ? "epoll" : "poll";
    struct waiting waiting;
    begin(&waiting, form("cancel %s", name), own);
    int index = atomic_load(&accepted), before = threads(), watches = waiting.loop.watches;
    pgc_op_cancel(waiting.op);
    if (has_own_cancel()) {
        is_int(threads(), before, "%s: no thread is made", name);
        if (own) is_int(waiting.loop.watches, watches + 1, "%s: its socket is watched", name);
    }
    loop_until(&waiting.loop, &ended, 1);
    is_code(status, PGC_CANCELLED, &error, "%s: the call is cancelled", name);
    ok(becomes_true("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %d)", waiting.pid),
       "%s: the backend does not wait for the lock any more", name);
    is_int(atomic_load(&first[index]), has_own_cancel() ? SSL_REQUEST : CANCEL_REQUEST,
           "%s: what the server is asked for first", name);
    end(&waiting, name);
}

/* It cannot be reached before the call has ended. */
static void check_held(bool own) {
    const char *name = own ? "epoll, held up" : "poll, held up";
    struct waiting waiting;
    begin(&waiting, form("held %s", name), own);
    atomic_store(&held, true);
    pause_ms(30); /* the relay may be waiting for connections still */
    int count = atomic_load(&accepted);
    pgc_op_cancel(waiting.op);
    loop_until(&waiting.loop, &ended, 1);
    is_code(status, PGC_CANCELLED, &error, "%s: the call ends all the same", name);
    is_int(error.retry, PGC_RETRY_UNKNOWN, "%s: nobody knows how it ended", name);
    is_int(atomic_load(&accepted), count, "%s: nothing went through", name);
    is_int(ask_number("SELECT count(*) FROM pg_stat_activity WHERE pid = %d", waiting.pid), 1,
           "%s: the backend still waits", name);
    atomic_store(&held, false);
    ok(becomes_true("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %d)", waiting.pid),
       "%s: until it hears of the cancel, late", name);
    end(&waiting, name);
}

/* A server that is quick enough has the last word; on a busy machine not each time. */
static void check_answered(void) {
    time_t end = time(NULL) + PATIENCE_MS / 1000;
    bool answered = false;
    while (!answered && time(NULL) < end) {
        struct waiting waiting;
        begin(&waiting, "cancel answered", false);
        pgc_op_cancel(waiting.op);
        loop_until(&waiting.loop, &ended, 1);
        answered = stopped_by_server(&error) && error.retry == PGC_RETRY_SAFE;
        pgc_store_free(waiting.loop.store);
        PQfinish(waiting.holder);
    }
    ok(answered, "the server says that it has obeyed");
}

int main(void) {
    world_begin();
    schema = fresh("cancel");
    pgc_store *store = store_in(schema);
    must_create(store, "thread");
    pgc_store_free(store);
    start_relay();
    for (int own = 0; own < 2; own++) {
        check_asked(own == 1);
        check_held(own == 1);
    }
    check_answered();
    return world_end();
}
