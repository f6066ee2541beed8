#include "opt.h"

#include <errno.h>
#include <getopt.h>
#include <pgconvo.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "stamp.h"

#define OPT_MAX 48        /* options that one command may have, the global ones included */
#define LONG_ONLY 0x10000 /* getopt's value for option i is LONG_ONLY + i */

typedef struct opt_table {
    struct option longs[OPT_MAX + 1];
    const opt_spec *specs[OPT_MAX];
    void *values[OPT_MAX];
    char letters[2 * OPT_MAX + 3];
    int count;
} opt_table;

static void *value_at(void *values, const opt_spec *spec) {
    return (char *)values + spec->offset;
}

void opt_defaults(opt_set set) {
    for (const opt_spec *spec = set.specs; spec->name != NULL; spec++) {
        void *value = value_at(set.values, spec);
        switch (spec->kind) {
        case OPT_FLAG:
            *(bool *)value = false;
            break;
        case OPT_TEXT:
            *(pgc_str *)value = pgc_none();
            break;
        case OPT_NUMBER:
            *(int64_t *)value = -1;
            break;
        case OPT_TIME:
            *(int64_t *)value = PGC_NO_TIME;
            break;
        case OPT_CHOICE:
            *(int *)value = 0;
            break;
        }
    }
}

static bool table_has(const opt_table *table, const char *name) {
    for (int i = 0; i < table->count; i++) {
        if (strcmp(table->specs[i]->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void table_add(opt_table *table, const opt_spec *spec, void *values) {
    int i = table->count++;
    bool takes_value = spec->kind != OPT_FLAG;
    table->specs[i] = spec;
    table->values[i] = values;
    table->longs[i] = (struct option){.name = spec->name,
                                      .has_arg = takes_value ? required_argument : no_argument,
                                      .val = LONG_ONLY + i};
    if (spec->letter != 0) {
        size_t end = strlen(table->letters);
        table->letters[end] = (char)spec->letter;
        table->letters[end + 1] = takes_value ? ':' : '\0';
    }
}

static void table_fill(opt_table *table, const opt_set sets[OPT_SETS], bool stop) {
    strncpy(table->letters, stop ? "+:" : ":", sizeof table->letters - 1);
    for (size_t s = 0; s < OPT_SETS; s++) {
        const opt_spec *spec = sets[s].specs;
        for (; spec != NULL && spec->name != NULL && table->count < OPT_MAX; spec++) {
            if (!table_has(table, spec->name)) {
                table_add(table, spec, sets[s].values);
            }
        }
    }
}

static int find(const opt_table *table, int found) {
    if (found >= LONG_ONLY) {
        return found - LONG_ONLY;
    }
    for (int i = 0; i < table->count; i++) {
        if (table->specs[i]->letter == found) {
            return i;
        }
    }
    return -1;
}

static int set_number(const opt_spec *spec, const char *text, int64_t *value) {
    char *end = NULL;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    int64_t max = spec->max == 0 ? INT64_MAX : spec->max;
    if (end == text || *end != '\0' || errno != 0 || number < 0 || number > max) {
        say("--%s: '%s' is not a whole number from 0 to %lld", spec->name, text, (long long)max);
        return -1;
    }
    *value = number;
    return 0;
}

static int set_time(const opt_spec *spec, const char *text, int64_t *value) {
    if (!stamp_parse(pgc_z(text), value)) {
        say("--%s: '%s' is not a time", spec->name, text);
        say_hint(
            "Write it as 2024-12-31, 2024-12-31T23:59:59Z or 2024-12-31T23:59:59.123456+01:00.");
        return -1;
    }
    return 0;
}

static int set_choice(const opt_spec *spec, const char *text, int *value) {
    const char *word = spec->value;
    for (int i = 0; word != NULL; i++) {
        size_t size = strcspn(word, "|");
        if (strlen(text) == size && memcmp(word, text, size) == 0) {
            *value = i;
            return 0;
        }
        word = word[size] == '|' ? word + size + 1 : NULL;
    }
    say("--%s: '%s' is not one of %s", spec->name, text, spec->value);
    return -1;
}

static int set_value(const opt_spec *spec, void *values, const char *text) {
    void *value = value_at(values, spec);
    switch (spec->kind) {
    case OPT_FLAG:
        *(bool *)value = true;
        return 0;
    case OPT_TEXT:
        *(pgc_str *)value = pgc_z(text);
        return 0;
    case OPT_NUMBER:
        return set_number(spec, text, value);
    case OPT_TIME:
        return set_time(spec, text, value);
    case OPT_CHOICE:
        return set_choice(spec, text, value);
    }
    return -1;
}

static void say_unknown(int found, char **argv) {
    const char *what = found == ':' ? "needs a value" : "is unknown or not complete";
    if (optopt > 0 && optopt < LONG_ONLY) {
        say("option -%c %s", optopt, what);
    } else {
        say("option %s %s", argv[optind - 1], what);
    }
}

int opt_parse(const opt_set sets[OPT_SETS], int argc, char **argv, bool stop) {
    opt_table table = {.count = 0};
    table_fill(&table, sets, stop);
    opterr = 0;
    optind = 0; /* glibc: start afresh */
    for (;;) {
        int found = getopt_long(argc, argv, table.letters, table.longs, NULL);
        if (found == -1) {
            return optind;
        }
        int i = found == '?' || found == ':' ? -1 : find(&table, found);
        if (i < 0) {
            say_unknown(found, argv);
            return -1;
        }
        if (set_value(table.specs[i], table.values[i], optarg) != 0) {
            return -1;
        }
    }
}

void opt_help(FILE *out, const opt_spec *specs) {
    for (const opt_spec *spec = specs; spec->name != NULL; spec++) {
        char left[80];
        bool choice = spec->kind == OPT_CHOICE;
        snprintf(left, sizeof left, "%c%c%s--%s%s%s", spec->letter == 0 ? ' ' : '-',
                 spec->letter == 0 ? ' ' : spec->letter, spec->letter == 0 ? "  " : ", ",
                 spec->name, spec->kind == OPT_FLAG ? "" : " ",
                 spec->kind == OPT_FLAG || spec->value == NULL ? "" : spec->value);
        fprintf(out, "  %-28s", left);
        if (strlen(left) > 27) {
            fprintf(out, "\n  %-28s", "");
        }
        fprintf(out, "%s%s\n", spec->help, choice ? " (the first is the default)" : "");
    }
}
