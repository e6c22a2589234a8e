/* Owns the checks of a filled form: the built-in ones of every field, then the rules. Invariant: issues come
 * in definition order, so client and server list the same. Must not change the form's figures. */
#include "common/form/form.h"

#include <string.h>

#include "common/form/rule.h"

/* Issues found so far, in the arena. */
typedef struct Issues {
    Arena *arena;
    FormIssue *items;
    size_t count, room;
    bool failed;
} Issues;

/* Room doubles; what was outgrown stays in the arena until it goes as a whole. */
static void issues_add(Issues *issues, const FormIssue *issue)
{
    if (issues->count == issues->room) {
        size_t room = issues->room == 0 ? 16 : issues->room * 2;
        FormIssue *items = ARENA_NEW(issues->arena, FormIssue, room);
        if (items == NULL) {
            issues->failed = true;
            return;
        }
        if (issues->count > 0)
            memcpy(items, issues->items, issues->count * sizeof *items);
        issues->items = items;
        issues->room = room;
    }
    issues->items[issues->count++] = *issue;
}

static bool choice_exists(const FieldDef *field, int64_t number)
{
    for (size_t i = 0; i < field->choice_count; i++) {
        if (field->choices[i].number == number)
            return true;
    }
    return false;
}

/* Code of the built-in check the number fails, NULL when fine. */
static const char *number_fault(const FieldDef *field, int64_t number, int64_t *ret_limit)
{
    if (field->type == FIELD_CHOICE)
        return choice_exists(field, number) ? NULL : "CHOICE";
    int64_t least = field->has_min ? field->min : 0;
    if ((field->has_min || field->type == FIELD_COUNT) && number < least) {
        *ret_limit = least;
        return "MIN";
    }
    if (field->has_max && number > field->max) {
        *ret_limit = field->max;
        return "MAX";
    }
    return NULL;
}

static void check_cell(Issues *issues, const SectionDef *section, const RowDef *row, const FieldDef *field,
                       Value value)
{
    FormIssue issue = {.severity = RULE_ERROR,
                       .section = section->code,
                       .row = row->code,
                       .field = field->code,
                       .value = value};

    switch (value.kind) {
    case VALUE_NUMBER:
        issue.code = number_fault(field, value.number, &issue.limit);
        break;
    case VALUE_NOT_APPLICABLE:
        issue.code = field->allow_na ? NULL : "KIND";
        break;
    case VALUE_UNKNOWN:
        issue.code = field->allow_unknown ? NULL : "KIND";
        break;
    default:
        issue.code = field->required && field->type != FIELD_SHARE ? "REQUIRED" : NULL;
        break;
    }
    if (issue.code != NULL)
        issues_add(issues, &issue);
}

/* A row left out says nothing, where the form allows that. */
static bool row_skipped(const FormData *data, uint32_t section, uint32_t row)
{
    return form_data_get_form(data)->sections[section].rows_optional &&
           form_data_row_empty(data, section, row);
}

static void check_cells(Issues *issues, const FormData *data)
{
    const FormDef *form = form_data_get_form(data);

    for (uint32_t s = 0; s < form->section_count; s++) {
        const SectionDef *section = &form->sections[s];
        for (uint32_t r = 0; r < section->row_count; r++) {
            if (row_skipped(data, s, r))
                continue;
            for (uint32_t f = 0; f < section->field_count; f++)
                check_cell(issues, section, &section->rows[r], &section->fields[f],
                           form_data_get(data, s, r, f));
        }
    }
}

static void add_broken(Issues *issues, const FormData *data, const RuleDef *rule, uint32_t row)
{
    const SectionDef *section = &form_data_get_form(data)->sections[rule->section];
    bool at_field = rule->field < section->field_count;
    FormIssue issue = {.severity = rule->severity,
                       .code = rule->code,
                       .section = rule->per_row || at_field ? section->code : "",
                       .row = rule->per_row ? section->rows[row].code : "",
                       .field = at_field ? section->fields[rule->field].code : "",
                       .rule = rule};

    if (at_field && (rule->per_row || section->row_count == 1))
        issue.value = form_data_get(data, rule->section, row, rule->field);
    issues_add(issues, &issue);
}

/* Rules are verified on every check: a catalogue that was loaded is not yet one that was compiled here. */
static ErrCode check_rule(Issues *issues, const FormData *data, const RuleDef *rule, uint64_t *steps,
                          Err *err)
{
    const FormDef *form = form_data_get_form(data);

    if (!rule_verify(form, rule)) {
        err_set(err, ERR_DATA_LOSS, "RULE_MALFORMED");
        err_arg(err, "form", "%s", form->code);
        return err_arg(err, "rule", "%s", rule->code);
    }
    size_t rows = rule->per_row ? form->sections[rule->section].row_count : 1;
    for (uint32_t row = 0; row < rows; row++) {
        if (rule->per_row && row_skipped(data, rule->section, row))
            continue;
        RuleOutcome outcome = rule_eval(data, rule, row, steps);
        if (outcome == RULE_EXHAUSTED) {
            err_set(err, ERR_RESOURCE_EXHAUSTED, "RULE_STEPS");
            err_arg(err, "form", "%s", form->code);
            return err_arg(err, "rule", "%s", rule->code);
        }
        if (outcome == RULE_BROKEN)
            add_broken(issues, data, rule, row);
    }
    return ERR_OK;
}

ErrCode form_check(const FormData *data, Arena *arena, FormIssue **ret_issues, size_t *ret_count, Err *err)
{
    const FormDef *form = form_data_get_form(data);
    Issues issues = {.arena = arena};
    uint64_t steps = RULE_STEPS_MAX;

    check_cells(&issues, data);
    for (size_t i = 0; i < form->rule_count; i++) {
        ErrCode code = check_rule(&issues, data, &form->rules[i], &steps, err);
        if (code != ERR_OK)
            return code;
    }
    if (issues.failed)
        return err_memory(err);
    *ret_issues = issues.items;
    *ret_count = issues.count;
    return ERR_OK;
}
