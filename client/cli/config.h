/* Configuration of the client: flag > environment > project file > user file > system file > default. */
#ifndef CLIENT_CLI_CONFIG_H
#define CLIENT_CLI_CONFIG_H

#include "client/cli/command.h"
#include "common/base/conf.h"

typedef enum CliKey {
    KEY_FORMAT,         /* table, json, csv ... */
    KEY_LANG,           /* ru, en; empty: of the environment */
    KEY_COLOR,          /* auto, always, never */
    KEY_TIMEOUT,        /* seconds */
    KEY_SERVER,         /* address */
    KEY_SERVER_NAME,    /* in its certificate */
    KEY_CA,             /* PEM file */
    KEY_TOKEN_FILE,     /* holds the token alone */
    KEY_TOKEN,          /* itself: from the environment */
    KEY_STATE,          /* folder of the outbox */
    KEY_PAGER,          /* command that shows long results; empty: none */
    KEY_WORKBOOK_LIMIT, /* MiB a workbook may unpack to */
    KEY_COUNT,
    KEY_PROJECT_COUNT = KEY_SERVER, /* those a project's file may set: how things look, never where they go */
} CliKey;
extern const ConfKey cli_keys[KEY_COUNT];

/* Fills cli->values from every place. INVALID_ARGUMENT / CONF_* with "file", "line" and "key". */
ErrCode config_read(Cli *cli, Err *err) MUST_CHECK;

/* Checks every value in force and puts style, timeout and colour in place. INVALID_ARGUMENT / CONF_BAD_VALUE
 * with "key", "value", "origin" and "allowed". */
ErrCode config_apply(Cli *cli, Err *err) MUST_CHECK;

/* The same for one value of one key. */
ErrCode config_check(CliKey key, const ConfValue *value, Err *err) MUST_CHECK;

/* TERM says that it knows plain lines only: no colour, no pager, no progress. */
bool config_is_dumb_terminal(void);

/* The key of this name; NOT_FOUND / CONF_KEY_MISSING with "key" and "near". */
ErrCode config_find_key(const char *name, CliKey *ret_key, Err *err) MUST_CHECK;

/* Sets (value NULL: takes out) one key of a file, keeping its other lines; the folder is made when missing.
 * FAILED_PRECONDITION / OUTPUT_FILE. */
ErrCode config_edit(const char *path, CliKey key, const char *value, Err *err) MUST_CHECK;

#endif
