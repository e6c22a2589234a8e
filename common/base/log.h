/* Structured log lines (logfmt) on stderr: one line per failure or event, no personal data, no secrets. */
#ifndef COMMON_BASE_LOG_H
#define COMMON_BASE_LOG_H

#include "common/core/err.h"

typedef enum LogLevel { LOG_DEBUG = 0, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_OFF } LogLevel;

void log_set_level(LogLevel level);

/* event: a fixed word ("rpc", "migrate"); format gives further key=value pairs, already quoted. */
void log_event(LogLevel level, const char *event, const char *format, ...) PRINTF_LIKE(3, 4);

/* event=… code=… reason=… arg.key="value" … */
void log_err(LogLevel level, const char *event, const Err *err);

#endif
