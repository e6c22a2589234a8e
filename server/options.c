/* Owns the settings of shans-server. Invariant: one table gives parsing, configuration file, environment,
 * help and manual, and every refusal names where the value came from. Must not act on the options, and must
 * not show a connection string. */
#include "server/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/i18n.h"
#include "common/base/log.h"
#include "common/base/roff.h"
#include "common/base/shell.h"
#include "common/core/decimal.h"
#include "common/core/text.h"
#include "server/store/db_hosts.h"

typedef enum OptionType {
    OPTION_TEXT,
    OPTION_NUMBER, /* least..most */
    OPTION_LISTEN, /* addresses parted by spaces or commas */
    OPTION_SWITCH, /* yes or no; without an argument on the command line */
    OPTION_CHOICE, /* one of the words of `argument`, parted by bars */
    OPTION_CONNINFO,
    OPTION_PATH,
} OptionType;

/* How a running server takes a change, and how a credential is read. */
enum { LIVE = 1, CREDENTIAL_TEXT = 2, CREDENTIAL_FILE = 4, SECRET = 8 };

/* An option as data; offset is the member of ServerOptions it fills. */
typedef struct OptionRow {
    const char *name, *argument, *help; /* argument NULL: a switch */
    OptionType type;
    size_t offset;   /* of the member in ServerOptions */
    const char *env; /* NULL: only on the command line */
    unsigned flags;
    int least, most;
} OptionRow;

#define MEMBER(member) offsetof(ServerOptions, member)
#define MARK(text)     text /* translated when shown */

/* Settings first: CONF_COUNT of them may stand in a file. */
static const OptionRow rows[] = {
    {"embedded", "DIR", MARK("run a private PostgreSQL in this directory"), OPTION_TEXT, MEMBER(embedded),
     "SHANS_EMBEDDED", 0, 0, 0},
    {"db", "CONNINFO", MARK("PostgreSQL of the login shans_app"), OPTION_CONNINFO, MEMBER(db), "SHANS_DB",
     CREDENTIAL_TEXT | SECRET, 0, 0},
    {"owner-db", "CONNINFO", MARK("PostgreSQL of the owner: migrations, accounts"), OPTION_CONNINFO,
     MEMBER(owner_db), "SHANS_OWNER_DB", CREDENTIAL_TEXT | SECRET, 0, 0},
    {"listen", "ADDRESS", MARK("tcp://, ipc:// or tls+tcp:// address; may be given several times"),
     OPTION_LISTEN, 0, "SHANS_LISTEN", 0, 0, 0},
    {"cert", "FILE", MARK("certificate for tls+tcp:// (PEM)"), OPTION_PATH, MEMBER(cert), "SHANS_CERT",
     CREDENTIAL_FILE, 0, 0},
    {"key", "FILE", MARK("its private key (PEM)"), OPTION_PATH, MEMBER(key), "SHANS_KEY", CREDENTIAL_FILE, 0,
     0},
    {"http-port", "PORT", MARK("health and metrics on this loopback port"), OPTION_NUMBER, MEMBER(http_port),
     "SHANS_HTTP_PORT", 0, 0, 65535},
    {"workers", "N", MARK("worker threads for reads"), OPTION_NUMBER, MEMBER(workers), "SHANS_WORKERS", 0, 0,
     64},
    {"committers", "N", MARK("committer threads"), OPTION_NUMBER, MEMBER(committers), "SHANS_COMMITTERS", 0,
     0, 4},
    {"wait", "SECONDS", MARK("wait so long for a database that is not there yet"), OPTION_NUMBER,
     MEMBER(wait), "SHANS_WAIT", 0, 0, 3600},
    {"region", "CODE", MARK("code of the region, made at the first start"), OPTION_TEXT, MEMBER(region),
     "SHANS_REGION", 0, 0, 0},
    {"region-name", "NAME", MARK("its name"), OPTION_TEXT, MEMBER(region_name), "SHANS_REGION_NAME", 0, 0, 0},
    {"debug", NULL, MARK("log more"), OPTION_SWITCH, MEMBER(debug), "SHANS_DEBUG", LIVE, 0, 0},
    {"log-format", "logfmt|json", MARK("form of the log's lines"), OPTION_CHOICE, MEMBER(log_format),
     "SHANS_LOG_FORMAT", LIVE, 0, 0},
    {"config", "FILE", MARK("read settings from this file: name = value, a line each"), OPTION_TEXT, SIZE_MAX,
     NULL, 0, 0, 0},
    {"check-config", NULL, MARK("check the settings, show them with their origin, start nothing"),
     OPTION_SWITCH, MEMBER(check_config), NULL, 0, 0, 0},
    {"login", "LOGIN", MARK("account"), OPTION_TEXT, MEMBER(login), NULL, 0, 0, 0},
    {"role", "ROLE", MARK("role of a new account"), OPTION_TEXT, MEMBER(role), NULL, 0, 0, 0},
    {"org", "CODE", MARK("organisation of a new account"), OPTION_TEXT, MEMBER(org), NULL, 0, 0, 0},
    {"name", "NAME", MARK("name shown for a new account"), OPTION_TEXT, MEMBER(name), NULL, 0, 0, 0},
    {"days", "N", MARK("how long a token is valid"), OPTION_NUMBER, MEMBER(days), NULL, 0, 0, 65535},
    {"out", "FILE", MARK("write the token to this file instead of showing it"), OPTION_TEXT, MEMBER(out),
     NULL, 0, 0, 0},
    {"format", "text|json", MARK("how doctor shows its findings"), OPTION_CHOICE, MEMBER(format), NULL, 0, 0,
     0},
    {"help", NULL, MARK("this help"), OPTION_SWITCH, MEMBER(help), NULL, 0, 0, 0},
};
enum { ROW_COUNT = sizeof rows / sizeof *rows, TEXT_SIZE = 64, CREDENTIAL_MAX = 4096 };

