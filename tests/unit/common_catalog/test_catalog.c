/* Owns the tests of compiled catalogues: round trips, every truncation, every changed byte, limits, look-ups.
 */
#include "tests/unit/common_catalog/sample.h"

static Buf packed;

static int setup(void **state)
{
    (void)state;
    buf_init(&packed, 1 << 20);
    catalog_pack(&sample_catalog, &packed);
    return packed.failed ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_done(&packed);
    return 0;
}

/* Loads an exact heap copy, so that reading one byte too many is seen. */
static ErrCode load(const void *bytes, size_t size, Arena *arena, Catalog **ret, Err *err)
{
    void *copy = malloc(size == 0 ? 1 : size);

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    ErrCode code = catalog_load(copy, size, arena, ret, err);
    free(copy);
    return code;
}

static void what_was_packed_comes_back(void **state)
{
    Arena *arena = arena_new(1 << 20, NULL);
    Catalog *catalog = NULL;
    Buf again;
    Err err = {0};

    (void)state;
    assert_int_equal(load(packed.data, packed.length, arena, &catalog, &err), ERR_OK);
    assert_true(catalog->form_count == 3 && catalog->methodology_count == 2 && catalog->factor_count == 1);
    const FormDef *form = catalog_get_form(catalog, "results", 1);
    assert_string_equal(form->title.ru, "Результаты");
    assert_true(form->by_school && !form->by_district && form->by_region);
    const FieldDef *field = section_get_field(form_get_section(form, "results"), "k");
    assert_true(field->type == FIELD_DECIMAL && field->scale == 2 && field->min == -5 &&
                field->max == INT64_MAX);
    assert_true(field->allow_na && field->allow_unknown && !field->required);
    assert_string_equal(field->help.en, "Help");
    assert_null(field->numerator);
    assert_string_equal(form->sections[0].fields[3].denominator, "n");
    assert_true(form->sections[0].fields[2].choices[1].number == -1);
    assert_true(form->rules[0].ops[1].number == INT64_MIN && form->rules[0].field == 3);
    assert_true(form->rules[1].field == UINT32_MAX);
    buf_init(&again, 1 << 20);
    catalog_pack(catalog, &again);
    assert_true(again.length == packed.length);
    assert_memory_equal(again.data, packed.data, packed.length);
    buf_done(&again);
    arena_free(arena);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    for (size_t size = 0; size < packed.length; size++) {
        Arena *arena = arena_new(1 << 20, NULL);
        Catalog *catalog = NULL;
        Err err = {0};
        if (load(packed.data, size, arena, &catalog, &err) != ERR_INVALID_ARGUMENT)
            fail_msg("cut at %zu accepted", size);
        assert_string_equal(err.reason, "CATALOG_MALFORMED");
        assert_true(strtoul(err_arg_get(&err, "offset"), NULL, 10) <= size);
        assert_null(catalog);
        arena_free(arena);
    }
}

static void bytes_left_over_are_refused(void **state)
{
    Arena *arena = arena_new(1 << 20, NULL);
    Catalog *catalog = NULL;
    Err err = {0};
    Buf longer;

    (void)state;
    buf_init(&longer, 1 << 20);
    buf_add(&longer, packed.data, packed.length);
    buf_u8(&longer, 0);
    assert_int_equal(load(longer.data, longer.length, arena, &catalog, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err_arg_get(&err, "what"), "bytes left over");
    buf_done(&longer);
    arena_free(arena);
}

/* A changed byte is either refused or packs back to itself: nothing is read loosely. */
static void every_changed_byte_is_refused_or_kept(void **state)
{
    static const uint8_t changes[] = {0x01, 0x02, 0x80, 0xFF};
    size_t refused = 0, kept = 0;
    char *bytes = malloc(packed.length);

    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < packed.length * 4; i++) {
        Arena *arena = arena_new(1 << 20, NULL);
        Catalog *catalog = NULL;
        Err err = {0};
        memcpy(bytes, packed.data, packed.length);
        bytes[i / 4] = (char)(bytes[i / 4] ^ changes[i % 4]);
        if (catalog_load(bytes, packed.length, arena, &catalog, &err) == ERR_OK) {
            Buf again;
            buf_init(&again, 1 << 20);
            catalog_pack(catalog, &again);
            assert_true(again.length == packed.length);
            assert_memory_equal(again.data, bytes, packed.length);
            buf_done(&again);
            kept++;
        } else {
            assert_string_equal(err.reason, "CATALOG_MALFORMED");
            refused++;
        }
        arena_free(arena);
    }
    free(bytes);
    assert_true(refused > packed.length && kept > 100);
}

