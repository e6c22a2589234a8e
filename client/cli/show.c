/* Owns the look of periods, names and training marks in tables. Invariant: for programs the plain code is
 * kept. Must not fetch anything. */
#include "client/cli/show.h"

#include <stdio.h>
#include <string.h>

#include "common/base/i18n.h"
#include "common/core/text.h"

/* A month or a text that is no year stays as it is. */
void show_period(RenderTable *table, const char *period)
{
    char text[16];
    int year;

    if (strlen(period) != 4 || sscanf(period, "%4d", &year) != 1) {
        render_add_text(table, period);
        return;
    }
    snprintf(text, sizeof text, "%d/%02d", year - 1, year % 100);
    render_add_code(table, period, text);
}

/* Years of the wire are numbers, periods are texts. */
void show_year(RenderTable *table, uint32_t year)
{
    char text[16];

    snprintf(text, sizeof text, "%u", year);
    if (year == 0)
        render_add_empty(table);
    else
        show_period(table, text);
}

/* An unknown number is an empty cell: nothing is invented for it. */
void show_number_of(RenderTable *table, const NameTable *names, int number)
{
    render_add_code(table, name_code(names, number), name_label(names, number));
}

/* An unknown code is shown as itself. */
void show_name_of(RenderTable *table, const NameTable *names, const char *code)
{
    render_add_code(table, code, name_label_of(names, code));
}

/* One cell for all of them: rows stay one school each. */
void show_names(RenderTable *table, const NameTable *names, char *const *codes, size_t count)
{
    Buf plain, shown;

    buf_init(&plain, 4096);
    buf_init(&shown, 8192);
    for (size_t i = 0; i < count; i++) {
        buf_printf(&plain, "%s%s", i > 0 ? " " : "", codes[i]);
        buf_printf(&shown, "%s%s", i > 0 ? "; " : "", name_label_of(names, codes[i]));
    }
    render_add_code(table, plain.data == NULL ? "" : plain.data, shown.data == NULL ? "" : shown.data);
    buf_done(&plain);
    buf_done(&shown);
}

/* Who and what are named in the sentence by codes of the wire. */
void show_why(RenderTable *table, const Err *why, bool russian)
{
    Err worded = *why;
    Buf line;

    if (why->reason[0] == '\0') {
        render_add_empty(table);
        return;
    }
    names_put_words(&worded);
    buf_init(&line, 1 << 14);
    render_err(&worded, russian, NULL, &line);
    render_add_code(table, why->reason, line.data == NULL ? why->reason : line.data);
    buf_done(&line);
}

/* Wherever schools are listed, so that nobody takes made-up figures for real: a mark, explained once. */
void show_org_name(RenderTable *table, const char *name, bool training)
{
    Buf shown;

    if (!training) {
        render_add_text(table, name);
        return;
    }
    render_set_note(table, _("* training district (fictitious data)"));
    buf_init(&shown, 4096);
    buf_printf(&shown, "%s\u00A0*", name);
    render_add_code(table, name, shown.data == NULL ? name : shown.data);
    buf_done(&shown);
}
