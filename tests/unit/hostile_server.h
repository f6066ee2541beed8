/*
 * A server that speaks as much of PostgreSQL's protocol as a store needs, until a test has it
 * misbehave: raw bytes on a unix socket or on TCP, a thread for each connection. It answers
 * everybody after the first connection that misbehaved as it should.
 */
#ifndef HOSTILE_SERVER_H
#define HOSTILE_SERVER_H

#include "tap.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* When the first connection begins to misbehave. */
enum stage { STAGE_START, STAGE_SETUP, STAGE_CALL, STAGE_IDLE };

struct hostile {
    int listener;
    char host[64]; /* for a connection string */
    int port;
    pthread_t thread;
    atomic_int connections; /* of the protocol, without those that only cancel */
    atomic_int open;        /* threads that serve one */
    atomic_int cancels;
    enum stage stage;
    void (*misbehave)(int fd);
    atomic_bool misbehaved; /* it has begun to */
};

/* ---- Messages ---- */

/* False: the client has gone. */
static bool put_bytes(int fd, const void *bytes, size_t size) {
    const char *at = bytes;
    while (size > 0) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

/* The head of a message whose body is said to be so long. */
static bool put_head(int fd, char type, int32_t size) {
    uint32_t length = htonl((uint32_t)(size + 4));
    char head[5] = {type};
    memcpy(head + 1, &length, 4);
    return put_bytes(fd, head, 5);
}

static bool put_message(int fd, char type, const void *body, size_t size) {
    char whole[8192];
    if (size > sizeof whole - 5)
        return put_head(fd, type, (int32_t)size) && put_bytes(fd, body, size);
    uint32_t length = htonl((uint32_t)size + 4);
    whole[0] = type;
    memcpy(whole + 1, &length, 4);
    memcpy(whole + 5, body, size);
    return put_bytes(fd, whole, size + 5);
}

/* The same message for ever: until the client has gone. */
static void put_for_ever(int fd, char type, const void *body, size_t size) {
    static char many[1 << 20];
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    uint32_t length = htonl((uint32_t)size + 4);
    size_t at = 0;
    pthread_mutex_lock(&lock);
    for (; at + size + 5 <= sizeof many; at += size + 5) {
        many[at] = type;
        memcpy(many + at + 1, &length, 4);
        memcpy(many + at + 5, body, size);
    }
    while (put_bytes(fd, many, at)) {}
    pthread_mutex_unlock(&lock);
}

/* A message from a literal. */
#define FLOOD(fd, type, literal) put_for_ever((fd), (type), "" literal, sizeof(literal) - 1)
#define PUT(fd, type, literal) put_message((fd), (type), "" literal, sizeof(literal) - 1)

static bool put_ready(int fd) {
    return PUT(fd, 'Z', "I");
}

/* What `count` columns are, in binary form, of type bytea. */
static bool put_columns(int fd, int count) {
    static char body[65536 * 20];
    size_t size = 2;
    body[0] = (char)(count >> 8);
    body[1] = (char)count;
    for (int i = 0; i < count; i++) {
        memcpy(body + size, "c\0\0\0\0\0\0\0\0\0\0\x11\xff\xff\xff\xff\xff\xff\0\1", 20);
        size += 20;
    }
    return put_message(fd, 'T', body, size);
}

/* A row of `count` columns that all hold these bytes (NULL: null), once or for ever. */
static bool put_row_so(int fd, int count, const char *value, int32_t size, bool for_ever) {
    char body[8000] = {(char)(count >> 8), (char)count};
    size_t at = 2;
    for (int i = 0; i < count && at + 4 + (size_t)size < sizeof body; i++) {
        uint32_t length = htonl(value == NULL ? UINT32_MAX : (uint32_t)size);
        memcpy(body + at, &length, 4);
        at += 4;
        if (value != NULL) {
            memcpy(body + at, value, (size_t)size);
            at += (size_t)size;
        }
    }
    if (!for_ever) return put_message(fd, 'D', body, at);
    put_for_ever(fd, 'D', body, at);
    return false;
}

static bool put_row(int fd, int count, const char *value, int32_t size) {
    return put_row_so(fd, count, value, size, false);
}

static void put_rows(int fd, int count, const char *value, int32_t size) {
    put_row_so(fd, count, value, size, true);
}

/* ---- What the client says ---- */

static bool get_bytes(int fd, void *bytes, size_t size) {
    char *at = bytes;
    while (size > 0) {
        ssize_t got = recv(fd, at, size, 0);
        if (got <= 0) return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

/* Reads a message whose type was read, if it has one, and forgets it; its first four bytes stay. */
static bool skip_message(int fd, uint32_t *first) {
    uint32_t length;
    char rest[4096];
    if (!get_bytes(fd, &length, 4)) return false;
    size_t left = ntohl(length) - 4;
    for (bool begin = true; left > 0; begin = false) {
        size_t part = left < sizeof rest ? left : sizeof rest;
        if (!get_bytes(fd, rest, part)) return false;
        if (begin && part >= 4) {
            memcpy(first, rest, 4);
            *first = ntohl(*first);
        }
        left -= part;
    }
    return true;
}

/* Everything that the client sends, until it hangs up. */
static void listen_on(int fd) {
    char bytes[4096];
    while (recv(fd, bytes, sizeof bytes, 0) > 0) {}
}

/* ---- A connection ---- */

/* The answer to one message, as it should be: a setting's row in the setup, else no rows. */
static bool answer(int fd, char type, bool setup) {
    switch (type) {
    case 'P':
        return PUT(fd, '1', "");
    case 'B':
        return PUT(fd, '2', "");
    case 'D':
        return put_columns(fd, setup ? 2 : 16);
    case 'E':
        return (!setup || put_row(fd, 2, "\0", 1)) && PUT(fd, 'C', "SELECT 0\0");
    case 'S':
        return put_ready(fd);
    default:
        return true;
    }
}

/* Waits for the client's Sync; answers on the way if it is to. */
static bool serve_segment(int fd, bool setup, bool answers) {
    char type = 0;
    uint32_t first;
    while (type != 'S') {
        if (!get_bytes(fd, &type, 1) || type == 'X' || !skip_message(fd, &first) ||
            (answers && !answer(fd, type, setup))) {
            return false;
        }
    }
    return true;
}

static bool welcome(int fd) {
    return PUT(fd, 'R', "\0\0\0\0") && PUT(fd, 'S', "server_version\00015.0\0") &&
           PUT(fd, 'S', "client_encoding\0UTF8\0") && PUT(fd, 'K', "\0\0\0\1\0\0\0\2") &&
           put_ready(fd);
}

struct hostile_guest {
    struct hostile *server;
    int fd;
    bool first;
};

static bool misbehaves(struct hostile_guest *guest, enum stage stage) {
    if (!guest->first || guest->server->stage != stage) return false;
    if (stage == STAGE_IDLE) { /* the answer is to be read before */
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    atomic_store(&guest->server->misbehaved, true);
    guest->server->misbehave(guest->fd);
    return true;
}

static void serve(struct hostile_guest *guest) {
    int fd = guest->fd;
    if (misbehaves(guest, STAGE_START) || !welcome(fd)) return;
    bool good = guest->first && guest->server->stage == STAGE_SETUP;
    if (!serve_segment(fd, true, !good) || misbehaves(guest, STAGE_SETUP)) return;
    bool bad = guest->first && guest->server->stage == STAGE_CALL;
    while (serve_segment(fd, false, !bad)) {
        if (misbehaves(guest, STAGE_CALL) || misbehaves(guest, STAGE_IDLE)) return;
    }
}

static void *serve_guest(void *arg) {
    struct hostile_guest *guest = arg;
    uint32_t code = 0;
    if (skip_message(guest->fd, &code)) {
        if (code == 80877102) {
            atomic_fetch_add(&guest->server->cancels, 1);
        } else {
            guest->first = atomic_fetch_add(&guest->server->connections, 1) == 0;
            serve(guest);
        }
    }
    close(guest->fd);
    atomic_fetch_sub(&guest->server->open, 1);
    free(guest);
    return NULL;
}

static void *accept_guests(void *arg) {
    struct hostile *server = arg;
    int fd;
    while ((fd = accept(server->listener, NULL, NULL)) != -1) {
        struct hostile_guest *guest = calloc(1, sizeof *guest);
        pthread_t thread;
        *guest = (struct hostile_guest){server, fd, false};
        atomic_fetch_add(&server->open, 1);
        if (pthread_create(&thread, NULL, serve_guest, guest) != 0) bail("no thread");
        pthread_detach(thread);
    }
    return NULL;
}

/* ---- The server ---- */

/* The one on a unix socket, in a folder that is made for the first of them. */
static char hostile_folder[] = "/tmp/pgconvo-hostile.XXXXXX";
static struct sockaddr_un hostile_address;

static void listen_unix(struct hostile *server) {
    if (hostile_address.sun_family == 0) {
        if (mkdtemp(hostile_folder) == NULL) bail("no folder");
        hostile_address.sun_family = AF_UNIX;
        snprintf(hostile_address.sun_path, sizeof hostile_address.sun_path, "%s/.s.PGSQL.5432",
                 hostile_folder);
    }
    server->port = 5432;
    snprintf(server->host, sizeof server->host, "%s", hostile_folder);
    unlink(hostile_address.sun_path);
    server->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(server->listener, (struct sockaddr *)&hostile_address, sizeof hostile_address) != 0) {
        bail("bind");
    }
}

/* At the end of the program. */
static void hostile_clean_up(void) {
    unlink(hostile_address.sun_path);
    rmdir(hostile_folder);
}

static void listen_tcp(struct hostile *server) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(server->listener, (struct sockaddr *)&address, size) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &size) != 0) {
        bail("bind");
    }
    server->port = ntohs(address.sin_port);
    snprintf(server->host, sizeof server->host, "127.0.0.1");
}

static void hostile_begin(struct hostile *server, enum stage stage, void (*misbehave)(int fd),
                          bool tcp) {
    memset(server, 0, sizeof *server);
    server->stage = stage;
    server->misbehave = misbehave;
    if (tcp) {
        listen_tcp(server);
    } else {
        listen_unix(server);
    }
    if (listen(server->listener, 64) != 0 ||
        pthread_create(&server->thread, NULL, accept_guests, server) != 0) {
        bail("listen");
    }
}

/* All clients have hung up, or it does not end. */
static void hostile_end(struct hostile *server) {
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    for (int i = 0; atomic_load(&server->open) > 0; i++) {
        if (i > 6000) bail("a connection stays open");
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
}

#endif
