/* Owns whoami and server info. Invariant: a token is never printed.
 * Must not change anything. */
#include "client/cli/cli.h"
#include "client/cli/cmd.h"
#include "client/cli/show.h"
#include "shans/v1/system.pb-c.h"

/* The token decides who one is; nothing is cached. */
ErrCode cmd_whoami(Cli *cli, Err *err)
{
    const RenderColumn columns[] = {
        {"login", _("Login"), RENDER_TEXT, 0},
        {"name", _("Name of the person"), RENDER_TEXT, 0},
        {"role", _("Role"), RENDER_CODE, 0},
        {"org_code", _("Organisation"), RENDER_TEXT, 0},
        {"org_name", _("Name of the organisation"), RENDER_TEXT, 0},
        {"token_expires", _("Token valid until"), RENDER_TIME, 0},
    };
    Shans__V1__GetIdentityRequest request = SHANS__V1__GET_IDENTITY_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    ErrCode code = cli_call(cli, &shans__v1__system_service__descriptor, "GetIdentity", NULL, &request.base,
                            &message, err);

    if (code != ERR_OK)
        return code;
    const Shans__V1__GetIdentityReply *reply = (const void *)message;
    RenderTable *table = render_table_new(cli->arena, "identity", columns, 6, true);
    if (table == NULL)
        return err_memory(err);
    render_add_text(table, reply->login);
    render_add_text(table, reply->display_name);
    show_number_of(table, &names_role, (int)reply->role);
    render_add_text(table, reply->org_code);
    render_add_text(table, reply->org_name);
    render_add_time(table, reply->token_expires_ms);
    return cli_print(cli, table, err);
}

/* Needs no token: the first thing to try when nothing works. */
ErrCode cmd_server_info(Cli *cli, Err *err)
{
    const RenderColumn columns[] = {
        {"version", _("Version"), RENDER_TEXT, 0},
        {"protocol", _("Protocol"), RENDER_ID, 0},
        {"time", _("Server time"), RENDER_TIME, 0},
        {"catalog_hash", _("Definitions"), RENDER_TEXT, 0},
        {"client_version", _("Client version"), RENDER_TEXT, 0},
    };
    Shans__V1__GetServerInfoRequest request = SHANS__V1__GET_SERVER_INFO_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    ErrCode code = cli_call(cli, &shans__v1__system_service__descriptor, "GetServerInfo", NULL, &request.base,
                            &message, err);

    if (code != ERR_OK)
        return code;
    const Shans__V1__GetServerInfoReply *reply = (const void *)message;
    RenderTable *table = render_table_new(cli->arena, "server", columns, 5, true);
    if (table == NULL)
        return err_memory(err);
    render_add_text(table, reply->version);
    render_add_number(table, reply->protocol);
    render_add_time(table, reply->time_ms);
    render_add_text(table, reply->catalog_hash);
    render_add_text(table, SHANS_VERSION);
    return cli_print(cli, table, err);
}
