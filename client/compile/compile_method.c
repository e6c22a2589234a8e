/* Owns turning the YAML of methodologies and factor dictionaries into definitions. Invariant: typology bands
 * of a methodology that compiles cover the 11 x 11 grid once each. Must not classify anything: whether the
 * rule is wise is the linter's business. */
#include <stdio.h>

#include "client/compile/compile.h"
#include "client/compile/compile_quadrants.h"
#include "client/compile/compile_yaml_method.h"
#include "common/core/text.h"

enum { GROUPS = 11 };

static Text text_of(YamlText text)
{
    return (Text){.ru = text.ru, .en = text.en};
}

ErrCode compile_share(const CompileSource *source, const char *key, const char *text, Ratio *ret)
{
    char scratch[64];
    Ratio top = {0, 1}, base = ratio_int(1);

    text_copy(scratch, sizeof scratch, text);
    char *slash = scratch;
    while (*slash != '\0' && *slash != '/')
        slash++;
    bool fraction = *slash == '/';
    *slash = '\0';
    if (ratio_parse(scratch, &top) && (!fraction || ratio_parse(slash + 1, &base)) &&
        ratio_div(top, base, &top) && top.num >= 0 && top.num <= top.den) {
        *ret = top;
        return ERR_OK;
    }
    compile_fault(source, "DEF_BAD_VALUE", key, text, 1);
    return err_arg(source->err, "allowed", "0…1: 3/10, 0.3");
}

/* Years in which school years end. Few at most, so they lie in the rule itself; a year out of order would be
 * a slip of the pen, since pairs are written from the earlier to the later. */
static ErrCode compile_years(const CompileSource *source, const unsigned *from, unsigned count, int *years,
                             size_t *ret_count)
{
    char value[16];

    for (unsigned i = 0; i < count; i++) {
        if (i < METHOD_YEARS_MAX && from[i] >= 1990 && from[i] <= 2200 && (i == 0 || from[i] > from[i - 1])) {
            years[i] = (int)from[i];
            continue;
        }
        snprintf(value, sizeof value, "%u", from[i]);
        compile_fault(source, "DEF_BAD_VALUE", "years", value, 1);
        return err_arg(source->err, "allowed", "at most %d years, 1990–2200, ascending", METHOD_YEARS_MAX);
    }
    *ret_count = count;
    return ERR_OK;
}

/* A procedure listed twice would be counted twice, so that is refused. */
static ErrCode compile_procedures(const CompileSource *source, const YamlLow *yaml, LowRule *low)
{
    MethodProcedure *procedures = ARENA_NEW(source->arena, MethodProcedure, yaml->procedures_count);

    if (procedures == NULL)
        return err_memory(source->err);
    if (yaml->procedures_count > METHOD_PROCEDURES_MAX)
        return compile_fault(source, "METHOD_TOO_MANY", "procedures", "", 1);
    for (size_t i = 0; i < yaml->procedures_count; i++) {
        const YamlProcedure *from = &yaml->procedures[i];
        if (!procedure_parse(from->code, &procedures[i].procedure))
            return compile_fault(source, "METHOD_PROCEDURE", "code", from->code, 1);
        for (size_t j = 0; j < i; j++) {
            if (procedure_compare(procedures[j].procedure, procedures[i].procedure) == 0)
                return compile_fault(source, "DEF_DUPLICATE", "code", from->code, 2);
        }
        ErrCode code = compile_years(source, from->years, from->years_count, procedures[i].years,
                                     &procedures[i].year_count);
        if (code != ERR_OK)
            return code;
    }
    low->procedures = procedures;
    low->procedure_count = yaml->procedures_count;
    return ERR_OK;
}

/* School kinds are not checked against a list: regions add their own. */
static ErrCode compile_kinds(const CompileSource *source, const YamlLow *yaml, LowRule *low)
{
    const char **kinds = ARENA_NEW(source->arena, const char *, yaml->exclude_kinds_count);

    if (kinds == NULL)
        return err_memory(source->err);
    for (size_t i = 0; i < yaml->exclude_kinds_count; i++) {
        ErrCode code = compile_check_code(source, yaml->exclude_kinds[i]);
        if (code != ERR_OK)
            return code;
        kinds[i] = yaml->exclude_kinds[i];
    }
    low->exclude_kinds = kinds;
    low->exclude_kind_count = yaml->exclude_kinds_count;
    return ERR_OK;
}

