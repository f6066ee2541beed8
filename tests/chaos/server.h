/*
 * The server of the campaign: a PostgreSQL of its own in a folder, reached by a unix socket there.
 * And what is known of processes: how to start them, and which are whose.
 */
#ifndef CHAOS_SERVER_H
#define CHAOS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { SERVER_CHILDREN = 256 };

struct server {
    char folder[128]; /* of the socket and the log */
    char data[128];
    char bindir[256];
    char url[512];
    pid_t pid; /* 0: it does not run */
};

/*
 * Finds a server ($PG_BINDIR, else the newest of Debian's) and makes its cluster; says why if it
 * cannot.
 */
bool server_create(struct server *server, const char *folder, const char *volume);

bool server_spawn(struct server *server);

/* Does it take connections? */
bool server_is_up(const struct server *server);

/* Its processes: those that serve clients, the others, or all; returns how many. */
enum whose { CLIENTS, OTHERS, ALL };
size_t server_children(const struct server *server, enum whose whose, pid_t *pids);

/* Has it ended? Takes note. */
bool server_has_ended(struct server *server);

/* Kills it with all its processes; for a subreaper. */
void server_kill(const struct server *server);

struct program {
    const char *const *args; /* the last one is NULL */
    int in, out;             /* descriptors, -1: /dev/null and our own */
    const char *log;         /* file for what it says; NULL: our own stderr */
    bool as_server;          /* as the user whom the server may run as */
};

/* Starts a program that ends when we do; -1 if that cannot be. */
pid_t program_start(const struct program *program);

/* Runs one to its end: its exit status, or -1. */
int program_run(const struct program *program);

#endif
