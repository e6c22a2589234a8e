/* Owns libcyaml: the schemas of definitions and its calls. Invariant: everything it allocates lies in the
 * arena of the source. Must not judge values: only keys and kinds are checked here. */
#include "client/compile/compile_yaml.h"

#include <cyaml/cyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/compile/compile_yaml_method.h"
#include "client/compile/compile_yaml_quadrants.h"
#include "common/core/text.h"

/* Shorter names for the library's flags and entries, so that a schema reads as a list of keys. */
#define ANY                            CYAML_UNLIMITED
#define PTR                            CYAML_FLAG_POINTER
#define OPTIONAL                       (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)
#define MAYBE                          CYAML_FLAG_OPTIONAL
#define TEXT(key, type, member, flags) CYAML_FIELD_STRING_PTR(key, flags, type, member, 0, ANY)
#define BOTH(key, type, member)        CYAML_FIELD_MAPPING(key, CYAML_FLAG_DEFAULT, type, member, text_fields)
#define TRUTH(key, type, member, flags)                                                                      \
    CYAML_FIELD_ENUM(key, (flags) | CYAML_FLAG_STRICT, type, member, truths, 2)
#define LIST(key, type, member, entry, flags, least)                                                         \
    CYAML_FIELD_SEQUENCE(key, flags, type, member, &entry, least, ANY)

/* The library's own booleans take any word for true. */
static const cyaml_strval_t truths[] = {{"false", 0}, {"true", 1}};

/* {ru: …, en: …}: both languages, always. */
static const cyaml_schema_field_t text_fields[] = {
    TEXT("ru", YamlText, ru, PTR),
    TEXT("en", YamlText, en, PTR),
    CYAML_FIELD_END,
};

/* Items of plain lists. */
static const cyaml_schema_value_t word_entry = {CYAML_VALUE_STRING(PTR, char *, 1, ANY)};
static const cyaml_schema_value_t year_entry = {CYAML_VALUE_UINT(CYAML_FLAG_DEFAULT, unsigned)};

/* Forms: choice, field, row, section, rule, form. */
static const cyaml_schema_field_t choice_fields[] = {
    TEXT("code", YamlChoice, code, PTR),
    CYAML_FIELD_INT("number", CYAML_FLAG_DEFAULT, YamlChoice, number),
    BOTH("label", YamlChoice, label),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t choice_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, YamlChoice, choice_fields)};

static const cyaml_schema_field_t field_fields[] = {
    TEXT("code", YamlField, code, PTR),
    BOTH("label", YamlField, label),
    CYAML_FIELD_MAPPING_PTR("help", OPTIONAL, YamlField, help, text_fields),
    TEXT("type", YamlField, type, PTR),
    CYAML_FIELD_UINT("scale", MAYBE, YamlField, scale),
    TRUTH("optional", YamlField, optional, MAYBE),
    TRUTH("na", YamlField, na, MAYBE),
    TRUTH("unknown", YamlField, unknown, MAYBE),
    TEXT("min", YamlField, min, OPTIONAL),
    TEXT("max", YamlField, max, OPTIONAL),
    LIST("choices", YamlField, choices, choice_entry, OPTIONAL, 1),
    TEXT("numerator", YamlField, numerator, OPTIONAL),
    TEXT("denominator", YamlField, denominator, OPTIONAL),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t field_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, YamlField, field_fields)};

static const cyaml_schema_field_t row_fields[] = {
    TEXT("code", YamlRow, code, PTR),
    BOTH("label", YamlRow, label),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t row_entry = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, YamlRow, row_fields)};

static const cyaml_schema_field_t section_fields[] = {
    TEXT("code", YamlSection, code, PTR),
    BOTH("label", YamlSection, label),
    TRUTH("rows_optional", YamlSection, rows_optional, MAYBE),
    LIST("rows", YamlSection, rows, row_entry, OPTIONAL, 1),
    LIST("fields", YamlSection, fields, field_entry, PTR, 1),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t section_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, YamlSection, section_fields)};

