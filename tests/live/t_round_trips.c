/*
 * What opening costs on the wire: connections and round trips, counted by a proxy that stands
 * between store and server. The proxy and the store take turns in this one thread, by the event-
 * driven face.
 */
#include "live/world.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#define CONNECTIONS_MAX 32

/* One connection through the proxy. */
struct passage {
    int store, server;
    bool greeted;          /* the startup message, which has no type, has passed */
    unsigned char head[5]; /* of the message that is being read: type, length */
    size_t head_size;
    size_t left; /* of its body */
};

static struct {
    int listener;
    char folder[64];
    struct sockaddr_un server;
    struct passage passages[CONNECTIONS_MAX];
    size_t count;
    int messages[256]; /* what stores sent, by type */
} proxy;

static int connect_server(void) {
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&proxy.server, sizeof proxy.server) != 0) {
        bail("no connection from the proxy to the server");
    }
    return fd;
}

static bool proxy_begin(void) {
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    if (PQhost(raw) == NULL || PQhost(raw)[0] != '/') return false;
    proxy.server.sun_family = AF_UNIX;
    snprintf(proxy.server.sun_path, sizeof proxy.server.sun_path, "%s/.s.PGSQL.%s", PQhost(raw),
             PQport(raw));
    snprintf(proxy.folder, sizeof proxy.folder, "/tmp/pgconvo-proxy.XXXXXX");
    if (mkdtemp(proxy.folder) == NULL) bail("no folder for the proxy");
    snprintf(own.sun_path, sizeof own.sun_path, "%s/.s.PGSQL.5432", proxy.folder);
    proxy.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (bind(proxy.listener, (struct sockaddr *)&own, sizeof own) != 0 ||
        listen(proxy.listener, CONNECTIONS_MAX) != 0) {
        bail("the proxy cannot listen");
    }
    return true;
}

static void close_passage(struct passage *passage) {
    if (passage->store == -1) return;
    close(passage->store);
    close(passage->server);
    passage->store = passage->server = -1;
}

static void proxy_end(void) {
    for (size_t i = 0; i < proxy.count; i++)
        close_passage(&proxy.passages[i]);
    close(proxy.listener);
    unlink(form("%s/.s.PGSQL.5432", proxy.folder));
    rmdir(proxy.folder);
}

/* Counts the messages in what a store sends. */
static void count_messages(struct passage *passage, const unsigned char *bytes, size_t size) {
    while (size > 0) {
        if (passage->left > 0) {
            size_t skipped = passage->left < size ? passage->left : size;
            passage->left -= skipped;
            bytes += skipped;
            size -= skipped;
            continue;
        }
        size_t head = passage->greeted ? 5 : 4;
        passage->head[passage->head_size++] = *bytes++;
        size--;
        if (passage->head_size < head) continue;
        const unsigned char *length = passage->head + head - 4;
        passage->left = ((size_t)length[0] << 24 | (size_t)length[1] << 16 |
                         (size_t)length[2] << 8 | length[3]) -
                        4;
        proxy.messages[passage->greeted ? passage->head[0] : 0]++;
        passage->greeted = true;
        passage->head_size = 0;
    }
}

static void pass(struct passage *passage, bool from_store) {
    unsigned char bytes[65536];
    int from = from_store ? passage->store : passage->server;
    int to = from_store ? passage->server : passage->store;
    ssize_t size = recv(from, bytes, sizeof bytes, MSG_DONTWAIT);
    if (size <= 0) {
        close_passage(passage);
        return;
    }
    if (from_store) count_messages(passage, bytes, (size_t)size);
    for (ssize_t sent = 0; sent < size;) {
        ssize_t n = send(to, bytes + sent, (size_t)(size - sent), MSG_NOSIGNAL);
        if (n <= 0) return;
        sent += n;
    }
}

/* Passes on what there is, after waiting a moment for something to come. */
static void proxy_turn(void) {
    struct pollfd fds[1 + 2 * CONNECTIONS_MAX] = {{.fd = proxy.listener, .events = POLLIN}};
    for (size_t i = 0; i < proxy.count; i++) {
        fds[1 + 2 * i] = (struct pollfd){.fd = proxy.passages[i].store, .events = POLLIN};
        fds[2 + 2 * i] = (struct pollfd){.fd = proxy.passages[i].server, .events = POLLIN};
    }
    poll(fds, 1 + 2 * proxy.count, 1);
    for (size_t i = 0; i < proxy.count; i++) {
        if (fds[1 + 2 * i].revents != 0) pass(&proxy.passages[i], true);
        if (fds[2 + 2 * i].revents != 0 && proxy.passages[i].server != -1)
            pass(&proxy.passages[i], false);
    }
    if (fds[0].revents != 0 && proxy.count < CONNECTIONS_MAX) {
        int fd = accept(proxy.listener, NULL, NULL);
        proxy.passages[proxy.count++] = (struct passage){.store = fd, .server = connect_server()};
    }
}

