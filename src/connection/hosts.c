#include "connection/hosts.h"

#include "base/clock.h"

#include <stdlib.h>

#define SILENT_MS 30000 /* a host that did not answer is tried last for so long */

/* ---- Lists ----------------------------------------------------------------------------------- */

static bool is_set(const char *text) {
    return text != NULL && text[0] != '\0';
}

static size_t count_items(const char *list) {
    size_t count = 1;
    for (; *list != '\0'; list++) {
        count += *list == ',';
    }
    return count;
}

/* Item `i` of a list with commas, or its only one; NULL when out of memory. */
static const char *item(struct arena *arena, const char *list, size_t i) {
    if (count_items(list) == 1) {
        return list;
    }
    for (; i > 0; i--) {
        list += strcspn(list, ",") + 1;
    }
    return arena_copy(arena, list, strcspn(list, ","));
}

bool hosts_are_several(const char *host, const char *hostaddr) {
    return count_items(is_set(hostaddr) ? hostaddr : is_set(host) ? host : "") > 1;
}

/* Is each item of a list as the first one? */
static bool is_uniform(const char *list) {
    size_t size = strcspn(list, ",");
    const char *first = list;
    while (list[size] == ',') {
        list += size + 1;
        if (strcspn(list, ",") != size || memcmp(list, first, size) != 0) {
            return false;
        }
    }
    return true;
}

bool hosts_differ(const char *host, const char *hostaddr, const char *port) {
    const char *names = is_set(host) ? host : hostaddr;
    return hosts_are_several(host, hostaddr) &&
           !(is_uniform(names) && (port == NULL || is_uniform(port)));
}

/* ---- Parameters of each ---------------------------------------------------------------------- */

enum { HOST, HOSTADDR, PORT, TARGET, PARTS };

static const char *const part_names[PARTS] = {"host", "hostaddr", "port", "target_session_attrs"};

struct parts {
    size_t places[PARTS]; /* among the parameters; their number: it is not there */
    const char *values[PARTS];
    size_t parameters;
};

static struct parts find_parts(const char *const *keywords, const char *const *values) {
    struct parts parts = {.parameters = 0};
    while (keywords[parts.parameters] != NULL) {
        parts.parameters++;
    }
    for (size_t part = 0; part < PARTS; part++) {
        size_t i = 0;
        while (i < parts.parameters && strcmp(keywords[i], part_names[part]) != 0) {
            i++;
        }
        parts.places[part] = i;
        parts.values[part] = values[i];
    }
    return parts;
}

/* How many hosts there are; 1 where libpq is to look at the list, as at one that does not fit. */
static size_t count_hosts(const struct parts *parts) {
    const char *hosts = parts->values[HOST], *addresses = parts->values[HOSTADDR];
    if (!hosts_are_several(hosts, addresses)) {
        return 1;
    }
    size_t count = count_items(is_set(addresses) ? addresses : hosts);
    size_t ports = is_set(parts->values[PORT]) ? count_items(parts->values[PORT]) : 1;
    bool fits = (ports == 1 || ports == count) &&
                (!is_set(hosts) || !is_set(addresses) || count_items(hosts) == count);
    return fits && 2 * count <= HOSTS_MAX ? count : 1;
}

/* The parameters with those of host `i`; `target` goes over the one given. */
static const char *const *values_of(struct arena *arena, const struct parts *parts,
                                    const char *const *values, size_t i, const char *target) {
    const char **own = arena_zalloc(arena, parts->parameters + 1, sizeof *own);
    if (own == NULL) {
        return NULL;
    }
    memcpy(own, values, parts->parameters * sizeof *own);
    for (size_t part = 0; part < TARGET; part++) {
        if (is_set(parts->values[part])) {
            const char *value = item(arena, parts->values[part], i);
            if (value == NULL) {
                return NULL;
            }
            own[parts->places[part]] = value;
        }
    }
    if (target != NULL) {
        own[parts->places[TARGET]] = target;
    }
    return own;
}

static int64_t read_limit(const char *const *keywords, const char *const *values) {
    for (size_t i = 0; keywords[i] != NULL; i++) {
        if (strcmp(keywords[i], "connect_timeout") == 0) {
            long seconds = strtol(values[i], NULL, 10);
            return seconds > 0 ? MIN(seconds, 86400) * INT64_C(1000) : 0;
        }
    }
    return 0;
}

bool hosts_init(struct hosts *hosts, struct arena *arena, const char *const *keywords,
                const char *const *values) {
    struct parts parts = find_parts(keywords, values);
    size_t count = count_hosts(&parts);
    const char *target = parts.values[TARGET];
    bool twice = count > 1 && target != NULL && strcmp(target, "prefer-standby") == 0;
    hosts->keywords = keywords;
    hosts->count = twice ? 2 * count : count;
    hosts->limit_ms = read_limit(keywords, values);
    hosts->all = arena_zalloc(arena, hosts->count, sizeof *hosts->all);
    bool made = hosts->all != NULL;
    for (size_t i = 0; made && i < hosts->count; i++) {
        const char *round = !twice ? NULL : i < count ? "standby" : "any";
        hosts->all[i].values =
            count == 1 ? values : values_of(arena, &parts, values, i % count, round);
        made = hosts->all[i].values != NULL;
    }
    return made;
}

/* ---- Which one ------------------------------------------------------------------------------- */

size_t hosts_next(const struct hosts *hosts, uint64_t tried) {
    size_t next = hosts->count;
    int64_t now = hosts->count == 1 ? 0 : clock_monotonic_ms();
    for (size_t i = hosts->count; i-- > 0;) {
        bool is_silent = atomic_load(&hosts->all[i].silent_until) > now;
        bool next_is = next < hosts->count && atomic_load(&hosts->all[next].silent_until) > now;
        if ((tried >> i & 1) == 0 && (next == hosts->count || next_is || !is_silent)) {
            next = i;
        }
    }
    return next;
}

int64_t hosts_deadline(const struct hosts *hosts, uint64_t tried, int64_t all) {
    int64_t now = clock_monotonic_ms();
    int64_t left = 1 + (int64_t)hosts->count - __builtin_popcountll(tried);
    int64_t share = left == 1 ? all - now : (all - now) / left;
    return now + (hosts->limit_ms != 0 && hosts->limit_ms < share ? hosts->limit_ms : share);
}

void hosts_note(struct hosts *hosts, size_t host, bool silent) {
    if (hosts->count > 1) {
        atomic_store(&hosts->all[host].silent_until, silent ? clock_monotonic_ms() + SILENT_MS : 0);
    }
}
