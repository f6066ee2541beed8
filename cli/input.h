/* A text from the command line or from standard input, whole. */
#ifndef INPUT_H
#define INPUT_H

#include <stddef.h>

/* All of standard input without its last line end; malloc'ed. NULL: errno tells. */
char *input_read(size_t *size);

/* The words with a space between them; malloc'ed. NULL: no memory. */
char *input_join(int count, char **words, size_t *size);

#endif
