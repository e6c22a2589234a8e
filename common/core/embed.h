/* A file embedded into the binary at build time (SQL, reason texts, the compiled catalogue). */
#ifndef COMMON_CORE_EMBED_H
#define COMMON_CORE_EMBED_H

#include <stddef.h>

typedef struct EmbedFile {
    const char *name;          /* path relative to the embedded root */
    const unsigned char *data; /* size bytes, followed by a NUL that is not counted */
    size_t size;
} EmbedFile;

extern const EmbedFile sql_files[], reason_files[], catalog_files[];
extern const size_t sql_files_count, reason_files_count, catalog_files_count;

#endif
