#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef READER_BUFFER /* tests want it small */
#define READER_BUFFER ((size_t)256 * 1024)
#endif

typedef enum reader_mode {
    MODE_UNKNOWN,
    MODE_LINES,
    MODE_FIRST,
    MODE_ELEMENTS,
    MODE_OVER
} reader_mode;

struct reader {
    int fd;
    reader_mode mode;
    char *data; /* what is buffered: [start, end) */
    size_t capacity;
    size_t start;
    size_t end;
    size_t
        taken; /* of the buffered bytes, those of the current record, given back at the next call */
    uint64_t offset; /* in the file, of `start` */
    uint64_t line;   /* of `start`, from 1 */
    uint64_t line_offset;
    uint64_t total;
    pgc_str record;
    void (*idle)(void *payload);
    void *payload;
    char problem[160];
};

reader *reader_open(const char *path) {
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    reader *r = fd < 0 ? NULL : calloc(1, sizeof *r);
    struct stat about;
    if (r == NULL || fstat(fd, &about) != 0 || S_ISDIR(about.st_mode)) {
        int reason = r == NULL ? errno : EISDIR;
        if (fd >= 0 && !is_stdin) {
            close(fd);
        }
        free(r);
        errno = reason;
        return NULL;
    }
    *r = (reader){.fd = fd, .line = 1};
    r->total = S_ISREG(about.st_mode) ? (uint64_t)about.st_size : 0;
    return r;
}

void reader_on_idle(reader *r, void (*idle)(void *payload), void *payload) {
    r->idle = idle;
    r->payload = payload;
}

static reader_found fail(reader *r, const char *problem) {
    snprintf(r->problem, sizeof r->problem, "%s", problem);
    r->record = pgc_none();
    r->mode = MODE_OVER;
    return READER_FAILED;
}

/* Makes room behind `end`. */
static bool make_room(reader *r) {
    if (r->start > 0) {
        memmove(r->data, r->data + r->start, r->end - r->start);
        r->end -= r->start;
        r->start = 0;
    }
    if (r->end < r->capacity) {
        return true;
    }
    size_t capacity = r->capacity == 0 ? READER_BUFFER : r->capacity * 2;
    char *data = capacity <= READER_RECORD_MAX ? realloc(r->data, capacity) : NULL;
    if (data == NULL) {
        return false;
    }
    r->data = data;
    r->capacity = capacity;
    return true;
}

/* Reads more. READER_RECORD: there is more; READER_END: the file is over. */
static reader_found fill(reader *r) {
    if (r->end == r->capacity && !make_room(r)) {
        return fail(r, "the record is longer than 1 GiB, or memory ran out");
    }
    struct pollfd wait = {.fd = r->fd, .events = POLLIN};
    if (r->idle != NULL && poll(&wait, 1, 0) == 0) {
        r->idle(r->payload);
    }
    ssize_t got = read(r->fd, r->data + r->end, r->capacity - r->end);
    if (got < 0) { /* EINTR too: only an interrupt of the user brings it */
        char reason[128];
        snprintf(reason, sizeof reason, "cannot read: %s", strerror(errno));
        return fail(r, reason);
    }
    r->end += (size_t)got;
    return got == 0 ? READER_END : READER_RECORD;
}

/* Gives back `size` bytes from the front. */
static void advance(reader *r, size_t size) {
    if (size == 0) { /* nothing may be buffered as yet */
        return;
    }
    const char *at = r->data + r->start;
    const char *end = at + size;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at++;
        r->line++;
        r->line_offset = r->offset + (uint64_t)(at - (r->data + r->start));
    }
    r->start += size;
    r->offset += size;
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Goes to the next character that is not white space. */
static reader_found skip_space(reader *r) {
    for (;;) {
        size_t size = 0;
        while (r->start + size < r->end && is_space(r->data[r->start + size])) {
            size++;
        }
        advance(r, size);
        if (r->start < r->end) {
            return READER_RECORD;
        }
        reader_found found = fill(r);
        if (found != READER_RECORD) {
            return found;
        }
    }
}

/* The next `size` bytes are the record, but for white space at their end. */
static reader_found take(reader *r, size_t size, pgc_str *text) {
    r->taken = size;
    while (size > 0 && is_space(r->data[r->start + size - 1])) {
        size--;
    }
    *text = r->record = (pgc_str){r->data + r->start, size};
    return READER_RECORD;
}

static reader_found next_line(reader *r, pgc_str *text) {
    size_t size = 0;
    reader_found found = skip_space(r);
    if (found != READER_RECORD) {
        return found;
    }
    for (;;) {
        const char *from = r->data + r->start;
        size_t there = r->end - r->start;
        const char *stop = memchr(from + size, '\n', there - size);
        size = stop == NULL ? there : (size_t)(stop - from);
        if (stop != NULL) {
            break;
        }
        found = fill(r);
        if (found == READER_FAILED) {
            return found;
        }
        if (found == READER_END) {
            break;
        }
    }
    return take(r, size, text);
}

