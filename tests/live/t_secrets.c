/* No password gets into an error, whatever is wrong with it or around it. */
#include "engine_world.h"

#include <netinet/in.h>
#include <sys/socket.h>

#define SECRET "hunter2"

static const char *schema;

/* No part of an error has a secret in it; `parts` of it are separated by blanks. */
static void keeps(int status, const pgc_error *err, const char *parts, const char *name) {
    char copy[256];
    ok(status != 0, "%s: fails with %s", name, pgc_code_name(status));
    if (status == 0) return;
    snprintf(copy, sizeof copy, "%s", parts);
    for (char *rest = copy, *part; (part = strsep(&rest, " ")) != NULL;) {
        ok(!tells(err, part), "%s: \"%s\" does not get out", name, part);
        if (tells(err, part)) diag("%s | %s | %s", err->message, err->detail, err->hint);
    }
}

static void try_url(const char *url, const char *parts, const char *name) {
    pgc_error err;
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    options.url = z(url);
    options.schema = z(schema);
    keeps(try_store(options, &err), &err, parts, name);
}

/* Strings that libpq cannot read, or reads in another way than was meant. */
static void check_syntax(void) {
    static const struct {
        const char *url;
        const char *parts;
        const char *name;
    } urls[] = {
        {"postgresql://u:hunter2@[::1/db", SECRET, "a bad address"},
        {"postgresql://u:hunter2@/db?nonsense=1", SECRET, "a bad parameter"},
        {"postgresql://u:hun%zzter2@/db", "hun ter2", "a bad escape in the password"},
        {"postgresql://u:hun%00ter2@/db", "hun ter2", "a NUL in the password"},
        {"postgresql://u:hun@ter2@name.invalid/db", "hun ter2", "an @ in the password"},
        {"postgresql://u:hun/ter2@name.invalid/db", "hun ter2", "a slash in the password"},
        {"postgresql://u:hun?ter2@name.invalid/db", "hun ter2", "a question mark in the password"},
        {"postgresql://u:hun#ter2@name.invalid/db", "hun ter2", "a hash in the password"},
        {"postgresql://u:hun:ter2@name.invalid/db", "hun ter2", "a colon in the password"},
        {"postgresql://u@name.invalid/db?password=hunter2&nonsense=1", SECRET, "as a parameter"},
        {"postgresql://u@name.invalid/db?password=hun&ter2", "hun ter2", "with an ampersand"},
        {"postgresql://u@name.invalid/db?password=hun&ter2=x", "hun ter2", "and an equals sign"},
        {"postgresql:u:hunter2@host/db", SECRET, "no slashes"},
        {"mysql://u:hunter2@host/db", SECRET, "another scheme"},
        {"mysql://u:hunter2@host/db?a=b", SECRET, "another scheme, with a parameter"},
        {"host=name.invalid password=hunter2 nonsense=1", SECRET, "a bad keyword"},
        {"host=name.invalid password=hun ter2", "hun ter2", "a blank in the password"},
        {"host=name.invalid password=hun ter2=x", "hun ter2", "a blank and an equals sign"},
        {"host=name.invalid password='hunter2", SECRET, "a quote that is not closed"},
        {"host=name.invalid password=hun'ter2 'x", "hun ter2", "a quote in the middle"},
        {"password=hunter2 host", SECRET, "a keyword without a value"},
        {"hunter2", SECRET, "only a password"},
    };
    for (size_t i = 0; i < COUNT(urls); i++) {
        try_url(urls[i].url, urls[i].parts, urls[i].name);
    }
}

static void check_unreachable(void) {
    try_url("postgresql://u:hunter2@name.invalid/db", SECRET, "no such host");
    try_url("postgresql://u:hunter2@127.0.0.1:1/db", SECRET, "nobody listens");
    try_url("host=/nonexistent password=hunter2", SECRET, "no such socket");
    try_url("host=127.0.0.1 port=1,2,3 password=hunter2", SECRET, "too many ports");
    try_url("host=127.0.0.1 port=hello password=hunter2", SECRET, "a port that is none");
    pgc_error err;
    pgc_store_options options = options_for(schema);
    options.password = z(SECRET);
    options.host = z("/nonexistent");
    keeps(try_store(options, &err), &err, SECRET, "as a field, no such socket");
    options = options_for(schema);
    options.password = (pgc_str){SECRET "\0x", sizeof SECRET + 1};
    keeps(try_store(options, &err), &err, SECRET, "as a field, with a NUL");
    options = options_for(schema);
    options.password = z(SECRET);
    options.database = z("no such database");
    keeps(try_store(options, &err), &err, SECRET, "no such database");
    options = options_for(schema);
    options.password = z(SECRET);
    options.schema_mode = PGC_SCHEMA_VERIFY;
    keeps(try_store(options, &err), &err, SECRET, "no such schema");
}

/* ---- A server without TLS ---- */

/* Says so to the first two who ask, and waits until they go. */
static void *have_no_tls(void *payload) {
    for (int i = 0; i < 2; i++) {
        char request[8], more;
        int client = accept(*(int *)payload, NULL, NULL);
        if (read(client, request, sizeof request) == 8 && write(client, "N", 1) == 1) {
            while (read(client, &more, 1) > 0) {}
        }
        close(client);
    }
    return NULL;
}

