/* Owns reading compiled methodologies. Invariant: kinds, years and shares of a loaded methodology are in
 * range; whether it makes sense (bands that cover the grid, a risk zone with a floor) is the linter's
 * business. Must not read past the bytes given; see catalog_pack.h for the layout. */
#include "common/catalog/methodology_read.h"

#include <string.h>

#include "common/core/text.h"

enum { YEAR_FIRST = 1990, YEAR_LAST = 2200, PEOPLE_MAX = 1000000, KINDS_MAX = 64, BANDS_MAX = 121 };
enum { GROUPS = 11, PROCEDURE_LEAST = 8, BAND_LEAST = 16, KIND_LEAST = 4 };

Text reader_label(Reader *reader)
{
    Text text;

    text.ru = reader_text(reader);
    text.en = reader_text(reader);
    return text;
}

static void read_years(Reader *reader, int *years, size_t *ret_count)
{
    uint32_t count = reader_count(reader, 0, METHOD_YEARS_MAX, 4);

    for (uint32_t i = 0; i < count; i++) {
        years[i] = (int)reader_u32_within(reader, YEAR_FIRST, YEAR_LAST);
        if (i > 0 && years[i] <= years[i - 1])
            reader_fail(reader, "years not in ascending order");
    }
    *ret_count = count;
}

/* A share of a whole: reduced, from 0 to 1. */
Ratio reader_share(Reader *reader)
{
    int64_t num = reader_i64(reader), den = reader_i64(reader);
    Ratio reduced = {0, 1};

    if (reader->code == ERR_OK && (num < 0 || den <= 0 || num > den || !ratio_make(num, den, &reduced) ||
                                   reduced.num != num || reduced.den != den))
        reader_fail(reader, "not a reduced share");
    return reduced;
}

/* Another spelling of the same procedure would change the hash of a methodology. */
Procedure reader_procedure(Reader *reader)
{
    char canonical[PROCEDURE_TEXT_SIZE];
    const char *code = reader_text(reader);
    Procedure procedure = {0};

    if (!procedure_parse(code, &procedure)) {
        reader_fail(reader, "not a procedure");
        return procedure;
    }
    procedure_dump(procedure, canonical);
    if (!text_equal(code, canonical))
        reader_fail(reader, "not a canonical procedure");
    return procedure;
}

static void read_procedures(Reader *reader, LowRule *low)
{
    uint32_t count = reader_count(reader, 0, METHOD_PROCEDURES_MAX, PROCEDURE_LEAST);
    MethodProcedure *procedures = reader_array(reader, count, sizeof *procedures);

    for (uint32_t i = 0; procedures != NULL && i < count; i++) {
        procedures[i].procedure = reader_procedure(reader);
        read_years(reader, procedures[i].years, &procedures[i].year_count);
    }
    low->procedures = procedures;
    low->procedure_count = count;
}

static void read_kinds(Reader *reader, LowRule *low)
{
    uint32_t count = reader_count(reader, 0, KINDS_MAX, KIND_LEAST);
    const char **kinds = reader_array(reader, count, sizeof *kinds);

    for (uint32_t i = 0; kinds != NULL && i < count; i++)
        kinds[i] = reader_code(reader);
    low->exclude_kinds = kinds;
    low->exclude_kind_count = count;
}

static void read_low(Reader *reader, LowRule *low)
{
    low->on = reader_bool(reader);
    uint32_t least = low->on ? 1 : 0; /* a rule that is off may leave its choices unset */
    low->test = (LowTest)reader_u8_within(reader, least, LOW_BOTTOM_RANK);
    low->share = reader_share(reader);
    low->risk.on = reader_bool(reader);
    low->risk.floor = reader_share(reader);
    low->risk.floor_inclusive = reader_bool(reader);
    low->count_unit = (CountUnit)reader_u8_within(reader, least, COUNT_FAMILY);
    read_years(reader, low->years, &low->year_count);
    low->branch_a_on = reader_bool(reader);
    low->branch_a_k = (int)reader_u32_within(reader, 0, METHOD_PROCEDURES_MAX);
    low->branch_a_years = (BranchAYears)reader_u8_within(reader, least, BRANCH_A_ANY_OF_PAIR);
    low->branch_b_on = reader_bool(reader);
    low->branch_b_mode = (BranchBMode)reader_u8_within(reader, least, BRANCH_B_SAME_PROCEDURE);
    low->min_participants = (int)reader_u32_within(reader, 0, PEOPLE_MAX);
    low->absent_policy = (AbsentPolicy)reader_u8_within(reader, least, ABSENT_BLOCK);
    low->lineage = (LineagePolicy)reader_u8_within(reader, least, LINEAGE_PREDECESSOR_DISPLAY);
    low->unreliable_below = (int)reader_u32_within(reader, 0, PEOPLE_MAX);
    low->unreliable_ci_below = (int)reader_u32_within(reader, 0, PEOPLE_MAX);
    read_procedures(reader, low);
    read_kinds(reader, low);
}

static void read_typology(Reader *reader, TypologyRule *typology)
{
    typology->on = reader_bool(reader);
    uint32_t count = reader_count(reader, 0, BANDS_MAX, BAND_LEAST);
    TypologyBand *bands = reader_array(reader, count, sizeof *bands);
    for (uint32_t i = 0; bands != NULL && i < count; i++) {
        bands[i].code = reader_code(reader);
        bands[i].label = reader_label(reader);
        bands[i].i_from = (int)reader_u8_within(reader, 1, GROUPS);
        bands[i].i_to = (int)reader_u8_within(reader, (uint32_t)bands[i].i_from, GROUPS);
        bands[i].q_from = (int)reader_u8_within(reader, 1, GROUPS);
        bands[i].q_to = (int)reader_u8_within(reader, (uint32_t)bands[i].q_from, GROUPS);
    }
    typology->bands = bands;
    typology->band_count = count;
}

void methodology_read(Reader *reader, Methodology *methodology)
{
    methodology->code = reader_code(reader);
    methodology->version = reader_u32_within(reader, 1, UINT32_MAX);
    methodology->title = reader_label(reader);
    methodology->legal_basis = reader_label(reader);
    methodology->remark = reader_label(reader);
    methodology->valid_from = reader_text(reader);
    methodology->valid_to = reader_text(reader);
    read_low(reader, &methodology->low);
    read_typology(reader, &methodology->typology);
}

ErrCode methodology_load(const void *bytes, size_t size, Arena *arena, Methodology **ret_methodology,
                         Err *err)
{
    Reader reader;
    bool quadrants = size >= 4 && memcmp(bytes, "SHM2", 4) == 0;

    reader_init(&reader, bytes, size, arena, err);
    Methodology *methodology = reader_array(&reader, 1, sizeof *methodology);
    if (methodology == NULL)
        return reader.code;
    reader_magic(&reader, quadrants ? "SHM2" : "SHM1");
    methodology_read(&reader, methodology);
    if (quadrants) {
        quadrants_read(&reader, &methodology->quadrants);
        if (!methodology->quadrants.on)
            reader_fail(&reader, "no quadrants");
    }
    if (reader_done(&reader) != ERR_OK)
        return reader.code;
    *ret_methodology = methodology;
    return ERR_OK;
}
