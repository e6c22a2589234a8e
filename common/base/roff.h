/* Manual pages: the few marks of man(7) both programs use. Every text is escaped; headings are in the
 * language chosen. */
#ifndef COMMON_BASE_ROFF_H
#define COMMON_BASE_ROFF_H

#include "common/core/buf.h"

/* Begins a page: its name ("shans-org"), section, and what it is for, as the NAME section has it. */
void roff_page(Buf *buf, const char *name, int section, const char *summary);
void roff_section(Buf *buf, const char *heading);    /* of the page */
void roff_subsection(Buf *buf, const char *heading); /* within a section */
void roff_text(Buf *buf, const char *text);          /* a paragraph */
void roff_example(Buf *buf, const char *line);       /* as it is typed */
/* What is typed, in bold, and below it what it means. */
void roff_item(Buf *buf, const char *term, const char *text);

#endif
