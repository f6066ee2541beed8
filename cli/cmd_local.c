/* pgconvo local: the private server. */
#include "cli.h"
#include "out.h"
#include "say.h"
#include "text.h"

static const opt_spec options[] = {{NULL, 0, OPT_FLAG, 0, NULL, NULL, 0}};

static void print_row(const char *name, const char *value) {
    printf("%-10s ", name);
    text_put(stdout, pgc_z(value));
    fputc('\n', stdout);
}

static void print(const cli_state *cli, const pgc_local_info *info) {
    if (cli->format == CLI_JSON) {
        out_object object = out_begin(stdout);
        out_text(&object, "directory", pgc_z(info->directory));
        out_bool(&object, "created", info->created);
        out_bool(&object, "running", info->running);
        out_text(&object, "version", pgc_z(info->version));
        out_number(&object, "pid", info->pid);
        out_text(&object, "url", pgc_z(info->url));
        out_end(&object);
        fputc('\n', stdout);
        return;
    }
    print_row("directory", info->directory);
    print_row("state", info->running ? "running" : info->created ? "stopped" : "not created");
    if (info->created) {
        print_row("version", info->version);
        print_row("url", info->url);
    }
    if (info->running) {
        printf("%-10s %ld\n", "pid", info->pid);
    }
}

static int local_status(const cli_state *cli, pgc_str path) {
    pgc_local_info info;
    pgc_error err;
    if (pgc_local_status(path, &info, &err) != 0) {
        return say_error(&err);
    }
    print(cli, &info);
    return info.running ? CLI_OK : CLI_NO;
}

static int local_start(const cli_state *cli, pgc_str path) {
    pgc_local_info info;
    pgc_error err;
    if (pgc_local_start(path, &info, &err) != 0) {
        return say_error(&err);
    }
    print(cli, &info);
    return CLI_OK;
}

static int local_stop(const cli_state *cli, pgc_str path) {
    pgc_error err;
    if (pgc_local_stop(path, &err) != 0) {
        return say_error(&err);
    }
    if (!cli->quiet) {
        say_plain("the private server is stopped");
    }
    return CLI_OK;
}

/* The folder: the operand, or the one in a URL "local:/path"; absent: the default one. */
static pgc_str folder(const cli_state *cli, int count, char **operands) {
    pgc_str url = cli_url(cli);
    if (count > 1) {
        return pgc_z(operands[1]);
    }
    bool has_path = url.size > 6 && memcmp(url.data, "local:", 6) == 0;
    return has_path ? (pgc_str){url.data + 6, url.size - 6} : pgc_none();
}

static int local_run(cli_state *cli, const void *values, int count, char **operands) {
    pgc_str path = folder(cli, count, operands);
    (void)values;
    if (strcmp(operands[0], "status") == 0) {
        return local_status(cli, path);
    }
    if (strcmp(operands[0], "start") == 0) {
        return local_start(cli, path);
    }
    if (strcmp(operands[0], "stop") == 0) {
        return local_stop(cli, path);
    }
    say("local: '%s' is not one of status, start, stop", operands[0]);
    return CLI_USAGE;
}

const cli_command cmd_local = {
    .name = "local",
    .operands = "status|start|stop [PATH]",
    .summary = "Look at, start or stop the private server",
    .about = "The private server is what the URLs local: and local:/path stand for. One that was "
             "started\n"
             "here runs until it is stopped here. status ends with 1 when it does not run.",
    .options = options,
    .min_operands = 1,
    .max_operands = 2,
    .run = local_run,
};
