/* Owns comparing the built-in checks with a plain restatement of them, on random answers in every cell. Must
 * give the same answers on every machine. */
#include "tests/unit/common_form/sample.h"

#include "common/core/buf.h"

enum { ROUNDS = 3000, CELLS_MAX = 128 };

static uint64_t seed;
static Arena *arena;

static int setup(void **state)
{
    (void)state;
    sample_init();
    return 0;
}

static unsigned draw(unsigned below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % below;
}

static Value draw_value(void)
{
    static const int64_t edges[] = {-501, -500, -1, 0, 1, 2, 3, 4, 10000, 10001, INT64_MIN, INT64_MAX};
    ValueKind kind = (ValueKind)draw(4);

    return (Value){kind, kind == VALUE_NUMBER ? edges[draw(sizeof edges / sizeof *edges)] : 0};
}

typedef struct Answers {
    FormCell cells[CELLS_MAX];
    size_t count;
} Answers;

static Value answer_to(const Answers *answers, const char *section, const char *row, const char *field)
{
    for (size_t i = 0; i < answers->count; i++) {
        const FormCell *cell = &answers->cells[i];
        if (strcmp(cell->section, section) == 0 && strcmp(cell->row, row) == 0 &&
            strcmp(cell->field, field) == 0)
            return cell->value;
    }
    return (Value){VALUE_EMPTY, 0};
}

/* What is wrong with an answer, said field by field for the sample form. */
static const char *fault_of(const char *field, Value value)
{
    bool count = strchr("abcxzw", field[0]) != NULL && strlen(field) == 1;

    if (strcmp(field, "big") == 0)
        count = true;
    switch (value.kind) {
    case VALUE_EMPTY:
        return strchr("abcx", field[0]) != NULL && strlen(field) == 1 ? "REQUIRED" : NULL;
    case VALUE_NOT_APPLICABLE:
        return strcmp(field, "c") == 0 || strcmp(field, "y") == 0 || strcmp(field, "big") == 0 ? NULL
                                                                                               : "KIND";
    case VALUE_UNKNOWN:
        return strcmp(field, "c") == 0 || strcmp(field, "e") == 0 || strcmp(field, "y") == 0 ? NULL : "KIND";
    default:
        break;
    }
    if (count && value.number < 0)
        return "MIN";
    if (strcmp(field, "d") == 0 && value.number < -500)
        return "MIN";
    if (strcmp(field, "d") == 0 && value.number > 10000)
        return "MAX";
    if (strcmp(field, "e") == 0 && value.number != 1 && value.number != 3)
        return "CHOICE";
    return NULL;
}

static void expect_row(const Answers *answers, const char *section, const char *row,
                       const char *const *fields, bool optional, Buf *buf)
{
    bool any = false;

    for (const char *const *field = fields; *field != NULL; field++)
        any = any || answer_to(answers, section, row, *field).kind != VALUE_EMPTY;
    if (!any && optional)
        return;
    for (const char *const *field = fields; *field != NULL; field++) {
        const char *fault = fault_of(*field, answer_to(answers, section, row, *field));
        if (fault != NULL)
            buf_printf(buf, "%s %s/%s/%s\n", fault, section, row, *field);
    }
}

static void expect_form(const Answers *answers, Buf *buf)
{
    static const char *const main_fields[] = {"a", "b", "c", "d", "e", NULL};
    static const char *const total_fields[] = {"x", "y", "z", "big", NULL};
    static const char *const wide_fields[] = {"w", NULL};
    static const char *const main_rows[] = {"R.1", "R.2", "Q.3"};

    for (size_t i = 0; i < 3; i++)
        expect_row(answers, "main", main_rows[i], main_fields, true, buf);
    expect_row(answers, "t", "", total_fields, false, buf);
    for (size_t i = 0; i < SAMPLE_WIDE; i++)
        expect_row(answers, "wide", sample_wide_codes[i], wide_fields, false, buf);
}

/* Random answers for some cells of every section, in random order. */
static void draw_answers(Answers *answers, FormData *data)
{
    size_t wanted = draw(60);

    answers->count = 0;
    for (size_t i = 0; i < wanted && answers->count < CELLS_MAX; i++) {
        const SectionDef *section = &sample_sections[draw(3)];
        const RowDef *row = &section->rows[draw((unsigned)section->row_count)];
        const FieldDef *field = &section->fields[draw((unsigned)section->field_count)];
        FormCell cell = {section->code, row->code, field->code, draw_value()};
        Err err;
        if (form_data_set(data, &cell, &err) == ERR_OK && cell.value.kind != VALUE_EMPTY)
            answers->cells[answers->count++] = cell;
    }
}

