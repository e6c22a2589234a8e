/* A filled form: cells by section, row and field; checking them with one rule code on both sides. */
#ifndef COMMON_FORM_FORM_H
#define COMMON_FORM_FORM_H

#include "common/catalog/catalog.h"
#include "common/core/ratio.h"

/* Zero, "not applicable" and "unknown" are three different answers; VALUE_EMPTY is no answer. */
typedef enum ValueKind {
    VALUE_EMPTY = 0,
    VALUE_NUMBER = 1,
    VALUE_NOT_APPLICABLE = 2,
    VALUE_UNKNOWN = 3,
} ValueKind;

typedef struct Value {
    ValueKind kind;
    int64_t number; /* scaled by the field's scale; 0 unless kind is VALUE_NUMBER */
} Value;

/* A cell by its codes, as it travels and is stored. Texts are borrowed. */
typedef struct FormCell {
    const char *section, *row, *field;
    Value value;
} FormCell;

/* One person fills one form for one school and period; which school and period is known outside.
 * All cells of one form as dense arrays; made by form_data_new, filled by form_data_set. */
typedef struct FormData FormData;

FormData *form_data_new(const FormDef *form, Arena *arena); /* NULL: no memory */
const FormDef *form_data_get_form(const FormData *data);

/* INVALID_ARGUMENT / CELL_UNKNOWN (address), CELL_COMPUTED (a share), CELL_TWICE (set before), CELL_KIND (no
 * such kind of value). An empty value leaves the cell as it is. */
ErrCode form_data_set(FormData *data, const FormCell *cell, Err *err) MUST_CHECK;
Value form_data_get(const FormData *data, uint32_t section, uint32_t row, uint32_t field);

/* True when no cell of the row holds an answer. */
bool form_data_row_empty(const FormData *data, uint32_t section, uint32_t row);

/* Cells that hold an answer, in definition order (section, row, field): the canonical order. */
ErrCode form_data_list(const FormData *data, Arena *arena, FormCell **ret_cells, size_t *ret_count,
                       Err *err) MUST_CHECK;

/* "SHF1", form code and version, school, period, count, then per cell its three codes, kind and number; all
 * of it little-endian, a text as u32 length + bytes. The same answers give the same bytes in whatever order
 * they were set. Canonical bytes of the answers: what the content hash is taken over. The buffer is appended
 * to. */
struct Buf;
void form_data_pack(const FormData *data, const char *school, const char *period, struct Buf *buf);

/* What a check found. Errors stop a submission, warnings need a word of explanation, infos are shown. */
typedef struct FormIssue {
    RuleSeverity severity;
    const char *code;                  /* "REQUIRED", "MIN", "MAX", "CHOICE", "KIND", or the rule's code */
    const char *section, *row, *field; /* "" where the issue has no such place */
    const RuleDef *rule;               /* NULL for the built-in checks */
    Value value;
    int64_t limit; /* for MIN and MAX, scaled */
} FormIssue;

/* The built-in checks, all of them errors:
 *   REQUIRED  an empty cell of a required field; "unknown" and "not applicable" are answers
 *   KIND      "not applicable" or "unknown" where the field does not allow it
 *   MIN, MAX  a number beyond the field's limits; a count is never below 0
 *   CHOICE    a number that no choice of the field has
 * Runs the built-in checks and every rule; issues in definition order, in arena. Rows without any answer are
 * passed over where rows are optional. DATA_LOSS / RULE_MALFORMED, RESOURCE_EXHAUSTED / RULE_STEPS. */
ErrCode form_check(const FormData *data, Arena *arena, FormIssue **ret_issues, size_t *ret_count,
                   Err *err) MUST_CHECK;

/* 100 * numerator / denominator of a FIELD_SHARE cell, exact; false without figures or over nothing. */
bool form_share_get(const FormData *data, uint32_t section, uint32_t row, uint32_t field, Ratio *ret_percent);

/* numerator / denominator in parts per million, rounded half up; VALUE_EMPTY without figures. */
Value form_share_ppm(const FormData *data, uint32_t section, uint32_t row, uint32_t field);

/* The written form of one cell. parse: "12,5", "н/п" or "n/a" (not applicable), "?" or "неизв." (unknown),
 * a choice's code or label (capitals do not matter), "" for an empty cell. INVALID_ARGUMENT /
 * CELL_NOT_A_NUMBER, CELL_TOO_PRECISE, CELL_OUT_OF_RANGE, CELL_CHOICE_UNKNOWN, CELL_COMPUTED, with argument
 * "value". */
ErrCode form_value_parse(const FieldDef *field, const char *text, Value *ret, Err *err) MUST_CHECK;

/* Plain text for CSV and JSON ("", "12.5", "n/a", "?", choice code; a share given in ppm as per cent with
 * four digits after the point). to: DECIMAL_TEXT_SIZE bytes. */
void form_value_dump(const FieldDef *field, Value value, char *to);

/* Spaces, no-break ones too, may stand between the parts; a count has at most nine digits. "2*; 3*" is
 * refused: it leaves open who is in the main job. Staffing cell grammar of methods.md D9: "3; 6*" -> 3 main,
 * 6 part-time; "5 *" -> 0 and 5. False: not so. */
bool form_staff_parse(const char *text, int64_t *ret_main, int64_t *ret_part);

/* Cell grammar of methods.md D10: "57/87 %" -> 57 and 87.00; "18,2%" -> percentage alone; "4" -> count alone.
 * digits: how many stand after the comma, at most two, so that a reader knows how the figure was rounded. */
typedef struct CountShare {
    bool has_count, has_percent;
    int64_t count;
    int64_t percent; /* in hundredths of a per cent */
    int digits;
} CountShare;
bool form_count_share_parse(const char *text, CountShare *ret);

#endif
