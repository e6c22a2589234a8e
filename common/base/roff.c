/* Owns the marks of man(7). Invariant: no text of ours is ever taken for a mark. Must not know what a page
 * is about. */
#include "common/base/roff.h"

#include <string.h>

#include "common/base/i18n.h"

/* A backslash and a hyphen mean something else to roff, and so does a point or an apostrophe that begins a
 * line; a quote would end an argument. */
static void put(Buf *buf, const char *text)
{
    if (*text == '.' || *text == '\'')
        buf_text(buf, "\\&");
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            buf_text(buf, "\\e");
        else if (*text == '-')
            buf_text(buf, "\\-");
        else if (*text == '"')
            buf_text(buf, "\\(dq");
        else
            buf_char(buf, *text == '\n' ? ' ' : *text);
    }
}

static void put_line(Buf *buf, const char *text)
{
    put(buf, text);
    buf_char(buf, '\n');
}

void roff_page(Buf *buf, const char *name, int section, const char *summary)
{
    buf_text(buf, ".\\\" Made by the program itself; changes belong into its tables.\n.TH \"");
    for (const char *at = name; *at != '\0'; at++) {
        char letter[2] = {(char)(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at), '\0'};
        put(buf, letter);
    }
    buf_printf(buf, "\" %d \"\" \"shans %s\" \"", section, SHANS_VERSION);
    put(buf, _("Shans manual"));
    buf_text(buf, "\"\n.nh\n.ad l\n");
    roff_section(buf, _("NAME"));
    put(buf, name);
    buf_text(buf, " \\- ");
    put_line(buf, summary);
}

void roff_section(Buf *buf, const char *heading)
{
    buf_text(buf, ".SH ");
    put_line(buf, heading);
}

void roff_subsection(Buf *buf, const char *heading)
{
    buf_text(buf, ".SS ");
    put_line(buf, heading);
}

/* A paragraph begins by itself after a heading. */
static void begin_paragraph(Buf *buf)
{
    size_t at = buf->length;

    while (at > 1 && buf->data[at - 2] != '\n') /* the beginning of the last line */
        at--;
    if (at > 0 && strncmp(buf->data + at - 1, ".S", 2) != 0)
        buf_text(buf, ".PP\n");
}

void roff_text(Buf *buf, const char *text)
{
    begin_paragraph(buf);
    put_line(buf, text);
}

void roff_example(Buf *buf, const char *line)
{
    begin_paragraph(buf);
    buf_text(buf, ".nf\n.RS 4\n");
    put_line(buf, line);
    buf_text(buf, ".RE\n.fi\n");
}

void roff_item(Buf *buf, const char *term, const char *text)
{
    buf_text(buf, ".TP\n\\fB");
    put(buf, term);
    buf_text(buf, "\\fR\n");
    put_line(buf, text);
}
