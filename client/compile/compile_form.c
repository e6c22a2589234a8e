/* Owns turning a form's YAML into its definition, rules compiled. Invariant: a form that compiles has unique
 * codes, shares over fields that exist, and rules that rule_verify accepts. Must not read files. */
#include "client/compile/compile.h"
#include "client/compile/compile_yaml.h"
#include "common/core/text.h"
#include "common/form/rule_parse.h"

enum { SCALE_MAX = 9 };

static Text text_of(YamlText text)
{
    return (Text){.ru = text.ru, .en = text.en};
}

/* Section and field codes can be named in rules. */
static ErrCode check_name(const CompileSource *source, const char *code)
{
    return rule_is_name(code) && text_is_code(code) ? ERR_OK
                                                    : compile_fault(source, "DEF_BAD_NAME", "code", code, 1);
}

/* Reported at the second use. */
static ErrCode fault_twice(const CompileSource *source, const char *code)
{
    return compile_fault(source, "DEF_DUPLICATE", "code", code, 2);
}

/* Codes and numbers of choices are both unique: either must lead back to one answer. */
static ErrCode compile_choices(const CompileSource *source, const YamlField *yaml, FieldDef *field)
{
    ChoiceDef *choices = ARENA_NEW(source->arena, ChoiceDef, yaml->choices_count);

    if (choices == NULL)
        return err_memory(source->err);
    for (size_t i = 0; i < yaml->choices_count; i++) {
        const YamlChoice *choice = &yaml->choices[i];
        ErrCode code = compile_check_code(source, choice->code);
        for (size_t j = 0; code == ERR_OK && j < i; j++) {
            if (text_equal(choices[j].code, choice->code) || choices[j].number == choice->number)
                code = fault_twice(source, choice->code);
        }
        if (code != ERR_OK)
            return code;
        choices[i] = (ChoiceDef){choice->code, choice->number, text_of(choice->label)};
    }
    field->choices = choices;
    field->choice_count = yaml->choices_count;
    return ERR_OK;
}

/* Keys that go with some types of field only: a key that would have no effect is a misunderstanding, so it is
 * refused rather than passed over. */
static ErrCode check_type_keys(const CompileSource *source, const YamlField *yaml, FieldType type)
{
    bool choice = type == FIELD_CHOICE, share = type == FIELD_SHARE;

    if (choice != (yaml->choices_count > 0))
        return compile_fault(source, "DEF_CHOICES", "code", yaml->code, 1);
    if (share != (yaml->numerator != NULL) || share != (yaml->denominator != NULL))
        return compile_fault(source, "DEF_SHARE_PARTS", "code", yaml->code, 1);
    if (yaml->scale > SCALE_MAX || (type != FIELD_DECIMAL && yaml->scale > 0))
        return compile_fault(source, "DEF_SCALE", "code", yaml->code, 1);
    if ((choice || share) && (yaml->min != NULL || yaml->max != NULL))
        return compile_fault(source, "DEF_LIMITS", "code", yaml->code, 1);
    return ERR_OK;
}

/* Limits are scaled as the cells are, so that checking compares integers. */
static ErrCode compile_limits(const CompileSource *source, const YamlField *yaml, FieldDef *field)
{
    ErrCode code = ERR_OK;

    field->has_min = yaml->min != NULL;
    field->has_max = yaml->max != NULL;
    if (field->has_min)
        code = compile_decimal(source, "min", yaml->min, field->scale, &field->min);
    if (code == ERR_OK && field->has_max)
        code = compile_decimal(source, "max", yaml->max, field->scale, &field->max);
    if (code == ERR_OK && field->has_min && field->has_max && field->min > field->max)
        code = compile_fault(source, "DEF_LIMITS", "code", yaml->code, 1);
    return code;
}

/* A share is computed, so it can be neither required nor answered. */
static ErrCode compile_field(const CompileSource *source, const YamlField *yaml, FieldDef *field)
{
    static const char *const types[] = {"count", "decimal", "choice", "share", NULL};
    int type = 0;
    ErrCode code = check_name(source, yaml->code);

    if (code == ERR_OK)
        code = compile_word(source, "type", yaml->type, types, 0, &type);
    if (code == ERR_OK)
        code = check_type_keys(source, yaml, (FieldType)type);
    if (code != ERR_OK)
        return code;
    *field = (FieldDef){
        .code = yaml->code,
        .label = text_of(yaml->label),
        .help = yaml->help == NULL ? (Text){"", ""} : text_of(*yaml->help),
        .type = (FieldType)type,
        .scale = (uint8_t)yaml->scale,
        .required = !yaml->optional && type != FIELD_SHARE,
        .allow_na = yaml->na,
        .allow_unknown = yaml->unknown,
        .numerator = yaml->numerator,
        .denominator = yaml->denominator,
    };
    code = compile_limits(source, yaml, field);
    return code == ERR_OK ? compile_choices(source, yaml, field) : code;
}

