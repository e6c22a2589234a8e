/* Owns the tests of the shipped definitions. Must run from the repository root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/compile/compile.h"
#include "common/catalog/catalog_pack.h"
#include "common/form/rule.h"

static Buf shipped;
static Arena *arena;
static Catalog *catalog;

static int setup(void **state)
{
    Err err = {0};

    (void)state;
    buf_init(&shipped, 64 << 20);
    arena = arena_new(64 << 20, NULL);
    assert_int_equal(compile_folder("common/catalog", &shipped, &err), ERR_OK);
    assert_int_equal(catalog_load(shipped.data, shipped.length, arena, &catalog, &err), ERR_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    buf_done(&shipped);
    return 0;
}

static void loads_and_packs_to_the_same_bytes(void **state)
{
    Buf again;

    (void)state;
    buf_init(&again, 64 << 20);
    catalog_pack(catalog, &again);
    assert_true(again.length == shipped.length);
    assert_memory_equal(again.data, shipped.data, shipped.length);
    buf_done(&again);
}

static void every_rule_is_well_formed(void **state)
{
    (void)state;
    for (size_t i = 0; i < catalog->form_count; i++) {
        for (size_t j = 0; j < catalog->forms[i].rule_count; j++) {
            if (!rule_verify(&catalog->forms[i], &catalog->forms[i].rules[j]))
                fail_msg("%s: %s", catalog->forms[i].code, catalog->forms[i].rules[j].code);
        }
    }
}

static void all_that_was_promised_is_there(void **state)
{
    static const char *const forms[] = {"assessment_results", "social_passport",      "staffing_teachers",
                                        "staffing_support",   "risk_self_assessment", "identification"};
    static const char *const methods[] = {"FIOKO-847",         "NVKZ-2021", "PERV-2023",
                                          "PERV-2023-LITERAL", "OMSK-2025", "RZN-2025"};

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        assert_non_null(catalog_get_form(catalog, forms[i], 0));
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        assert_non_null(catalog_get_methodology(catalog, methods[i], 0));
    assert_non_null(catalog_get_factors(catalog, "R-2022P"));
    assert_non_null(catalog_get_factors(catalog, "R-2023K"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_and_packs_to_the_same_bytes),
        cmocka_unit_test(every_rule_is_well_formed),
        cmocka_unit_test(all_that_was_promised_is_there),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
