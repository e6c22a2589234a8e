/* Owns the configuration of the client: its keys, where they are looked for, what they may be. Invariant: a
 * value in force was checked and its origin is known. Must not let the file of a folder decide where figures
 * or tokens go, or which program is run. */
#include "client/cli/config.h"
#include "client/cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/cli/names.h"
#include "client/cli/output.h"
#include "common/base/log.h"
#include "common/core/decimal.h"
#include "common/core/text.h"

enum { PATH_SIZE = 4096, FILE_MAX = 1 << 20, TIMEOUT_SECONDS_MAX = 3600, WORKBOOK_MIB_MAX = 4096 };

static const char project_file[] = ".shans.conf";

const ConfKey cli_keys[KEY_COUNT] = {
    [KEY_FORMAT] = {"format", "SHANS_FORMAT", "table"},
    [KEY_LANG] = {"lang", "SHANS_LANG", ""},
    [KEY_COLOR] = {"color", "SHANS_COLOR", "auto"},
    [KEY_TIMEOUT] = {"timeout", "SHANS_TIMEOUT", "10"},
    [KEY_SERVER] = {"server", "SHANS_SERVER", "tcp://127.0.0.1:7411"},
    [KEY_SERVER_NAME] = {"server-name", "SHANS_SERVER_NAME", ""},
    [KEY_CA] = {"ca", "SHANS_CA", ""},
    [KEY_TOKEN_FILE] = {"token-file", "SHANS_TOKEN_FILE", ""},
    [KEY_TOKEN] = {"token", "SHANS_TOKEN", ""},
    [KEY_STATE] = {"state", "SHANS_STATE", ""},
    [KEY_PAGER] = {"pager", "SHANS_PAGER", "less -FRX"},
    [KEY_WORKBOOK_LIMIT] = {"workbook-limit", "SHANS_WORKBOOK_LIMIT", "64"},
};

/* The nearest file of its name, from the folder of work upwards; false when there is none. */
static bool find_project(const char *dir, char *to, size_t size)
{
    char at[PATH_SIZE];

    if (dir == NULL || dir[0] != '/')
        return false;
    text_copy(at, sizeof at, dir);
    for (;;) {
        size_t length = strlen(at);
        int wrote = snprintf(to, size, "%s%s%s", at, length == 1 ? "" : "/", project_file);
        if (wrote > 0 && (size_t)wrote < size && access(to, F_OK) == 0)
            return true;
        if (length == 1)
            return false;
        char *slash = strrchr(at, '/');
        slash[slash == at] = '\0';
    }
}

/* Only the first keys count there; another known one is told apart from a mistyped one. */
static ErrCode read_project(Cli *cli, Err *err)
{
    char path[PATH_SIZE], line[16], key[128];
    ErrCode code = ERR_OK;

    if (find_project(cli->host->work_dir, path, sizeof path))
        code = conf_file(cli_keys, KEY_PROJECT_COUNT, path, cli->arena, cli->values, err);
    if (code == ERR_OK || !text_starts(err->reason, "CONF_UNKNOWN_KEY"))
        return code;
    text_copy(line, sizeof line, err_arg_get(err, "line"));
    text_copy(key, sizeof key, err_arg_get(err, "key"));
    for (size_t i = KEY_PROJECT_COUNT; i < KEY_COUNT; i++) {
        if (!text_equal(cli_keys[i].name, key))
            continue;
        err_set(err, ERR_INVALID_ARGUMENT, "CONF_NOT_IN_PROJECT");
        err_arg(err, "file", "%s", path);
        err_arg(err, "line", "%s", line);
        return err_arg(err, "key", "%s", key);
    }
    return code;
}

/* Variables that other programs share with this one: weaker than SHANS_*. */
static void read_shared_environment(Cli *cli)
{
    const char *no_color = getenv("NO_COLOR"), *pager = getenv("PAGER");
    ConfValue *values = cli->values;

    if (no_color != NULL && no_color[0] != '\0' && !text_equal(values[KEY_COLOR].origin, "environment"))
        values[KEY_COLOR] = (ConfValue){"never", "NO_COLOR"};
    if (pager != NULL && pager[0] != '\0' && text_equal(values[KEY_PAGER].origin, "default"))
        values[KEY_PAGER] = (ConfValue){pager, "PAGER"};
}

