#include "faults.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Some are over before a call's deadline, some are not. */
static int some_ms(struct campaign *campaign) {
    static const int upper[] = {50, 500, 1500, 4000};
    return 20 + (int)chance_below(&campaign->chance,
                                  (unsigned)upper[chance_below(&campaign->chance, 4)]);
}

/* ---- What ends later ---- */

static bool is_pending(const struct campaign *campaign, enum remedy remedy) {
    for (size_t i = 0; i < UNDOS; i++) {
        if (campaign->undos[i].at_us != 0 && campaign->undos[i].remedy == remedy) return true;
    }
    return false;
}

static struct undo *free_undo(struct campaign *campaign) {
    for (size_t i = 0; i < UNDOS; i++) {
        if (campaign->undos[i].at_us == 0) return &campaign->undos[i];
    }
    return NULL;
}

static void undo_later(struct campaign *campaign, struct undo *undo, enum remedy remedy,
                       pid_t pid) {
    int ms =
        some_ms(campaign) + (remedy == EMPTY_DISK ? 1500 : 0); /* first there is a little left */
    *undo = (struct undo){.at_us = clock_us() + ms * INT64_C(1000), .remedy = remedy, .pid = pid};
}

static void signal_server(const struct campaign *campaign, int signal_number) {
    pid_t pids[SERVER_CHILDREN];
    size_t count = server_children(&campaign->server, ALL, pids);
    for (size_t i = 0; i < count; i++) {
        kill(pids[i], signal_number);
    }
    if (campaign->server.pid != 0) kill(campaign->server.pid, signal_number);
}

/* Returns the number of connections that the proxy says it befell. */
static int command_proxy(struct campaign *campaign, const char *command) {
    char answer[32];
    ssize_t size = write(campaign->proxy_in, command, strlen(command));
    if (size > 0) size = read(campaign->proxy_out, answer, sizeof answer - 1);
    if (size <= 0) {
        campaign_break(campaign, "the proxy is gone");
        return 0;
    }
    answer[size] = '\0';
    return (int)strtol(answer, NULL, 10);
}

static void undo_now(struct campaign *campaign, struct undo *undo) {
    undo->at_us = 0;
    switch (undo->remedy) {
    case CONTINUE_PROCESS:
    case CONTINUE_PROXY:
        kill(undo->pid, SIGCONT);
        break;
    case CONTINUE_SERVER:
        signal_server(campaign, SIGCONT);
        break;
    case CLEAR_PROXY:
        command_proxy(campaign, "clear\n");
        break;
    case EMPTY_DISK:
        if (!cell_empty_volume(campaign->cell, campaign->volume_size)) {
            campaign_break(campaign, "the disk stays full");
        }
        break;
    }
}

/* A proxy that stands still must go on before it can be told anything. */
static void undo_due(struct campaign *campaign, int64_t now_us) {
    for (size_t i = 0; i < UNDOS; i++) {
        struct undo *undo = &campaign->undos[i];
        bool due = undo->at_us != 0 && undo->at_us <= now_us;
        if (due && undo->remedy == CLEAR_PROXY && is_pending(campaign, CONTINUE_PROXY)) {
            kill(campaign->proxy, SIGCONT);
        }
        if (due) undo_now(campaign, undo);
    }
}

void campaign_undo_all(struct campaign *campaign) {
    undo_due(campaign, INT64_MAX);
}

static bool is_known(const struct campaign *campaign, pid_t pid) {
    bool known = pid == campaign->server.pid || pid == campaign->proxy;
    for (size_t i = 0; i < LOADS; i++)
        known = known || pid == campaign->loads[i].pid;
    return known;
}

/* What a killed server leaves behind becomes ours. */
static void bury_orphans(const struct campaign *campaign) {
    siginfo_t info = {.si_pid = 0};
    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0 &&
           !is_known(campaign, info.si_pid)) {
        waitpid(info.si_pid, NULL, 0);
        info.si_pid = 0;
    }
}