static void memory_may_run_out_anywhere(void **state)
{
    size_t n = 1;

    (void)state;
    for (;; n++) {
        Arena *arena = arena_new(1 << 20, NULL);
        Catalog *catalog = NULL;
        Err err = {0};
        arena_fail_nth(arena, n);
        ErrCode code = load(packed.data, packed.length, arena, &catalog, &err);
        arena_free(arena);
        if (code == ERR_OK)
            break;
        assert_int_equal(code, ERR_RESOURCE_EXHAUSTED);
        assert_string_equal(err.reason, "MEMORY_LIMIT");
        assert_null(catalog);
    }
    assert_true(n > 100);
}

/* A few bytes that promise a huge list must not make the loader allocate for it. */
static void promised_counts_are_held_against_the_bytes(void **state)
{
    static const uint32_t counts[] = {2, 1000, 1001, 65536, 0x7FFFFFFF, 0xFFFFFFFF};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        Arena *arena = arena_new(1 << 20, NULL);
        Catalog *catalog = NULL;
        Err err = {0};
        Buf buf;
        buf_init(&buf, 1 << 20);
        buf_text(&buf, "SHC1");
        buf_u32(&buf, counts[i]);
        buf_text(&buf, "a few bytes more");
        assert_int_equal(load(buf.data, buf.length, arena, &catalog, &err), ERR_INVALID_ARGUMENT);
        assert_true(arena_used(arena) < 1024);
        buf_done(&buf);
        arena_free(arena);
    }
}

static void other_formats_are_refused(void **state)
{
    static const char *const starts[] = {"SHM1", "SHC2", "shc1", "PK\3\4", "{}  "};

    (void)state;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        Arena *arena = arena_new(1 << 20, NULL);
        Catalog *catalog = NULL;
        Err err = {0};
        Buf buf;
        buf_init(&buf, 1 << 20);
        buf_add(&buf, packed.data, packed.length);
        memcpy(buf.data, starts[i], 4);
        assert_int_equal(load(buf.data, buf.length, arena, &catalog, &err), ERR_INVALID_ARGUMENT);
        assert_string_equal(err_arg_get(&err, "what"), "wrong magic");
        assert_string_equal(err_arg_get(&err, "offset"), "0");
        buf_done(&buf);
        arena_free(arena);
    }
}

static void an_empty_catalogue_is_a_catalogue(void **state)
{
    static const Catalog empty;
    Arena *arena = arena_new(1 << 20, NULL);
    Catalog *catalog = NULL;
    Err err;
    Buf buf;

    (void)state;
    buf_init(&buf, 1 << 20);
    catalog_pack(&empty, &buf);
    assert_true(buf.length == 16);
    assert_int_equal(load(buf.data, buf.length, arena, &catalog, &err), ERR_OK);
    assert_null(catalog_get_form(catalog, "results", 0));
    buf_done(&buf);
    arena_free(arena);
}

