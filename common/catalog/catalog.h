/* Shipped definitions in memory: forms (form_def.h), methodologies (methodology.h),
 * factor dictionaries (factors.h). Everything is borrowed
 * from the arena it was decoded into and never changed. */
#ifndef COMMON_CATALOG_CATALOG_H
#define COMMON_CATALOG_CATALOG_H

#include <stddef.h>
#include <stdint.h>

#include "common/catalog/form_def.h"
#include "common/core/arena.h"

typedef struct Methodology Methodology;
typedef struct FactorDict FactorDict; /* factors.h */

typedef struct Catalog {
    const FormDef *forms;
    size_t form_count;
    const Methodology *methodologies;
    size_t methodology_count;
    const FactorDict *factors;
    size_t factor_count;
    uint8_t hash[32]; /* BLAKE2b-256 of the bytes is computed by the caller; zero until then */
} Catalog;

/* Decodes compiled bytes (flat, little-endian, "SHC1") into arena. Any malformed input gives
 * INVALID_ARGUMENT / CATALOG_MALFORMED with the offset; never reads past size. */
ErrCode catalog_load(const void *bytes, size_t size, Arena *arena, Catalog **ret_catalog,
                     Err *err) MUST_CHECK;

/* The form with that code and version (0: the newest), or NULL. */
const FormDef *catalog_get_form(const Catalog *catalog, const char *code, uint32_t version);
const Methodology *catalog_get_methodology(const Catalog *catalog, const char *code, uint32_t version);

/* Look-ups inside a form; false / NULL when unknown. */
const SectionDef *form_get_section(const FormDef *form, const char *code);
const FieldDef *section_get_field(const SectionDef *section, const char *code);
const RowDef *section_get_row(const SectionDef *section, const char *code);

#endif
