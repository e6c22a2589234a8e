/* Owns the build-time compiler of definitions: shans-compile --out FILE DIR. Invariant: FILE appears whole or
 * not at all. Must not link the client's message catalogues: it runs before they exist. */
#include <stdio.h>
#include <string.h>

#include "client/compile/compile.h"

enum { OUTPUT_MAX = 64 << 20 };

/* One line of reason and arguments: the sentences of the client are not built yet when this runs. */
static void print_error(const Err *err)
{
    fprintf(stderr, "shans-compile: %s", err->reason);
    for (size_t i = 0; i < err->arg_count; i++)
        fprintf(stderr, " %s=%s", err->args[i].key, err->args[i].value);
    fputc('\n', stderr);
}

/* Writes beside the target, then renames. */
static int write_whole(const char *path, const Buf *buf)
{
    char beside[4096];
    int length = snprintf(beside, sizeof beside, "%s.part", path);
    FILE *file = length > 0 && (size_t)length < sizeof beside ? fopen(beside, "wb") : NULL;

    if (file == NULL) {
        perror(path);
        return 1;
    }
    size_t written = fwrite(buf->data, 1, buf->length, file);
    if (fclose(file) != 0 || written != buf->length || rename(beside, path) != 0) {
        perror(path);
        (void)remove(beside);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    Buf out;
    Err err = {0};

    if (argc != 4 || strcmp(argv[1], "--out") != 0) {
        fprintf(stderr, "usage: shans-compile --out FILE DIR\n");
        return 2;
    }
    buf_init(&out, OUTPUT_MAX);
    int status = 0;
    if (compile_folder(argv[3], &out, &err) != ERR_OK) {
        print_error(&err);
        status = 1;
    } else {
        status = write_whole(argv[2], &out);
    }
    buf_done(&out);
    return status;
}
