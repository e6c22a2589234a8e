/* Owns writing definitions in their compiled form. Invariant: the bytes depend on the values alone, never on
 * addresses or time. Must stay in step with catalog_load.c and methodology_load.c. */
#include "common/catalog/catalog_pack.h"

static void pack_text(Buf *buf, Text text)
{
    buf_sized(buf, text.ru);
    buf_sized(buf, text.en);
}

/* NULL and "" are the same on paper; the loader gives NULL back. */
static void pack_optional(Buf *buf, const char *text)
{
    buf_sized(buf, text == NULL ? "" : text);
}

static void pack_field(Buf *buf, const FieldDef *field)
{
    buf_sized(buf, field->code);
    pack_text(buf, field->label);
    pack_text(buf, field->help);
    buf_u8(buf, (uint8_t)field->type);
    buf_u8(buf, field->scale);
    buf_u8(buf, field->required);
    buf_u8(buf, field->allow_na);
    buf_u8(buf, field->allow_unknown);
    buf_u8(buf, field->has_min);
    buf_u8(buf, field->has_max);
    buf_i64(buf, field->min);
    buf_i64(buf, field->max);
    buf_u32(buf, (uint32_t)field->choice_count);
    for (size_t i = 0; i < field->choice_count; i++) {
        buf_sized(buf, field->choices[i].code);
        buf_i64(buf, field->choices[i].number);
        pack_text(buf, field->choices[i].label);
    }
    pack_optional(buf, field->numerator);
    pack_optional(buf, field->denominator);
}

static void pack_section(Buf *buf, const SectionDef *section)
{
    buf_sized(buf, section->code);
    pack_text(buf, section->label);
    buf_u8(buf, section->rows_optional);
    buf_u32(buf, (uint32_t)section->row_count);
    for (size_t i = 0; i < section->row_count; i++) {
        buf_sized(buf, section->rows[i].code);
        pack_text(buf, section->rows[i].label);
    }
    buf_u32(buf, (uint32_t)section->field_count);
    for (size_t i = 0; i < section->field_count; i++)
        pack_field(buf, &section->fields[i]);
}

static void pack_rule(Buf *buf, const RuleDef *rule)
{
    buf_sized(buf, rule->code);
    buf_u8(buf, (uint8_t)rule->severity);
    buf_u8(buf, rule->per_row);
    buf_u32(buf, rule->section);
    buf_sized(buf, rule->source);
    pack_text(buf, rule->message);
    buf_u32(buf, (uint32_t)rule->op_count);
    for (size_t i = 0; i < rule->op_count; i++) {
        buf_u8(buf, rule->ops[i].op);
        buf_i64(buf, rule->ops[i].number);
        buf_i64(buf, rule->ops[i].denominator);
        buf_u32(buf, rule->ops[i].section);
        buf_u32(buf, rule->ops[i].field);
    }
    buf_u32(buf, rule->field);
}

static void pack_form(Buf *buf, const FormDef *form)
{
    buf_sized(buf, form->code);
    buf_u32(buf, form->version);
    pack_text(buf, form->title);
    pack_text(buf, form->legal_basis);
    buf_u8(buf, (uint8_t)form->period_kind);
    buf_u8(buf, form->by_school);
    buf_u8(buf, form->by_district);
    buf_u8(buf, form->by_region);
    buf_u32(buf, (uint32_t)form->section_count);
    for (size_t i = 0; i < form->section_count; i++)
        pack_section(buf, &form->sections[i]);
    buf_u32(buf, (uint32_t)form->rule_count);
    for (size_t i = 0; i < form->rule_count; i++)
        pack_rule(buf, &form->rules[i]);
}

