/* Owns damaging the shipped definitions: whatever is cut, doubled or changed, the compiler answers with a
 * named fault or with a definition that loads. Must run from the repository root and give the same damage on
 * every machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/compile/compile.h"
#include "common/catalog/catalog_pack.h"
#include "common/form/rule.h"

enum { TEXT_MAX = 1 << 16, ROUNDS = 150 };

static uint64_t seed;

static unsigned draw(unsigned below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % below;
}

typedef struct Definition {
    const char *path;
    int kind; /* 0 form, 1 methodology, 2 dictionary */
} Definition;

static const Definition definitions[] = {
    {"common/catalog/forms/assessment_results.yaml", 0}, {"common/catalog/forms/identification.yaml", 0},
    {"common/catalog/forms/staffing_support.yaml", 0},   {"common/catalog/methodologies/nvkz-2021.yaml", 1},
    {"common/catalog/methodologies/perv-2023.yaml", 1},  {"common/catalog/factors/r-2022p.yaml", 2},
};

static size_t read_text(const char *path, char *text)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL)
        fail_msg("%s cannot be opened", path);
    size_t size = fread(text, 1, TEXT_MAX / 2, file);
    fclose(file);
    assert_true(size > 0 && size < TEXT_MAX / 2);
    return size;
}

/* What compiled must load, with rules that are well-formed. */
static void check_catalog(const Catalog *catalog)
{
    Arena *arena = arena_new(64 << 20, NULL);
    Catalog *loaded = NULL;
    Err err = {0};
    Buf buf;

    buf_init(&buf, 1 << 22);
    catalog_pack(catalog, &buf);
    if (catalog_load(buf.data, buf.length, arena, &loaded, &err) == ERR_OK) {
        for (size_t i = 0; i < loaded->form_count; i++) {
            for (size_t j = 0; j < loaded->forms[i].rule_count; j++)
                assert_true(rule_verify(&loaded->forms[i], &loaded->forms[i].rules[j]));
        }
    } else {
        assert_string_equal(err.reason, "CATALOG_MALFORMED");
    }
    buf_done(&buf);
    arena_free(arena);
}

/* True when the damaged text still compiled. */
static bool compile(const Definition *definition, const char *text, size_t size)
{
    Arena *arena = arena_new(64 << 20, NULL);
    Catalog catalog = {.form_count = 0};
    FormDef form;
    Methodology methodology;
    FactorDict dict;
    Err err = {0};
    ErrCode code;

    if (definition->kind == 0) {
        code = compile_form_text("x.yaml", text, size, arena, &form, &err);
        catalog = (Catalog){.forms = &form, .form_count = 1};
    } else if (definition->kind == 1) {
        code = compile_methodology_text("x.yaml", text, size, arena, &methodology, &err);
        catalog = (Catalog){.methodologies = &methodology, .methodology_count = 1};
    } else {
        code = compile_factors_text("x.yaml", text, size, arena, &dict, &err);
        catalog = (Catalog){.factors = &dict, .factor_count = 1};
    }
    if (code == ERR_OK) {
        check_catalog(&catalog);
    } else {
        assert_int_equal(code, ERR_INVALID_ARGUMENT);
        assert_string_equal(err_arg_get(&err, "file"), "x.yaml");
        assert_true(err.reason[0] != '\0');
    }
    arena_free(arena);
    return code == ERR_OK;
}

static void undamaged_definitions_compile(void **state)
{
    static char text[TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof definitions / sizeof *definitions; i++)
        assert_true(compile(&definitions[i], text, read_text(definitions[i].path, text)));
}

/* Every line left out on its own: most are missed, comments and optional keys are not. */
static void a_line_left_out(void **state)
{
    static char text[TEXT_MAX], cut[TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof definitions / sizeof *definitions; i++) {
        size_t size = read_text(definitions[i].path, text), refused = 0, lines = 0;
        for (size_t begin = 0; begin < size; lines++) {
            const char *end = memchr(text + begin, '\n', size - begin);
            size_t next = end == NULL ? size : (size_t)(end - text) + 1;
            memcpy(cut, text, begin);
            memcpy(cut + begin, text + next, size - next);
            refused += !compile(&definitions[i], cut, size - (next - begin));
            begin = next;
        }
        assert_true(refused >= 3 && refused < lines);
    }
}

static void bytes_changed_at_random(void **state)
{
    static const char telling[] = {'\n', ' ', ':',  '{',  '}', '"', '\'', '-',
                                   '[',  '0', '\0', '\t', '#', '&', '*',  '\xFF'};
    static char text[TEXT_MAX], damaged[TEXT_MAX];

    (void)state;
    seed = 2023;
    for (size_t i = 0; i < sizeof definitions / sizeof *definitions; i++) {
        size_t size = read_text(definitions[i].path, text), refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            memcpy(damaged, text, size);
            for (unsigned changes = 1 + draw(3); changes > 0; changes--)
                damaged[draw((unsigned)size)] = telling[draw(sizeof telling)];
            refused += !compile(&definitions[i], damaged, size);
        }
        assert_true(refused > 10);
    }
}

static void pieces_doubled_and_cut_at_random(void **state)
{
    static char text[TEXT_MAX], damaged[TEXT_MAX];

    (void)state;
    seed = 1821;
    for (size_t i = 0; i < sizeof definitions / sizeof *definitions; i++) {
        size_t size = read_text(definitions[i].path, text);
        for (int round = 0; round < ROUNDS; round++) {
            size_t from = draw((unsigned)size), length = draw(200);
            if (length > size - from)
                length = size - from;
            memcpy(damaged, text, from);
            if (round % 2 == 0) { /* doubled */
                memcpy(damaged + from, text + from, length);
                memcpy(damaged + from + length, text + from, size - from);
                (void)compile(&definitions[i], damaged, size + length);
            } else { /* cut out */
                memcpy(damaged + from, text + from + length, size - from - length);
                (void)compile(&definitions[i], damaged, size - length);
            }
        }
    }
}

/* Each kind of definition given to the compilers of the others. */
static void the_wrong_kind_is_refused(void **state)
{
    static char text[TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof definitions / sizeof *definitions; i++) {
        size_t size = read_text(definitions[i].path, text);
        for (int kind = 0; kind < 3; kind++) {
            Definition other = {definitions[i].path, kind};
            assert_int_equal(compile(&other, text, size), kind == definitions[i].kind);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undamaged_definitions_compile), cmocka_unit_test(a_line_left_out),
        cmocka_unit_test(bytes_changed_at_random),       cmocka_unit_test(pieces_doubled_and_cut_at_random),
        cmocka_unit_test(the_wrong_kind_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