static void look_at_children(struct campaign *campaign) {
    server_has_ended(&campaign->server);
    bury_orphans(campaign);
    for (size_t i = 0; i < LOADS; i++) {
        int status;
        pid_t pid = campaign->loads[i].pid;
        if (pid != 0 && waitpid(pid, &status, WNOHANG) == pid) {
            campaign->loads[i].pid = 0;
            campaign_break(campaign, "a process of the load ended, status %d", status);
        }
    }
    if (campaign->proxy != 0 && waitpid(campaign->proxy, NULL, WNOHANG) == campaign->proxy) {
        campaign->proxy = 0;
        campaign_break(campaign, "the proxy ended");
    }
}

void campaign_wait(struct campaign *campaign, int ms) {
    int64_t end = clock_us() + ms * INT64_C(1000);
    do {
        int64_t left = end - clock_us();
        usleep(left > 10000 ? 10000 : left > 0 ? (useconds_t)left : 0);
        undo_due(campaign, clock_us());
        look_at_children(campaign);
    } while (clock_us() < end && !campaign->broken);
}

/* ---- The server ---- */

void campaign_serve(struct campaign *campaign) {
    int64_t end = clock_us() + INT64_C(120000000);
    while (!campaign->broken && !cell_must_end() && !server_is_up(&campaign->server)) {
        if (campaign->server.pid == 0) server_spawn(&campaign->server);
        campaign_wait(campaign, 50);
        if (clock_us() > end) campaign_break(campaign, "the server does not start");
    }
}

static bool restart_server(struct campaign *campaign, int signal_number) {
    int64_t patient = clock_us() + INT64_C(15000000), end = patient + INT64_C(120000000);
    if (campaign->server.pid == 0) return false;
    if (signal_number == SIGKILL) {
        server_kill(&campaign->server);
    } else {
        kill(campaign->server.pid, signal_number);
    }
    while (!server_has_ended(&campaign->server) && !campaign->broken && !cell_must_end()) {
        campaign_wait(campaign, 10);
        /* A fast shutdown at the end of a crash's recovery can wait for ever (PostgreSQL 15). */
        if (clock_us() > patient && campaign->server.pid != 0) {
            kill(campaign->server.pid, SIGQUIT);
        }
        if (clock_us() > end) campaign_break(campaign, "the server does not stop");
    }
    campaign_wait(campaign, (int)chance_below(&campaign->chance, 500));
    campaign_serve(campaign);
    return true;
}

static pid_t any_child(struct campaign *campaign, enum whose whose) {
    pid_t pids[SERVER_CHILDREN];
    size_t count = server_children(&campaign->server, whose, pids);
    return count == 0 ? 0 : pids[chance_below(&campaign->chance, (unsigned)count)];
}

static bool signal_backend(struct campaign *campaign, int signal_number) {
    pid_t pid = any_child(campaign, CLIENTS);
    return pid != 0 && kill(pid, signal_number) == 0;
}

static bool kill_helper(struct campaign *campaign, int signal_number) {
    pid_t pid = any_child(campaign, OTHERS);
    return pid != 0 && kill(pid, signal_number) == 0;
}

static bool stop_backend(struct campaign *campaign, int signal_number) {
    struct undo *undo = free_undo(campaign);
    pid_t pid = any_child(campaign, CLIENTS);
    if (undo == NULL || pid == 0 || kill(pid, signal_number) != 0) return false;
    undo_later(campaign, undo, CONTINUE_PROCESS, pid);
    return true;
}

static bool stop_server(struct campaign *campaign, int signal_number) {
    struct undo *undo = free_undo(campaign);
    if (undo == NULL || campaign->server.pid == 0 || is_pending(campaign, CONTINUE_SERVER)) {
        return false;
    }
    signal_server(campaign, signal_number);
    undo_later(campaign, undo, CONTINUE_SERVER, 0);
    return true;
}

static bool fill_disk(struct campaign *campaign, int argument) {
    (void)argument;
    struct undo *undo = free_undo(campaign);
    if (undo == NULL || campaign->volume_size == 0 || is_pending(campaign, EMPTY_DISK) ||
        !cell_fill_volume(campaign->cell)) {
        return false;
    }
    undo_later(campaign, undo, EMPTY_DISK, 0);
    return true;
}

