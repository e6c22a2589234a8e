/* Owns the look-up of embedded statements by name. Invariant: sql_files is sorted by name in byte order (the
 * build sorts it), so a binary search finds every file. Must not hold any state. */
#include "server/store/sql_text.h"

#include <stdio.h>
#include <string.h>

const char *sql_text_get(const char *name, size_t *ret_index)
{
    char path[160];
    size_t low = 0, high = sql_files_count;

    if (snprintf(path, sizeof path, "queries/%s.sql", name) >= (int)sizeof path)
        return NULL;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(path, sql_files[middle].name);

        if (order == 0) {
            *ret_index = middle;
            return (const char *)sql_files[middle].data;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
