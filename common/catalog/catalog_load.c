/* Owns reading compiled catalogues. Invariant: every index and kind in a loaded form is in range, so that
 * users need not check again. Must not read past the bytes given; see catalog_pack.h for the layout. */
#include "common/catalog/catalog.h"

#include "common/catalog/factors.h"
#include "common/catalog/methodology.h"
#include "common/catalog/methodology_read.h"
#include "common/catalog/reader.h"
#include "common/core/text.h"

enum {
    FORMS_MAX = 1000,
    SECTIONS_MAX = 64,
    ROWS_MAX = 4096,
    FIELDS_MAX = 512,
    CHOICES_MAX = 1000,
    RULES_MAX = 2000,
    OPS_MAX = 1024,
    METHODOLOGIES_MAX = 1000,
    DICTS_MAX = 1000,
    FACTORS_MAX = 1000,
    SCALE_MAX = 9,
};

/* Least bytes an item takes: what a count is held against before anything is allocated. */
enum {
    TEXT_LEAST = 8,
    FIELD_LEAST = 4 + 2 * TEXT_LEAST + 7 + 16 + 4 + 8,
    ROW_LEAST = 4 + TEXT_LEAST,
    CHOICE_LEAST = 4 + 8 + TEXT_LEAST,
    SECTION_LEAST = 4 + TEXT_LEAST + 1 + 4 + 4,
    OP_LEAST = 25,
    RULE_LEAST = 4 + 2 + 4 + 4 + TEXT_LEAST + 4 + 4,
    FORM_LEAST = 4 + 4 + TEXT_LEAST + 4 + 4 + 4 + 4,
    FACTOR_LEAST = 4 + 4 + TEXT_LEAST,
    DICT_LEAST = 4 + TEXT_LEAST + 4,
};

static const char *read_optional(Reader *reader)
{
    const char *text = reader_text(reader);

    return text[0] == '\0' ? NULL : text;
}

/* The code of a single row: "" in a section without rows. */
static const char *read_only_row(Reader *reader)
{
    const char *text = reader_text(reader);

    if (text[0] != '\0' && !text_is_code(text))
        reader_fail(reader, "not a code");
    return text;
}

static void read_choices(Reader *reader, FieldDef *field)
{
    uint32_t count = reader_count(reader, 0, CHOICES_MAX, CHOICE_LEAST);
    ChoiceDef *choices = reader_array(reader, count, sizeof *choices);

    for (uint32_t i = 0; choices != NULL && i < count; i++) {
        choices[i].code = reader_code(reader);
        choices[i].number = reader_i64(reader);
        choices[i].label = reader_label(reader);
    }
    field->choices = choices;
    field->choice_count = count;
}

/* Kinds that contradict one another (a count with choices) are refused, so that users need not ask twice. */
static void read_field(Reader *reader, FieldDef *field)
{
    field->code = reader_code(reader);
    field->label = reader_label(reader);
    field->help = reader_label(reader);
    field->type = (FieldType)reader_u8_within(reader, FIELD_COUNT, FIELD_SHARE);
    field->scale = (uint8_t)reader_u8_within(reader, 0, SCALE_MAX);
    field->required = reader_bool(reader);
    field->allow_na = reader_bool(reader);
    field->allow_unknown = reader_bool(reader);
    field->has_min = reader_bool(reader);
    field->has_max = reader_bool(reader);
    field->min = reader_i64(reader);
    field->max = reader_i64(reader);
    read_choices(reader, field);
    field->numerator = read_optional(reader);
    field->denominator = read_optional(reader);
    if ((field->type == FIELD_CHOICE) != (field->choice_count > 0))
        reader_fail(reader, "choices and field type disagree");
    if ((field->type == FIELD_SHARE) != (field->numerator != NULL && field->denominator != NULL) ||
        (field->numerator == NULL) != (field->denominator == NULL))
        reader_fail(reader, "share without numerator or denominator");
}

/* A share is made of two counted or decimal fields of its own section. */
static void check_shares(Reader *reader, const SectionDef *section)
{
    for (size_t i = 0; reader->code == ERR_OK && i < section->field_count; i++) {
        const FieldDef *field = &section->fields[i];
        if (field->type != FIELD_SHARE)
            continue;
        const FieldDef *top = section_get_field(section, field->numerator);
        const FieldDef *base = section_get_field(section, field->denominator);
        if (top == NULL || base == NULL || top->type == FIELD_SHARE || base->type == FIELD_SHARE)
            reader_fail(reader, "share of an unknown field");
    }
}

static void read_section(Reader *reader, SectionDef *section)
{
    section->code = reader_code(reader);
    section->label = reader_label(reader);
    section->rows_optional = reader_bool(reader);
    uint32_t row_count = reader_count(reader, 1, ROWS_MAX, ROW_LEAST);
    RowDef *rows = reader_array(reader, row_count, sizeof *rows);
    for (uint32_t i = 0; rows != NULL && i < row_count; i++) {
        rows[i].code = row_count == 1 ? read_only_row(reader) : reader_code(reader);
        rows[i].label = reader_label(reader);
    }
    section->rows = rows;
    section->row_count = row_count;
    uint32_t field_count = reader_count(reader, 1, FIELDS_MAX, FIELD_LEAST);
    FieldDef *fields = reader_array(reader, field_count, sizeof *fields);
    for (uint32_t i = 0; fields != NULL && i < field_count; i++)
        read_field(reader, &fields[i]);
    section->fields = fields;
    section->field_count = field_count;
    check_shares(reader, section);
}