/* ---- refusals ---- */

/* What every refusal of a value says; the value itself only where it is no secret. */
static ErrCode refuse(const OptionRow *row, const ConfValue *value, const char *reason, Err *err)
{
    err_set(err, ERR_INVALID_ARGUMENT, reason);
    err_arg(err, "origin", "%s", value->origin);
    err_arg(err, "key", "%s", row->name);
    if ((row->flags & SECRET) == 0)
        err_arg(err, "value", "%s", value->text);
    return err->code;
}

/* ---- values ---- */

/* Digits alone: no grouping, no fraction, as people's figures may have. */
static bool is_number(const char *text, int64_t *ret)
{
    return text[strspn(text, "0123456789")] == '\0' && decimal_parse(text, 0, ret) == DECIMAL_FINE;
}

static ErrCode set_number(const OptionRow *row, const ConfValue *value, ServerOptions *options, Err *err)
{
    int64_t number;

    if (!is_number(value->text, &number) || number < row->least || number > row->most) {
        refuse(row, value, "OPTION_NUMBER", err);
        err_arg(err, "least", "%d", row->least);
        return err_arg(err, "most", "%d", row->most);
    }
    *(int *)((char *)options + row->offset) = (int)number;
    return ERR_OK;
}

static ErrCode set_switch(const OptionRow *row, const ConfValue *value, ServerOptions *options, Err *err)
{
    bool yes = text_equal(value->text, "yes");

    if (!yes && !text_equal(value->text, "no"))
        return refuse(row, value, "OPTION_SWITCH", err);
    *(bool *)((char *)options + row->offset) = yes;
    return ERR_OK;
}

/* tcp and tls+tcp name a host and a port, ipc an absolute path. */
static bool is_address(const char *text)
{
    const char *rest = strstr(text, "://"), *port = strrchr(text, ':');
    int64_t number;

    if (text_starts(text, "ipc:///"))
        return text[7] != '\0';
    if (!text_starts(text, "tcp://") && !text_starts(text, "tls+tcp://"))
        return false;
    return port > rest + 3 && is_number(port + 1, &number) && number > 0 && number <= 65535;
}

static ErrCode set_listen(const OptionRow *row, const ConfValue *value, Arena *arena, ServerOptions *options,
                          Err *err)
{
    char *rest = arena_text(arena, value->text), *word;

    if (rest == NULL)
        return err_memory(err);
    while ((word = strsep(&rest, " ,\t")) != NULL) {
        const ConfValue one = {word, value->origin};

        if (*word == '\0')
            continue;
        if (!is_address(word))
            return refuse(row, &one, "OPTION_ADDRESS", err);
        if (options->listen_count == OPTIONS_LISTEN_MAX) {
            refuse(row, value, "OPTION_ADDRESSES", err);
            return err_arg(err, "most", "%d", OPTIONS_LISTEN_MAX);
        }
        options->listen[options->listen_count++] = word;
    }
    return options->listen_count > 0 ? ERR_OK : refuse(row, value, "OPTION_EMPTY", err);
}

