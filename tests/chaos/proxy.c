/*
 * A proxy that does what networks do. Listens on 127.0.0.1, on a port of the kernel's choice that
 * it prints first, and passes on to a unix socket:
 *
 *     proxy SOCKET SEED
 *
 * Commands come as lines on its standard input, and each is answered by the number of connections
 * that it befell:
 *
 *     fin          closes one connection
 *     rst          resets one
 *     all          resets all
 *     after N      resets one when N more bytes have passed in one of its directions
 *     half         closes one on one side and leaves the other side waiting
 *     delay MS     passes on what comes, and what comes new, so much later
 *     hold         passes on nothing
 *     swallow      throws away what comes
 *     refuse       resets new connections
 *     clear        ends the latter five; who had bytes thrown away is reset
 */
#include "shared.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { LINKS = 200, BUFFER = 16384, CLIENT = 0, SERVER = 1, UNLIMITED = -1 };

enum mode { PASS, HOLD, SWALLOW, REFUSE };

/* What came from one side and has not gone out on the other one. */
struct lane {
    char bytes[BUFFER];
    size_t size;
    int64_t due_us; /* when it may go out */
    bool ended;     /* the side says nothing more */
};

struct link {
    bool used;
    int fds[2]; /* -1: closed */
    struct lane from[2];
    long budgets[2];   /* bytes that may still come from this side */
    bool half, robbed; /* one side was closed; bytes were thrown away */
};

static struct link links[LINKS];
static struct sockaddr_un server_address = {.sun_family = AF_UNIX};
static int listener;
static enum mode mode;
static int delay_ms;
static uint64_t chance;

static void close_end(struct link *link, int side, bool reset) {
    const struct linger linger = {.l_onoff = 1, .l_linger = 0};
    if (link->fds[side] == -1) return;
    if (reset && side == CLIENT) {
        setsockopt(link->fds[side], SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    }
    close(link->fds[side]);
    link->fds[side] = -1;
}

static void close_link(struct link *link, bool reset) {
    close_end(link, CLIENT, reset);
    close_end(link, SERVER, reset);
    link->used = false;
}

static struct link *free_link(void) {
    for (size_t i = 0; i < LINKS; i++) {
        if (!links[i].used) return &links[i];
    }
    return NULL;
}

static void accept_link(void) {
    const int yes = 1;
    int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client == -1) return;
    struct link *link = free_link();
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct link made = {.used = true, .fds = {client, server}, .budgets = {UNLIMITED, UNLIMITED}};
    if (link == NULL || mode == REFUSE || server == -1 ||
        connect(server, (struct sockaddr *)&server_address, sizeof server_address) != 0) {
        close_link(&made, true);
        return;
    }
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    *link = made;
}

/* ---- Bytes ---- */

static bool may_read(const struct link *link, int side) {
    const struct lane *lane = &link->from[side];
    return link->fds[side] != -1 && !lane->ended && lane->size == 0 && mode != HOLD;
}

static bool may_write(const struct link *link, int side) {
    const struct lane *lane = &link->from[1 - side];
    return link->fds[side] != -1 && lane->size > 0 && mode != HOLD && lane->due_us <= clock_us();
}

static void read_from(struct link *link, int side) {
    struct lane *lane = &link->from[side];
    ssize_t got = recv(link->fds[side], lane->bytes, sizeof lane->bytes, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        lane->ended = true;
        return;
    }
    if (mode == SWALLOW || link->half) {
        link->robbed = true;
        return;
    }
    lane->size = (size_t)got;
    lane->due_us = clock_us() + delay_ms * INT64_C(1000);
    if (link->budgets[side] != UNLIMITED && got >= link->budgets[side]) {
        lane->size = (size_t)link->budgets[side];
        lane->ended = true;
    } else if (link->budgets[side] != UNLIMITED) {
        link->budgets[side] -= got;
    }
}