/* The rule's choices out of fixed words; NULL words belong to branches that are off; they get the first
 * value. */
static ErrCode compile_low_words(const CompileSource *source, const YamlLow *yaml, LowRule *low)
{
    static const char *const tests[] = {"share_at_least", "bottom_rank", NULL};
    static const char *const units[] = {"family_grade_subject", "family_subject", "family", NULL};
    static const char *const a_years[] = {"latest", "any_of_pair", NULL};
    static const char *const b_modes[] = {"any", "same_procedure", NULL};
    static const char *const absents[] = {"ignore", "not_low", "block", NULL};
    static const char *const lineages[] = {"sum", "successor_only", "predecessor_display", NULL};
    int test = 0, unit = 0, years = BRANCH_A_LATEST, mode = BRANCH_B_ANY, absent = 0, lineage = 0;
    const char *a = yaml->branch_a == NULL ? NULL : yaml->branch_a->years;
    const char *b = yaml->branch_b == NULL ? NULL : yaml->branch_b->mode;
    ErrCode code = compile_word(source, "test", yaml->test, tests, 0, &test);

    if (code == ERR_OK)
        code = compile_word(source, "count_unit", yaml->count_unit, units, 0, &unit);
    if (code == ERR_OK)
        code = compile_word(source, "years", a, a_years, years, &years);
    if (code == ERR_OK)
        code = compile_word(source, "mode", b, b_modes, mode, &mode);
    if (code == ERR_OK)
        code = compile_word(source, "absent", yaml->absent, absents, 0, &absent);
    if (code == ERR_OK)
        code = compile_word(source, "lineage", yaml->lineage, lineages, 0, &lineage);
    low->test = (LowTest)test;
    low->count_unit = (CountUnit)unit;
    low->branch_a_years = (BranchAYears)years;
    low->branch_b_mode = (BranchBMode)mode;
    low->absent_policy = (AbsentPolicy)absent;
    low->lineage = (LineagePolicy)lineage;
    return code;
}

/* Counts that the compiled form must be able to hold. */
static ErrCode check_counts(const CompileSource *source, const YamlLow *yaml)
{
    enum { PEOPLE_MAX = 1000000 };
    /* branch_a absent: k has a value that passes. */
    const struct {
        const char *key;
        unsigned value, most;
    } rows[] = {
        {"min_participants", yaml->min_participants, PEOPLE_MAX},
        {"unreliable_below", yaml->unreliable_below, PEOPLE_MAX},
        {"unreliable_ci_below", yaml->unreliable_ci_below, PEOPLE_MAX},
        {"k", yaml->branch_a == NULL ? 1 : yaml->branch_a->k, METHOD_PROCEDURES_MAX},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char value[16];
        if (rows[i].value <= rows[i].most && (rows[i].value > 0 || !text_equal(rows[i].key, "k")))
            continue;
        snprintf(value, sizeof value, "%u", rows[i].value);
        compile_fault(source, "DEF_BAD_VALUE", rows[i].key, value, 1);
        return err_arg(source->err, "allowed", "…%u", rows[i].most);
    }
    return ERR_OK;
}

/* Parts that are absent in the YAML are off; their unset choices get the first value, so that the compiled
 * form holds no undefined number. */
static ErrCode compile_low(const CompileSource *source, const YamlLow *yaml, LowRule *low)
{
    *low = (LowRule){
        .on = true,
        .share = {0, 1},
        .risk = {.on = yaml->risk != NULL, .floor = {0, 1}},
        .branch_a_on = yaml->branch_a != NULL,
        .branch_a_k = yaml->branch_a == NULL ? 0 : (int)yaml->branch_a->k,
        .branch_b_on = yaml->branch_b != NULL,
        .min_participants = (int)yaml->min_participants,
        .unreliable_below = (int)yaml->unreliable_below,
        .unreliable_ci_below = (int)yaml->unreliable_ci_below,
    };
    ErrCode code = check_counts(source, yaml);
    if (code == ERR_OK)
        code = compile_share(source, "share", yaml->share, &low->share);
    if (code == ERR_OK && yaml->risk != NULL) {
        low->risk.floor_inclusive = yaml->risk->floor_inclusive;
        code = compile_share(source, "floor", yaml->risk->floor, &low->risk.floor);
    }
    if (code == ERR_OK)
        code = compile_low_words(source, yaml, low);
    if (code == ERR_OK)
        code = compile_years(source, yaml->years, yaml->years_count, low->years, &low->year_count);
    if (code == ERR_OK)
        code = compile_procedures(source, yaml, low);
    return code == ERR_OK ? compile_kinds(source, yaml, low) : code;
}