static const cyaml_schema_field_t rule_fields[] = {
    TEXT("code", YamlRule, code, PTR),
    TEXT("severity", YamlRule, severity, PTR),
    TEXT("section", YamlRule, section, OPTIONAL),
    TEXT("field", YamlRule, field, OPTIONAL),
    TEXT("check", YamlRule, check, PTR),
    BOTH("message", YamlRule, message),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t rule_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, YamlRule, rule_fields)};

static const cyaml_schema_field_t form_fields[] = {
    TEXT("code", YamlForm, code, PTR),
    CYAML_FIELD_UINT("version", CYAML_FLAG_DEFAULT, YamlForm, version),
    BOTH("title", YamlForm, title),
    BOTH("legal_basis", YamlForm, legal_basis),
    TEXT("period", YamlForm, period, PTR),
    LIST("by", YamlForm, by, word_entry, PTR, 1),
    LIST("sections", YamlForm, sections, section_entry, PTR, 1),
    LIST("rules", YamlForm, rules, rule_entry, OPTIONAL, 0),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t form_schema = {CYAML_VALUE_MAPPING(PTR, YamlForm, form_fields)};

/* Methodologies: procedure, risk zone, branches, rule, band, methodology. */
static const cyaml_schema_field_t procedure_fields[] = {
    TEXT("code", YamlProcedure, code, PTR),
    LIST("years", YamlProcedure, years, year_entry, OPTIONAL, 1),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t procedure_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, YamlProcedure, procedure_fields)};

static const cyaml_schema_field_t risk_fields[] = {
    TEXT("floor", YamlRisk, floor, PTR),
    TRUTH("floor_inclusive", YamlRisk, floor_inclusive, CYAML_FLAG_DEFAULT),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t branch_a_fields[] = {
    CYAML_FIELD_UINT("k", CYAML_FLAG_DEFAULT, YamlBranchA, k),
    TEXT("years", YamlBranchA, years, PTR),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t branch_b_fields[] = {
    TEXT("mode", YamlBranchB, mode, PTR),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t low_fields[] = {
    TEXT("test", YamlLow, test, PTR),
    TEXT("share", YamlLow, share, PTR),
    CYAML_FIELD_MAPPING_PTR("risk", OPTIONAL, YamlLow, risk, risk_fields),
    TEXT("count_unit", YamlLow, count_unit, PTR),
    LIST("years", YamlLow, years, year_entry, PTR, 1),
    CYAML_FIELD_MAPPING_PTR("branch_a", OPTIONAL, YamlLow, branch_a, branch_a_fields),
    CYAML_FIELD_MAPPING_PTR("branch_b", OPTIONAL, YamlLow, branch_b, branch_b_fields),
    CYAML_FIELD_UINT("min_participants", MAYBE, YamlLow, min_participants),
    TEXT("absent", YamlLow, absent, PTR),
    TEXT("lineage", YamlLow, lineage, PTR),
    CYAML_FIELD_UINT("unreliable_below", CYAML_FLAG_DEFAULT, YamlLow, unreliable_below),
    CYAML_FIELD_UINT("unreliable_ci_below", CYAML_FLAG_DEFAULT, YamlLow, unreliable_ci_below),
    LIST("procedures", YamlLow, procedures, procedure_entry, PTR, 1),
    LIST("exclude_kinds", YamlLow, exclude_kinds, word_entry, OPTIONAL, 0),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t band_fields[] = {
    TEXT("code", YamlBand, code, PTR),
    BOTH("label", YamlBand, label),
    TEXT("wellbeing", YamlBand, wellbeing, PTR),
    TEXT("quality", YamlBand, quality, PTR),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t band_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, YamlBand, band_fields)};

/* Quadrants: indicator, parameter, clustering, rule. */
static const cyaml_schema_field_t indicator_fields[] = {
    TEXT("code", YamlIndicator, code, PTR),
    BOTH("label", YamlIndicator, label),
    TEXT("better", YamlIndicator, better, PTR),
    LIST("top", YamlIndicator, top, word_entry, PTR, 1),
    LIST("base", YamlIndicator, base, word_entry, OPTIONAL, 1),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t indicator_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, YamlIndicator, indicator_fields)};

static const cyaml_schema_field_t parameter_fields[] = {
    TEXT("code", YamlParameter, code, PTR),
    TEXT("kind", YamlParameter, kind, PTR),
    BOTH("label", YamlParameter, label),
    BOTH("good", YamlParameter, good),
    BOTH("bad", YamlParameter, bad),
    LIST("indicators", YamlParameter, indicators, indicator_entry, OPTIONAL, 1),
    LIST("of", YamlParameter, of, word_entry, OPTIONAL, 1),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t parameter_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, YamlParameter, parameter_fields)};

static const cyaml_schema_field_t clustering_fields[] = {
    TEXT("code", YamlClustering, code, PTR),
    BOTH("label", YamlClustering, label),
    TEXT("x", YamlClustering, x, PTR),
    TEXT("y", YamlClustering, y, PTR),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t clustering_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, YamlClustering, clustering_fields)};

