/* Form definitions as YAML writes them, before anything about them is checked but their keys. Texts may be
 * NULL where a key is optional; a list is followed by its count. Every label, help and message is a mapping
 * with the keys ru and en. Methodologies and dictionaries: compile_yaml_method.h. */
#ifndef CLIENT_COMPILE_COMPILE_YAML_H
#define CLIENT_COMPILE_COMPILE_YAML_H

#include "client/compile/compile_source.h"

typedef struct YamlText {
    char *ru, *en;
} YamlText;

/* {code: low, number: 1, label: {…}}: the number is what is stored, so it never changes once used. */
typedef struct YamlChoice {
    char *code;
    int64_t number;
    YamlText label;
} YamlChoice;

/* code    name in rules and CSV: letters, digits, _
 * type    count, decimal, choice, share
 * scale   digits after the point of a decimal, 0 when absent
 * optional  true: the cell may stay empty (false when absent)
 * na, unknown  true: "not applicable" / "unknown" is an answer (false when absent)
 * min, max  limits in the field's own unit: "0", "12,5"
 * choices   of a choice; numerator, denominator: field codes, of a share */
typedef struct YamlField {
    char *code, *type, *min, *max, *numerator, *denominator;
    YamlText label;
    YamlText *help;
    unsigned scale;
    bool optional, na, unknown;
    YamlChoice *choices;
    unsigned choices_count;
} YamlField;

typedef struct YamlRow {
    char *code;
    YamlText label;
} YamlRow;

/* rows          absent: the section is one row without a code
 * rows_optional true: a row may be left out as a whole (false when absent) */
typedef struct YamlSection {
    char *code;
    YamlText label;
    bool rows_optional;
    YamlRow *rows;
    unsigned rows_count;
    YamlField *fields;
    unsigned fields_count;
} YamlSection;

/* severity  info, warning, error
 * section   present: the rule runs for each row of that section, absent: once for the form
 * field     where the message is shown; needs section
 * check     the rule (common/form/rule_parse.h); false breaks it
 * message   what a person reads when it is broken */
typedef struct YamlRule {
    char *code, *severity, *section, *field, *check;
    YamlText message;
} YamlRule;

/* version  counts from 1; a published version is never changed
 * period   school_year, month, calendar_year
 * by       who may submit: some of school, district, region */
typedef struct YamlForm {
    char *code, *period;
    unsigned version;
    YamlText title, legal_basis;
    char **by;
    unsigned by_count;
    YamlSection *sections;
    unsigned sections_count;
    YamlRule *rules;
    unsigned rules_count;
} YamlForm;

/* Reads the whole source; what is returned lives in its arena. Fault: YAML_INVALID with file, line, what. */
ErrCode yaml_load_form(const CompileSource *source, YamlForm **ret, Err *err) MUST_CHECK;

#endif