/* ---- Stores through it ---- */

static pgc_store *open_through(pgc_schema_mode mode) {
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    pgc_store *opened = NULL;
    options.url = z(form("host=%s port=5432 user=%s dbname=%s sslmode=disable gssencmode=disable",
                         proxy.folder, PQuser(raw), PQdb(raw)));
    options.schema = z(schema);
    options.schema_mode = mode;
    must(pgc_store_open(&options, &opened, &err));
    memset(proxy.messages, 0, sizeof proxy.messages);
    return opened;
}

static size_t done;

static void on_done(pgc_op *op, void *payload) {
    (void)payload;
    pgc_result *taken = NULL;
    must(pgc_op_take(op, &taken, &err));
    pgc_result_free(taken);
    done++;
}

static void finish(pgc_store *of, size_t operations) {
    while (done < operations) {
        if (pgc_store_poll(of, 0) < 0) bail("the store cannot be polled");
        proxy_turn();
    }
    done = 0;
}

static void init(pgc_store *of) {
    must(pgc_store_init_start(of, on_done, NULL, NULL, &err));
    finish(of, 1);
}

static void get(pgc_store *of) {
    must(pgc_thread_get_start(of, z("t"), on_done, NULL, NULL, &err));
    finish(of, 1);
}

/*
 * What was sent since the last look: connections, round trips; and never a simple query, which
 * would be one more.
 */
static void is_cost(int connections, int syncs, const char *name) {
    is_int(proxy.messages[0], connections, "%s: connections", name);
    is_int(proxy.messages['S'], syncs, "%s: round trips", name);
    is_int(proxy.messages['Q'] + proxy.messages['F'] + proxy.messages['H'], 0, "%s: nothing else",
           name);
    memset(proxy.messages, 0, sizeof proxy.messages);
}

static void test_modes(void) {
    static const struct {
        pgc_schema_mode mode;
        const char *name;
    } modes[] = {
        {PGC_SCHEMA_AUTO, "auto"}, {PGC_SCHEMA_VERIFY, "verify"}, {PGC_SCHEMA_NONE, "none"}};
    for (size_t i = 0; i < ARRAY_LENGTH(modes); i++) {
        pgc_store *warm = open_through(modes[i].mode);
        is_cost(0, 0, form("%s: opening", modes[i].name));
        init(warm);
        is_cost(1, 1, form("%s: init on a schema that is up to date", modes[i].name));
        init(warm);
        is_cost(0, 0, form("%s: init again", modes[i].name));
        get(warm);
        is_cost(0, 1, form("%s: the first call", modes[i].name));
        get(warm);
        is_cost(0, 1, form("%s: the second call", modes[i].name));
        pgc_store_free(warm);
        warm = open_through(modes[i].mode);
        get(warm);
        is_cost(1, 2, form("%s: a call right after opening", modes[i].name));
        pgc_store_free(warm);
    }
}

/* Two calls at once take two connections, each with its settings. */
static void test_second_connection(void) {
    pgc_store *warm = open_through(PGC_SCHEMA_AUTO);
    get(warm);
    memset(proxy.messages, 0, sizeof proxy.messages);
    must(pgc_thread_get_start(warm, z("t"), on_done, NULL, NULL, &err));
    must(pgc_thread_get_start(warm, z("t"), on_done, NULL, NULL, &err));
    finish(warm, 2);
    is_cost(1, 3, "a second connection");
    pgc_store_free(warm);
}

static void test_new_schema(void) {
    sql("DROP SCHEMA \"%s\" CASCADE",
        form("%.*s\"%s", (int)strcspn(schema, "\""), schema, strchr(schema, '"')));
    pgc_store *cold = open_through(PGC_SCHEMA_AUTO);
    init(cold);
    is_cost(1, 2, "init of a schema that is not there");
    pgc_store_free(cold);
}

int main(void) {
    world_begin("round trips", true);
    sql("SET client_min_messages TO warning");
    make_thread("t", NULL);
    if (proxy_begin()) {
        test_modes();
        test_second_connection();
        test_new_schema();
        proxy_end();
    } else {
        skip(1, "the server is not reached through a unix socket");
    }
    world_end();
    return done_testing();
}
