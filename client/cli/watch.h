/* What a person is told while a command works: how far it is, and after Ctrl-C what was kept. One thread sees
 * to both, whatever the command waits for. Every function accepts NULL and does nothing. */
#ifndef CLIENT_CLI_WATCH_H
#define CLIENT_CLI_WATCH_H

#include <stdbool.h>
#include <stdio.h>

#include "common/base/clock.h"

typedef struct Watch Watch;

/* A watch that writes to err. Nothing is drawn before watch_show, and nothing watched before watch_start.
 * NULL: no memory. */
Watch *watch_new(FILE *err, const Clock *clock);
void watch_free(Watch *watch); /* only of one that was not started */

/* From here on SIGINT and SIGTERM end the process with exit code 130 after the note, and progress is drawn.
 * Called before any other thread is made, so that none of them takes the signals. */
void watch_start(Watch *watch);

/* Progress may be drawn: err is a terminal and the person wants it. */
void watch_show(Watch *watch);

/* How far: "label 12/40", without a total "label, 3 s". Drawn once the command has taken half a second. */
void watch_progress(Watch *watch, const char *label, size_t done, size_t total);

/* The same for a wait within a longer work: a label that is there stays. */
void watch_wait(Watch *watch, const char *label);

/* Takes the line off the terminal, before something else is written there. */
void watch_clear(Watch *watch);

/* What is said after an interruption, in the person's language. */
void watch_note(Watch *watch, const char *note);

/* A file that is only half written, removed after an interruption; NULL: none. Borrowed. */
void watch_file(Watch *watch, const char *path);

/* While a pager shows the result, Ctrl-C is the pager's. */
void watch_hold(Watch *watch, bool held);

/* Draws what is due now; the thread does it ten times a second. */
void watch_tick(Watch *watch);

#endif