static void pack_years(Buf *buf, const int *years, size_t count)
{
    buf_u32(buf, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        buf_u32(buf, (uint32_t)years[i]);
}

static void pack_ratio(Buf *buf, Ratio ratio)
{
    buf_i64(buf, ratio.num);
    buf_i64(buf, ratio.den);
}

/* Every part is written whether its switch is on or not: one layout, no cases. */
static void pack_low(Buf *buf, const LowRule *low)
{
    buf_u8(buf, low->on);
    buf_u8(buf, (uint8_t)low->test);
    pack_ratio(buf, low->share);
    buf_u8(buf, low->risk.on);
    pack_ratio(buf, low->risk.floor);
    buf_u8(buf, low->risk.floor_inclusive);
    buf_u8(buf, (uint8_t)low->count_unit);
    pack_years(buf, low->years, low->year_count);
    buf_u8(buf, low->branch_a_on);
    buf_u32(buf, (uint32_t)low->branch_a_k);
    buf_u8(buf, (uint8_t)low->branch_a_years);
    buf_u8(buf, low->branch_b_on);
    buf_u8(buf, (uint8_t)low->branch_b_mode);
    buf_u32(buf, (uint32_t)low->min_participants);
    buf_u8(buf, (uint8_t)low->absent_policy);
    buf_u8(buf, (uint8_t)low->lineage);
    buf_u32(buf, (uint32_t)low->unreliable_below);
    buf_u32(buf, (uint32_t)low->unreliable_ci_below);
    buf_u32(buf, (uint32_t)low->procedure_count);
    for (size_t i = 0; i < low->procedure_count; i++) {
        char code[PROCEDURE_TEXT_SIZE];
        procedure_dump(low->procedures[i].procedure, code);
        buf_sized(buf, code);
        pack_years(buf, low->procedures[i].years, low->procedures[i].year_count);
    }
    buf_u32(buf, (uint32_t)low->exclude_kind_count);
    for (size_t i = 0; i < low->exclude_kind_count; i++)
        buf_sized(buf, low->exclude_kinds[i]);
}

static void pack_sum(Buf *buf, const QuadrantSum *sum)
{
    buf_u32(buf, (uint32_t)sum->count);
    for (size_t i = 0; i < sum->count; i++) {
        buf_sized(buf, sum->figures[i].form);
        buf_sized(buf, sum->figures[i].section);
        buf_sized(buf, sum->figures[i].field);
    }
}

static void pack_parameter(Buf *buf, const QuadrantParameter *parameter)
{
    buf_sized(buf, parameter->code);
    pack_text(buf, parameter->label);
    pack_text(buf, parameter->good);
    pack_text(buf, parameter->bad);
    buf_u8(buf, (uint8_t)parameter->kind);
    buf_u32(buf, (uint32_t)parameter->indicator_count);
    for (size_t i = 0; i < parameter->indicator_count; i++) {
        const QuadrantIndicator *indicator = &parameter->indicators[i];
        buf_sized(buf, indicator->code);
        pack_text(buf, indicator->label);
        buf_u8(buf, indicator->more_is_better);
        pack_sum(buf, &indicator->top);
        pack_sum(buf, &indicator->base);
    }
    buf_u32(buf, (uint32_t)parameter->part_count);
    for (size_t i = 0; i < parameter->part_count; i++)
        buf_u8(buf, parameter->parts[i]);
}

static void pack_axis(Buf *buf, QuadrantAxis axis)
{
    buf_u8(buf, axis.parameter);
    buf_u8(buf, axis.turned);
}

/* A rule that is off is one byte: it has nothing to say. */
static void pack_quadrants(Buf *buf, const QuadrantRule *rule)
{
    buf_u8(buf, rule->on);
    if (!rule->on)
        return;
    buf_u8(buf, (uint8_t)rule->split);
    pack_ratio(buf, rule->border);
    pack_sum(buf, &rule->weight);
    buf_u32(buf, (uint32_t)rule->procedure_count);
    for (size_t i = 0; i < rule->procedure_count; i++) {
        char code[PROCEDURE_TEXT_SIZE];
        procedure_dump(rule->procedures[i], code);
        buf_sized(buf, code);
    }
    buf_u32(buf, (uint32_t)rule->exclude_kind_count);
    for (size_t i = 0; i < rule->exclude_kind_count; i++)
        buf_sized(buf, rule->exclude_kinds[i]);
    buf_u32(buf, (uint32_t)rule->parameter_count);
    for (size_t i = 0; i < rule->parameter_count; i++)
        pack_parameter(buf, &rule->parameters[i]);
    buf_u32(buf, (uint32_t)rule->clustering_count);
    for (size_t i = 0; i < rule->clustering_count; i++) {
        buf_sized(buf, rule->clusterings[i].code);
        pack_text(buf, rule->clusterings[i].label);
        pack_axis(buf, rule->clusterings[i].x);
        pack_axis(buf, rule->clusterings[i].y);
    }
}

static void pack_methodology_body(Buf *buf, const Methodology *methodology)
{
    const TypologyRule *typology = &methodology->typology;

    buf_sized(buf, methodology->code);
    buf_u32(buf, methodology->version);
    pack_text(buf, methodology->title);
    pack_text(buf, methodology->legal_basis);
    pack_text(buf, methodology->remark);
    buf_sized(buf, methodology->valid_from);
    buf_sized(buf, methodology->valid_to);
    pack_low(buf, &methodology->low);
    buf_u8(buf, typology->on);
    buf_u32(buf, (uint32_t)typology->band_count);
    for (size_t i = 0; i < typology->band_count; i++) {
        const TypologyBand *band = &typology->bands[i];
        buf_sized(buf, band->code);
        pack_text(buf, band->label);
        buf_u8(buf, (uint8_t)band->i_from);
        buf_u8(buf, (uint8_t)band->i_to);
        buf_u8(buf, (uint8_t)band->q_from);
        buf_u8(buf, (uint8_t)band->q_to);
    }
}

static void pack_factors(Buf *buf, const FactorDict *dict)
{
    buf_sized(buf, dict->code);
    pack_text(buf, dict->title);
    buf_u32(buf, (uint32_t)dict->factor_count);
    for (size_t i = 0; i < dict->factor_count; i++) {
        buf_u32(buf, dict->factors[i].number);
        buf_sized(buf, dict->factors[i].code);
        pack_text(buf, dict->factors[i].label);
    }
}

void methodology_pack(const Methodology *methodology, Buf *buf)
{
    buf_text(buf, methodology->quadrants.on ? "SHM2" : "SHM1");
    pack_methodology_body(buf, methodology);
    if (methodology->quadrants.on)
        pack_quadrants(buf, &methodology->quadrants);
}

void catalog_pack(const Catalog *catalog, Buf *buf)
{
    buf_text(buf, "SHC1");
    buf_u32(buf, (uint32_t)catalog->form_count);
    for (size_t i = 0; i < catalog->form_count; i++)
        pack_form(buf, &catalog->forms[i]);
    buf_u32(buf, (uint32_t)catalog->methodology_count);
    for (size_t i = 0; i < catalog->methodology_count; i++) {
        pack_methodology_body(buf, &catalog->methodologies[i]);
        pack_quadrants(buf, &catalog->methodologies[i].quadrants);
    }
    buf_u32(buf, (uint32_t)catalog->factor_count);
    for (size_t i = 0; i < catalog->factor_count; i++)
        pack_factors(buf, &catalog->factors[i]);
}
