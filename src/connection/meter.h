/*
 * How many bytes have come from a server, which libpq does not tell while a result is not complete.
 * The kernel does: of a TCP connection it counts them, and of a unix socket it moves the peek
 * offset back by each byte that is read. Where it does neither, nothing is counted.
 */
#ifndef CONNECTION_METER_H
#define CONNECTION_METER_H

#include "base/base.h"

struct meter {
    int64_t base; /* what had come before it began, or, negative, what was counted since */
    bool begun;
    bool tcp;
};

/* Counts nothing until it begins. */
void meter_reset(struct meter *meter);

/* Counts, if it does not already, what comes on a connected socket and the bytes that are there. */
void meter_begin(struct meter *meter, int socket, int there);

/*
 * How much has come since it began: on TCP what the kernel holds as well; 0 if it has not begun, or
 * it cannot be told.
 */
int64_t meter_read(struct meter *meter, int socket);

/* What is there to be read: > 0: something; 0: the end; < 0: nothing as yet. */
int meter_look(int socket);

/* The socket is to be somebody else's, who may want to peek. */
void meter_end(int socket);

#endif