/* Both parts of a share are figures a person types; a share of a share would hide what is divided. */
static ErrCode check_share(const CompileSource *source, const SectionDef *section, const char *key,
                           const char *name)
{
    const FieldDef *part = section_get_field(section, name);

    if (part != NULL && (part->type == FIELD_COUNT || part->type == FIELD_DECIMAL))
        return ERR_OK;
    return compile_fault(source, "DEF_SHARE_UNKNOWN", key, name, 1);
}

/* Shares are looked at last: their parts may stand behind them. */
static ErrCode compile_fields(const CompileSource *source, const YamlSection *yaml, SectionDef *section)
{
    FieldDef *fields = ARENA_NEW(source->arena, FieldDef, yaml->fields_count);
    ErrCode code = fields == NULL ? err_memory(source->err) : ERR_OK;

    section->fields = fields;
    section->field_count = 0;
    for (size_t i = 0; code == ERR_OK && i < yaml->fields_count; i++) {
        if (section_get_field(section, yaml->fields[i].code) != NULL)
            return fault_twice(source, yaml->fields[i].code);
        code = compile_field(source, &yaml->fields[i], &fields[i]);
        section->field_count = i + 1;
    }
    for (size_t i = 0; code == ERR_OK && i < section->field_count; i++) {
        if (fields[i].type != FIELD_SHARE)
            continue;
        code = check_share(source, section, "numerator", fields[i].numerator);
        if (code == ERR_OK)
            code = check_share(source, section, "denominator", fields[i].denominator);
    }
    return code;
}

/* A section without rows has one row with the code "". */
static ErrCode compile_rows(const CompileSource *source, const YamlSection *yaml, SectionDef *section)
{
    size_t count = yaml->rows_count == 0 ? 1 : yaml->rows_count;
    RowDef *rows = ARENA_NEW(source->arena, RowDef, count);

    if (rows == NULL)
        return err_memory(source->err);
    section->rows = rows;
    if (yaml->rows_count == 0)
        rows[0] = (RowDef){.code = "", .label = {"", ""}};
    for (size_t i = 0; i < yaml->rows_count; i++) {
        section->row_count = i;
        if (section_get_row(section, yaml->rows[i].code) != NULL)
            return fault_twice(source, yaml->rows[i].code);
        ErrCode code = compile_check_code(source, yaml->rows[i].code);
        if (code != ERR_OK)
            return code;
        rows[i] = (RowDef){yaml->rows[i].code, text_of(yaml->rows[i].label)};
    }
    section->row_count = count;
    return ERR_OK;
}

/* section_count grows with the loop, so that form_get_section sees the sections before this one only. */
static ErrCode compile_sections(const CompileSource *source, const YamlForm *yaml, FormDef *form)
{
    SectionDef *sections = ARENA_NEW(source->arena, SectionDef, yaml->sections_count);
    ErrCode code = sections == NULL ? err_memory(source->err) : ERR_OK;

    form->sections = sections;
    for (size_t i = 0; code == ERR_OK && i < yaml->sections_count; i++) {
        const YamlSection *from = &yaml->sections[i];
        if (form_get_section(form, from->code) != NULL)
            return fault_twice(source, from->code);
        sections[i] = (SectionDef){
            .code = from->code, .label = text_of(from->label), .rows_optional = from->rows_optional};
        code = check_name(source, from->code);
        if (code == ERR_OK)
            code = compile_rows(source, from, &sections[i]);
        if (code == ERR_OK)
            code = compile_fields(source, from, &sections[i]);
        form->section_count = i + 1;
    }
    return code;
}

/* Where the rule runs and where its message is shown. A message can stand at a field only where the rule has
 * a row to show. */