/* ---- The network ---- */

enum trouble { FIN, RST, EVERY, AFTER, HALF, DELAY, HOLD, SWALLOW, REFUSE };

/* Is it to be cleared later? */
static bool lasts(enum trouble trouble) {
    return trouble >= HALF;
}

static bool trouble_network(struct campaign *campaign, int trouble) {
    static const char *const commands[] = {
        [FIN] = "fin",     [RST] = "rst",         [EVERY] = "all",
        [AFTER] = "after", [HALF] = "half",       [DELAY] = "delay",
        [HOLD] = "hold",   [SWALLOW] = "swallow", [REFUSE] = "refuse"};
    char command[64];
    struct undo *undo = free_undo(campaign);
    unsigned number = chance_below(&campaign->chance, trouble == AFTER ? 3000 : 400);
    if (undo == NULL || campaign->proxy == 0 || is_pending(campaign, CONTINUE_PROXY) ||
        (lasts((enum trouble)trouble) && is_pending(campaign, CLEAR_PROXY))) {
        return false;
    }
    snprintf(command, sizeof command, "%s %u\n", commands[trouble], number);
    int befallen = command_proxy(campaign, command);
    if (lasts((enum trouble)trouble)) undo_later(campaign, undo, CLEAR_PROXY, 0);
    return befallen > 0;
}

static bool stop_proxy(struct campaign *campaign, int signal_number) {
    struct undo *undo = free_undo(campaign);
    if (undo == NULL || campaign->proxy == 0 || is_pending(campaign, CONTINUE_PROXY)) return false;
    kill(campaign->proxy, signal_number);
    undo_later(campaign, undo, CONTINUE_PROXY, campaign->proxy);
    return true;
}

/* ---- The load ---- */

static bool stop_load(struct campaign *campaign, int signal_number) {
    struct undo *undo = free_undo(campaign);
    pid_t pid = campaign->loads[chance_below(&campaign->chance, LOADS)].pid;
    if (undo == NULL || pid == 0) return false;
    kill(pid, signal_number);
    undo_later(campaign, undo, CONTINUE_PROCESS, pid);
    return true;
}

/* Its place is taken by a new one, under another name. */
static bool kill_load(struct campaign *campaign, int signal_number) {
    size_t place = chance_below(&campaign->chance, LOADS);
    struct load *load = &campaign->loads[place];
    if (load->pid == 0) return false;
    kill(load->pid, signal_number);
    waitpid(load->pid, NULL, 0);
    load->pid = 0;
    return campaign_start_load(campaign, place);
}

const struct fault faults[] = {
    {"backend ended", 12, signal_backend, SIGTERM},
    {"backend's query cancelled", 6, signal_backend, SIGINT},
    {"backend killed", 4, signal_backend, SIGKILL},
    {"backend stopped and continued", 8, stop_backend, SIGSTOP},
    {"server's helper process killed", 1, kill_helper, SIGKILL},
    {"server restarted, fast", 4, restart_server, SIGINT},
    {"server restarted, immediately", 3, restart_server, SIGQUIT},
    {"server killed and restarted", 3, restart_server, SIGKILL},
    {"server stopped and continued", 4, stop_server, SIGSTOP},
    {"disk full", 4, fill_disk, 0},
    {"connection closed", 8, trouble_network, FIN},
    {"connection reset", 8, trouble_network, RST},
    {"all connections reset", 4, trouble_network, EVERY},
    {"connection cut in mid-message", 10, trouble_network, AFTER},
    {"connection half open", 6, trouble_network, HALF},
    {"network delayed", 6, trouble_network, DELAY},
    {"network held", 6, trouble_network, HOLD},
    {"bytes swallowed", 5, trouble_network, SWALLOW},
    {"connections refused", 4, trouble_network, REFUSE},
    {"proxy stopped and continued", 3, stop_proxy, SIGSTOP},
    {"load stopped and continued", 5, stop_load, SIGSTOP},
    {"load killed", 2, kill_load, SIGKILL},
};
const size_t fault_count = sizeof faults / sizeof faults[0];
