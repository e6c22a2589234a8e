/* Owns reading of fixtures. Invariant: every row has TSV_COLUMNS cells. Must not be used on user data. */
#include "tests/support/tsv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *file_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t length = 0, room = 1 << 16;
    char *text = malloc(room);

    assert_non_null(file);
    assert_non_null(text);
    for (size_t got; (got = fread(text + length, 1, room - 1 - length, file)) > 0;) {
        length += got;
        if (length == room - 1)
            text = realloc(text, room *= 2);
        assert_non_null(text);
    }
    fclose(file);
    text[length] = '\0';
    return text;
}

static void split(char *line, const char **row)
{
    for (size_t i = 0; i < TSV_COLUMNS; i++) {
        row[i] = line;
        char *tab = strchr(line, '\t');
        if (tab == NULL) {
            line += strlen(line);
            continue;
        }
        *tab = '\0';
        line = tab + 1;
    }
}

Tsv tsv_read(const char *path)
{
    Tsv tsv = {.text = file_text(path)};
    size_t lines = 1;
    int header = 1;

    for (const char *c = tsv.text; *c != '\0'; c++)
        lines += *c == '\n';
    tsv.rows = calloc(lines, sizeof *tsv.rows);
    assert_non_null(tsv.rows);
    for (char *line = tsv.text, *next; line != NULL && *line != '\0'; line = next) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        if (*line == '#')
            continue;
        if (header) {
            header = 0;
            continue;
        }
        split(line, tsv.rows[tsv.count++]);
    }
    return tsv;
}

void tsv_free(Tsv *tsv)
{
    free(tsv->rows);
    free(tsv->text);
}

int tsv_int(const char *cell)
{
    return (int)strtol(cell, NULL, 10);
}
