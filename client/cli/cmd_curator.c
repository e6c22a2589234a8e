/* Owns the commands on curators. Must not judge who may look after whom: the server does. */
#include "client/cli/cli.h"
#include "client/cli/cmd_office.h"
#include "client/cli/show.h"
#include "shans/v1/admin.pb-c.h"

enum { PAGE = 1000 };

/* What is worth knowing is said, and stops nothing. */
ErrCode cmd_curator_assign(Cli *cli, Err *err)
{
    const RenderColumn columns[] = {
        {"id", _("Id"), RENDER_ID, 0},
        {"login", _("Login"), RENDER_TEXT, 0},
        {"school_code", _("School"), RENDER_TEXT, 0},
        {"to", _("Until"), RENDER_DATE, 0},
        {"remarks", _("Note"), RENDER_CODE, 0},
    };
    Shans__V1__AssignCuratorRequest request = SHANS__V1__ASSIGN_CURATOR_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    const char *document = NULL, *until = NULL;
    ErrCode code = cli_need(cli, "document", &document, err);

    if (code == ERR_OK)
        code = cli_need(cli, "to", &until, err);
    if (code != ERR_OK)
        return code;
    request.login = (char *)cli->args[0];
    request.school_code = (char *)cli->args[1];
    request.valid_from = cli_option_text(cli, "from");
    request.valid_to = (char *)until;
    request.document = (char *)document;
    code =
        cli_change(cli, &shans__v1__admin_service__descriptor, "AssignCurator", &request.base, &message, err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__AssignCuratorReply *reply = (const void *)message;
    RenderTable *table = render_table_new(cli->arena, "curator_assigned", columns, 5, true);
    if (table == NULL)
        return err_memory(err);
    render_add_number(table, (int64_t)reply->id);
    render_add_text(table, request.login);
    render_add_text(table, request.school_code);
    render_add_date(table, until);
    show_names(table, &names_curator_remark, reply->remarks, reply->n_remarks);
    return cli_print(cli, table, err);
}

/* Access ends within seconds. */
ErrCode cmd_curator_end(Cli *cli, Err *err)
{
    const RenderColumn columns[] = {{"ended", _("Ended"), RENDER_ID, 0}};
    Shans__V1__EndCuratorRequest request = SHANS__V1__END_CURATOR_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    uint64_t id = 0;
    ErrCode code = cli_need_number(cli, cli->args[0], "ID", &id, err);

    request.id = id;
    request.why = cli_option_text(cli, "why");
    if (code == ERR_OK)
        code = cli_change(cli, &shans__v1__admin_service__descriptor, "EndCurator", &request.base, &message,
                          err);
    if (code != ERR_OK)
        return code;
    RenderTable *table = render_table_new(cli->arena, "curator_ended", columns, 1, true);
    if (table == NULL)
        return err_memory(err);
    render_add_number(table, (int64_t)id);
    return cli_print(cli, table, err);
}

/* One assignment; how it ended is shown only where ended ones are asked for. */
static void add_curator(RenderTable *table, const Shans__V1__Curator *curator)
{
    render_add_number(table, (int64_t)curator->id);
    render_add_text(table, curator->login);
    render_add_text(table, curator->display_name);
    render_add_text(table, curator->org_code);
    render_add_text(table, curator->school_code);
    render_add_text(table, curator->school_name);
    render_add_date(table, curator->valid_from);
    render_add_date(table, curator->valid_to);
    render_add_text(table, curator->document);
    render_add_time(table, curator->ended_ms);
    render_add_text(table, curator->ended_why);
}

/* In force today, or every one with --ended. */
ErrCode cmd_curator_list(Cli *cli, Err *err)
{
    bool all = cli_flag(cli, "ended");
    const RenderColumn columns[] = {
        {"id", _("Id"), RENDER_ID, 0},
        {"login", _("Login"), RENDER_TEXT, 0},
        {"name", _("Name of the person"), RENDER_TEXT, 0},
        {"org_code", _("Organisation"), RENDER_TEXT, 0},
        {"school_code", _("School"), RENDER_TEXT, 0},
        {"school_name", _("Name"), RENDER_TEXT, 0},
        {"from", _("From"), RENDER_DATE, 0},
        {"to", _("Until"), RENDER_DATE, 0},
        {"document", _("Document"), RENDER_TEXT, 0},
        {"ended", all ? _("Ended") : NULL, RENDER_TIME, 0},
        {"ended_why", all ? _("Ground") : NULL, RENDER_TEXT, 0},
    };
    Shans__V1__ListCuratorsRequest request = SHANS__V1__LIST_CURATORS_REQUEST__INIT;
    RenderTable *table = render_table_new(cli->arena, "curator", columns, 11, false);

    if (table == NULL)
        return err_memory(err);
    request.under = cli_option_text(cli, "under");
    request.all = all;
    request.page_size = PAGE;
    for (bool more = true; more;) {
        ProtobufCMessage *message = NULL;
        ErrCode code = cli_call(cli, &shans__v1__admin_service__descriptor, "ListCurators", NULL,
                                &request.base, &message, err);
        if (code != ERR_OK)
            return code;
        const Shans__V1__ListCuratorsReply *reply = (const void *)message;
        for (size_t i = 0; i < reply->n_curators; i++)
            add_curator(table, reply->curators[i]);
        request.page_token = reply->next_page_token;
        more = reply->next_page_token[0] != '\0';
    }
    return cli_print(cli, table, err);
}
