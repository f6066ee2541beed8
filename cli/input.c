#include "input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK ((size_t)64 * 1024)

/* Copies all of standard input; 0 or an errno. */
static int copy_input(FILE *out) {
    char chunk[CHUNK];
    for (;;) {
        ssize_t got = read(STDIN_FILENO, chunk, sizeof chunk);
        if (got == 0) {
            return 0;
        }
        if (got < 0 && errno != EINTR) {
            return errno;
        }
        if (got > 0 && fwrite(chunk, 1, (size_t)got, out) != (size_t)got) {
            return ENOMEM;
        }
    }
}

char *input_read(size_t *size) {
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    if (out == NULL) {
        return NULL;
    }
    int reason = copy_input(out);
    if (fclose(out) != 0 || reason != 0) {
        free(text);
        errno = reason == 0 ? ENOMEM : reason;
        return NULL;
    }
    if (*size > 0 && text[*size - 1] == '\n') {
        *size -= *size > 1 && text[*size - 2] == '\r' ? 2 : 1;
    }
    return text;
}

char *input_join(int count, char **words, size_t *size) {
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    if (out == NULL) {
        return NULL;
    }
    for (int i = 0; i < count; i++) {
        fprintf(out, "%s%s", i == 0 ? "" : " ", words[i]);
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
