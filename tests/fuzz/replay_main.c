/* Owns replaying a corpus without libFuzzer: every file as it is, then seeded mutations of it.
 * Invariant: the same corpus gives the same inputs on every machine. Must not read the clock or the random
 * device, and must not pass over an empty or missing folder in silence. */
#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MUTATIONS = 2000, GROWTH = 64, INPUT_MAX = 1 << 20 };

/* splitmix64: small, seeded, the same everywhere. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* An exact heap copy per call, so that AddressSanitizer sees one byte too many. */
static bool run_once(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);

    if (copy == NULL)
        return false;
    if (size > 0)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    return true;
}

/* One change: flip, set, cut, double, insert, remove, or overwrite with a telling number. */
static size_t mutate(uint8_t *data, size_t size, size_t room, uint64_t *state)
{
    static const uint8_t telling[] = {0x00, 0x01, 0x7F, 0x80, 0xFF, '"', '(', ')', '-', '9', ';', '\n'};
    size_t at = size == 0 ? 0 : (size_t)(next_random(state) % size);
    size_t left = size - at;
    size_t span = left == 0 ? 0 : 1 + (size_t)(next_random(state) % (left < 16 ? left : 16));

    switch (next_random(state) % 7) {
    case 0:
        if (size > 0)
            data[at] ^= (uint8_t)(1U << next_random(state) % 8);
        return size;
    case 1:
        if (size > 0)
            data[at] = (uint8_t)next_random(state);
        return size;
    case 2:
        return at;
    case 3:
        if (size + span > room)
            return size;
        memmove(data + at + span, data + at, left);
        return size + span;
    case 4:
        memmove(data + at, data + at + span, left - span);
        return size - span;
    case 5:
        if (size == room)
            return size;
        memmove(data + at + 1, data + at, left);
        data[at] = telling[next_random(state) % sizeof telling];
        return size + 1;
    default:
        for (size_t i = 0; i < span && i < 8; i++)
            data[at + i] = telling[next_random(state) % 5];
        return size;
    }
}

/* Runs one file and `count` mutations of it; false when it cannot be read. */
static bool replay_file(const char *path, size_t count, uint64_t *state)
{
    FILE *file = fopen(path, "rb");
    uint8_t *whole = malloc(INPUT_MAX), *work = malloc(INPUT_MAX + GROWTH);
    bool fine = file != NULL && whole != NULL && work != NULL;
    size_t size = fine ? fread(whole, 1, INPUT_MAX, file) : 0;

    fine = fine && !ferror(file) && run_once(whole, size);
    for (size_t i = 0; fine && i < count; i++) {
        size_t length = size, changes = 1 + (size_t)(next_random(state) % 4);
        memcpy(work, whole, size);
        for (size_t j = 0; j < changes; j++)
            length = mutate(work, length, size + GROWTH, state);
        fine = run_once(work, length);
    }
    if (file != NULL)
        fclose(file);
    free(whole);
    free(work);
    return fine;
}

static int regular(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    struct dirent **names = NULL;
    uint64_t state = 20260901;

    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
        return 2;
    }
    int found = scandir(argv[1], &names, regular, alphasort);
    if (found <= 0) {
        fprintf(stderr, "%s: no corpus file: a replay that runs nothing proves nothing\n", argv[1]);
        free(names);
        return 1;
    }
    size_t each = (MUTATIONS + (size_t)found - 1) / (size_t)found;
    int status = 0;
    for (int i = 0; i < found; i++) {
        char path[4096];
        int length = snprintf(path, sizeof path, "%s/%s", argv[1], names[i]->d_name);
        if (length < 0 || (size_t)length >= sizeof path || !replay_file(path, each, &state)) {
            fprintf(stderr, "%s: cannot be replayed\n", names[i]->d_name);
            status = 1;
        }
        free(names[i]);
    }
    free(names);
    printf("%d files, %zu mutations of each\n", found, each);
    return status;
}