/* A number from 1, at most one digit too many for the grid. */
static bool group_digits(const char **at, int *ret)
{
    int value = 0;

    if (**at < '1' || **at > '9')
        return false;
    for (; **at >= '0' && **at <= '9' && value <= GROUPS; *at += 1)
        value = value * 10 + (**at - '0');
    *ret = value;
    return value <= GROUPS;
}

/* "1-4" or "6" within 1..11. */
static ErrCode compile_span(const CompileSource *source, const char *key, const char *text, int *ret_from,
                            int *ret_to)
{
    const char *at = text;
    bool fine = group_digits(&at, ret_from);

    *ret_to = *ret_from;
    if (fine && *at == '-') {
        at++;
        fine = group_digits(&at, ret_to);
    }
    if (fine && *at == '\0' && *ret_from <= *ret_to)
        return ERR_OK;
    compile_fault(source, "DEF_BAD_VALUE", key, text, 1);
    return err_arg(source->err, "allowed", "1-11: 1-4, 6");
}

/* Both bounds belong to the band. */
static bool band_holds(const TypologyBand *band, int i, int q)
{
    return i >= band->i_from && i <= band->i_to && q >= band->q_from && q <= band->q_to;
}

/* Every cell of the grid lies in exactly one band (methods.md 3.2); the first cell that does not is named,
 * row by row of wellbeing groups. */
static ErrCode check_cover(const CompileSource *source, const TypologyRule *typology)
{
    for (int cell = 0; cell < GROUPS * GROUPS; cell++) {
        int i = cell / GROUPS + 1, q = cell % GROUPS + 1;
        const TypologyBand *found = NULL;
        for (size_t b = 0; b < typology->band_count; b++) {
            const TypologyBand *band = &typology->bands[b];
            if (!band_holds(band, i, q))
                continue;
            if (found != NULL) {
                err_set(source->err, ERR_INVALID_ARGUMENT, "METHOD_BANDS_OVERLAP");
                err_arg(source->err, "file", "%s", source->name);
                err_arg(source->err, "first", "%s", found->code);
                err_arg(source->err, "second", "%s", band->code);
                err_arg(source->err, "wellbeing", "%d", i);
                return err_arg(source->err, "quality", "%d", q);
            }
            found = band;
        }
        if (found == NULL) {
            err_set(source->err, ERR_INVALID_ARGUMENT, "METHOD_CELL_UNCOVERED");
            err_arg(source->err, "file", "%s", source->name);
            err_arg(source->err, "wellbeing", "%d", i);
            return err_arg(source->err, "quality", "%d", q);
        }
    }
    return ERR_OK;
}

/* No bands at all: the methodology has no typology. */
static ErrCode compile_typology(const CompileSource *source, const YamlMethodology *yaml,
                                TypologyRule *typology)
{
    TypologyBand *bands = ARENA_NEW(source->arena, TypologyBand, yaml->typology_count);

    if (bands == NULL)
        return err_memory(source->err);
    if (yaml->typology_count > GROUPS * GROUPS)
        return compile_fault(source, "METHOD_TOO_MANY", "typology", "", 1);
    for (size_t i = 0; i < yaml->typology_count; i++) {
        const YamlBand *from = &yaml->typology[i];
        TypologyBand *band = &bands[i];
        *band = (TypologyBand){.code = from->code, .label = text_of(from->label)};
        ErrCode code = compile_check_code(source, from->code);
        if (code == ERR_OK)
            code = compile_span(source, "wellbeing", from->wellbeing, &band->i_from, &band->i_to);
        if (code == ERR_OK)
            code = compile_span(source, "quality", from->quality, &band->q_from, &band->q_to);
        if (code != ERR_OK)
            return code;
    }
    *typology =
        (TypologyRule){.on = yaml->typology_count > 0, .bands = bands, .band_count = yaml->typology_count};
    return typology->on ? check_cover(source, typology) : ERR_OK;
}

