/* Manual pages made from the tables of commands and options, in the language chosen, as man(7) source. */
#ifndef CLIENT_CLI_MANUAL_H
#define CLIENT_CLI_MANUAL_H

#include "client/cli/command.h"

void manual_show_all(Buf *buf);                    /* shans(1) */
void manual_show_noun(const char *noun, Buf *buf); /* shans-NOUN(1) */

#endif