static ErrCode set_choice(const OptionRow *row, const ConfValue *value, ServerOptions *options, Err *err)
{
    size_t length = strlen(value->text);

    if (strchr(value->text, '|') != NULL)
        length = 0; /* two words are none */
    for (const char *word = row->argument; length > 0 && word != NULL; word = strchr(word, '|')) {
        word += *word == '|';
        if (strncmp(word, value->text, length) != 0 || (word[length] != '|' && word[length] != '\0'))
            continue;
        *(const char **)((char *)options + row->offset) = value->text;
        return ERR_OK;
    }
    refuse(row, value, "OPTION_CHOICE", err);
    return err_arg(err, "choices", "%s", row->argument);
}

/* One value that was given into its member. */
static ErrCode set_value(const OptionRow *row, const ConfValue *value, Arena *arena, ServerOptions *options,
                         Err *err)
{
    if (value->text[0] == '\0')
        return refuse(row, value, "OPTION_EMPTY", err);
    switch (row->type) {
    case OPTION_NUMBER:
        return set_number(row, value, options, err);
    case OPTION_SWITCH:
        return set_switch(row, value, options, err);
    case OPTION_LISTEN:
        return set_listen(row, value, arena, options, err);
    case OPTION_CHOICE:
        return set_choice(row, value, options, err);
    case OPTION_CONNINFO:
        if (db_conninfo_hosts(value->text) == 0)
            return refuse(row, value, "OPTION_CONNINFO", err);
        break;
    default:
        break;
    }
    if (row->offset != SIZE_MAX)
        *(const char **)((char *)options + row->offset) = value->text;
    return ERR_OK;
}

/* ---- where values come from ---- */

static ErrCode no_option(char **argv, int at, Err *err)
{
    const char *word = optopt > 0 && optopt < 256 ? "" : argv[at];
    char letter[] = {'-', (char)optopt, '\0'};
    const char *shown = *word == '\0' ? letter : word, *near = "help";
    unsigned best = 4;

    for (size_t i = 0; text_starts(shown, "--") && i < ROW_COUNT; i++) {
        unsigned distance = text_distance(shown + 2, rows[i].name);
        if (distance < best) {
            best = distance;
            near = rows[i].name;
        }
    }
    err_set(err, ERR_INVALID_ARGUMENT, best < 4 ? "OPTION_ARGUMENT" : "OPTION_UNKNOWN");
    err_arg(err, "option", "%s", shown);
    return err_arg(err, "near", "--%s", near);
}

/* A second --listen adds to the first; of the others the last one counts. */
static ErrCode take_flag(size_t index, const char *text, Arena *arena, ConfValue *values, Err *err)
{
    const OptionRow *row = &rows[index];
    const char *origin = arena_printf(arena, "--%s", row->name);
    const char *whole = row->type == OPTION_SWITCH ? "yes" : text;

    if (row->type == OPTION_LISTEN && values[index].text != NULL)
        whole = arena_printf(arena, "%s %s", values[index].text, text);
    if (origin == NULL || whole == NULL)
        return err_memory(err);
    values[index] = (ConfValue){whole, origin};
    return ERR_OK;
}

/* getopt_long over a table made from ours, so that options are declared once. */
static ErrCode take_line(int argc, char **argv, Arena *arena, ConfValue *values, Err *err)
{
    struct option table[ROW_COUNT + 1];
    int index = 0, found;

    memset(table, 0, sizeof table);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        table[i].name = rows[i].name;
        table[i].has_arg = rows[i].argument == NULL ? no_argument : required_argument;
    }
    optind = 0; /* anew: a running server reads its line again */
    opterr = 0; /* the library's own words are English only */
    while ((found = getopt_long(argc - 1, argv + 1, "+", table, &index)) == 0) {
        ErrCode code = take_flag((size_t)index, optarg, arena, values, err);
        if (code != ERR_OK)
            return code;
    }
    if (found != -1)
        return no_option(argv + 1, optind - 1, err);
    if (optind + 1 < argc) {
        err_set(err, ERR_INVALID_ARGUMENT, "OPTION_STRAY");
        return err_arg(err, "word", "%s", argv[optind + 1]);
    }
    return ERR_OK;
}

/* What systemd put beside the program; a file that is missing is none. */
static ErrCode take_credential(const OptionRow *row, const char *folder, Arena *arena, ConfValue *value,
                               Err *err)
{
    const char *path = arena_printf(arena, "%s/%s", folder, row->name);
    char text[CREDENTIAL_MAX] = "";
    const ConfValue place = {path, path};

    if (path == NULL)
        return err_memory(err);
    if (access(path, F_OK) != 0)
        return ERR_OK;
    if ((row->flags & CREDENTIAL_FILE) != 0) {
        *value = (ConfValue){path, path};
        return ERR_OK;
    }
    FILE *file = fopen(path, "re");
    size_t length = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    bool whole = file != NULL && !ferror(file) && length < sizeof text - 1 && strlen(text) == length;
    if (file != NULL)
        fclose(file);
    if (!whole)
        return refuse(row, &place, "OPTION_FILE", err);
    char *kept = arena_text(arena, text_trim(text));
    if (kept == NULL)
        return err_memory(err);
    *value = (ConfValue){kept, path};
    return ERR_OK;
}

