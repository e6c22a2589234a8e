/* Reading one methodology out of a stream of compiled bytes: shared by a catalogue and a methodology sent
 * alone. */
#ifndef COMMON_CATALOG_METHODOLOGY_READ_H
#define COMMON_CATALOG_METHODOLOGY_READ_H

#include "common/catalog/methodology.h"
#include "common/catalog/reader.h"

enum { METHODOLOGY_LEAST = 128 }; /* fewer bytes than any methodology takes */

/* Fills *methodology; faults stick to the reader. */
void methodology_read(Reader *reader, Methodology *methodology);

/* The quadrant rule that follows a methodology in a catalogue and under "SHM2". */
void quadrants_read(Reader *reader, QuadrantRule *rule);

/* A text in both languages; a reduced share from 0 to 1; a procedure by its canonical code. */
Text reader_label(Reader *reader);
Ratio reader_share(Reader *reader);
Procedure reader_procedure(Reader *reader);

#endif
