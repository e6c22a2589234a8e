/* Reading one methodology out of a stream of compiled bytes: shared by a catalogue and a methodology sent
 * alone. */
#ifndef COMMON_CATALOG_METHODOLOGY_READ_H
#define COMMON_CATALOG_METHODOLOGY_READ_H

#include "common/catalog/methodology.h"
#include "common/catalog/reader.h"

enum { METHODOLOGY_LEAST = 128 }; /* fewer bytes than any methodology takes */

/* Fills *methodology; faults stick to the reader. */
void methodology_read(Reader *reader, Methodology *methodology);

/* A text in both languages. */
Text reader_label(Reader *reader);

#endif
