/* Definition of a form: sections, rows, fields, choices and compiled rules. Borrowed from the arena it was
 * decoded into and never changed. */
#ifndef COMMON_CATALOG_FORM_DEF_H
#define COMMON_CATALOG_FORM_DEF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Text {
    const char *ru, *en;
} Text;

typedef enum FieldType {
    FIELD_UNSET = 0,
    FIELD_COUNT,   /* whole number >= 0 */
    FIELD_DECIMAL, /* scaled by `scale` */
    FIELD_CHOICE,  /* number is one of choices[].number */
    FIELD_SHARE,   /* computed: 100 * numerator / denominator of the same row; never typed */
} FieldType;

typedef struct ChoiceDef {
    const char *code;
    int64_t number;
    Text label;
} ChoiceDef;

typedef struct FieldDef {
    const char *code;
    Text label, help;
    FieldType type;
    uint8_t scale; /* digits after the comma kept in the stored integer */
    bool required; /* a cell left empty is an error; "unknown" and "not applicable" are answers */
    bool allow_na, allow_unknown;
    bool has_min, has_max;
    int64_t min, max; /* scaled */
    const ChoiceDef *choices;
    size_t choice_count;
    const char *numerator, *denominator; /* FIELD_SHARE: field codes of the same section */
} FieldDef;

typedef struct RowDef {
    const char *code; /* "VPR.RUS.5"; "" in a section without rows */
    Text label;
} RowDef;

typedef struct SectionDef {
    const char *code;
    Text label;
    bool rows_optional; /* a row with no cell at all is simply absent */
    const RowDef *rows;
    size_t row_count; /* >= 1: a section without rows has one row with code "" */
    const FieldDef *fields;
    size_t field_count;
} SectionDef;

typedef enum RuleSeverity { RULE_INFO = 1, RULE_WARNING = 2, RULE_ERROR = 3 } RuleSeverity;

/* One instruction of a compiled rule: see common/form/rule.h for the operations. */
typedef struct RuleOp {
    uint8_t op;
    int64_t number;          /* constant numerator, or field / section index */
    int64_t denominator;     /* constant denominator */
    uint32_t section, field; /* indices for loads and sums */
} RuleOp;

typedef struct RuleDef {
    const char *code;
    RuleSeverity severity;
    bool per_row;       /* evaluated for each row of `section`, else once for the form */
    uint32_t section;   /* index; meaningful when per_row */
    const char *source; /* the expression as written; the rule is broken when it is false */
    Text message;
    const RuleOp *ops; /* postfix */
    size_t op_count;
    uint32_t field; /* index of the field the message is shown at; UINT32_MAX: none */
} RuleDef;

/* A school year is named by the year in which it ends. */
typedef enum PeriodKind { PERIOD_SCHOOL_YEAR = 1, PERIOD_MONTH = 2, PERIOD_CALENDAR_YEAR = 3 } PeriodKind;

typedef struct FormDef {
    const char *code;
    uint32_t version;
    Text title, legal_basis;
    PeriodKind period_kind;
    bool by_school, by_district, by_region; /* who may submit it */
    const SectionDef *sections;
    size_t section_count;
    const RuleDef *rules;
    size_t rule_count;
} FormDef;

#endif