static void write_to(struct link *link, int side) {
    struct lane *lane = &link->from[1 - side];
    ssize_t sent = send(link->fds[side], lane->bytes, lane->size, MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (sent < 0) {
        close_link(link, true);
        return;
    }
    lane->size -= (size_t)sent;
    memmove(lane->bytes, lane->bytes + sent, lane->size);
}

/* Ends a connection of which one side has ended and all that it said has been passed on. */
static void end_if_over(struct link *link) {
    bool cut = link->budgets[CLIENT] != UNLIMITED || link->budgets[SERVER] != UNLIMITED;
    for (int side = 0; link->used && !link->half && side < 2; side++) {
        if (link->from[side].ended && link->from[side].size == 0) close_link(link, cut);
    }
}

/* ---- Commands ---- */

static struct link *any_link(void) {
    size_t count = 0;
    struct link *chosen = NULL;
    for (size_t i = 0; i < LINKS; i++) {
        if (links[i].used && !links[i].half && chance_below(&chance, (unsigned)++count) == 0) {
            chosen = &links[i];
        }
    }
    return chosen;
}

static int count_links(void) {
    int count = 0;
    for (size_t i = 0; i < LINKS; i++)
        count += links[i].used;
    return count;
}

static int reset_all(void) {
    int count = count_links();
    for (size_t i = 0; i < LINKS; i++) {
        if (links[i].used) close_link(&links[i], true);
    }
    return count;
}

static int enter(enum mode next) {
    mode = next;
    return next == REFUSE ? 1 : count_links();
}

static int clear(void) {
    mode = PASS;
    delay_ms = 0;
    for (size_t i = 0; i < LINKS; i++) {
        if (links[i].used && (links[i].robbed || links[i].half)) close_link(&links[i], true);
    }
    return 1;
}

/* To one connection. */
static int befall(struct link *link, const char *what, long number) {
    int side = (int)chance_below(&chance, 2);
    if (link == NULL) return 0;
    if (strcmp(what, "after") == 0) {
        link->budgets[side] = number;
    } else if (strcmp(what, "half") == 0) {
        link->half = true;
        close_end(link, side, true);
    } else {
        close_link(link, strcmp(what, "rst") == 0);
    }
    return 1;
}

static int obey(const char *line) {
    char what[16] = "";
    long number = 0;
    sscanf(line, "%15s %ld", what, &number);
    if (strcmp(what, "all") == 0) return reset_all();
    if (strcmp(what, "hold") == 0) return enter(HOLD);
    if (strcmp(what, "swallow") == 0) return enter(SWALLOW);
    if (strcmp(what, "refuse") == 0) return enter(REFUSE);
    if (strcmp(what, "clear") == 0) return clear();
    if (strcmp(what, "delay") == 0) {
        delay_ms = (int)number;
        return count_links();
    }
    return befall(any_link(), what, number);
}

/* A command is written at once, and the next one after its answer. */
static void read_command(void) {
    char line[128];
    ssize_t size = read(STDIN_FILENO, line, sizeof line - 1);
    if (size <= 0) exit(0);
    line[size] = '\0';
    printf("%d\n", obey(line));
    fflush(stdout);
}

/* ---- The turn ---- */

static short wanted(const struct link *link, int side) {
    return (short)((may_read(link, side) ? POLLIN : 0) | (may_write(link, side) ? POLLOUT : 0));
}

/* How long to wait for bytes that are late; -1: none is. */
static int patience(void) {
    for (size_t i = 0; i < LINKS; i++) {
        if (links[i].used && (links[i].from[CLIENT].size > 0 || links[i].from[SERVER].size > 0)) {
            return 2;
        }
    }
    return -1;
}

static void turn(void) {
    struct pollfd fds[2 + 2 * LINKS] = {{.fd = STDIN_FILENO, .events = POLLIN},
                                        {.fd = listener, .events = POLLIN}};
    for (size_t i = 0; i < 2 * (size_t)LINKS; i++) {
        const struct link *link = &links[i / 2];
        short events = link->used ? wanted(link, (int)(i % 2)) : 0;
        fds[2 + i] = (struct pollfd){.fd = events != 0 ? link->fds[i % 2] : -1, .events = events};
    }
    poll(fds, 2 + 2 * LINKS, mode == HOLD ? -1 : patience());
    for (size_t i = 0; i < 2 * (size_t)LINKS; i++) {
        struct link *link = &links[i / 2];
        int side = (int)(i % 2), events = fds[2 + i].revents;
        if (link->used && (events & POLLOUT) != 0) write_to(link, side);
        if (link->used && (events & (POLLIN | POLLHUP | POLLERR)) != 0 && may_read(link, side)) {
            read_from(link, side);
        }
        if (link->used) end_if_over(link);
    }
    if (fds[1].revents != 0) accept_link();
    if (fds[0].revents != 0) read_command();
}

int main(int argc, char **argv) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    if (argc != 3) return 2;
    signal(SIGPIPE, SIG_IGN);
    snprintf(server_address.sun_path, sizeof server_address.sun_path, "%s", argv[1]);
    chance = strtoull(argv[2], NULL, 10);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 128) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        perror("proxy");
        return 1;
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;)
        turn();
}