/* A file that was named must be there. */
static ErrCode take_file(const ConfKey *keys, size_t count, const char *path, Arena *arena, ConfValue *values,
                         Err *err)
{
    if (access(path, R_OK) != 0) {
        err_set(err, ERR_INVALID_ARGUMENT, "CONF_UNREADABLE");
        return err_arg(err, "file", "%s", path);
    }
    return conf_file(keys, count, path, arena, values, err);
}

/* Everything below the command line, least first. */
static ErrCode take_settings(const char *path, Arena *arena, ConfValue *values, Err *err)
{
    ConfKey keys[ROW_COUNT];
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    size_t count = 0;
    ErrCode code = ERR_OK;

    for (; count < ROW_COUNT && rows[count].env != NULL; count++)
        keys[count] = (ConfKey){rows[count].name, rows[count].env, NULL};
    if (path != NULL && *path != '\0')
        code = take_file(keys, count, path, arena, values, err);
    for (size_t i = 0; code == ERR_OK && folder != NULL && i < count; i++) {
        if ((rows[i].flags & (CREDENTIAL_TEXT | CREDENTIAL_FILE)) != 0)
            code = take_credential(&rows[i], folder, arena, &values[i], err);
    }
    conf_environment(keys, count, values);
    for (size_t i = 0; i < count; i++) {
        if (values[i].origin != NULL && text_equal(values[i].origin, "environment"))
            values[i].origin = keys[i].env;
    }
    return code;
}

static size_t row_index(const char *name)
{
    size_t index = 0;

    while (!text_equal(rows[index].name, name))
        index++;
    return index;
}

ErrCode options_load(int argc, char **argv, Arena *arena, ServerOptions *ret, Err *err)
{
    ConfValue *values = ARENA_NEW(arena, ConfValue, ROW_COUNT), line[ROW_COUNT] = {{NULL, NULL}};

    if (values == NULL)
        return err_memory(err);
    *ret = (ServerOptions){
        .days = 365, .log_format = "logfmt", .format = "text", .values = values, .argc = argc, .argv = argv};
    ErrCode code = take_line(argc, argv, arena, line, err);
    const char *path = line[row_index("config")].text;
    if (code == ERR_OK)
        code = take_settings(path != NULL ? path : getenv("SHANS_CONFIG"), arena, values, err);
    for (size_t i = 0; code == ERR_OK && i < ROW_COUNT; i++) {
        if (line[i].text != NULL)
            values[i] = line[i];
        if (values[i].text != NULL)
            code = set_value(&rows[i], &values[i], arena, ret, err);
    }
    return code;
}

/* ---- what a server needs ---- */

static ErrCode check_pair(const ServerOptions *options, const char *key, const char *other, Err *err)
{
    err_set(err, ERR_INVALID_ARGUMENT, "OPTION_PAIR");
    err_arg(err, "key", "%s", key);
    const ConfValue *value = &options->values[row_index(key)];
    err_arg(err, "origin", "%s", value->origin != NULL ? value->origin : key);
    return err_arg(err, "other", "%s", other);
}

static ErrCode check_file(const ServerOptions *options, const char *name, Err *err)
{
    size_t index = row_index(name);
    const ConfValue *value = &options->values[index];

    if (value->text == NULL || access(value->text, R_OK) == 0)
        return ERR_OK;
    refuse(&rows[index], value, "OPTION_FILE", err);
    return err_arg(err, "cause", "%s", strerror(errno));
}

/* A certificate without an address that uses it is a mistake as well: somebody believes to be encrypted. */
static ErrCode check_tls(const ServerOptions *options, Err *err)
{
    bool wanted = false;

    for (size_t i = 0; i < options->listen_count; i++)
        wanted = wanted || text_starts(options->listen[i], "tls+tcp://");
    if (wanted && options->cert == NULL)
        return check_pair(options, "listen", "cert", err);
    if (options->cert != NULL && options->key == NULL)
        return check_pair(options, "cert", "key", err);
    if (options->key != NULL && options->cert == NULL)
        return check_pair(options, "key", "cert", err);
    if (options->cert != NULL && !wanted)
        return check_pair(options, "cert", "listen = tls+tcp://", err);
    ErrCode code = check_file(options, "cert", err);
    return code != ERR_OK ? code : check_file(options, "key", err);
}

