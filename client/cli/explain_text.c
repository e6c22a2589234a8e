/* Owns the sentences of an explanation. Invariant: every figure is shown with the submission and the cell it
 * stands in. Must not add conclusions of its own. */
#include "client/cli/explain_text.h"

#include <stdio.h>
#include <string.h>

#include "client/cli/document_text.h"
#include "client/cli/names.h"
#include "client/render/render.h"
#include "common/base/clock.h"
#include "common/base/i18n.h"
#include "common/core/decimal.h"
#include "common/core/text.h"

enum { GROUPS = 11, CELL_WIDTH = 7 };

/* Text of the server between two texts of ours. */
static void add_clean(Buf *buf, const char *before, const char *text, const char *after)
{
    buf_text(buf, before);
    render_clean(buf, text);
    buf_text(buf, after);
}

/* School year 2020/21, the wire has its last year. */
static void add_year(Buf *buf, uint32_t year)
{
    buf_printf(buf, "%u/%02u", year - 1, year % 100);
}

/* To the minute, in the way of the language. */
static void add_time(Buf *buf, int64_t ms, bool russian)
{
    char text[CLOCK_TEXT_SIZE];

    clock_show_time(ms, russian, text);
    buf_text(buf, text);
}

/* "  label: text", where there is a text. */
static void show_document(const char *label, const Shans__V1__Document *document, const ExplainStyle *style,
                          Buf *buf)
{
    const char *text = document_text(document, style->russian, style->arena);

    if (text != NULL && text[0] != '\0')
        add_clean(buf, label, text, "");
}

/* The official lists the school stands on, each with its meaning, days and document. */
static void show_groups(const Shans__V1__SchoolClass *class, const ExplainStyle *style, Buf *buf)
{
    for (size_t i = 0; i < class->n_official_groups; i++) {
        const Shans__V1__Member *group = class->official_groups[i];
        bool russian = style->russian || group->title_en[0] == '\0';
        buf_printf(buf, "  %s: ", _("On the official list"));
        add_clean(buf, "", russian ? group->title_ru : group->title_en, " (");
        add_clean(buf, "", group->group, ")");
        show_document("; ", group->document_in, style, buf);
        buf_char(buf, '\n');
    }
}

/* Type by the two groups, and what they stand in. */
static void show_typology(const Shans__V1__SchoolClass *class, const ExplainStyle *style, Buf *buf)
{
    if (class->typology[0] == '\0')
        return;
    buf_printf(buf, "  %s: %s (%s %u, %s %u)\n", _("Type"), name_label_of(&names_typology, class->typology),
               _("wellbeing group"), class->wellbeing_group, _("quality group"), class->quality_group);
    if (class->identification_document == NULL)
        return;
    buf_printf(buf, "  %s: ", _("Identification"));
    show_document("", class->identification_document, style, buf);
    if (class->identification_profile[0] != '\0')
        add_clean(buf, ", ", class->identification_profile, "");
    buf_char(buf, '\n');
}

/* Who, by which methodology, with which result. */
static void show_class(const Shans__V1__ExplainReply *reply, const ExplainStyle *style, Buf *buf)
{
    const Shans__V1__SchoolClass *class = reply->school_class;

    add_clean(buf, "", class->school_name[0] != '\0' ? class->school_name : class->school_code, "");
    add_clean(buf, " (", class->school_code, ")");
    if (class->training)
        buf_printf(buf, " — %s", _("training district (fictitious data)"));
    buf_char(buf, '\n');
    if (reply->run != NULL && reply->methodology != NULL) {
        add_clean(buf, "  ", _("Methodology"), ": ");
        render_clean(buf, reply->methodology->code);
        buf_printf(buf, " (%s %u), ", _("version"), reply->methodology->version);
        add_year(buf, reply->run->year);
        buf_printf(buf, ", %s %llu\n", _("run"), (unsigned long long)reply->run->id);
    }
    if (class->status_computed[0] != '\0')
        buf_printf(buf, "  %s: %s\n", _("Computed status"),
                   name_label_of(&names_status, class->status_computed));
    if (class->status_official[0] != '\0')
        buf_printf(buf, "  %s: %s\n", _("Official group"),
                   name_label_of(&names_group, class->status_official));
    if (class->status_approved[0] != '\0')
        buf_printf(buf, "  %s: %s\n", _("Approved status"),
                   name_label_of(&names_status, class->status_approved));
    show_groups(class, style, buf);
    show_typology(class, style, buf);
    for (size_t i = 0; i < class->n_flags; i++)
        buf_printf(buf, "  %s: %s\n", _("Note"), name_label_of(&names_flag, class->flags[i]));
}

