/* Owns the tests of methodologies sent alone ("SHM1"): round trips, truncations and every range. */
#include "tests/unit/common_catalog/sample_method.h"

static ErrCode load(const Buf *buf, size_t size, Arena *arena, Methodology **ret, Err *err)
{
    void *copy = malloc(size == 0 ? 1 : size);

    assert_non_null(copy);
    memcpy(copy, buf->data, size);
    ErrCode code = methodology_load(copy, size, arena, ret, err);
    free(copy);
    return code;
}

static void what_was_packed_comes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        Arena *arena = arena_new(1 << 20, NULL);
        Methodology *methodology = NULL;
        Err err = {0};
        Buf buf, again;
        buf_init(&buf, 1 << 20);
        buf_init(&again, 1 << 20);
        methodology_pack(&sample_methodologies[i], &buf);
        assert_int_equal(load(&buf, buf.length, arena, &methodology, &err), ERR_OK);
        assert_string_equal(methodology->code, sample_methodologies[i].code);
        assert_true(methodology->low.on == (i == 0) && methodology->typology.band_count == 2);
        methodology_pack(methodology, &again);
        assert_true(again.length == buf.length);
        assert_memory_equal(again.data, buf.data, buf.length);
        for (size_t size = 0; size < buf.length; size++) {
            Methodology *none = NULL;
            assert_int_equal(load(&buf, size, arena, &none, &err), ERR_INVALID_ARGUMENT);
            assert_string_equal(err.reason, "CATALOG_MALFORMED");
            assert_null(none);
        }
        buf_done(&buf);
        buf_done(&again);
        arena_free(arena);
    }
}

static void values_come_back(void **state)
{
    Arena *arena = arena_new(1 << 20, NULL);
    Methodology *methodology = NULL;
    Err err = {0};
    Buf buf;

    (void)state;
    buf_init(&buf, 1 << 20);
    methodology_pack(&sample_methodologies[0], &buf);
    assert_int_equal(load(&buf, buf.length, arena, &methodology, &err), ERR_OK);
    const LowRule *low = &methodology->low;
    assert_true(low->share.num == 3 && low->share.den == 10);
    assert_true(low->risk.on && low->risk.floor.num == 3 && low->risk.floor.den == 20 &&
                low->risk.floor_inclusive);
    assert_true(low->year_count == 2 && low->years[0] == 2019 && low->years[1] == 2021);
    assert_true(low->branch_a_on && low->branch_a_k == 2 && low->branch_a_years == BRANCH_A_ANY_OF_PAIR);
    assert_true(low->branch_b_on && low->branch_b_mode == BRANCH_B_ANY && low->min_participants == 5);
    assert_true(low->unreliable_below == 10 && low->unreliable_ci_below == 25);
    assert_true(low->procedure_count == 3 && low->procedures[2].year_count == 1);
    assert_int_equal(low->procedures[2].years[0], 2019);
    assert_int_equal(procedure_compare(low->procedures[1].procedure, sample_procedures[1].procedure), 0);
    assert_true(low->exclude_kind_count == 2);
    assert_string_equal(low->exclude_kinds[1], "evening");
    assert_string_equal(methodology->valid_from, "2021-09-01");
    assert_string_equal(methodology->remark.en, "Reading");
    assert_int_equal(methodology->typology.bands[1].i_from, 5);
    buf_done(&buf);
    arena_free(arena);
}

typedef void (*Spoil)(Methodology *methodology, MethodProcedure *procedure, TypologyBand *band);

static void spoil_years(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)p, (void)b;
    m->low.years[1] = 2019;
}

static void spoil_old_year(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)p, (void)b;
    m->low.years[0] = 19;
}

static void spoil_share(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)p, (void)b;
    m->low.share = (Ratio){30, 100};
}

static void spoil_share_size(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)p, (void)b;
    m->low.share = (Ratio){3, 2};
}

static void spoil_share_zero(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)p, (void)b;
    m->low.share = (Ratio){1, 0};
}

static void spoil_floor(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)p, (void)b;
    m->low.risk.floor = (Ratio){-1, 10};
}

static void spoil_test(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)p, (void)b;
    m->low.test = (LowTest)3;
}

static void spoil_test_unset(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)p, (void)b;
    m->low.test = (LowTest)0;
}

static void spoil_unit(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)p, (void)b;
    m->low.count_unit = (CountUnit)4;
}

