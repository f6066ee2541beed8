/*
 * Runs a target on files, and on what a fixed seed makes of them:
 *
 *     fuzz_json [-m COUNT] FILE|FOLDER...
 *
 * COUNT mutated inputs follow the files; they are the same on every run. To look at a finding, a
 * single file will do. An input that ends the process is shown on stderr.
 */
#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "gen.h"
#include "tap.h"

#define INPUTS_MAX 1000
#define MUTATED_MAX ((size_t)4096)

struct input {
    char *name;
    uint8_t *data;
    size_t size;
};

static struct input inputs[INPUTS_MAX];
static size_t input_count;

/* What is being run, for the handler. */
static const uint8_t *running;
static size_t running_size;

void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void show_running(void) {
    char hex[3];
    static const char title[] = "# the input, as hexadecimal digits (xxd -r -p makes a file):\n";
    ssize_t written = write(STDERR_FILENO, title, sizeof title - 1);
    for (size_t i = 0; written >= 0 && i < running_size; i++) {
        static const char digits[] = "0123456789abcdef";
        hex[0] = digits[running[i] >> 4];
        hex[1] = digits[running[i] & 15];
        hex[2] = '\n';
        written = write(STDERR_FILENO, hex, i % 40 == 39 || i + 1 == running_size ? 3 : 2);
    }
}

static void on_signal(int number) {
    show_running();
    signal(number, SIG_DFL);
    raise(number);
}

static void run(const uint8_t *data, size_t size) {
    running = data;
    running_size = size;
    LLVMFuzzerTestOneInput(data, size);
}

/* ---- Files ---- */

static void read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || input_count == INPUTS_MAX) {
        bail("cannot read %s, or there are too many files", path);
    }
    struct input *input = &inputs[input_count++];
    size_t capacity = 0;
    size_t got;
    do {
        capacity = capacity == 0 ? 4096 : capacity * 2;
        input->data = realloc(input->data, capacity);
        if (input->data == NULL) {
            bail("out of memory");
        }
        got = fread(input->data + input->size, 1, capacity - input->size, file);
        input->size += got;
    } while (got > 0);
    input->name = strdup(path);
    fclose(file);
}

static int is_visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

/* The files of a folder, in the order of their names, or a file. */
static void read_path(const char *path) {
    struct dirent **entries;
    struct stat about;
    if (stat(path, &about) != 0 || !S_ISDIR(about.st_mode)) {
        read_file(path);
        return;
    }
    int count = scandir(path, &entries, is_visible, alphasort);
    for (int i = 0; i < count; i++) {
        char name[4096];
        snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        read_file(name);
        free(entries[i]);
    }
    if (count >= 0) {
        free(entries);
    }
}

/* ---- Mutation ---- */

/* A number below `below`, if there is one. */
static size_t pick(uint64_t *state, size_t below) {
    return below == 0 ? 0 : gen_number(state, (uint32_t)below);
}

/* Moves the bytes from `at` on by `by`, which may be negative, as far as there is room. */
static size_t shift(uint8_t *data, size_t size, size_t at, long by) {
    size_t to = by < 0 && (size_t)-by > size - at ? size : by < 0 ? at + (size_t)-by : at;
    if (by < 0) {
        memmove(data + at, data + to, size - to);
        return size - (to - at);
    }
    size_t room = MUTATED_MAX - size < (size_t)by ? MUTATED_MAX - size : (size_t)by;
    memmove(data + at + room, data + at, size - at);
    return size + room;
}

/* Makes one change, and returns the new size. */
static size_t change(uint8_t *data, size_t size, uint64_t *state) {
    static const uint8_t odd[] = {0,    1,   2,    '"',  '\\', '{',  '}',  '[',  ']',  ',', ':',
                                  0x7f, 'u', 0x80, 0xed, 0xef, 0xb7, 0x90, 0xfe, 0xff, '=', '@'};
    size_t at = pick(state, size + 1);
    const struct input *other = &inputs[pick(state, input_count)];
    size_t from = pick(state, other->size + 1);
    size_t length = 1 + pick(state, 16);
    length = length < other->size - from ? length : other->size - from;
    switch (pick(state, 6)) {
    case 0:
        size = shift(data, size, at, 1);
        break;
    case 1:
        return shift(data, size, at, -1 - (long)pick(state, 8));
    case 2: { /* a piece of another input */
        size_t grown = shift(data, size, at, (long)length);
        memcpy(data + at, other->data + from, grown - size);
        return grown;
    }
    case 3:
        if (at < size) {
            data[at] ^= (uint8_t)(1U << pick(state, 8));
        }
        return size;
    default:
        break;
    }
    if (at < size) {
        data[at] =
            pick(state, 2) == 0 ? odd[pick(state, ARRAY_LENGTH(odd))] : (uint8_t)pick(state, 256);
    }
    return size;
}

static void run_mutated(long count) {
    static uint8_t data[MUTATED_MAX];
    uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
    for (long i = 0; i < count; i++) {
        const struct input *input = &inputs[pick(&state, input_count)];
        size_t size = input->size < MUTATED_MAX ? input->size : MUTATED_MAX;
        memcpy(data, input->data, size);
        for (size_t changes = 1 + pick(&state, 6); changes > 0; changes--) {
            size = change(data, size, &state);
        }
        uint8_t *copy = fuzz_copy(data, size);
        run(copy, size);
        free(copy);
    }
    ok(true, "%ld mutated inputs", count);
}

int main(int argc, char **argv) {
    long mutated = 0;
    int option;
    while ((option = getopt(argc, argv, "m:")) == 'm') {
        mutated = strtol(optarg, NULL, 10);
    }
    for (int i = optind; i < argc; i++) {
        read_path(argv[i]);
    }
    if (option != -1 || input_count == 0) {
        bail("usage: %s [-m COUNT] FILE|FOLDER...", argv[0]);
    }
    if (__sanitizer_set_death_callback != NULL) {
        __sanitizer_set_death_callback(show_running);
    } else {
        signal(SIGSEGV, on_signal);
    }
    signal(SIGABRT, on_signal);
    for (size_t i = 0; i < input_count; i++) {
        run(inputs[i].data, inputs[i].size);
        ok(true, "%s", inputs[i].name);
    }
    if (mutated > 0) {
        run_mutated(mutated);
    }
    for (size_t i = 0; i < input_count; i++) {
        free(inputs[i].name);
        free(inputs[i].data);
    }
    return done_testing();
}
