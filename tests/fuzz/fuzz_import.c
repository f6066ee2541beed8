/*
 * Files for `pgconvo import`: cut into records, each read and handed to the library, as the tool
 * does it. The reader's buffer is small here, so that records lie across its end. Input: the
 * format, then the file.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

#include "domain/operations.h"
#include "engine/engine.h"
#include "engine/op.h"
#include "reader.h"
#include "record.h"

static struct engine engine; /* of operations that are never run */

#define PATH_SIZE 40

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A file in memory; its descriptor. */
static int make_file(pgc_str content, char path[PATH_SIZE]) {
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    HOLDS(fd >= 0);
    HOLDS(content.size == 0 || write(fd, content.data, content.size) == (ssize_t)content.size);
    snprintf(path, PATH_SIZE, "/proc/self/fd/%d", fd);
    return fd;
}

static void check_place(const reader *r, int64_t position, size_t file_size) {
    reader_where where = reader_place(r, position);
    HOLDS(where.line >= 1 && where.line <= file_size + 1);
    HOLDS(where.byte >= 1 && where.byte <= file_size + 1);
}

static void check_thread(const pgc_thread_new *thread) {
    pgc_error err;
    HOLDS(thread->id.data != NULL);
    HOLDS(thread->metadata.data == NULL || pgc_json_check(thread->metadata, &err) == 0);
}

/* Is `part` a slice of `whole`? */
static bool is_within(pgc_str part, pgc_str whole) {
    return part.data >= whole.data && part.data + part.size <= whole.data + whole.size;
}

/* No content is changed: it is a slice of the record, or was taken out of a string of it. */
static void check_messages(const record *r, pgc_str text) {
    pgc_error err;
    size_t count;
    const pgc_message_new *messages = record_messages(r, &count);
    for (size_t i = 0; i < count; i++) {
        const pgc_message_new *m = &messages[i];
        HOLDS(m->id.data != NULL && m->role.data != NULL && m->text.data == NULL);
        HOLDS(pgc_json_check(m->content, &err) == 0);
        HOLDS(is_within(m->content, text) ||
              memmem(text.data, text.size, "content_json", 12) != NULL ||
              memmem(text.data, text.size, "\\u", 2) != NULL);
        HOLDS(m->metadata.data == NULL || pgc_json_check(m->metadata, &err) == 0);
    }
}

/* The library takes the conversation, or says what is wrong with it. */
static void give(record *r) {
    pgc_error err = {.code = PGC_OK};
    pgc_append append = PGC_APPEND_INIT;
    pgc_op *op = op_new(&engine);
    HOLDS(op != NULL);
    append.messages = record_messages(r, &append.count);
    append.existing = PGC_EXISTING_KEEP;
    record_thread(r)->existing = PGC_EXISTING_KEEP;
    int status = conversation_import(op, record_thread(r), &append, &err);
    if (status != 0) {
        fuzz_check_error(status, &err);
        HOLDS(status == -PGC_INVALID);
    }
    op_free(op);
}

static void check_record(record *r, pgc_str text, record_format format) {
    record_problem problem = {.position = -2};
    char *copy = fuzz_copy(text.data, text.size);
    pgc_str own = {copy, text.size};
    if (record_read(r, own, format, &problem) == 0) {
        check_thread(record_thread(r));
        check_messages(r, own);
        give(r);
    } else {
        HOLDS(problem.text[0] != '\0');
        HOLDS(problem.position >= -1 && problem.position <= (int64_t)text.size);
    }
    free(copy);
}

static void read_file(reader *in, record *r, record_format format, size_t file_size) {
    pgc_str text;
    size_t records = 0;
    uint64_t done = 0;
    uint64_t total = 0;
    reader_found found;
    while ((found = reader_next(in, &text)) == READER_RECORD) {
        HOLDS(++records <= file_size);
        HOLDS(text.size > 0 && !is_space(text.data[0]) && !is_space(text.data[text.size - 1]));
        check_place(in, 0, file_size);
        check_place(in, (int64_t)text.size, file_size);
        check_record(r, text, format);
    }
    if (found == READER_FAILED) {
        HOLDS(reader_problem(in)[0] != '\0');
        check_place(in, 0, file_size);
    }
    reader_progress(in, &done, &total);
    HOLDS(total == file_size && done <= total);
    HOLDS(found == READER_FAILED || done == total);
    HOLDS(reader_next(in, &text) == READER_END);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    char path[PATH_SIZE];
    record_format format = (record_format)(fuzz_byte(&input) % 4);
    pgc_str content = {(const char *)input.at, input.left};
    int fd = make_file(content, path);
    reader *in = reader_open(path);
    record *r = record_new();
    HOLDS(in != NULL && r != NULL);
    read_file(in, r, format, content.size);
    record_free(r);
    reader_close(in);
    close(fd);
    return 0;
}
