/* Owns look-ups in definitions. Invariant: what is returned is borrowed from the catalogue given.
 * Must not change a definition. */
#include "common/catalog/catalog.h"

#include "common/catalog/factors.h"
#include "common/catalog/methodology.h"
#include "common/core/text.h"

const FormDef *catalog_get_form(const Catalog *catalog, const char *code, uint32_t version)
{
    const FormDef *found = NULL;

    for (size_t i = 0; i < catalog->form_count; i++) {
        const FormDef *form = &catalog->forms[i];
        if (!text_equal(form->code, code) || (version != 0 && form->version != version))
            continue;
        if (found == NULL || form->version > found->version)
            found = form;
    }
    return found;
}

const Methodology *catalog_get_methodology(const Catalog *catalog, const char *code, uint32_t version)
{
    const Methodology *found = NULL;

    for (size_t i = 0; i < catalog->methodology_count; i++) {
        const Methodology *methodology = &catalog->methodologies[i];
        if (!text_equal(methodology->code, code) || (version != 0 && methodology->version != version))
            continue;
        if (found == NULL || methodology->version > found->version)
            found = methodology;
    }
    return found;
}

const FactorDict *catalog_get_factors(const Catalog *catalog, const char *code)
{
    for (size_t i = 0; i < catalog->factor_count; i++) {
        if (text_equal(catalog->factors[i].code, code))
            return &catalog->factors[i];
    }
    return NULL;
}

const FactorDict *catalog_get_other_factors(const Catalog *catalog, const char *code)
{
    for (size_t i = 0; i < catalog->factor_count; i++) {
        if (!text_equal(catalog->factors[i].code, code))
            return &catalog->factors[i];
    }
    return NULL;
}

const FactorDef *factors_get(const FactorDict *dict, uint32_t number)
{
    for (size_t i = 0; i < dict->factor_count; i++) {
        if (dict->factors[i].number == number)
            return &dict->factors[i];
    }
    return NULL;
}

const SectionDef *form_get_section(const FormDef *form, const char *code)
{
    for (size_t i = 0; i < form->section_count; i++) {
        if (text_equal(form->sections[i].code, code))
            return &form->sections[i];
    }
    return NULL;
}

const FieldDef *section_get_field(const SectionDef *section, const char *code)
{
    for (size_t i = 0; i < section->field_count; i++) {
        if (text_equal(section->fields[i].code, code))
            return &section->fields[i];
    }
    return NULL;
}

const RowDef *section_get_row(const SectionDef *section, const char *code)
{
    for (size_t i = 0; i < section->row_count; i++) {
        if (text_equal(section->rows[i].code, code))
            return &section->rows[i];
    }
    return NULL;
}