/* "" or an ISO date. */
static ErrCode check_date(const CompileSource *source, const char *key, const char *text)
{
    static const char shape[] = "0000-00-00";
    size_t i = 0;

    if (text[0] == '\0')
        return ERR_OK;
    for (; shape[i] != '\0' && text[i] != '\0'; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (shape[i] == '0' ? !digit : text[i] != '-')
            break;
    }
    if (shape[i] == '\0' && text[i] == '\0' && text[5] <= '1' && text[8] <= '3')
        return ERR_OK;
    compile_fault(source, "DEF_BAD_VALUE", key, text, 1);
    return err_arg(source->err, "allowed", "YYYY-MM-DD");
}

ErrCode compile_methodology_text(const char *name, const char *text, size_t size, Arena *arena,
                                 Methodology *ret_methodology, Err *err)
{
    CompileSource source = {name, text, size, arena, err};
    YamlMethodology *yaml = NULL;
    ErrCode code = yaml_load_methodology(&source, &yaml, err);

    if (code == ERR_OK)
        code = compile_check_code(&source, yaml->code);
    if (code == ERR_OK && yaml->version == 0)
        code = compile_fault(&source, "DEF_VERSION", "version", "0", 1);
    if (code == ERR_OK && yaml->low == NULL && yaml->typology_count == 0 && yaml->quadrants == NULL)
        code = compile_fault(&source, "METHOD_EMPTY", "code", yaml->code, 1);
    if (code != ERR_OK)
        return code;
    Methodology methodology = {.code = yaml->code,
                               .version = yaml->version,
                               .title = text_of(yaml->title),
                               .legal_basis = text_of(yaml->legal_basis),
                               .remark = text_of(yaml->remark),
                               .valid_from = compile_text(yaml->valid_from),
                               .valid_to = compile_text(yaml->valid_to),
                               .low = {.share = {0, 1}, .risk = {.floor = {0, 1}}},
                               .quadrants = {.border = {0, 1}}};
    code = check_date(&source, "valid_from", methodology.valid_from);
    if (code == ERR_OK)
        code = check_date(&source, "valid_to", methodology.valid_to);
    if (code == ERR_OK && yaml->low != NULL)
        code = compile_low(&source, yaml->low, &methodology.low);
    if (code == ERR_OK)
        code = compile_typology(&source, yaml, &methodology.typology);
    if (code == ERR_OK && yaml->quadrants != NULL)
        code = compile_quadrants(&source, yaml->quadrants, &methodology.quadrants);
    if (code == ERR_OK)
        *ret_methodology = methodology;
    return code;
}

ErrCode compile_factors_text(const char *name, const char *text, size_t size, Arena *arena,
                             FactorDict *ret_dict, Err *err)
{
    CompileSource source = {name, text, size, arena, err};
    YamlFactors *yaml = NULL;
    ErrCode code = yaml_load_factors(&source, &yaml, err);

    if (code == ERR_OK)
        code = compile_check_code(&source, yaml->code);
    if (code != ERR_OK)
        return code;
    FactorDef *factors = ARENA_NEW(arena, FactorDef, yaml->factors_count);
    if (factors == NULL)
        return err_memory(err);
    for (size_t i = 0; i < yaml->factors_count; i++) {
        const YamlFactor *from = &yaml->factors[i];
        char number[16];
        snprintf(number, sizeof number, "%u", from->number);
        if (from->number <= (i == 0 ? 0 : factors[i - 1].number))
            return compile_fault(&source, "DEF_FACTOR_ORDER", "number", number, 1);
        code = compile_check_code(&source, from->code);
        if (code != ERR_OK)
            return code;
        factors[i] = (FactorDef){from->number, from->code, text_of(from->label)};
    }
    *ret_dict = (FactorDict){yaml->code, text_of(yaml->title), factors, yaml->factors_count};
    return ERR_OK;
}