static void check_tls(void) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    pthread_t thread;
    pgc_error err;
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server, (struct sockaddr *)&address, size) != 0 || listen(server, 2) != 0 ||
        getsockname(server, (struct sockaddr *)&address, &size) != 0 ||
        pthread_create(&thread, NULL, have_no_tls, &server) != 0) {
        bail("listen: %s", strerror(errno));
    }
    pgc_store_options options = options_for(schema);
    options.url = pgc_none();
    options.host = z("127.0.0.1");
    options.port = ntohs(address.sin_port);
    options.password = z(SECRET);
    options.sslmode = z("require");
    int status = try_store(options, &err);
    is_code(status, PGC_CONNECT, &err, "TLS is required, the server has none");
    keeps(status, &err, SECRET, "TLS is required");
    options.sslmode = z("verify-full");
    options.sslrootcert = z("/nonexistent");
    status = try_store(options, &err);
    is_code(status, PGC_CONNECT, &err, "TLS is to be verified");
    ok(tells(&err, "/nonexistent") || tells(&err, "SSL"), "the error says what is missing: %s",
       err.message);
    shutdown(server, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(server);
}

/* ---- A server that asks for the password ---- */

static char *read_file(const char *path) {
    char *text = calloc(1, 65536);
    FILE *file = fopen(path, "r");
    if (file == NULL || text == NULL) bail("%s: %s", path, strerror(errno));
    text[fread(text, 1, 65535, file)] = '\0';
    fclose(file);
    return text;
}

/* In place, so that the file stays the server's. */
static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "r+");
    if (file == NULL || ftruncate(fileno(file), 0) != 0) bail("%s: %s", path, strerror(errno));
    fputs(text, file);
    fclose(file);
}

/* Asks roles called secret_* for passwords, or no longer. */
static void reload_with(const char *path, const char *text, int rules) {
    write_file(path, text);
    ask("SELECT pg_reload_conf()");
    if (!becomes_true("SELECT count(*) = %d FROM pg_hba_file_rules WHERE 'secret_scram' = ANY "
                      "(user_name)",
                      rules)) {
        bail("pg_hba.conf");
    }
    pause_ms(200); /* the postmaster rereads it by itself */
}

static void check_roles(void) {
    static const char *const roles[] = {"secret_scram", "secret_md5", "secret_plain"};
    pgc_error err;
    for (size_t i = 0; i < COUNT(roles); i++) {
        pgc_store_options options = options_for(schema);
        options.schema_mode = PGC_SCHEMA_NONE;
        options.user = z(roles[i]);
        options.password = z(SECRET);
        is_code(try_store(options, &err), PGC_OK, &err, "%s: the right password", roles[i]);
        options.password = z("wrong" SECRET);
        int status = try_store(options, &err);
        is_code(status, PGC_AUTH, &err, "%s: a wrong one", roles[i]);
        is_str(err.sqlstate, "28P01", "%s: SQLSTATE", roles[i]);
        is_int(err.retry, PGC_RETRY_NO, "%s: it would fail again", roles[i]);
        keeps(status, &err, SECRET, roles[i]);
        options.password = pgc_none();
        is_code(try_store(options, &err), PGC_AUTH, &err, "%s: none", roles[i]);
        options.url = z(form("%s password=wrong" SECRET, store_url()));
        keeps(try_store(options, &err), &err, SECRET, form("%s in the url", roles[i]));
        options.password = z(SECRET);
        is_code(try_store(options, &err), PGC_OK, &err, "%s: a field wins over it", roles[i]);
    }
    pgc_store_options options = options_for(schema);
    options.user = z("secret_nobody");
    options.password = z(SECRET);
    keeps(try_store(options, &err), &err, SECRET, "no rule for this user");
}

static void check_authentication(void) {
    const char *data = getenv("PGCONVO_TEST_PGDATA");
    if (data == NULL) {
        skip(1, "the server is not ours, so its rules stay");
        return;
    }
    char path[512];
    snprintf(path, sizeof path, "%s/pg_hba.conf", data);
    char *before = read_file(path);
    char *after = calloc(1, strlen(before) + 512);
    sprintf(after,
            "local all secret_scram scram-sha-256\nlocal all secret_md5 md5\n"
            "local all secret_plain password\nlocal all secret_nobody reject\n%s",
            before);
    ask("DROP ROLE IF EXISTS secret_scram, secret_md5, secret_plain, secret_nobody");
    ask("CREATE ROLE secret_scram LOGIN PASSWORD '" SECRET "'");
    ask("CREATE ROLE secret_plain LOGIN PASSWORD '" SECRET "'");
    ask("CREATE ROLE secret_nobody LOGIN PASSWORD '" SECRET "'");
    ask("SET password_encryption TO md5");
    ask("CREATE ROLE secret_md5 LOGIN PASSWORD '" SECRET "'");
    reload_with(path, after, 1);
    check_roles();
    reload_with(path, before, 0);
    ask("DROP ROLE secret_scram, secret_md5, secret_plain, secret_nobody");
    free(before);
    free(after);
}

int main(void) {
    world_begin();
    schema = schema_named("secrets");
    check_syntax();
    check_unreachable();
    check_tls();
    check_authentication();
    return world_end();
}
