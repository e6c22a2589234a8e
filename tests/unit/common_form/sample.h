/* A small form with every kind of field, and answers of every kind, for the tests of this layer. */
#ifndef TESTS_UNIT_COMMON_FORM_SAMPLE_H
#define TESTS_UNIT_COMMON_FORM_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/form/form.h"

enum { SAMPLE_WIDE = 70 };

static const ChoiceDef sample_choices[] = {
    {"low", 1, {"низкая", "low"}},
    {"high", 3, {"высокая", "strong"}},
};

static const FieldDef sample_main_fields[] = {
    {.code = "a", .type = FIELD_COUNT, .required = true},
    {.code = "b", .type = FIELD_COUNT, .required = true},
    {.code = "c", .type = FIELD_COUNT, .required = true, .allow_na = true, .allow_unknown = true},
    {.code = "d",
     .type = FIELD_DECIMAL,
     .scale = 2,
     .has_min = true,
     .min = -500,
     .has_max = true,
     .max = 10000},
    {.code = "e", .type = FIELD_CHOICE, .choices = sample_choices, .choice_count = 2, .allow_unknown = true},
    {.code = "s", .type = FIELD_SHARE, .numerator = "a", .denominator = "b"},
};

static const FieldDef sample_total_fields[] = {
    {.code = "x", .type = FIELD_COUNT, .required = true},
    {.code = "y", .type = FIELD_DECIMAL, .scale = 1, .allow_na = true, .allow_unknown = true},
    {.code = "z", .type = FIELD_COUNT},
    {.code = "big", .type = FIELD_COUNT, .allow_na = true},
};

static const FieldDef sample_wide_fields[] = {{.code = "w", .type = FIELD_COUNT}};
static const RowDef sample_main_rows[] = {{.code = "R.1"}, {.code = "R.2"}, {.code = "Q.3"}};
static const RowDef sample_one_row[] = {{.code = ""}};
static char sample_wide_codes[SAMPLE_WIDE][16];
static RowDef sample_wide_rows[SAMPLE_WIDE];

static const SectionDef sample_sections[] = {
    {.code = "main",
     .rows_optional = true,
     .rows = sample_main_rows,
     .row_count = 3,
     .fields = sample_main_fields,
     .field_count = 6},
    {.code = "t", .rows = sample_one_row, .row_count = 1, .fields = sample_total_fields, .field_count = 4},
    {.code = "wide",
     .rows = sample_wide_rows,
     .row_count = SAMPLE_WIDE,
     .fields = sample_wide_fields,
     .field_count = 1},
};

static FormDef sample_form = {
    .code = "sample", .version = 2, .legal_basis = {"", ""}, .sections = sample_sections, .section_count = 3};

/* Row codes of the wide section: W.0, W.1 … */
static inline void sample_init(void)
{
    for (int i = 0; i < SAMPLE_WIDE; i++) {
        snprintf(sample_wide_codes[i], sizeof sample_wide_codes[i], "W.%d", i);
        sample_wide_rows[i].code = sample_wide_codes[i];
    }
}

static inline void sample_set(FormData *data, const char *section, const char *row, const char *field,
                              ValueKind kind, int64_t number)
{
    FormCell cell = {section, row, field, {kind, number}};
    Err err;

    assert_int_equal(form_data_set(data, &cell, &err), ERR_OK);
}

/* R.1: a 3, b 10, c n/a, d 2.50, e high; R.2: a 5, b 0, c unknown, d -1.25; Q.3 left out; t: x 7, y 12.3,
 * big the greatest number; wide: w is the row's index. */
static inline FormData *sample_data(Arena *arena)
{
    FormData *data = form_data_new(&sample_form, arena);

    assert_non_null(data);
    sample_set(data, "main", "R.1", "a", VALUE_NUMBER, 3);
    sample_set(data, "main", "R.1", "b", VALUE_NUMBER, 10);
    sample_set(data, "main", "R.1", "c", VALUE_NOT_APPLICABLE, 0);
    sample_set(data, "main", "R.1", "d", VALUE_NUMBER, 250);
    sample_set(data, "main", "R.1", "e", VALUE_NUMBER, 3);
    sample_set(data, "main", "R.2", "a", VALUE_NUMBER, 5);
    sample_set(data, "main", "R.2", "b", VALUE_NUMBER, 0);
    sample_set(data, "main", "R.2", "c", VALUE_UNKNOWN, 0);
    sample_set(data, "main", "R.2", "d", VALUE_NUMBER, -125);
    sample_set(data, "t", "", "x", VALUE_NUMBER, 7);
    sample_set(data, "t", "", "y", VALUE_NUMBER, 123);
    sample_set(data, "t", "", "big", VALUE_NUMBER, INT64_MAX);
    for (int i = 0; i < SAMPLE_WIDE; i++)
        sample_set(data, "wide", sample_wide_codes[i], "w", VALUE_NUMBER, i);
    return data;
}

#endif
