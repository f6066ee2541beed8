/* pgconvo adopt: takes what @mastra/pg keeps in the same database, or writes it back. */
#include <pgconvo_adopt.h>
#include <stdlib.h>

#include "cli.h"
#include "out.h"
#include "say.h"
#include "table.h"

typedef struct adopt_values {
    pgc_str from;
    pgc_str to;
    bool back;
    pgc_str zone;
    bool dry_run;
} adopt_values;

static const opt_spec options[] = {
    {"from-schema", 0, OPT_TEXT, offsetof(adopt_values, from), "SCHEMA",
     "the schema of Mastra's tables", 0},
    {"time-zone", 0, OPT_TEXT, offsetof(adopt_values, zone), "ZONE",
     "zone of dates that were written as local time (UTC)", 0},
    {"dry-run", 'n', OPT_FLAG, offsetof(adopt_values, dry_run), NULL,
     "change nothing, say what would be done", 0},
    {"back", 0, OPT_FLAG, offsetof(adopt_values, back), NULL,
     "write Mastra's tables from the store", 0},
    {"to-schema", 0, OPT_TEXT, offsetof(adopt_values, to), "SCHEMA", "with --back: where", 0},
    {NULL, 0, OPT_FLAG, 0, NULL, NULL, 0},
};

/* A number as a cell; its text lives in `room`. */
static void put_number(table *t, char room[24], int64_t number) {
    snprintf(room, 24, "%lld", (long long)number);
    table_cell(t, pgc_z(room));
}

#define TABLES 16

static bool print_tables(const pgc_adopt_report *report) {
    static const char *const titles[] = {"table", "found", "copied", "there", "refused"};
    char numbers[TABLES][4][24];
    table *t = table_new(titles, 5, 0);
    if (t == NULL) {
        return false;
    }
    for (size_t i = 0; i < pgc_adopt_report_tables(report) && i < TABLES; i++) {
        const pgc_adopt_table *row = pgc_adopt_report_table(report, i);
        if (row->present) {
            table_cell(t, row->name);
            put_number(t, numbers[i][0], row->found);
            put_number(t, numbers[i][1], row->copied);
            put_number(t, numbers[i][2], row->existing);
            put_number(t, numbers[i][3], row->refused);
        }
    }
    bool whole = table_print(t, stdout, cli_width());
    table_free(t);
    return whole;
}

static bool print_decisions(const pgc_adopt_report *report) {
    static const char *const titles[] = {"table", "column", "rows", "decision"};
    char(*numbers)[24] = calloc(pgc_adopt_report_decisions(report) + 1, sizeof *numbers);
    table *t = table_new(titles, 4, 3);
    bool whole = numbers != NULL && t != NULL;
    for (size_t i = 0; whole && i < pgc_adopt_report_decisions(report); i++) {
        const pgc_adopt_decision *decision = pgc_adopt_report_decision(report, i);
        table_cell(t, decision->table);
        table_cell(t, decision->column);
        if (decision->rows < 0) {
            table_cell(t, pgc_none());
        } else {
            put_number(t, numbers[i], decision->rows);
        }
        table_cell(t, decision->text);
    }
    whole = whole && table_print(t, stdout, 0);
    table_free(t);
    free(numbers);
    return whole;
}

static bool print_refusals(const pgc_adopt_report *report) {
    static const char *const titles[] = {"table", "refused", "reason"};
    table *t = table_new(titles, 3, 2);
    if (t == NULL) {
        return false;
    }
    for (size_t i = 0; i < pgc_adopt_report_refusals(report); i++) {
        const pgc_adopt_refusal *refusal = pgc_adopt_report_refusal(report, i);
        table_cell(t, refusal->table);
        table_cell(t, refusal->id);
        table_cell(t, refusal->reason);
    }
    bool whole = table_print(t, stdout, 0);
    table_free(t);
    return whole;
}

static bool print_report(const cli_state *cli, const pgc_adopt_report *report) {
    if (cli->format == CLI_JSON) {
        pgc_str json = pgc_adopt_report_json(report);
        fwrite(json.data, 1, json.size, stdout);
        fputc('\n', stdout);
        return true;
    }
    bool whole = print_tables(report);
    if (pgc_adopt_report_decisions(report) > 0) {
        fputc('\n', stdout);
        whole = print_decisions(report) && whole;
    }
    if (pgc_adopt_report_refusals(report) > 0) {
        fputc('\n', stdout);
        whole = print_refusals(report) && whole;
    }
    return whole;
}

/* The schema is named by one option or the other; says what is wrong. */
static bool check_values(const adopt_values *v) {
    pgc_str wanted = v->back ? v->to : v->from;
    pgc_str other = v->back ? v->from : v->to;
    if (wanted.data == NULL) {
        say("adopt: %s is missing", v->back ? "--to-schema" : "--from-schema");
        return false;
    }
    if (other.data != NULL) {
        say("adopt: %s", v->back ? "--from-schema does not go with --back"
                                 : "--to-schema goes with --back only");
        return false;
    }
    return true;
}

static int adopt_run(cli_state *cli, const void *values, int count, char **operands) {
    const adopt_values *v = values;
    pgc_adopt_options adopt = PGC_ADOPT_OPTIONS_INIT;
    pgc_adopt_report *report = NULL;
    pgc_error err;
    (void)count;
    (void)operands;
    if (!check_values(v)) {
        return CLI_USAGE;
    }
    adopt.schema = v->back ? v->to : v->from;
    adopt.time_zone = v->zone;
    adopt.back = v->back;
    adopt.dry_run = v->dry_run;
    int rc = v->dry_run ? cli_open_as(cli, 2, PGC_SCHEMA_NONE) : cli_open(cli, 2);
    if (rc != CLI_OK) {
        return rc;
    }
    if (pgc_adopt(cli->store, &adopt, &report, &err) != 0) {
        return say_error(&err);
    }
    if (!print_report(cli, report)) {
        say("out of memory");
        rc = CLI_DATABASE;
    }
    size_t refused = pgc_adopt_report_refusals(report);
    if (refused > 0) {
        fflush(stdout);
        say("%zu row%s refused", refused, refused == 1 ? " was" : "s were");
        rc = rc == CLI_OK ? CLI_PARTIAL : rc;
    }
    pgc_adopt_report_free(report);
    return rc;
}

const cli_command cmd_adopt = {
    .name = "adopt",
    .operands = "",
    .summary = "Take over what @mastra/pg keeps in the same database",
    .about = "Copies threads, messages, resources, observational memory, workflow runs and scores\n"
             "from the tables of @mastra/pg (0.10 to 1.27) into the store. Nothing there is\n"
             "changed; what the store has already stays as it is, so that the command can be\n"
             "given again. With --back, writes tables that @mastra/pg 1.27 reads.",
    .options = options,
    .values_size = sizeof(adopt_values),
    .run = adopt_run,
};
