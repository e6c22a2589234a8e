/* Methodologies and factor dictionaries as YAML writes them; see compile_yaml.h for what holds of all. */
#ifndef CLIENT_COMPILE_COMPILE_YAML_METHOD_H
#define CLIENT_COMPILE_COMPILE_YAML_METHOD_H

#include "client/compile/compile_yaml.h"

/* {code: EGE.MATH.B, years: [2019]}: years absent: all years of the rule. */
typedef struct YamlProcedure {
    char *code;
    unsigned *years;
    unsigned years_count;
} YamlProcedure;

/* Lower bound of the risk zone: "0.15"; floor_inclusive: p = floor belongs to it. */
typedef struct YamlRisk {
    char *floor;
    bool floor_inclusive;
} YamlRisk;

/* At least k low procedures in one year: the latest, or any_of_pair. */
typedef struct YamlBranchA {
    unsigned k;
    char *years;
} YamlBranchA;

/* A low procedure in every year: any, or the same_procedure. */
typedef struct YamlBranchB {
    char *mode;
} YamlBranchB;

/* test        share_at_least (p >= share), bottom_rank (the worst share of schools)
 * share       "3/10" or "0.3"
 * risk, branch_a, branch_b  absent: off
 * count_unit  what counts as one procedure: family_grade_subject, family_subject, family
 * years       years in which the school years end, ascending
 * min_participants  0 when absent: every n > 0 counts
 * absent      procedure without figures: ignore, not_low, block
 * lineage     figures of a predecessor: sum, successor_only, predecessor_display
 * unreliable_below, unreliable_ci_below  numbers of participants below which a finding is marked
 * exclude_kinds  kinds of school to which the rule does not apply */
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

/* A rectangle of the 11 x 11 grid: "1-4" or "6" for each side. Bands may share a code, never a cell. */
typedef struct YamlBand {
    char *code, *wellbeing, *quality;
    YamlText label;
} YamlBand;

/* valid_from, valid_to: ISO dates, absent: open. remark: which reading of the source was taken. */
typedef struct YamlMethodology {
    char *code, *valid_from, *valid_to;
    unsigned version;
    YamlText title, legal_basis, remark;
    YamlLow *low;
    YamlBand *typology;
    unsigned typology_count;
    struct YamlQuadrants *quadrants; /* compile_yaml_quadrants.h */
} YamlMethodology;

/* {number: 1, code: equipment, label: {…}}: numbers ascend, as the source prints them. */
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

/* As yaml_load_form. */
ErrCode yaml_load_methodology(const CompileSource *source, YamlMethodology **ret, Err *err) MUST_CHECK;
ErrCode yaml_load_factors(const CompileSource *source, YamlFactors **ret, Err *err) MUST_CHECK;

#endif
