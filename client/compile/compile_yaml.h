/* YAML definitions as they are written, before anything about them is checked but their keys. Texts may be
 * NULL where a key is optional; lists end with their count. */
#ifndef CLIENT_COMPILE_COMPILE_YAML_H
#define CLIENT_COMPILE_COMPILE_YAML_H

#include "client/compile/compile_source.h"

typedef struct YamlText {
    char *ru, *en;
} YamlText;

typedef struct YamlChoice {
    char *code;
    int64_t number;
    YamlText label;
} YamlChoice;

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

typedef struct YamlSection {
    char *code;
    YamlText label;
    bool rows_optional;
    YamlRow *rows;
    unsigned rows_count;
    YamlField *fields;
    unsigned fields_count;
} YamlSection;

typedef struct YamlRule {
    char *code, *severity, *section, *field, *check;
    YamlText message;
} YamlRule;

typedef struct YamlForm {
    char *code, *legal_basis, *period;
    unsigned version;
    YamlText title;
    char **by;
    unsigned by_count;
    YamlSection *sections;
    unsigned sections_count;
    YamlRule *rules;
    unsigned rules_count;
} YamlForm;

typedef struct YamlProcedure {
    char *code;
    unsigned *years;
    unsigned years_count;
} YamlProcedure;

typedef struct YamlRisk {
    char *floor;
    bool floor_inclusive;
} YamlRisk;

typedef struct YamlBranchA {
    unsigned k;
    char *years;
} YamlBranchA;

typedef struct YamlBranchB {
    char *mode;
} YamlBranchB;

typedef struct YamlLow {
    char *test, *share, *count_unit, *absent, *lineage;
    unsigned min_participants, unreliable_below, unreliable_ci_below;
    YamlRisk *risk;
    YamlBranchA *branch_a;
    YamlBranchB *branch_b;
    unsigned *years;
    unsigned years_count;
    YamlProcedure *procedures;
    unsigned procedures_count;
    char **exclude_kinds;
    unsigned exclude_kinds_count;
} YamlLow;

typedef struct YamlBand {
    char *code, *wellbeing, *quality; /* "1-4", "6" */
    YamlText label;
} YamlBand;

typedef struct YamlMethodology {
    char *code, *valid_from, *valid_to;
    unsigned version;
    YamlText title, legal_basis, remark;
    YamlLow *low;
    YamlBand *typology;
    unsigned typology_count;
} YamlMethodology;

typedef struct YamlFactor {
    unsigned number;
    char *code;
    YamlText label;
} YamlFactor;

typedef struct YamlFactors {
    char *code;
    YamlText title;
    YamlFactor *factors;
    unsigned factors_count;
} YamlFactors;

/* Read the whole source; what is returned lives in its arena. Fault: YAML_INVALID with file, line, what. */
ErrCode yaml_load_form(const CompileSource *source, YamlForm **ret, Err *err) MUST_CHECK;
ErrCode yaml_load_methodology(const CompileSource *source, YamlMethodology **ret, Err *err) MUST_CHECK;
ErrCode yaml_load_factors(const CompileSource *source, YamlFactors **ret, Err *err) MUST_CHECK;

#endif