static void spoil_mode(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)p, (void)b;
    m->low.branch_b_mode = (BranchBMode)3;
}

static void spoil_lineage(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)p, (void)b;
    m->low.lineage = (LineagePolicy)0;
}

static void spoil_k(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)p, (void)b;
    m->low.branch_a_k = -1;
}

static void spoil_procedure(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)m, (void)b;
    p->procedure.family = (Family)9;
}

static void spoil_procedure_level(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)m, (void)b;
    p->procedure.level = LEVEL_BASE; /* of VPR: no such thing */
}

static void spoil_band_order(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)m, (void)p;
    b->i_from = 5;
}

static void spoil_band_end(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)m, (void)p;
    b->q_to = 12;
}

static void spoil_band_start(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)m, (void)p;
    b->q_from = 0;
}

static void spoil_code(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)p, (void)b;
    m->code = "has space";
}

static void spoil_version(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)p, (void)b;
    m->version = 0;
}

static void spoil_text(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)p, (void)b;
    m->title.ru = "\xC0\xAF";
}

static void spoil_nothing(Methodology *m, MethodProcedure *p, TypologyBand *b)
{
    (void)m, (void)p, (void)b;
}

static void values_out_of_range_are_refused(void **state)
{
    static const Spoil spoils[] = {
        spoil_nothing,    spoil_years,    spoil_old_year,   spoil_share,      spoil_share_size,
        spoil_share_zero, spoil_floor,    spoil_test,       spoil_test_unset, spoil_unit,
        spoil_mode,       spoil_lineage,  spoil_k,          spoil_procedure,  spoil_procedure_level,
        spoil_band_order, spoil_band_end, spoil_band_start, spoil_code,       spoil_version,
        spoil_text,
    };

    (void)state;
    for (size_t i = 0; i < sizeof spoils / sizeof *spoils; i++) {
        Methodology spoiled = sample_methodologies[0], *methodology = NULL;
        MethodProcedure procedure = sample_procedures[0];
        TypologyBand band = sample_bands[0];
        Arena *arena = arena_new(1 << 20, NULL);
        Err err = {0};
        Buf buf;
        spoiled.low.procedures = &procedure;
        spoiled.low.procedure_count = 1;
        spoiled.typology.bands = &band;
        spoiled.typology.band_count = 1;
        spoils[i](&spoiled, &procedure, &band);
        buf_init(&buf, 1 << 20);
        methodology_pack(&spoiled, &buf);
        ErrCode code = load(&buf, buf.length, arena, &methodology, &err);
        if ((code == ERR_OK) != (i == 0))
            fail_msg("spoil %zu: %s", i, code == ERR_OK ? "accepted" : err_arg_get(&err, "what"));
        buf_done(&buf);
        arena_free(arena);
    }
}

/* A procedure written another way than procedure_dump writes it would pack to other bytes. */
static void codes_must_be_canonical(void **state)
{
    Arena *arena = arena_new(1 << 20, NULL);
    Methodology spoiled = sample_methodologies[0], *methodology = NULL;
    Err err = {0};
    Buf buf;

    (void)state;
    buf_init(&buf, 1 << 20);
    methodology_pack(&spoiled, &buf);
    char *place = memmem(buf.data, buf.length, "VPR.RUS.5", 9);
    assert_non_null(place);
    memcpy(place, "VPR.RUS.0", 9);
    assert_int_equal(load(&buf, buf.length, arena, &methodology, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err_arg_get(&err, "what"), "not a procedure");
    buf_done(&buf);
    arena_free(arena);
}

static void memory_may_run_out_anywhere(void **state)
{
    Buf buf;
    size_t n = 1;

    (void)state;
    buf_init(&buf, 1 << 20);
    methodology_pack(&sample_methodologies[0], &buf);
    for (;; n++) {
        Arena *arena = arena_new(1 << 20, NULL);
        Methodology *methodology = NULL;
        Err err = {0};
        arena_fail_nth(arena, n);
        ErrCode code = load(&buf, buf.length, arena, &methodology, &err);
        arena_free(arena);
        if (code == ERR_OK)
            break;
        assert_int_equal(code, ERR_RESOURCE_EXHAUSTED);
        assert_null(methodology);
    }
    assert_true(n > 20);
    buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_packed_comes_back),      cmocka_unit_test(values_come_back),
        cmocka_unit_test(values_out_of_range_are_refused), cmocka_unit_test(codes_must_be_canonical),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