static const cyaml_schema_field_t quadrants_fields[] = {
    TEXT("split", YamlQuadrants, split, PTR),
    TEXT("border", YamlQuadrants, border, PTR),
    LIST("weight", YamlQuadrants, weight, word_entry, OPTIONAL, 1),
    LIST("procedures", YamlQuadrants, procedures, word_entry, OPTIONAL, 1),
    LIST("exclude_kinds", YamlQuadrants, exclude_kinds, word_entry, OPTIONAL, 0),
    LIST("parameters", YamlQuadrants, parameters, parameter_entry, PTR, 1),
    LIST("clusterings", YamlQuadrants, clusterings, clustering_entry, PTR, 1),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t methodology_fields[] = {
    TEXT("code", YamlMethodology, code, PTR),
    CYAML_FIELD_UINT("version", CYAML_FLAG_DEFAULT, YamlMethodology, version),
    BOTH("title", YamlMethodology, title),
    BOTH("legal_basis", YamlMethodology, legal_basis),
    BOTH("remark", YamlMethodology, remark),
    TEXT("valid_from", YamlMethodology, valid_from, OPTIONAL),
    TEXT("valid_to", YamlMethodology, valid_to, OPTIONAL),
    CYAML_FIELD_MAPPING_PTR("low", OPTIONAL, YamlMethodology, low, low_fields),
    LIST("typology", YamlMethodology, typology, band_entry, OPTIONAL, 1),
    CYAML_FIELD_MAPPING_PTR("quadrants", OPTIONAL, YamlMethodology, quadrants, quadrants_fields),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t methodology_schema = {
    CYAML_VALUE_MAPPING(PTR, YamlMethodology, methodology_fields)};

/* Dictionaries: factor, dictionary. */
static const cyaml_schema_field_t factor_fields[] = {
    CYAML_FIELD_UINT("number", CYAML_FLAG_DEFAULT, YamlFactor, number),
    TEXT("code", YamlFactor, code, PTR),
    BOTH("label", YamlFactor, label),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t factor_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, YamlFactor, factor_fields)};

static const cyaml_schema_field_t factors_fields[] = {
    TEXT("code", YamlFactors, code, PTR),
    BOTH("title", YamlFactors, title),
    LIST("factors", YamlFactors, factors, factor_entry, PTR, 1),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t factors_schema = {CYAML_VALUE_MAPPING(PTR, YamlFactors, factors_fields)};

/* What the library said: its first message, and the line in it or in the trace that follows. */
typedef struct Said {
    char what[160];
    unsigned line;
} Said;

__attribute__((format(printf, 3, 0))) static void hear(cyaml_log_t level, void *context, const char *format,
                                                       va_list list)
{
    Said *said = context;
    char message[256];

    /* One failure is told in several calls: what is wrong, then a trace from the inside out. The first of
     * each counts. */
    if (level < CYAML_LOG_ERROR)
        return;
    vsnprintf(message, sizeof message, format, list);
    message[strcspn(message, "\n")] = '\0';
    const char *place = strstr(message, "line: ");
    if (place != NULL && said->line == 0)
        (void)sscanf(place, "line: %u", &said->line);
    if (said->what[0] != '\0')
        return;
    const char *what = text_starts(message, "Load: ") ? message + 6 : message;
    if (!text_starts(what, "Backtrace") && !text_starts(what, "  in "))
        text_copy(said->what, sizeof said->what, what);
}

/* The library's allocator on the arena: each block remembers its size; freeing is left to the arena. */
typedef union BlockHead {
    size_t size;
    max_align_t align;
} BlockHead;

static void *allocate(void *context, void *old, size_t size)
{
    Arena *arena = context;

    /* Size 0 frees: the arena does that. */
    if (size == 0)
        return NULL;
    BlockHead *head = size > SIZE_MAX - sizeof *head ? NULL : arena_alloc(arena, sizeof *head + size);
    if (head == NULL)
        return NULL;
    head->size = size;
    if (old != NULL) {
        size_t kept = ((BlockHead *)old - 1)->size;
        memcpy(head + 1, old, kept < size ? kept : size);
    }
    return head + 1;
}

/* YAML_INVALID; line 0: not known. */
static ErrCode invalid(const CompileSource *source, unsigned line, const char *what, Err *err)
{
    static const char unexpected[] = "Unexpected key: ";

    /* The library stands before a key it does not know; the text tells where the key is. */
    if (text_starts(what, unexpected)) {
        unsigned key_line = compile_key_line(source, what + sizeof unexpected - 1, line);
        line = key_line == 0 ? line : key_line;
    }
    err_set(err, ERR_INVALID_ARGUMENT, "YAML_INVALID");
    err_arg(err, "file", "%s", source->name);
    if (line == 0)
        err_arg(err, "line", "?");
    else
        err_arg(err, "line", "%u", line);
    return err_arg(err, "what", "%s", what);
}

/* Reads the source by one schema. Aliases are off: a few lines of them could unfold to gigabytes. */
static ErrCode load(const CompileSource *source, const cyaml_schema_value_t *schema, cyaml_data_t **ret,
                    Err *err)
{
    Said said = {.line = 0};
    cyaml_config_t config = {
        .log_fn = hear,
        .log_ctx = &said,
        .mem_fn = allocate,
        .mem_ctx = source->arena,
        .log_level = CYAML_LOG_ERROR,
        .flags = CYAML_CFG_NO_ALIAS,
    };
    cyaml_data_t *data = NULL;

    if (source->size == 0)
        return invalid(source, 1, "empty file", err);
    if (!text_utf8_check((const uint8_t *)source->text, source->size))
        return invalid(source, 0, "not UTF-8", err);
    cyaml_err_t code =
        cyaml_load_data((const uint8_t *)source->text, source->size, &config, schema, &data, NULL);
    if (code == CYAML_ERR_OOM)
        return err_memory(err);
    if (code != CYAML_OK)
        return invalid(source, said.line, said.what[0] == '\0' ? cyaml_strerror(code) : said.what, err);
    if (data == NULL)
        return invalid(source, 1, "empty file", err);
    *ret = data;
    return ERR_OK;
}

ErrCode yaml_load_form(const CompileSource *source, YamlForm **ret, Err *err)
{
    cyaml_data_t *data = NULL;
    ErrCode code = load(source, &form_schema, &data, err);

    if (code == ERR_OK)
        *ret = data;
    return code;
}

ErrCode yaml_load_methodology(const CompileSource *source, YamlMethodology **ret, Err *err)
{
    cyaml_data_t *data = NULL;
    ErrCode code = load(source, &methodology_schema, &data, err);

    if (code == ERR_OK)
        *ret = data;
    return code;
}

ErrCode yaml_load_factors(const CompileSource *source, YamlFactors **ret, Err *err)
{
    cyaml_data_t *data = NULL;
    ErrCode code = load(source, &factors_schema, &data, err);

    if (code == ERR_OK)
        *ret = data;
    return code;
}