ErrCode config_read(Cli *cli, Err *err)
{
    const char *const files[] = {cli->host->system_file, cli->host->user_file};
    ErrCode code = ERR_OK;

    conf_defaults(cli_keys, KEY_COUNT, cli->values);
    for (size_t i = 0; i < 2 && code == ERR_OK; i++)
        if (files[i] != NULL)
            code = conf_file(cli_keys, KEY_COUNT, files[i], cli->arena, cli->values, err);
    if (code == ERR_OK)
        code = read_project(cli, err);
    /* after a broken file the rest still counts: the language is wanted to say what is wrong */
    conf_environment(cli_keys, KEY_COUNT, cli->values);
    read_shared_environment(cli);
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const char *text = cli_option(cli, cli_keys[i].name);
        if (text != NULL)
            cli->values[i] = (ConfValue){text, "flag"};
    }
    if (cli_flag(cli, "no-pager"))
        cli->values[KEY_PAGER] = (ConfValue){"", "flag"};
    if (cli->values[KEY_STATE].text[0] == '\0' && cli->host->state_dir != NULL)
        cli->values[KEY_STATE] = (ConfValue){cli->host->state_dir, "default"};
    return code;
}

/* The words of an option of the same name, or a sample of what is wanted; NULL: any text. */
static const char *allowed_values(CliKey key)
{
    if (key == KEY_TIMEOUT)
        return "1 … 3600";
    if (key == KEY_WORKBOOK_LIMIT)
        return "1 … 4096";
    if (key == KEY_SERVER)
        return "tcp://HOST:PORT, tls+tcp://HOST:PORT, ipc:///FILE";
    for (size_t i = 0; i < cli_option_count; i++)
        if (text_equal(cli_options[i].name, cli_keys[key].name))
            return cli_options[i].values;
    return NULL;
}

static bool is_allowed(CliKey key, const char *text)
{
    const char *values = allowed_values(key);
    int64_t number;

    if (key == KEY_TIMEOUT || key == KEY_WORKBOOK_LIMIT)
        return decimal_parse(text, 0, &number) == DECIMAL_FINE && number >= 1 &&
               number <= (key == KEY_TIMEOUT ? TIMEOUT_SECONDS_MAX : WORKBOOK_MIB_MAX);
    if (key == KEY_SERVER)
        return text_starts(text, "tcp://") || text_starts(text, "tls+tcp://") || text_starts(text, "ipc://");
    if (key == KEY_LANG && text[0] == '\0')
        return true;
    return values == NULL || command_is_value(values, text);
}

ErrCode config_check(CliKey key, const ConfValue *value, Err *err)
{
    if (is_allowed(key, value->text))
        return ERR_OK;
    err_set(err, ERR_INVALID_ARGUMENT, "CONF_BAD_VALUE");
    err_arg(err, "key", "%s", cli_keys[key].name);
    err_arg(err, "value", "%s", value->text);
    err_arg(err, "origin", "%s", name_label_of(&names_conf_origin, value->origin));
    return err_arg(err, "allowed", "%s", allowed_values(key));
}

bool config_is_dumb_terminal(void)
{
    const char *kind = getenv("TERM");

    return kind != NULL && text_equal(kind, "dumb");
}

/* A person looks at it, and the terminal knows more than plain lines. */
static bool is_colourful(const Cli *cli, bool terminal)
{
    const char *when = cli->values[KEY_COLOR].text;

    if (!text_equal(when, "auto"))
        return text_equal(when, "always");
    return terminal && !config_is_dumb_terminal();
}

