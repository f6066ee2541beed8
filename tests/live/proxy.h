/*
 * A gate-keeper between a store and the server, on a TCP port of its own: counts who comes, turns
 * them away, cuts them off, or loses an answer that the server gave. Runs in a thread.
 */
#ifndef PROXY_H
#define PROXY_H

#include "engine_world.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { PROXY_PAIRS = 64, PROXY_LINGER_MS = 20 };

static struct {
    int listener;
    uint16_t port;
    struct sockaddr_un server;
    pthread_t thread;
    atomic_bool end;
    atomic_bool down;          /* who comes is kept for a moment, then turned away */
    atomic_int room;           /* so many more may come in */
    atomic_int lose;           /* so many more answers are lost, and their connections cut */
    atomic_int through;        /* connections that were let in and stand */
    atomic_int attempts;       /* how many came */
    atomic_int most_at_once;   /* of those turned away */
    int pairs[PROXY_PAIRS][2]; /* client and server; a server of -1: to be turned away */
    int64_t since[PROXY_PAIRS];
    int count;
} proxy;

static int64_t proxy_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void proxy_drop(int i) {
    for (int side = 0; side < 2; side++) {
        if (proxy.pairs[i][side] != -1) close(proxy.pairs[i][side]);
    }
    proxy.count--;
    memcpy(proxy.pairs[i], proxy.pairs[proxy.count], sizeof proxy.pairs[i]);
    proxy.since[i] = proxy.since[proxy.count];
}

static void proxy_take(void) {
    int client = accept4(proxy.listener, NULL, NULL, SOCK_CLOEXEC);
    if (client == -1) return;
    atomic_fetch_add(&proxy.attempts, 1);
    bool away = atomic_load(&proxy.down) || atomic_load(&proxy.room) == 0;
    int server = away ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (!away) atomic_fetch_sub(&proxy.room, 1);
    if (!away && connect(server, (struct sockaddr *)&proxy.server, sizeof proxy.server) != 0) {
        close(server);
        server = -1;
    }
    proxy.since[proxy.count] = proxy_now();
    proxy.pairs[proxy.count][0] = client;
    proxy.pairs[proxy.count++][1] = server;
    int turned_away = 0;
    for (int i = 0; i < proxy.count; i++) {
        turned_away += proxy.pairs[i][1] == -1;
    }
    if (turned_away > atomic_load(&proxy.most_at_once)) {
        atomic_store(&proxy.most_at_once, turned_away);
    }
}

/* False: the pair is at its end. */
static bool proxy_pass(int i, int side) {
    char bytes[16384];
    ssize_t size = recv(proxy.pairs[i][side], bytes, sizeof bytes, 0);
    if (size > 0 && side == 1 && atomic_load(&proxy.lose) > 0) {
        atomic_fetch_sub(&proxy.lose, 1);
        return false;
    }
    return size > 0 && send(proxy.pairs[i][1 - side], bytes, (size_t)size, MSG_NOSIGNAL) == size;
}

static void *proxy_run(void *payload) {
    while (!atomic_load(&proxy.end)) {
        struct pollfd fds[1 + 2 * PROXY_PAIRS];
        int count = proxy.count;
        fds[0] = (struct pollfd){.fd = count < PROXY_PAIRS ? proxy.listener : -1, .events = POLLIN};
        for (int i = 0; i < count; i++) {
            bool away = proxy.pairs[i][1] == -1;
            fds[1 + 2 * i] = (struct pollfd){.fd = away ? -1 : proxy.pairs[i][0], .events = POLLIN};
            fds[2 + 2 * i] = (struct pollfd){.fd = proxy.pairs[i][1], .events = POLLIN};
        }
        poll(fds, (nfds_t)(1 + 2 * count), 2);
        for (int i = count - 1; i >= 0; i--) {
            bool away = proxy.pairs[i][1] == -1;
            bool ends = away ? proxy.since[i] + PROXY_LINGER_MS <= proxy_now()
                             : atomic_load(&proxy.down) ||
                                   (fds[1 + 2 * i].revents != 0 && !proxy_pass(i, 0)) ||
                                   (fds[2 + 2 * i].revents != 0 && !proxy_pass(i, 1));
            if (ends) proxy_drop(i);
        }
        if (fds[0].revents != 0) proxy_take();
        int through = 0;
        for (int i = 0; i < proxy.count; i++) {
            through += proxy.pairs[i][1] != -1;
        }
        atomic_store(&proxy.through, through);
    }
    return payload;
}

static void proxy_begin(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    proxy.server.sun_family = AF_UNIX;
    snprintf(proxy.server.sun_path, sizeof proxy.server.sun_path, "%s/.s.PGSQL.%s", PQhost(admin),
             PQport(admin));
    proxy.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(proxy.listener, (struct sockaddr *)&address, size) != 0 ||
        listen(proxy.listener, 64) != 0 ||
        getsockname(proxy.listener, (struct sockaddr *)&address, &size) != 0) {
        bail("listen: %s", strerror(errno));
    }
    proxy.port = ntohs(address.sin_port);
    atomic_store(&proxy.room, INT32_MAX);
    if (pthread_create(&proxy.thread, NULL, proxy_run, NULL) != 0) bail("thread");
}

static void proxy_end(void) {
    atomic_store(&proxy.end, true);
    pthread_join(proxy.thread, NULL);
    while (proxy.count > 0)
        proxy_drop(0);
    close(proxy.listener);
}

/* A server that goes: all are cut off, nobody is let in. */
WORLD_USED static void proxy_down(void) {
    atomic_store(&proxy.attempts, 0);
    atomic_store(&proxy.most_at_once, 0);
    atomic_store(&proxy.down, true);
    for (int i = 0; i < PATIENCE_MS && atomic_load(&proxy.through) > 0; i++) {
        pause_ms(1);
    }
}

WORLD_USED static void proxy_up(void) {
    atomic_store(&proxy.down, false);
}

#endif
