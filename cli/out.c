#include "out.h"

#include <errno.h>
#include <stdlib.h>

#include "cli.h"
#include "say.h"
#include "stamp.h"

out_object out_begin(FILE *out) {
    out_object object = {out, false};
    fputc('{', out);
    return object;
}

void out_end(out_object *object) {
    fputc('}', object->out);
}

static void out_name(out_object *object, const char *name) {
    fprintf(object->out, "%s\"%s\":", object->comma ? "," : "", name);
    object->comma = true;
}

void out_raw(out_object *object, const char *name, pgc_str json) {
    if (json.data != NULL) {
        out_name(object, name);
        fwrite(json.data, 1, json.size, object->out);
    }
}

void out_text(out_object *object, const char *name, pgc_str text) {
    pgc_error err;
    char *json = NULL;
    size_t size = 0;
    if (text.data == NULL) {
        return;
    }
    if (pgc_json_quote(text, &json, &size, &err) != 0) {
        say("%s: %s", name, err.message); /* cannot be: what is stored is valid */
        return;
    }
    out_raw(object, name, (pgc_str){json, size});
    free(json);
}

void out_number(out_object *object, const char *name, int64_t number) {
    out_name(object, name);
    fprintf(object->out, "%lld", (long long)number);
}

void out_bool(out_object *object, const char *name, bool value) {
    out_raw(object, name, pgc_z(value ? "true" : "false"));
}

void out_time(out_object *object, const char *name, int64_t time) {
    char text[STAMP_SIZE];
    if (time != PGC_NO_TIME) {
        stamp_print(time, text);
        out_text(object, name, pgc_z(text));
    }
}

void out_content(out_object *object, pgc_str content) {
    bool breaks = content.data != NULL && (memchr(content.data, '\n', content.size) != NULL ||
                                           memchr(content.data, '\r', content.size) != NULL);
    if (breaks) {
        out_text(object, "content_json", content);
    } else {
        out_raw(object, "content", content);
    }
}

bool out_has_metadata(pgc_str metadata) {
    return metadata.data != NULL && !(metadata.size == 2 && memcmp(metadata.data, "{}", 2) == 0);
}

bool out_failed(FILE *out) {
    return ferror(out) != 0;
}

int out_finish(FILE *out, const char *name) {
    errno = 0;
    bool failed = fflush(out) != 0 || ferror(out) != 0;
    if (failed && errno != EPIPE && errno != 0) {
        return say_errno("write to", name);
    }
    return failed ? CLI_NO : CLI_OK;
}
