/* Owns the config commands. Invariant: a token is never printed and never written into a file here. Must not
 * touch any file but that of the user. */
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/cmd.h"
#include "client/cli/config.h"
#include "client/cli/show.h"
#include "common/core/text.h"

enum { VALUE_MAX = 150 }; /* with its name it must fit a line the file may have */

static const char *shown_value(const Cli *cli, CliKey key)
{
    const char *text = cli->values[key].text;

    return key == KEY_TOKEN && text[0] != '\0' ? "***" : text;
}

/* Each value as it is in force; programs always see its origin, people on request. */
ErrCode cmd_config_show(Cli *cli, Err *err)
{
    const RenderColumn columns[] = {
        {"key", _("Key"), RENDER_TEXT, 0},
        {"value", _("Value"), RENDER_TEXT, 0},
        {"origin", cli_flag(cli, "origin") ? _("Origin") : NULL, RENDER_CODE, 0},
    };
    RenderTable *table = render_table_new(cli->arena, "config", columns, 3, false);

    if (table == NULL)
        return err_memory(err);
    for (int key = 0; key < KEY_COUNT; key++) {
        render_add_text(table, cli_keys[key].name);
        render_add_text(table, shown_value(cli, (CliKey)key));
        show_name_of(table, &names_conf_origin, cli->values[key].origin);
    }
    return cli_print(cli, table, err);
}

/* For scripts: the value and nothing else, in the format of people; in others as show. */
ErrCode cmd_config_get(Cli *cli, Err *err)
{
    const RenderColumn columns[] = {
        {"key", _("Key"), RENDER_TEXT, 0},
        {"value", _("Value"), RENDER_TEXT, 0},
        {"origin", _("Origin"), RENDER_CODE, 0},
    };
    CliKey key;
    ErrCode code = config_find_key(cli->args[0], &key, err);

    if (code != ERR_OK)
        return code;
    if (cli->style.format == RENDER_AS_TABLE && !cli_flag(cli, "expanded")) {
        Buf line;
        buf_init(&line, 1 << 14);
        render_clean(&line, shown_value(cli, key));
        fprintf(cli->out, "%s\n", line.data == NULL ? "" : line.data);
        buf_done(&line);
        return ERR_OK;
    }
    RenderTable *table = render_table_new(cli->arena, "config", columns, 3, true);
    if (table == NULL)
        return err_memory(err);
    render_add_text(table, cli_keys[key].name);
    render_add_text(table, shown_value(cli, key));
    show_name_of(table, &names_conf_origin, cli->values[key].origin);
    return cli_print(cli, table, err);
}

/* What the reader of the file would take for a comment, a new line or nothing at all. */
static bool survives_file(const char *value)
{
    if (value[0] == '\0' || value[0] == ' ' || value[strlen(value) - 1] == ' ' || strlen(value) > VALUE_MAX)
        return false;
    for (const char *at = value; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || (*at == ';' && (at == value || at[-1] == ' ')))
            return false;
    return value[0] != '#';
}

/* The user's file, or an error where there is no home to keep it in. */
static ErrCode get_file(const Cli *cli, const char **ret_path, Err *err)
{
    if (cli->host->user_file == NULL)
        return err_set(err, ERR_FAILED_PRECONDITION, "CONF_NO_HOME");
    *ret_path = cli->host->user_file;
    return ERR_OK;
}

/* A value that is in force from elsewhere stays in force, and that is said. */
ErrCode cmd_config_set(Cli *cli, Err *err)
{
    const char *path = NULL, *value = cli->args[1];
    CliKey key;
    ErrCode code = config_find_key(cli->args[0], &key, err);

    if (code == ERR_OK && key == KEY_TOKEN)
        code = err_set(err, ERR_INVALID_ARGUMENT, "CONF_SECRET");
    if (code == ERR_OK)
        code = config_check(key, &(ConfValue){value, "flag"}, err);
    if (code == ERR_OK && !survives_file(value)) {
        err_set(err, ERR_INVALID_ARGUMENT, "CONF_VALUE_UNFIT");
        err_arg(err, "key", "%s", cli->args[0]);
        code = err_arg(err, "limit", "%d", VALUE_MAX);
    }
    if (code == ERR_OK)
        code = get_file(cli, &path, err);
    if (code == ERR_OK)
        code = config_edit(path, key, value, err);
    if (code != ERR_OK)
        return code;
    cli_say(cli, _("Saved in %s."), path);
    const char *origin = cli->values[key].origin;
    if (!text_equal(origin, "default") && !text_starts(origin, path) &&
        (cli->host->system_file == NULL || !text_starts(origin, cli->host->system_file)))
        cli_say(cli, _("In force remains %s, from: %s."), shown_value(cli, key),
                name_label_of(&names_conf_origin, origin));
    return ERR_OK;
}

/* A key that is not there is no error: it is as asked. */
ErrCode cmd_config_unset(Cli *cli, Err *err)
{
    const char *path = NULL;
    CliKey key;
    ErrCode code = config_find_key(cli->args[0], &key, err);

    if (code == ERR_OK)
        code = get_file(cli, &path, err);
    if (code == ERR_OK)
        code = config_edit(path, key, NULL, err);
    if (code == ERR_OK)
        cli_say(cli, _("Saved in %s."), path);
    return code;
}