/* Checked here, so that a wrong file is told of even when nothing uses the value. */
ErrCode config_apply(Cli *cli, Err *err)
{
    const char *path = cli_option(cli, "output"), *ending = path == NULL ? NULL : strrchr(path, '.');
    int64_t seconds = 0;

    for (int key = 0; key < KEY_COUNT; key++) {
        ErrCode code = config_check((CliKey)key, &cli->values[key], err);
        if (code != ERR_OK)
            return code;
    }
    cli->style.format = render_format_parse(cli->values[KEY_FORMAT].text);
    if (ending != NULL && !cli_flag(cli, "format") && render_format_parse(ending + 1) != 0)
        cli->style.format = render_format_parse(ending + 1);
    decimal_parse(cli->values[KEY_TIMEOUT].text, 0, &seconds);
    cli->timeout_ms = seconds * 1000;
    cli->style.excel = cli_flag(cli, "excel");
    cli->style.expanded = cli_flag(cli, "expanded");
    cli->style.no_headers = cli_flag(cli, "no-headers");
    cli->style.colour = is_colourful(cli, cli->host->terminal && path == NULL);
    cli->err_colour = is_colourful(cli, cli->host->err_terminal);
    if (cli_flag(cli, "verbose"))
        log_set_level(LOG_INFO);
    return ERR_OK;
}

ErrCode config_find_key(const char *name, CliKey *ret_key, Err *err)
{
    const char *near = "";
    unsigned least = 4;

    for (int key = 0; key < KEY_COUNT; key++) {
        unsigned distance = text_distance(name, cli_keys[key].name);
        if (distance == 0) {
            *ret_key = (CliKey)key;
            return ERR_OK;
        }
        if (distance < least) {
            least = distance;
            near = cli_keys[key].name;
        }
    }
    err_set(err, ERR_NOT_FOUND, near[0] == '\0' ? "CONF_KEY_MISSING" : "CONF_KEY_MISSING_NEAR");
    err_arg(err, "key", "%s", name);
    return err_arg(err, "near", "%s", near);
}

/* mkdir -p of the folder the file lies in, each new one private; what fails is told by the writing. */
static void make_folder(const char *path)
{
    char dir[PATH_SIZE];

    text_copy(dir, sizeof dir, path);
    for (char *at = dir + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        (void)mkdir(dir, 0700);
        *at = '/';
    }
}

/* True for "key = value" of this key, in the way the file is read: blanks around the name do not count. */
static bool is_line_of(const char *line, size_t length, const char *key)
{
    size_t blank = strspn(line, " \t"), name = strlen(key);

    if (length < blank + name || memcmp(line + blank, key, name) != 0)
        return false;
    size_t after = blank + name + strspn(line + blank + name, " \t");
    return after < length && (line[after] == '=' || line[after] == ':');
}

/* The lines of others, and the new one at the place of the first old one or at the end. */
static void put_lines(const char *text, const char *key, const char *value, Buf *buf)
{
    bool done = value == NULL;

    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        if (!is_line_of(text, length, key)) {
            buf_add(buf, text, length);
            buf_char(buf, '\n');
        } else if (!done) {
            buf_printf(buf, "%s = %s\n", key, value);
            done = true;
        }
        text += length + (text[length] == '\n');
    }
    if (!done)
        buf_printf(buf, "%s = %s\n", key, value);
}

/* All of a small file; empty when there is none. */
static ErrCode read_file(const char *path, Buf *buf, Err *err)
{
    FILE *file = fopen(path, "re");
    char part[4096];
    size_t size;

    buf_text(buf, "");
    if (file == NULL)
        return ERR_OK;
    while ((size = fread(part, 1, sizeof part, file)) > 0)
        buf_add(buf, part, size);
    bool failed = ferror(file) != 0 || buf->failed;
    fclose(file);
    if (!failed)
        return ERR_OK;
    err_set(err, ERR_INVALID_ARGUMENT, "CONF_UNREADABLE");
    return err_arg(err, "file", "%s", path);
}

ErrCode config_edit(const char *path, CliKey key, const char *value, Err *err)
{
    Buf old, new;

    buf_init(&old, FILE_MAX);
    buf_init(&new, FILE_MAX);
    ErrCode code = read_file(path, &old, err);
    if (code == ERR_OK) {
        put_lines(old.data == NULL ? "" : old.data, cli_keys[key].name, value, &new);
        make_folder(path);
        code = new.failed ? err_memory(err)
                          : output_replace(path, new.data == NULL ? "" : new.data, new.length, 0600, err);
    }
    buf_done(&old);
    buf_done(&new);
    return code;
}