static void read_ops(Reader *reader, RuleDef *rule)
{
    uint32_t count = reader_count(reader, 1, OPS_MAX, OP_LEAST);
    RuleOp *ops = reader_array(reader, count, sizeof *ops);

    for (uint32_t i = 0; ops != NULL && i < count; i++) {
        ops[i].op = reader_u8(reader);
        ops[i].number = reader_i64(reader);
        ops[i].denominator = reader_i64(reader);
        ops[i].section = reader_u32(reader);
        ops[i].field = reader_u32(reader);
    }
    rule->ops = ops;
    rule->op_count = count;
}

/* The program itself is checked where it runs (common/form/rule.h): here only where the rule stands. */
static void read_rule(Reader *reader, const FormDef *form, RuleDef *rule)
{
    rule->code = reader_code(reader);
    rule->severity = (RuleSeverity)reader_u8_within(reader, RULE_INFO, RULE_ERROR);
    rule->per_row = reader_bool(reader);
    rule->section = reader_u32_within(reader, 0, (uint32_t)form->section_count - 1);
    rule->source = reader_text(reader);
    rule->message = reader_label(reader);
    read_ops(reader, rule);
    rule->field = reader_u32(reader);
    if (reader->code == ERR_OK && rule->field != UINT32_MAX &&
        rule->field >= form->sections[rule->section].field_count)
        reader_fail(reader, "rule shown at an unknown field");
}

static void read_form(Reader *reader, FormDef *form)
{
    form->code = reader_code(reader);
    form->version = reader_u32_within(reader, 1, UINT32_MAX);
    form->title = reader_label(reader);
    form->legal_basis = reader_label(reader);
    form->period_kind = (PeriodKind)reader_u8_within(reader, PERIOD_SCHOOL_YEAR, PERIOD_CALENDAR_YEAR);
    form->by_school = reader_bool(reader);
    form->by_district = reader_bool(reader);
    form->by_region = reader_bool(reader);
    uint32_t section_count = reader_count(reader, 1, SECTIONS_MAX, SECTION_LEAST);
    SectionDef *sections = reader_array(reader, section_count, sizeof *sections);
    for (uint32_t i = 0; sections != NULL && i < section_count; i++)
        read_section(reader, &sections[i]);
    form->sections = sections;
    form->section_count = section_count;
    uint32_t rule_count = reader_count(reader, 0, RULES_MAX, RULE_LEAST);
    RuleDef *rules = reader_array(reader, rule_count, sizeof *rules);
    for (uint32_t i = 0; rules != NULL && reader->code == ERR_OK && i < rule_count; i++)
        read_rule(reader, form, &rules[i]);
    form->rules = rules;
    form->rule_count = rule_count;
}

static void read_dict(Reader *reader, FactorDict *dict)
{
    dict->code = reader_code(reader);
    dict->title = reader_label(reader);
    uint32_t count = reader_count(reader, 1, FACTORS_MAX, FACTOR_LEAST), last = 0;
    FactorDef *factors = reader_array(reader, count, sizeof *factors);
    for (uint32_t i = 0; factors != NULL && reader->code == ERR_OK && i < count; i++) {
        factors[i].number = reader_u32(reader);
        factors[i].code = reader_code(reader);
        factors[i].label = reader_label(reader);
        if (factors[i].number <= last)
            reader_fail(reader, "factors not in ascending order");
        last = factors[i].number;
    }
    dict->factors = factors;
    dict->factor_count = count;
}

/* The catalogue appears only when all of it was read: half a catalogue is none. */
ErrCode catalog_load(const void *bytes, size_t size, Arena *arena, Catalog **ret_catalog, Err *err)
{
    Reader reader;

    reader_init(&reader, bytes, size, arena, err);
    Catalog *catalog = reader_array(&reader, 1, sizeof *catalog);
    if (catalog == NULL)
        return reader.code;
    reader_magic(&reader, "SHC1");
    uint32_t form_count = reader_count(&reader, 0, FORMS_MAX, FORM_LEAST);
    FormDef *forms = reader_array(&reader, form_count, sizeof *forms);
    for (uint32_t i = 0; forms != NULL && i < form_count; i++)
        read_form(&reader, &forms[i]);
    uint32_t methodology_count = reader_count(&reader, 0, METHODOLOGIES_MAX, METHODOLOGY_LEAST);
    Methodology *methodologies = reader_array(&reader, methodology_count, sizeof *methodologies);
    for (uint32_t i = 0; methodologies != NULL && i < methodology_count; i++) {
        methodology_read(&reader, &methodologies[i]);
        quadrants_read(&reader, &methodologies[i].quadrants);
    }
    uint32_t dict_count = reader_count(&reader, 0, DICTS_MAX, DICT_LEAST);
    FactorDict *dicts = reader_array(&reader, dict_count, sizeof *dicts);
    for (uint32_t i = 0; dicts != NULL && i < dict_count; i++)
        read_dict(&reader, &dicts[i]);
    if (reader_done(&reader) != ERR_OK)
        return reader.code;
    *catalog = (Catalog){.forms = forms,
                         .form_count = form_count,
                         .methodologies = methodologies,
                         .methodology_count = methodology_count,
                         .factors = dicts,
                         .factor_count = dict_count};
    *ret_catalog = catalog;
    return ERR_OK;
}
