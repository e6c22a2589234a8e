/* Structured log lines (logfmt or JSON) on stderr: one line per failure or event, no personal data, no
 * secrets. */
#ifndef COMMON_BASE_LOG_H
#define COMMON_BASE_LOG_H

#include "common/core/err.h"

typedef enum LogLevel { LOG_DEBUG = 0, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_OFF } LogLevel;

/* Events below the level are not written; LOG_INFO until set. Any thread. */
void log_set_level(LogLevel level);

/* How a line looks: key=value pairs, or one JSON object whose values are all texts. LOG_LOGFMT until set. Any
 * thread. */
typedef enum LogForm { LOG_LOGFMT = 0, LOG_JSON } LogForm;
void log_set_form(LogForm form);

/* event: a fixed word ("rpc", "migrate"); format gives further key=value pairs, already quoted where they may
 * hold spaces. Control characters become spaces; a line longer than 4095 bytes is cut. Any thread. */
void log_event(LogLevel level, const char *event, const char *format, ...) PRINTF_LIKE(3, 4);

/* The one line of a failure: event=… code=… reason=… arg.key="value" … Called where the error ends its way
 * (main, dispatch, job loop, commands), not where it passes. */
void log_err(LogLevel level, const char *event, const Err *err);

#endif