/* Where in an element the scan stands. */
typedef struct element_scan {
    size_t size;
    size_t depth;
    bool in_string;
    bool escaped;
} element_scan;

/* Looks at one more character; true: the element ends before it (or with it, when that was counted
 * in). */
static bool scan_char(element_scan *scan, char c) {
    if (scan->in_string) {
        scan->in_string = scan->escaped || c != '"';
        scan->escaped = !scan->escaped && c == '\\';
        scan->size++;
        return scan->depth == 0 && !scan->in_string;
    }
    bool closes = c == '}' || c == ']';
    if (scan->depth == 0 && (closes || c == ',' || (scan->size > 0 && is_space(c)))) {
        return true;
    }
    scan->depth += c == '{' || c == '[' ? 1 : 0;
    scan->depth -= closes ? 1 : 0;
    scan->in_string = c == '"';
    scan->size++;
    return closes && scan->depth == 0;
}

static reader_found take_element(reader *r, pgc_str *text) {
    element_scan scan = {.size = 0};
    for (bool over = false; !over;) {
        if (r->start + scan.size == r->end) {
            reader_found found = fill(r);
            if (found == READER_FAILED) {
                return found;
            }
            if (found == READER_END) {
                break;
            }
        }
        over = scan_char(&scan, r->data[r->start + scan.size]);
    }
    return take(r, scan.size, text); /* the file may end in the middle of it */
}

/* Nothing but white space may follow the array. */
static reader_found end_array(reader *r) {
    advance(r, 1);
    reader_found found = skip_space(r);
    if (found == READER_RECORD) {
        return fail(r, "there is something after the end of the array");
    }
    r->mode = MODE_OVER;
    return found;
}

static reader_found next_element(reader *r, pgc_str *text) {
    reader_found found = skip_space(r);
    if (found == READER_RECORD && r->data[r->start] == ']') {
        return end_array(r);
    }
    if (found == READER_RECORD && r->mode == MODE_ELEMENTS) {
        if (r->data[r->start] != ',') {
            return fail(r, "a comma or the end of the array is expected");
        }
        advance(r, 1);
        found = skip_space(r);
    }
    if (found == READER_END) {
        return fail(r, "the file ends inside the array");
    }
    if (found == READER_RECORD && memchr(",]}", r->data[r->start], 3) != NULL) {
        return fail(r, "a conversation is expected");
    }
    r->mode = MODE_ELEMENTS;
    return found == READER_RECORD ? take_element(r, text) : found;
}

/* Lines or array? A byte order mark is passed over. */
static reader_found look(reader *r) {
    reader_found found = READER_RECORD;
    while (r->end - r->start < 3 && found == READER_RECORD) {
        found = fill(r);
    }
    if (found != READER_FAILED && r->end - r->start >= 3 &&
        memcmp(r->data, "\xEF\xBB\xBF", 3) == 0) {
        advance(r, 3);
    }
    found = found == READER_FAILED ? found : skip_space(r);
    if (found == READER_RECORD) {
        r->mode = r->data[r->start] == '[' ? MODE_FIRST : MODE_LINES;
        advance(r, r->mode == MODE_FIRST ? 1 : 0);
    }
    return found;
}

reader_found reader_next(reader *r, pgc_str *text) {
    advance(r, r->taken);
    r->taken = 0;
    if (r->mode == MODE_UNKNOWN) {
        reader_found found = look(r);
        if (found != READER_RECORD) {
            return found;
        }
    }
    switch (r->mode) {
    case MODE_LINES:
        return next_line(r, text);
    case MODE_FIRST:
    case MODE_ELEMENTS:
        return next_element(r, text);
    case MODE_UNKNOWN:
    case MODE_OVER:
        break;
    }
    return READER_END;
}

const char *reader_problem(const reader *r) {
    return r->problem;
}

reader_where reader_place(const reader *r, int64_t position) {
    reader_where where = {r->line, r->offset - r->line_offset + 1};
    size_t size = position < 0 ? 0 : (size_t)position;
    size = size < r->record.size ? size : r->record.size;
    for (size_t i = 0; i < size; i++) {
        bool breaks = r->record.data[i] == '\n';
        where.line += breaks ? 1 : 0;
        where.byte = breaks ? 1 : where.byte + 1;
    }
    return where;
}

void reader_progress(const reader *r, uint64_t *done, uint64_t *total) {
    *done += r->offset;
    *total += r->total;
}

void reader_close(reader *r) {
    if (r == NULL) {
        return;
    }
    if (r->fd != STDIN_FILENO) {
        close(r->fd);
    }
    free(r->data);
    free(r);
}