static ErrCode compile_rule_place(const CompileSource *source, const FormDef *form, const YamlRule *yaml,
                                  RuleDef *rule)
{
    rule->per_row = yaml->section != NULL;
    rule->field = UINT32_MAX;
    if (!rule->per_row)
        return yaml->field == NULL ? ERR_OK
                                   : compile_fault(source, "DEF_UNKNOWN_NAME", "field", yaml->field, 1);
    const SectionDef *section = form_get_section(form, yaml->section);
    if (section == NULL)
        return compile_fault(source, "DEF_UNKNOWN_NAME", "section", yaml->section, 1);
    rule->section = (uint32_t)(section - form->sections);
    if (yaml->field == NULL)
        return ERR_OK;
    const FieldDef *field = section_get_field(section, yaml->field);
    if (field == NULL)
        return compile_fault(source, "DEF_UNKNOWN_NAME", "field", yaml->field, 1);
    rule->field = (uint32_t)(field - section->fields);
    return ERR_OK;
}

/* The parser knows line and column inside the rule; file and code are added here. */
static ErrCode compile_rule(const CompileSource *source, const FormDef *form, const YamlRule *yaml,
                            RuleDef *rule)
{
    static const char *const severities[] = {"info", "warning", "error", NULL};
    RuleOp *ops = NULL;
    int severity = 0;
    ErrCode code = compile_check_code(source, yaml->code);

    if (code == ERR_OK)
        code = compile_word(source, "severity", yaml->severity, severities, 0, &severity);
    if (code == ERR_OK)
        code = compile_rule_place(source, form, yaml, rule);
    if (code != ERR_OK)
        return code;
    rule->code = yaml->code;
    rule->severity = (RuleSeverity)severity;
    rule->source = yaml->check;
    rule->message = text_of(yaml->message);
    code = rule_parse(form, rule->per_row, rule->section, yaml->check, source->arena, &ops, &rule->op_count,
                      source->err);
    rule->ops = ops;
    if (code == ERR_INVALID_ARGUMENT) {
        err_arg(source->err, "file", "%s", source->name);
        err_arg(source->err, "rule", "%s", yaml->code);
    }
    return code;
}

/* Rules come after all sections: a rule may name any cell of the form. */
static ErrCode compile_rules(const CompileSource *source, const YamlForm *yaml, FormDef *form)
{
    RuleDef *rules = ARENA_NEW(source->arena, RuleDef, yaml->rules_count);
    ErrCode code = rules == NULL ? err_memory(source->err) : ERR_OK;

    for (size_t i = 0; code == ERR_OK && i < yaml->rules_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (text_equal(rules[j].code, yaml->rules[i].code))
                return fault_twice(source, yaml->rules[i].code);
        }
        code = compile_rule(source, form, &yaml->rules[i], &rules[i]);
    }
    form->rules = rules;
    form->rule_count = yaml->rules_count;
    return code;
}

/* Who may submit: a list of school, district, region. */
static ErrCode compile_by(const CompileSource *source, const YamlForm *yaml, FormDef *form)
{
    static const char *const levels[] = {"school", "district", "region", NULL};

    for (size_t i = 0; i < yaml->by_count; i++) {
        int level = 0;
        ErrCode code = compile_word(source, "by", yaml->by[i], levels, 0, &level);
        if (code != ERR_OK)
            return code;
        form->by_school = form->by_school || level == 1;
        form->by_district = form->by_district || level == 2;
        form->by_region = form->by_region || level == 3;
    }
    return ERR_OK;
}

ErrCode compile_form_text(const char *name, const char *text, size_t size, Arena *arena, FormDef *ret_form,
                          Err *err)
{
    static const char *const periods[] = {"school_year", "month", "calendar_year", NULL};
    CompileSource source = {name, text, size, arena, err};
    YamlForm *yaml = NULL;
    int period = 0;
    ErrCode code = yaml_load_form(&source, &yaml, err);

    if (code == ERR_OK)
        code = compile_check_code(&source, yaml->code);
    if (code == ERR_OK && yaml->version == 0)
        code = compile_fault(&source, "DEF_VERSION", "version", "0", 1);
    if (code == ERR_OK)
        code = compile_word(&source, "period", yaml->period, periods, 0, &period);
    if (code != ERR_OK)
        return code;
    FormDef form = {.code = yaml->code,
                    .version = yaml->version,
                    .title = text_of(yaml->title),
                    .legal_basis = text_of(yaml->legal_basis),
                    .period_kind = (PeriodKind)period};
    code = compile_by(&source, yaml, &form);
    if (code == ERR_OK)
        code = compile_sections(&source, yaml, &form);
    if (code == ERR_OK)
        code = compile_rules(&source, yaml, &form);
    if (code == ERR_OK)
        *ret_form = form;
    return code;
}
