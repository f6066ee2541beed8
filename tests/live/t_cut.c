/*
 * A proxy between store and server that cuts the connection after a number of bytes, from none to
 * all, in both directions: each call ends with success or a code, and its repetition leaves exactly
 * one copy.
 */
#include "engine_world.h"

#include <sys/socket.h>
#include <sys/un.h>

static const char *schema;
static char folder[] = "/tmp/pgconvo-cut.XXXXXX";
static struct sockaddr_un server_address = {.sun_family = AF_UNIX};
static struct sockaddr_un proxy_address = {.sun_family = AF_UNIX};
static int listener;
static atomic_long
    budgets[2]; /* bytes that may still pass to the server, to the client; then it is cut */
static atomic_long passed[2];

enum { TO_SERVER, TO_CLIENT, UNLIMITED = 1000000000 };

static void allow(long to_server, long to_client) {
    atomic_store(&budgets[TO_SERVER], to_server);
    atomic_store(&budgets[TO_CLIENT], to_client);
}

/* Passes on what is there. False: it ended, or is to be cut. */
static bool pass(int from, int to, int direction) {
    char bytes[4096];
    ssize_t got = read(from, bytes, sizeof bytes);
    if (got <= 0) return false;
    long budget = atomic_load(&budgets[direction]);
    ssize_t send_now = got < budget ? got : (ssize_t)budget;
    /* Counted before they are sent: who gets them may set the next budget at once. */
    atomic_fetch_sub(&budgets[direction], send_now);
    atomic_fetch_add(&passed[direction], send_now);
    for (ssize_t done = 0; done < send_now;) {
        ssize_t sent = send(to, bytes + done, (size_t)(send_now - done), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        done += sent;
    }
    return got < budget;
}

static void serve(int client) {
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool whole = connect(server, (struct sockaddr *)&server_address, sizeof server_address) == 0;
    while (whole) {
        struct pollfd fds[2] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
        poll(fds, 2, -1);
        if (fds[0].revents != 0) whole = pass(client, server, TO_SERVER);
        if (whole && fds[1].revents != 0) whole = pass(server, client, TO_CLIENT);
    }
    allow(UNLIMITED, UNLIMITED);
    close(server);
    close(client);
}

/* One connection at a time is all that a pool of one needs. */
static void *proxy(void *payload) {
    (void)payload;
    for (int client; (client = accept(listener, NULL, NULL)) != -1;) {
        serve(client);
    }
    return NULL;
}

static pgc_store *open_proxied(void) {
    pgc_store_options options = options_for(schema);
    options.host = z(folder);
    options.port = 5432;
    options.max_connections = 1;
    return open_with(options);
}

/* Where stores are sent: to the server, or to the pooler before it. */
static bool find_server(void) {
    PGconn *way = connect_to(store_url());
    bool local = PQhost(way)[0] == '/';
    snprintf(server_address.sun_path, sizeof server_address.sun_path, "%.80s/.s.PGSQL.%s",
             PQhost(way), PQport(way));
    PQfinish(way);
    return local;
}

/* ---- The calls ---- */

static int append_two(pgc_store *store, const char *name, pgc_error *err) {
    char ids[2][64];
    pgc_message_new messages[2];
    pgc_append append = PGC_APPEND_INIT;
    pgc_result *result = NULL;
    for (int i = 0; i < 2; i++) {
        snprintf(ids[i], sizeof ids[i], "%s %d", name, i);
        messages[i] = message_named(ids[i]);
    }
    append.thread_id = z("thread");
    append.messages = messages;
    append.count = 2;
    append.existing = PGC_EXISTING_KEEP;
    int status = pgc_message_append(store, &append, &result, err);
    pgc_result_free(result);
    return status;
}

struct tally {
    int done;
    int lost;
    int refused; /* CONNECT */
    int odd;
    int unrepeatable;
};

/* One call with a cut on its way, and its repetition. */
static void try_cut(pgc_store *store, const char *name, struct tally *tally) {
    pgc_error err;
    int status = append_two(store, name, &err);
    if (status == 0) {
        tally->done++;
    } else if (status == -PGC_LOST && err.retry != PGC_RETRY_NO) {
        tally->lost++;
    } else if (status == -PGC_CONNECT && err.retry == PGC_RETRY_SAFE) {
        tally->refused++;
    } else if (tally->odd++ == 0) {
        diag("%s: %s [%s] %s", name, pgc_code_name(status), err.sqlstate, err.message);
    }
    allow(UNLIMITED, UNLIMITED);
    bool late = status == 0; /* cut behind the call, so perhaps in the next one */
    status = append_two(store, name, &err);
    if (late && status == -PGC_LOST) status = append_two(store, name, &err);
    if (status != 0 && tally->unrepeatable++ == 0) {
        diag("%s again: %s [%s] %s", name, pgc_code_name(status), err.sqlstate, err.message);
    }
}

static void report(const struct tally *tally, const char *name, int tries) {
    const char *s = quoted(schema);
    diag("%s: %d done, %d lost, %d not connected", name, tally->done, tally->lost, tally->refused);
    is_int(tally->odd, 0, "%s: every outcome is success, LOST or CONNECT", name);
    is_int(tally->unrepeatable, 0, "%s: every repetition succeeds", name);
    ok(tally->lost + tally->refused > 0, "%s: some were cut", name);
    is_str(ask("SELECT count(*) = %d AND count(DISTINCT id) = %d FROM %s.messages WHERE id LIKE "
               "'%s%%'",
               2 * tries, 2 * tries, s, name),
           "t", "%s: there is exactly one copy of each", name);
    is_str(
        ask("SELECT count(*) = max(seq) AND count(DISTINCT seq) = count(*) AND max(seq) = (SELECT "
            "last_seq FROM %s.threads WHERE id = 'thread') FROM %s.messages",
            s, s),
        "t", "%s: the order has no gaps", name);
    is_int(orphans(schema), 0, "%s: nothing is orphaned", name);
}

/* Cuts a call on a connection that is up and has its statements prepared. */
static void check_running(int direction, int step, const char *name) {
    struct tally tally = {0};
    pgc_error err;
    pgc_store *store = open_proxied();
    int tries = 0;
    allow(UNLIMITED, UNLIMITED);
    if (append_two(store, form("to begin %s ......", name), &err) != 0) bail("%s", err.message);
    long before = atomic_load(&passed[direction]);
    if (append_two(store, form("to repeat %s .....", name), &err) != 0) bail("%s", err.message);
    long whole = atomic_load(&passed[direction]) - before;
    for (long n = 0; n <= whole + step; n += step, tries++) {
        allow(direction == TO_SERVER ? n : UNLIMITED, direction == TO_CLIENT ? n : UNLIMITED);
        try_cut(store, form("%s %06ld", name, n), &tally);
    }
    diag("%s: a call is %ld bytes", name, whole);
    ok(tally.done > 0, "%s: the last one was not cut", name);
    report(&tally, name, tries);
    pgc_store_free(store);
}

/* Cuts connecting, setting up and preparing; a new store each time, and larger steps. */
static void check_connecting(int direction, const char *name) {
    enum { STEPS = 40 };
    struct tally tally = {0};
    pgc_error err;
    allow(UNLIMITED, UNLIMITED);
    long before = atomic_load(&passed[direction]);
    pgc_store *store = open_proxied();
    if (append_two(store, "first", &err) != 0) bail("append: %s", err.message);
    pgc_store_free(store);
    long whole = atomic_load(&passed[direction]) - before;
    for (int i = 0; i < STEPS; i++) {
        long n = whole * i / STEPS;
        store = open_proxied();
        allow(direction == TO_SERVER ? n : UNLIMITED, direction == TO_CLIENT ? n : UNLIMITED);
        try_cut(store, form("%s %ld", name, n), &tally);
        pgc_store_free(store);
    }
    diag("%s: all is %ld bytes", name, whole);
    report(&tally, name, STEPS);
}

int main(void) {
    world_begin();
    schema = schema_named("cut");
    pgc_store *store = store_in(schema);
    must_create(store, "thread");
    pgc_store_free(store);
    if (!find_server()) {
        skip(1, "the server has no unix socket");
        return world_end();
    }
    if (mkdtemp(folder) == NULL) bail("mkdtemp");
    snprintf(proxy_address.sun_path, sizeof proxy_address.sun_path, "%s/.s.PGSQL.5432", folder);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pthread_t thread;
    if (bind(listener, (struct sockaddr *)&proxy_address, sizeof proxy_address) != 0 ||
        listen(listener, 8) != 0 || pthread_create(&thread, NULL, proxy, NULL) != 0) {
        bail("proxy: %s", strerror(errno));
    }
    check_running(TO_SERVER, 7, "to the server");
    check_running(TO_CLIENT, 2, "from the server");
    check_connecting(TO_SERVER, "connecting to the server");
    check_connecting(TO_CLIENT, "connecting from the server");
    shutdown(listener, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(listener);
    unlink(proxy_address.sun_path);
    rmdir(folder);
    return world_end();
}