ErrCode options_check_serve(const ServerOptions *options, Err *err)
{
    if (options->listen_count == 0) {
        err_set(err, ERR_INVALID_ARGUMENT, "OPTION_NEEDED");
        return err_arg(err, "key", "listen");
    }
    if (options->db == NULL && options->embedded == NULL) {
        err_set(err, ERR_INVALID_ARGUMENT, "DATABASE_NEEDED");
        return err_arg(err, "key", "db");
    }
    if (options->embedded != NULL && options->db != NULL) {
        err_set(err, ERR_INVALID_ARGUMENT, "OPTION_CONFLICT");
        err_arg(err, "key", "embedded");
        err_arg(err, "origin", "%s", options->values[row_index("embedded")].origin);
        err_arg(err, "other", "db");
        return err_arg(err, "other_origin", "%s", options->values[row_index("db")].origin);
    }
    return check_tls(options, err);
}

/* ---- showing ---- */

void options_compare(const ServerOptions *before, const ServerOptions *after, bool live, Buf *names)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const char *was = before->values[i].text, *is = after->values[i].text;

        if (((rows[i].flags & LIVE) != 0) == live &&
            !text_equal(was == NULL ? "" : was, is == NULL ? "" : is))
            buf_printf(names, "%s%s", names->length > 0 ? "," : "", rows[i].name);
    }
}

void options_apply_log(const ServerOptions *options)
{
    log_set_level(options->debug ? LOG_DEBUG : LOG_INFO);
    log_set_form(text_equal(options->log_format, "json") ? LOG_JSON : LOG_LOGFMT);
}

void options_dump(const ServerOptions *options, Buf *buf)
{
    for (size_t i = 0; i < ROW_COUNT && rows[i].env != NULL; i++) {
        const ConfValue *value = &options->values[i];

        if (value->text != NULL)
            buf_printf(buf, "%s = %s  # %s\n", rows[i].name,
                       (rows[i].flags & SECRET) != 0 ? "(...)" : value->text, value->origin);
    }
}

void options_help(void)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        char left[TEXT_SIZE];
        snprintf(left, sizeof left, "--%s %s", rows[i].name,
                 rows[i].argument == NULL ? "" : rows[i].argument);
        printf("  %-24s %s\n", left, i18n_text(rows[i].help));
    }
}

void options_manual(Buf *buf)
{
    char text[TEXT_SIZE + 32];

    roff_section(buf, _("OPTIONS"));
    for (size_t i = 0; i < ROW_COUNT; i++) {
        snprintf(text, sizeof text, "--%s%s%s", rows[i].name, rows[i].argument == NULL ? "" : " ",
                 rows[i].argument == NULL ? "" : rows[i].argument);
        roff_item(buf, text, i18n_text(rows[i].help));
    }
    roff_section(buf, _("ENVIRONMENT"));
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].env == NULL)
            continue;
        snprintf(text, sizeof text, "--%s", rows[i].name);
        roff_item(buf, rows[i].env, text);
    }
}

/* What an option takes, or the options when the last word is none's value. */
void options_complete(const char *before, const char *last, Buf *buf)
{
    const OptionRow *wanted = NULL;

    for (size_t i = 0; text_starts(before, "--") && i < ROW_COUNT; i++)
        if (text_equal(rows[i].name, before + 2) && rows[i].argument != NULL)
            wanted = &rows[i];
    if (wanted == NULL) {
        for (size_t i = 0; i < ROW_COUNT; i++)
            if (strncmp("--", last, strlen(last) < 2 ? strlen(last) : 2) == 0 &&
                text_starts(rows[i].name, strlen(last) < 2 ? "" : last + 2))
                buf_printf(buf, "--%s\t%s\n", rows[i].name, i18n_text(rows[i].help));
        return;
    }
    if (text_equal(wanted->argument, "FILE"))
        buf_text(buf, SHELL_FILES "\n");
    else if (text_equal(wanted->argument, "DIR"))
        buf_text(buf, SHELL_FOLDERS "\n");
    for (const char *at = wanted->type == OPTION_CHOICE ? wanted->argument : ""; *at != '\0';) {
        size_t length = strcspn(at, "|");
        if (strncmp(at, last, strlen(last)) == 0)
            buf_printf(buf, "%.*s\n", (int)length, at);
        at += length + (at[length] == '|');
    }
}
