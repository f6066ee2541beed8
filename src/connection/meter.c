#include "connection/meter.h"

#include <errno.h>
#include <limits.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* Where the peek offset starts: nothing lies so far ahead, so that nobody peeks at anything. */
#define OFFSET_START INT_MAX
#define OFFSET_LOW (INT_MAX / 2)

/* False: it is no TCP connection, or the kernel is too old to count. */
static bool read_tcp(int socket, int64_t *bytes) {
    struct tcp_info info;
    socklen_t size = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        size < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received) {
        return false;
    }
    *bytes = (int64_t)info.tcpi_bytes_received;
    return true;
}

static void set_offset(int socket, int offset) {
    (void)setsockopt(socket, SOL_SOCKET, SO_PEEK_OFF, &offset, sizeof offset);
}

void meter_reset(struct meter *meter) {
    meter->begun = false;
}

void meter_begin(struct meter *meter, int socket, int there) {
    int64_t received = 0;
    if (meter->begun) {
        return;
    }
    meter->begun = true;
    meter->tcp = read_tcp(socket, &received);
    meter->base = meter->tcp ? received - there : 0;
    if (!meter->tcp) { /* where only what is read counts */
        set_offset(socket, OFFSET_START);
    }
}

/* The offset is set anew before it comes to its end. */
static int64_t read_offset(struct meter *meter, int socket) {
    int offset = -1;
    socklen_t size = sizeof offset;
    if (getsockopt(socket, SOL_SOCKET, SO_PEEK_OFF, &offset, &size) != 0 || offset < 0) {
        return -meter->base;
    }
    int64_t bytes = -meter->base + (OFFSET_START - offset);
    if (offset < OFFSET_LOW) {
        meter->base = -bytes;
        set_offset(socket, OFFSET_START);
    }
    return bytes;
}

int64_t meter_read(struct meter *meter, int socket) {
    int64_t bytes = 0;
    if (!meter->begun) {
        return 0;
    }
    if (!meter->tcp) {
        return read_offset(meter, socket);
    }
    return read_tcp(socket, &bytes) ? bytes - meter->base : 0;
}

/* Peeking sees nothing but the end, where an offset is set. */
int meter_look(int socket) {
    char byte;
    int there = 0;
    if (ioctl(socket, FIONREAD, &there) == 0 && there > 0) {
        return there;
    }
    ssize_t size = recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size < 0 && errno != EAGAIN && errno != EINTR ? 0 : (int)size;
}

void meter_end(int socket) {
    set_offset(socket, -1);
}
