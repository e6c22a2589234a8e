/* Reads the small TSV fixtures under tests/golden. */
#ifndef TESTS_SUPPORT_TSV_H
#define TESTS_SUPPORT_TSV_H

#include <stddef.h>

enum { TSV_COLUMNS = 8 };

typedef struct Tsv {
    char *text;
    const char *(*rows)[TSV_COLUMNS]; /* absent cells are "" */
    size_t count;
} Tsv;

/* Skips lines that begin with '#' and the header; fails the test when the file cannot be read. */
Tsv tsv_read(const char *path);
void tsv_free(Tsv *tsv);

/* A small number in a cell; "" is 0. */
int tsv_int(const char *cell);

#endif
