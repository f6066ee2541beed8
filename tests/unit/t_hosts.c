/* Lists of hosts: what each gets, which is next, and until when. */
#include "base/clock.h"
#include "connection/hosts.h"
#include "tap.h"

static struct arena arena;
static struct hosts hosts;

/* Sets `hosts` by the four parameters that matter, NULL for none, and two that do not. */
static void set(const char *host, const char *hostaddr, const char *port, const char *target) {
    static const char *keywords[8], *values[8];
    const char *const all[][2] = {{"dbname", "d"},
                                  {"host", host},
                                  {"hostaddr", hostaddr},
                                  {"port", port},
                                  {"target_session_attrs", target},
                                  {"connect_timeout", "7"}};
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(all); i++) {
        if (all[i][1] == NULL) continue;
        keywords[count] = all[i][0];
        values[count++] = all[i][1];
    }
    keywords[count] = values[count] = NULL;
    if (!hosts_init(&hosts, &arena, keywords, values)) bail("out of memory");
}

static const char *value(size_t host, const char *keyword) {
    for (size_t i = 0; hosts.keywords[i] != NULL; i++) {
        if (strcmp(hosts.keywords[i], keyword) == 0) return hosts.all[host].values[i];
    }
    return NULL;
}

static void test_lists(void) {
    set("a", NULL, "1", NULL);
    is_int(hosts.count, 1, "one host");
    is_str(value(0, "host"), "a", "as it is");
    is_int(hosts.limit_ms, 7000, "connect_timeout");
    set("a,b,c", NULL, "1,,3", "primary");
    is_int(hosts.count, 3, "three");
    is_str(value(1, "host"), "b", "the second");
    is_str(value(1, "port"), "", "without a port");
    is_str(value(2, "port"), "3", "the third has its own");
    is_str(value(2, "target_session_attrs"), "primary", "what is wanted of all");
    is_str(value(2, "dbname"), "d", "and the rest");
    set("a,b", NULL, "5", NULL);
    is_str(value(1, "port"), "5", "one port for all");
    set("a,b", "1.1.1.1,::1", NULL, NULL);
    is_str(value(1, "host"), "b", "a name");
    is_str(value(1, "hostaddr"), "::1", "with its address");
    set(NULL, "1.1.1.1,2.2.2.2", NULL, NULL);
    is_str(value(1, "hostaddr"), "2.2.2.2", "an address alone");
    set("a,b", "1.1.1.1", NULL, NULL);
    is_int(hosts.count, 1, "addresses that do not fit are for libpq to refuse");
    set("a,b", NULL, "1,2,3", NULL);
    is_int(hosts.count, 1, "ports neither");
    is_str(value(0, "host"), "a,b", "the list as it is");
    set(NULL, NULL, NULL, NULL);
    is_int(hosts.count, 1, "nothing said");
    char many[200] = "h";
    for (int i = 1; i < 32; i++)
        strcat(many, ",h");
    set(many, NULL, NULL, NULL);
    is_int(hosts.count, 32, "32 hosts");
    strcat(many, ",h");
    set(many, NULL, NULL, NULL);
    is_int(hosts.count, 1, "more are left to libpq");
}

static void test_differ(void) {
    ok(!hosts_differ("a", NULL, "1"), "one host");
    ok(hosts_differ("a,b", NULL, NULL), "two");
    ok(!hosts_differ("a,a", "1.1.1.1,2.2.2.2", "1,1"), "two addresses of one");
    ok(hosts_differ("a,a", NULL, "1,2"), "two ports");
    ok(hosts_differ("a,ab", NULL, NULL), "one begins as the other");
    ok(hosts_differ(NULL, "1.1.1.1,2.2.2.2", NULL), "two addresses");
    ok(!hosts_differ(NULL, NULL, NULL), "none");
}

/* The order in which they are tried, as digits. */
static const char *order(void) {
    static char text[HOSTS_MAX + 1];
    uint64_t tried = 0;
    size_t count = 0, next;
    while ((next = hosts_next(&hosts, tried)) < hosts.count) {
        tried |= UINT64_C(1) << next;
        text[count++] = (char)('0' + next);
    }
    text[count] = '\0';
    return text;
}

static void test_order(void) {
    set("a,b,c", NULL, NULL, "read-write");
    is_str(order(), "012", "in their order");
    hosts_note(&hosts, 0, true);
    is_str(order(), "120", "a silent one last");
    hosts_note(&hosts, 1, true);
    is_str(order(), "201", "silent ones in their order");
    hosts_note(&hosts, 0, false);
    is_str(order(), "021", "one answers again");
    atomic_store(&hosts.all[1].silent_until, 1);
    is_str(order(), "012", "it is forgotten in time");
    set("a,b", NULL, NULL, "prefer-standby");
    is_str(order(), "0123", "a round for standbys, one for all");
    is_str(value(1, "target_session_attrs"), "standby", "the first");
    is_str(value(2, "target_session_attrs"), "any", "the second");
    is_str(value(2, "host"), "a", "of the same hosts");
    set("a", NULL, NULL, "prefer-standby");
    is_str(value(0, "target_session_attrs"), "prefer-standby", "one host: libpq's own rounds");
    hosts_note(&hosts, 0, true);
    is_str(order(), "0", "it is tried, silent or not");
}

static void test_deadline(void) {
    set("a,b,c,d", NULL, NULL, NULL);
    hosts.limit_ms = 0;
    int64_t now = clock_monotonic_ms(), all = now + 4000000;
    int64_t share = hosts_deadline(&hosts, 1, all) - now;
    ok(share >= 1000000 - 1 && share < 1500000, "the first of four has a quarter");
    share = hosts_deadline(&hosts, 7, all) - now;
    ok(share >= 2000000 - 1 && share < 2500000, "the third half of what is left");
    is_int(hosts_deadline(&hosts, 15, all), all, "the last one all of it");
    hosts.limit_ms = 7000;
    share = hosts_deadline(&hosts, 15, all) - now;
    ok(share >= 7000 && share < 1000000, "but no more than connect_timeout");
}

int main(void) {
    test_lists();
    test_differ();
    test_order();
    test_deadline();
    arena_free(&arena);
    return done_testing();
}
