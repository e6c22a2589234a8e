/* Owns fuzzing the loaders of compiled definitions. Invariant tried: what loads packs back to the same bytes,
 * every form in it can be filled and checked, and memory stays within the arena's cap. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/catalog/catalog_pack.h"
#include "common/form/form.h"

enum { CAP = 32 << 20, CELLS_MAX = 2000 };

static void must(bool fine)
{
    if (!fine)
        abort();
}

static void must_pack_to(const Buf *buf, const uint8_t *data, size_t size)
{
    must(!buf->failed && buf->length == size && memcmp(buf->data, data, size) == 0);
}

/* Fills the form from the input's own bytes and runs every check. */
static void fill_and_check(const FormDef *form, const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(CAP, NULL);
    FormData *filled = form_data_new(form, arena);
    FormIssue *issues = NULL;
    size_t count = 0, used = 0;
    Err err;

    for (size_t s = 0; filled != NULL && s < form->section_count; s++) {
        const SectionDef *section = &form->sections[s];
        for (size_t i = 0; i < section->row_count * section->field_count && used < CELLS_MAX; i++, used++) {
            uint8_t byte = data[used % size];
            FormCell cell = {section->code,
                             section->rows[i / section->field_count].code,
                             section->fields[i % section->field_count].code,
                             {(ValueKind)(byte & 3), byte == 0xFD ? INT64_MIN : byte}};
            (void)!form_data_set(filled, &cell, &err);
        }
    }
    if (filled != NULL)
        (void)!form_check(filled, arena, &issues, &count, &err);
    arena_free(arena);
}

static void try_catalog(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(CAP, NULL);
    Catalog *catalog = NULL;
    Err err = {0};

    must(arena != NULL);
    if (catalog_load(data, size, arena, &catalog, &err) == ERR_OK) {
        Buf buf;
        buf_init(&buf, CAP);
        catalog_pack(catalog, &buf);
        must_pack_to(&buf, data, size);
        buf_done(&buf);
        for (size_t i = 0; i < catalog->form_count && i < 4; i++)
            fill_and_check(&catalog->forms[i], data, size);
    } else {
        must(err.reason[0] != '\0');
    }
    arena_free(arena);
}

static void try_methodology(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(CAP, NULL);
    Methodology *methodology = NULL;
    Err err = {0};

    must(arena != NULL);
    if (methodology_load(data, size, arena, &methodology, &err) == ERR_OK) {
        Buf buf;
        buf_init(&buf, CAP);
        methodology_pack(methodology, &buf);
        must_pack_to(&buf, data, size);
        buf_done(&buf);
    } else {
        must(err.reason[0] != '\0');
    }
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_catalog(data, size);
    try_methodology(data, size);
    return 0;
}