/* One fault at a time in the definitions themselves. */
static void senseless_definitions_are_refused(void **state)
{
    (void)state;
    for (int fault = 0; fault < 14; fault++) {
        FieldDef fields[4];
        SectionDef section = sample_sections[0];
        RuleDef rule = sample_rules[0];
        FormDef form = sample_forms[0];
        FactorDef factors[2] = {sample_factors[0], sample_factors[1]};
        FactorDict dict = {"R-1", {"", ""}, factors, 2};
        Catalog broken = {.forms = &form, .form_count = 1, .factors = &dict, .factor_count = 1};
        memcpy(fields, sample_fields, sizeof fields);
        section.fields = fields;
        form.sections = &section;
        form.section_count = 1;
        form.rules = &rule;
        form.rule_count = 1;
        switch (fault) {
        case 0:
            break; /* nothing changed: loads */
        case 1:
            fields[0].scale = 10;
            break;
        case 2:
            fields[0].type = (FieldType)5;
            break;
        case 3:
            fields[2].choice_count = 0;
            break;
        case 4:
            fields[3].denominator = NULL;
            break;
        case 5:
            fields[3].numerator = "p";
            break;
        case 6:
            fields[3].numerator = "nobody";
            break;
        case 7:
            fields[0].numerator = "k";
            break;
        case 8:
            fields[0].code = "с"; /* a Cyrillic letter */
            break;
        case 9:
            rule.section = 1;
            break;
        case 10:
            rule.field = 4;
            break;
        case 11:
            form.version = 0;
            break;
        case 12:
            factors[1].number = 1;
            break;
        default:
            section.rows = sample_no_rows;
            section.row_count = 0;
            break;
        }
        Arena *arena = arena_new(1 << 20, NULL);
        Catalog *catalog = NULL;
        Err err = {0};
        Buf buf;
        buf_init(&buf, 1 << 20);
        catalog_pack(&broken, &buf);
        ErrCode code = load(buf.data, buf.length, arena, &catalog, &err);
        if ((code == ERR_OK) != (fault == 0))
            fail_msg("fault %d: %s", fault, code == ERR_OK ? "accepted" : err_arg_get(&err, "what"));
        buf_done(&buf);
        arena_free(arena);
    }
}

static void look_ups(void **state)
{
    const FormDef *form = &sample_forms[0];
    const SectionDef *section = form_get_section(form, "results");

    (void)state;
    assert_true(catalog_get_form(&sample_catalog, "results", 0)->version == 3);
    assert_true(catalog_get_form(&sample_catalog, "results", 2)->version == 2);
    assert_null(catalog_get_form(&sample_catalog, "results", 4));
    assert_null(catalog_get_form(&sample_catalog, "result", 0));
    assert_ptr_equal(catalog_get_methodology(&sample_catalog, "NVKZ-2021", 0), &sample_methodologies[0]);
    assert_ptr_equal(catalog_get_methodology(&sample_catalog, "TYPES-ONLY", 4), &sample_methodologies[1]);
    assert_null(catalog_get_methodology(&sample_catalog, "TYPES-ONLY", 1));
    assert_null(catalog_get_methodology(&sample_catalog, "nvkz-2021", 0));
    assert_ptr_equal(catalog_get_factors(&sample_catalog, "R-1"), &sample_dicts[0]);
    assert_null(catalog_get_factors(&sample_catalog, "R-2"));
    assert_string_equal(factors_get(&sample_dicts[0], 7)->code, "needs");
    assert_null(factors_get(&sample_dicts[0], 2));
    assert_ptr_equal(section, &sample_sections[0]);
    assert_null(form_get_section(form, "none"));
    assert_string_equal(section_get_field(section, "k")->code, "k");
    assert_null(section_get_field(section, "z"));
    assert_ptr_equal(section_get_row(section, "OGE.MATH"), &sample_rows[1]);
    assert_null(section_get_row(section, ""));
    assert_non_null(section_get_row(&sample_sections[1], ""));
}

static void a_full_buffer_is_seen(void **state)
{
    Buf small;

    (void)state;
    buf_init(&small, 100);
    catalog_pack(&sample_catalog, &small);
    assert_true(small.failed);
    buf_done(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_packed_comes_back),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(bytes_left_over_are_refused),
        cmocka_unit_test(every_changed_byte_is_refused_or_kept),
        cmocka_unit_test(memory_may_run_out_anywhere),
        cmocka_unit_test(promised_counts_are_held_against_the_bytes),
        cmocka_unit_test(other_formats_are_refused),
        cmocka_unit_test(an_empty_catalogue_is_a_catalogue),
        cmocka_unit_test(senseless_definitions_are_refused),
        cmocka_unit_test(look_ups),
        cmocka_unit_test(a_full_buffer_is_seen),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
