/* Owns the written form of cells. Invariant: form_value_parse(form_value_dump(v)) == v for every value a
 * field can hold. Must not decide whether a value is allowed: that is form_check's. */
#include "common/form/form.h"

#include <string.h>

#include "common/core/decimal.h"
#include "common/core/text.h"

enum { CELL_TEXT_MAX = 512, DIGITS_MAX = 9 };

/* Small letter for the Latin and Russian alphabets. */
static uint32_t fold(uint32_t point)
{
    if ((point >= 'A' && point <= 'Z') || (point >= 0x410 && point <= 0x42F))
        return point + 0x20;
    return point == 0x401 ? 0x451 : point;
}

/* Equality of two texts but for capitals. */
static bool same_word(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        if (fold(text_utf8_get(&a)) != fold(text_utf8_get(&b)))
            return false;
    }
    return *a == *b;
}

static bool one_of(const char *text, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (same_word(text, *words))
            return true;
    }
    return false;
}

static ErrCode value_error(const char *reason, const FieldDef *field, const char *text, Err *err)
{
    err_set(err, ERR_INVALID_ARGUMENT, reason);
    err_arg(err, "value", "%s", text);
    return err_arg(err, "field", "%s", field->code);
}

/* Code or label in either language: a workbook filled in Russian imports as well as one filled with codes. */
static ErrCode choice_parse(const FieldDef *field, const char *text, Value *ret, Err *err)
{
    for (size_t i = 0; i < field->choice_count; i++) {
        const ChoiceDef *choice = &field->choices[i];
        if (same_word(text, choice->code) || same_word(text, choice->label.ru) ||
            same_word(text, choice->label.en)) {
            *ret = (Value){VALUE_NUMBER, choice->number};
            return ERR_OK;
        }
    }
    return value_error("CELL_CHOICE_UNKNOWN", field, text, err);
}

ErrCode form_value_parse(const FieldDef *field, const char *text, Value *ret, Err *err)
{
    static const char *const not_applicable[] = {"n/a", "н/п", NULL};
    static const char *const unknown[] = {"?", "неизв.", "неизв", "неизвестно", "unknown", NULL};
    static const char *const faults[] = {NULL, "CELL_NOT_A_NUMBER", "CELL_TOO_PRECISE", "CELL_OUT_OF_RANGE"};
    char scratch[CELL_TEXT_MAX];
    int64_t number = 0;

    if (strlen(text) >= sizeof scratch)
        return value_error(field->type == FIELD_CHOICE ? "CELL_CHOICE_UNKNOWN" : "CELL_NOT_A_NUMBER", field,
                           text, err);
    text_copy(scratch, sizeof scratch, text);
    const char *trimmed = text_trim(scratch);
    if (*trimmed == '\0') {
        *ret = (Value){VALUE_EMPTY, 0};
        return ERR_OK;
    }
    if (field->type == FIELD_SHARE)
        return value_error("CELL_COMPUTED", field, trimmed, err);
    if (one_of(trimmed, not_applicable) || one_of(trimmed, unknown)) {
        *ret = (Value){one_of(trimmed, unknown) ? VALUE_UNKNOWN : VALUE_NOT_APPLICABLE, 0};
        return ERR_OK;
    }
    if (field->type == FIELD_CHOICE)
        return choice_parse(field, trimmed, ret, err);
    DecimalFault fault = decimal_parse(trimmed, field->scale, &number);
    if (fault != DECIMAL_FINE)
        return value_error(faults[fault], field, trimmed, err);
    *ret = (Value){VALUE_NUMBER, number};
    return ERR_OK;
}

void form_value_dump(const FieldDef *field, Value value, char *to)
{
    const char *text = "";

    if (value.kind == VALUE_NOT_APPLICABLE)
        text = "n/a";
    else if (value.kind == VALUE_UNKNOWN)
        text = "?";
    for (size_t i = 0; value.kind == VALUE_NUMBER && i < field->choice_count; i++) {
        if (field->choices[i].number == value.number)
            text = field->choices[i].code;
    }
    if (value.kind == VALUE_NUMBER && *text == '\0')
        decimal_dump(value.number, field->type == FIELD_SHARE ? 4 : field->scale, to);
    else
        text_copy(to, DECIMAL_TEXT_SIZE, text);
}

/* Steps over spaces, no-break ones included. */
static void skip_spaces(const char **at)
{
    for (;;) {
        if (**at == ' ' || **at == '\t')
            *at += 1;
        else if ((unsigned char)(*at)[0] == 0xC2 && (unsigned char)(*at)[1] == 0xA0)
            *at += 2;
        else
            return;
    }
}

static bool take_char(const char **at, char c)
{
    skip_spaces(at);
    if (**at != c)
        return false;
    *at += 1;
    return true;
}

/* At most DIGITS_MAX digits; false when there is none. */
static bool take_digits(const char **at, int64_t *ret)
{
    int64_t value = 0;
    int digits = 0;

    skip_spaces(at);
    for (; **at >= '0' && **at <= '9'; *at += 1) {
        if (++digits > DIGITS_MAX)
            return false;
        value = value * 10 + (**at - '0');
    }
    if (digits > 0)
        *ret = value;
    return digits > 0;
}

static bool at_end(const char **at)
{
    skip_spaces(at);
    return **at == '\0';
}

bool form_staff_parse(const char *text, int64_t *ret_main, int64_t *ret_part)
{
    int64_t first, second = 0;
    const char *at = text;

    if (!take_digits(&at, &first))
        return false;
    bool starred = take_char(&at, '*');
    if (take_char(&at, ';')) {
        /* Two starred counts would leave open which of them is the main job. */
        if (starred || !take_digits(&at, &second) || !take_char(&at, '*'))
            return false;
    }
    if (!at_end(&at))
        return false;
    *ret_main = starred ? 0 : first;
    *ret_part = starred ? first : second;
    return true;
}

bool form_count_share_parse(const char *text, CountShare *ret)
{
    CountShare found = {0};
    const char *at = text;
    int64_t whole, fraction = 0;

    if (!take_digits(&at, &whole))
        return false;
    if (take_char(&at, '/')) {
        found.has_count = true;
        found.count = whole;
        if (!take_digits(&at, &whole))
            return false;
    } else if (at_end(&at)) {
        *ret = (CountShare){.has_count = true, .count = whole};
        return true;
    }
    if (*at == ',' || *at == '.') {
        for (at++; found.digits < 2 && *at >= '0' && *at <= '9'; at++, found.digits++)
            fraction += (*at - '0') * (found.digits == 0 ? 10 : 1);
        if (found.digits == 0)
            return false;
    }
    if (!take_char(&at, '%') || !at_end(&at))
        return false;
    found.has_percent = true;
    found.percent = whole * 100 + fraction;
    *ret = found;
    return true;
}