static void random_answers_are_judged_alike(void **state)
{
    size_t found = 0;
    Buf expected, got;

    (void)state;
    buf_init(&expected, 1 << 20);
    buf_init(&got, 1 << 20);
    seed = 30;
    for (int round = 0; round < ROUNDS; round++) {
        Answers answers;
        FormIssue *issues = NULL;
        size_t count = 0;
        Err err;
        arena = arena_new(1 << 20, NULL);
        FormData *data = form_data_new(&sample_form, arena);
        draw_answers(&answers, data);
        buf_clear(&expected);
        buf_clear(&got);
        expect_form(&answers, &expected);
        assert_int_equal(form_check(data, arena, &issues, &count, &err), ERR_OK);
        for (size_t i = 0; i < count; i++)
            buf_printf(&got, "%s %s/%s/%s\n", issues[i].code, issues[i].section, issues[i].row,
                       issues[i].field);
        buf_text(&expected, "");
        buf_text(&got, "");
        assert_string_equal(got.data, expected.data);
        found += count;
        arena_free(arena);
    }
    assert_true(found > ROUNDS);
    buf_done(&expected);
    buf_done(&got);
}

/* What was set is listed once, packs to the same bytes when set again in another order, and differs when one
 * answer differs. */
static void lists_and_bytes_agree(void **state)
{
    Buf first, second;

    (void)state;
    buf_init(&first, 1 << 20);
    buf_init(&second, 1 << 20);
    seed = 11;
    for (int round = 0; round < ROUNDS / 4; round++) {
        Answers answers;
        FormCell *cells = NULL;
        size_t count = 0;
        Err err;
        arena = arena_new(1 << 20, NULL);
        FormData *data = form_data_new(&sample_form, arena), *again = form_data_new(&sample_form, arena);
        draw_answers(&answers, data);
        assert_int_equal(form_data_list(data, arena, &cells, &count, &err), ERR_OK);
        assert_true(count == answers.count);
        for (size_t i = count; i-- > 0;)
            assert_int_equal(form_data_set(again, &cells[i], &err), ERR_OK);
        buf_clear(&first);
        buf_clear(&second);
        form_data_pack(data, "1", "2026", &first);
        form_data_pack(again, "1", "2026", &second);
        assert_true(first.length == second.length);
        assert_memory_equal(first.data, second.data, first.length);
        if (count > 0) {
            FormData *other = form_data_new(&sample_form, arena);
            unsigned spoiled = draw((unsigned)count);
            for (size_t i = 0; i < count; i++) {
                FormCell cell = cells[i];
                if (i == spoiled && cell.value.kind == VALUE_NUMBER)
                    cell.value.number ^= 1;
                else if (i == spoiled)
                    cell.value = (Value){VALUE_NUMBER, 0};
                assert_int_equal(form_data_set(other, &cell, &err), ERR_OK);
            }
            buf_clear(&second);
            form_data_pack(other, "1", "2026", &second);
            assert_true(first.length == second.length);
            assert_true(memcmp(first.data, second.data, first.length) != 0);
        }
        arena_free(arena);
    }
    buf_done(&first);
    buf_done(&second);
}

/* Every number at every scale is written so that it reads back. */
static void written_numbers_read_back(void **state)
{
    (void)state;
    seed = 13;
    for (int round = 0; round < 20000; round++) {
        FieldDef field = {.code = "f", .type = FIELD_DECIMAL, .scale = (uint8_t)draw(10)};
        int64_t number = (int64_t)((uint64_t)draw(1U << 31) << 32 | draw(1U << 31)) >> draw(62);
        Value value = {VALUE_NUMBER, draw(2) == 0 ? number : -number}, back;
        char text[64];
        Err err = {0};
        form_value_dump(&field, value, text);
        if (form_value_parse(&field, text, &back, &err) != ERR_OK)
            fail_msg("\"%s\": %s", text, err.reason);
        assert_true(back.kind == VALUE_NUMBER && back.number == value.number);
        char *point = strchr(text, '.');
        if (point != NULL) { /* a comma does as well */
            *point = ',';
            assert_int_equal(form_value_parse(&field, text, &back, &err), ERR_OK);
            assert_true(back.number == value.number);
        }
    }
}

/* The staffing grammar over all small pairs, with spaces in every place. */
static void staffing_pairs_read_back(void **state)
{
    (void)state;
    for (int number = 0; number < 625; number++) {
        int main_job = number / 25, part = number % 25;
        char texts[3][64];
        snprintf(texts[0], sizeof texts[0], "%d;%d*", main_job, part);
        snprintf(texts[1], sizeof texts[1], "%d; %d*", main_job, part);
        snprintf(texts[2], sizeof texts[2], " %d ; %d * ", main_job, part);
        for (size_t i = 0; i < 3; i++) {
            int64_t got_main = -1, got_part = -1;
            assert_true(form_staff_parse(texts[i], &got_main, &got_part));
            assert_true(got_main == main_job && got_part == part);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_answers_are_judged_alike),
        cmocka_unit_test(lists_and_bytes_agree),
        cmocka_unit_test(written_numbers_read_back),
        cmocka_unit_test(staffing_pairs_read_back),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