/* What each rule asks; a rule of a newer server is shown by its code. */
static const char *rule_label(const char *rule)
{
    static const struct {
        const char *rule, *label;
    } rows[] = {
        {"FILTER", MARK_("The rule applies to schools of this kind")},
        {"IMPORTS", MARK_("No import error about the school is open")},
        {"COMPLETE", MARK_("Figures for every procedure of the profile")},
        {"BRANCH_A", MARK_("Branch A: enough low procedures in one year")},
        {"BRANCH_B", MARK_("Branch B: low procedures in both years of the pair")},
        {"BRANCH_B_OTHER", MARK_("Branch B in its other reading (decides nothing here)")},
        {"RANK", MARK_("Among the last by share")},
        {"RISK_A", MARK_("Risk zone by branch A")},
        {"RISK_B", MARK_("Risk zone by branch B")},
        {"RELIABLE", MARK_("Enough participants to rely on")},
        {"TYPOLOGY", MARK_("Identified in the 11 by 11 matrix")},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (text_equal(rows[i].rule, rule))
            return _(rows[i].label);
    return rule;
}

/* Names of the numbers a rule looked at. */
static const char *arg_label(const char *key)
{
    static const struct {
        const char *key, *label;
    } rows[] = {
        {"kind", MARK_("kind of school")},
        {"errors", MARK_("open errors")},
        {"expected", MARK_("expected")},
        {"absent", MARK_("absent")},
        {"not_held", MARK_("not held")},
        {"year", MARK_("school year")},
        {"low", MARK_("low procedures")},
        {"risk", MARK_("procedures in the risk band")},
        {"held", MARK_("procedures held")},
        {"k", MARK_("needed")},
        {"mode", MARK_("reading")},
        {"years", MARK_("years")},
        {"rank", MARK_("place")},
        {"ranked", MARK_("of schools")},
        {"below", MARK_("below the minimum")},
        {"participants", MARK_("participants")},
        {"type", MARK_("type")},
        {"i", MARK_("wellbeing group")},
        {"q", MARK_("quality group")},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (text_equal(rows[i].key, key))
            return _(rows[i].label);
    return key;
}

/* Values that are codes, in words. */
static const char *arg_value(const char *key, const char *value)
{
    if (value[0] == '\0')
        return _("not given");
    if (text_equal(key, "mode") && text_equal(value, "ANY"))
        return _("any procedure");
    if (text_equal(key, "mode") && text_equal(value, "SAME"))
        return _("the same procedure");
    if (text_equal(key, "type"))
        return name_label_of(&names_typology, value);
    if (text_equal(key, "kind"))
        return name_label_of(&names_school_kind, value);
    return value;
}

/* A year among the arguments is a school year. */
static void add_arg_value(Buf *buf, const char *key, const char *value)
{
    int64_t year;

    if (text_equal(key, "year") && decimal_parse(value, 0, &year) == DECIMAL_FINE && year > 0 && year < 10000)
        add_year(buf, (uint32_t)year);
    else
        render_clean(buf, arg_value(key, value));
}

/* Every question that was tried, held or not, and which of them decided. */
static void show_rules(const Shans__V1__ExplainReply *reply, Buf *buf)
{
    buf_printf(buf, "\n%s\n", _("Rules, in the order they were tried:"));
    for (size_t i = 0; i < reply->n_rules; i++) {
        const Shans__V1__RuleReason *rule = reply->rules[i];
        add_clean(buf, "  ", rule_label(rule->rule), ": ");
        buf_text(buf, rule->held ? _("yes") : _("no"));
        for (size_t k = 0; k < rule->n_args; k++) {
            add_clean(buf, k == 0 ? " (" : "; ", arg_label(rule->args[k]->key), ": ");
            add_arg_value(buf, rule->args[k]->key, rule->args[k]->value);
        }
        buf_text(buf, rule->n_args > 0 ? ")" : "");
        buf_printf(buf, "%s%s\n", rule->decides ? " ← " : "", rule->decides ? _("this decides") : "");
    }
}

/* Parts per million as per cent with one digit. */
static void add_percent(Buf *buf, int64_t ppm, bool russian)
{
    char text[DECIMAL_TEXT_SIZE];

    decimal_show((ppm + 500) / 1000, 1, russian, text);
    buf_printf(buf, "%s\u00A0%%", text);
}

/* The way back: submission, form, cell, who sent it, who accepted it. */
static void show_origin(const Shans__V1__ProcedureReason *reason, const char *school, bool russian, Buf *buf)
{
    buf_printf(buf, "      %s %llu, %s %u; ", _("submission"), (unsigned long long)reason->submission_id,
               _("revision"), reason->revision);
    buf_printf(buf, "%s ", _("form"));
    render_clean(buf, reason->form_code);
    buf_printf(buf, ", %s ", _("cell"));
    render_clean(buf, reason->place);
    buf_printf(buf, "; %s: %s", _("source"), name_label(&names_figure_origin, (int)reason->origin));
    if (reason->origin_school_code[0] != '\0' && !text_equal(reason->origin_school_code, school)) {
        add_clean(buf, ", ", _("figures of"), " ");
        render_clean(buf, reason->origin_school_code);
    }
    buf_char(buf, '\n');
    buf_printf(buf, "      %s ", _("submitted"));
    add_time(buf, reason->submitted_ms, russian);
    add_clean(buf, ", ", reason->submitted_by, "");
    if (reason->accepted_ms > 0) {
        buf_printf(buf, "; %s ", _("accepted"));
        add_time(buf, reason->accepted_ms, russian);
        add_clean(buf, ", ", reason->accepted_by, "");
    }
    buf_char(buf, '\n');
}

/* A procedure is a row of its form: "OGE, mathematics (OGE.MATH)"; one this program does not know keeps its
 * code alone. */
static void add_procedure(Buf *buf, const Shans__V1__ProcedureReason *reason, const ExplainStyle *style)
{
    const FormDef *form = catalog_get_form(style->catalog, reason->form_code, 0);

    for (size_t i = 0; form != NULL && i < form->section_count; i++)
        for (size_t k = 0; k < form->sections[i].row_count; k++) {
            const RowDef *row = &form->sections[i].rows[k];
            const char *label = style->russian || row->label.en == NULL ? row->label.ru : row->label.en;
            if (!text_equal(row->code, reason->procedure) || label == NULL || label[0] == '\0')
                continue;
            add_clean(buf, "", label, " (");
            add_clean(buf, "", row->code, ")");
            return;
        }
    render_clean(buf, reason->procedure);
}

/* k of n, the share and its interval: enough to recompute by hand. */
static void show_procedure(const Shans__V1__ProcedureReason *reason, const char *school,
                           const ExplainStyle *style, Buf *buf)
{
    buf_text(buf, "  ");
    add_procedure(buf, reason, style);
    buf_text(buf, ", ");
    add_year(buf, reason->year);
    buf_printf(buf, ": %lld / %lld", (long long)reason->below, (long long)reason->participants);
    if (reason->participants > 0) {
        buf_text(buf, " = ");
        add_percent(buf, (reason->below * 1000000 + reason->participants / 2) / reason->participants,
                    style->russian);
        buf_printf(buf, " (%s ", _("confidence interval"));
        add_percent(buf, reason->wilson_low_ppm, style->russian);
        buf_text(buf, "–");
        add_percent(buf, reason->wilson_high_ppm, style->russian);
        buf_char(buf, ')');
    }
    if (reason->low)
        buf_printf(buf, ", %s", _("low result"));
    else if (reason->risk)
        buf_printf(buf, ", %s", _("risk zone"));
    if (!reason->reliable)
        buf_printf(buf, ", %s", _("few participants"));
    if (reason->disputed)
        buf_printf(buf, ", %s", _("the school disputes this figure"));
    buf_char(buf, '\n');
    if (style->verbose || reason->low || reason->risk || reason->disputed)
        show_origin(reason, school, style->russian, buf);
}

/* Procedures with a finding, or the others, under a heading of their own. */
static void show_procedures(const Shans__V1__ExplainReply *reply, bool found, const ExplainStyle *style,
                            Buf *buf)
{
    bool first = true;

    for (size_t i = 0; i < reply->n_procedures; i++) {
        const Shans__V1__ProcedureReason *reason = reply->procedures[i];
        if ((reason->low || reason->risk) != found)
            continue;
        if (first)
            buf_printf(buf, "\n%s\n",
                       found ? _("Low results and risk zone: below the minimum / participants")
                             : _("Other procedures: below the minimum / participants"));
        first = false;
        show_procedure(reason, reply->school_class->school_code, style, buf);
    }
    if (!first && !found && !style->verbose)
        buf_printf(buf, "  %s\n", _("Where these figures stand: repeat with --verbose."));
}

void explain_show(const Shans__V1__ExplainReply *reply, const ExplainStyle *style, Buf *buf)
{
    show_class(reply, style, buf);
    if (reply->n_rules > 0)
        show_rules(reply, buf);
    show_procedures(reply, true, style, buf);
    show_procedures(reply, false, style, buf);
}

/* NULL for a cell without schools. */
static const Shans__V1__MatrixCell *find_cell(const Shans__V1__GetMatrixReply *reply, uint32_t wellbeing,
                                              uint32_t quality)
{
    for (size_t i = 0; i < reply->n_cells; i++)
        if (reply->cells[i]->wellbeing_group == wellbeing && reply->cells[i]->quality_group == quality)
            return reply->cells[i];
    return NULL;
}

/* Numbers of the cell, as many as fit in a line each: "1,4,12" is cut into lines of CELL_WIDTH - 1. */
static void cell_line(const Shans__V1__MatrixCell *cell, size_t *next, char *to, size_t size)
{
    to[0] = '\0';
    while (cell != NULL && *next < cell->n_school_numbers) {
        const char *number = cell->school_numbers[*next];
        bool last = *next + 1 == cell->n_school_numbers;
        size_t length = text_width(to), more = text_width(number) + !last;
        if (length > 0 && length + more > CELL_WIDTH - 1)
            return;
        Buf clean;
        buf_init(&clean, 1024);
        render_clean(&clean, number);
        size_t used = strlen(to);
        snprintf(to + used, size - used, "%s%s", clean.data == NULL ? "" : clean.data, last ? "" : ",");
        buf_done(&clean);
        ++*next;
    }
}

/* As many lines as the fullest cell of the row needs. */
static void show_grid_row(const Shans__V1__GetMatrixReply *reply, uint32_t wellbeing, Buf *buf)
{
    size_t next[GROUPS + 1] = {0};
    bool more = true;

    for (int line = 0; more || line == 0; line++) {
        more = false;
        if (line == 0)
            buf_printf(buf, "%3u │", wellbeing);
        else
            buf_text(buf, "    │");
        for (uint32_t quality = 1; quality <= GROUPS; quality++) {
            const Shans__V1__MatrixCell *cell = find_cell(reply, wellbeing, quality);
            char text[64];
            cell_line(cell, &next[quality], text, sizeof text);
            if (text[0] == '\0' && line == 0)
                text_copy(text, sizeof text, "·");
            buf_text(buf, text);
            for (size_t width = text_width(text); width < CELL_WIDTH && quality < GROUPS; width++)
                buf_char(buf, ' ');
            more = more || (cell != NULL && next[quality] < cell->n_school_numbers);
        }
        while (buf->length > 0 && buf->data[buf->length - 1] == ' ')
            buf->data[--buf->length] = '\0';
        buf_char(buf, '\n');
    }
}

/* 0 for a type the reply does not list. */
static uint32_t count_of(const Shans__V1__GetMatrixReply *reply, const char *typology)
{
    for (size_t i = 0; i < reply->n_counts; i++)
        if (text_equal(reply->counts[i]->typology, typology))
            return reply->counts[i]->schools;
    return 0;
}

/* The five types in their printed order, a type without schools too; then others a methodology may have. */
static void show_counts(const Shans__V1__GetMatrixReply *reply, Buf *buf)
{
    Buf line;

    buf_init(&line, 1 << 12);
    for (size_t i = 0; i < names_typology.count; i++) {
        const char *code = names_typology.names[i].code;
        buf_printf(buf, "%s: %u\n", name_label_of(&names_typology, code), count_of(reply, code));
        buf_printf(&line, "%s%u", i > 0 ? " / " : "", count_of(reply, code));
    }
    for (size_t i = 0; i < reply->n_counts; i++) {
        const char *code = reply->counts[i]->typology;
        if (!text_equal(name_label_of(&names_typology, code), code))
            continue;
        add_clean(buf, "", code, ": ");
        buf_printf(buf, "%u\n", reply->counts[i]->schools);
    }
    buf_printf(buf, "%s\n", line.data == NULL ? "" : line.data);
    buf_done(&line);
}

void matrix_show(const Shans__V1__GetMatrixReply *reply, Buf *buf)
{
    buf_printf(buf, "%s\n    │", _("Rows: wellbeing group; columns: quality group; cells: school numbers"));
    for (int quality = 1; quality < GROUPS; quality++)
        buf_printf(buf, "%-*d", CELL_WIDTH, quality);
    buf_printf(buf, "%d", GROUPS);
    buf_text(buf, "\n────┼");
    for (int i = 0; i < (GROUPS - 1) * CELL_WIDTH + 4; i++)
        buf_text(buf, "─");
    buf_char(buf, '\n');
    for (uint32_t wellbeing = 1; wellbeing <= GROUPS; wellbeing++)
        show_grid_row(reply, wellbeing, buf);
    buf_char(buf, '\n');
    show_counts(reply, buf);
    if (reply->unidentified > 0)
        buf_printf(buf, "%s: %u\n", _("not identified"), reply->unidentified);
}
