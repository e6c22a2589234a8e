/* Owns the commands that ask the log. Must not change anything. */
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/cmd_office.h"
#include "client/cli/show.h"
#include "common/base/ids.h"
#include "shans/v1/admin.pb-c.h"

enum { PAGE = 1000 };

/* The method's own name: people get a word for it, programs the name. */
static void add_method(RenderTable *table, const char *full_name)
{
    const char *slash = strrchr(full_name, '/');

    show_name_of(table, &names_method, slash == NULL ? full_name : slash + 1);
}

/* One read or change. A number that is not told is empty, not zero. */
static void add_entry(RenderTable *table, const Shans__V1__AccessEntry *entry)
{
    char id[ID_TEXT_SIZE] = "";

    if (entry->request_id.len == ID_SIZE)
        id_dump(entry->request_id.data, id);
    render_add_time(table, entry->time_ms);
    render_add_text(table, entry->login);
    show_number_of(table, &names_role, (int)entry->role);
    render_add_text(table, entry->office_code);
    add_method(table, entry->method);
    render_add_text(table, entry->org_code);
    render_add_text(table, entry->object);
    if (entry->rows == 0)
        render_add_empty(table);
    else
        render_add_number(table, entry->rows);
    render_add_text(table, id);
}

/* Newest first. What was seen, or with --changes what was changed; whose log one may ask is the server's
 * decision. Every page is fetched: the server keeps them to one moment. */
ErrCode cmd_access_log(Cli *cli, Err *err)
{
    const RenderColumn columns[] = {
        {"time", _("Time"), RENDER_TIME, 0},     {"login", _("Who"), RENDER_TEXT, 0},
        {"role", _("Role"), RENDER_CODE, 0},     {"office", _("Office"), RENDER_TEXT, 0},
        {"method", _("What"), RENDER_CODE, 0},   {"org_code", _("Of whom"), RENDER_TEXT, 0},
        {"object", _("Object"), RENDER_TEXT, 0}, {"rows", _("Rows"), RENDER_NUMBER, 0},
        {"request_id", NULL, RENDER_TEXT, 0},
    };
    Shans__V1__ListAccessRequest request = SHANS__V1__LIST_ACCESS_REQUEST__INIT;
    RenderTable *table = render_table_new(cli->arena, "access", columns, 9, false);

    if (table == NULL)
        return err_memory(err);
    request.person = cli_option_text(cli, "person");
    request.org_code = cli_option_text(cli, "org");
    request.from_date = cli_option_text(cli, "from");
    request.to_date = cli_option_text(cli, "to");
    request.changes = cli_flag(cli, "changes");
    request.page_size = PAGE;
    for (bool more = true; more;) {
        ProtobufCMessage *message = NULL;
        ErrCode code = cli_call(cli, &shans__v1__admin_service__descriptor, "ListAccess", NULL, &request.base,
                                &message, err);
        if (code != ERR_OK)
            return code;
        const Shans__V1__ListAccessReply *reply = (const void *)message;
        for (size_t i = 0; i < reply->n_entries; i++)
            add_entry(table, reply->entries[i]);
        request.page_token = reply->next_page_token;
        more = reply->next_page_token[0] != '\0';
    }
    return cli_print(cli, table, err);
}

/* Sign-ins that were refused, counted by the minute. */
ErrCode cmd_access_refusals(Cli *cli, Err *err)
{
    const RenderColumn columns[] = {
        {"minute", _("Minute"), RENDER_TIME, 0},  {"reason", _("Reason"), RENDER_TEXT, 0},
        {"source", _("Source"), RENDER_TEXT, 0},  {"count", _("Times"), RENDER_NUMBER, 0},
        {"last", _("Last time"), RENDER_TIME, 0},
    };
    Shans__V1__ListRefusalsRequest request = SHANS__V1__LIST_REFUSALS_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    RenderTable *table = render_table_new(cli->arena, "refusal", columns, 5, false);

    if (table == NULL)
        return err_memory(err);
    request.from_date = cli_option_text(cli, "from");
    request.to_date = cli_option_text(cli, "to");
    ErrCode code = cli_call(cli, &shans__v1__admin_service__descriptor, "ListRefusals", NULL, &request.base,
                            &message, err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__ListRefusalsReply *reply = (const void *)message;
    for (size_t i = 0; i < reply->n_refusals; i++) {
        render_add_time(table, reply->refusals[i]->minute_ms);
        render_add_text(table, reply->refusals[i]->reason);
        render_add_text(table, reply->refusals[i]->source);
        render_add_number(table, (int64_t)reply->refusals[i]->count);
        render_add_time(table, reply->refusals[i]->last_ms);
    }
    return cli_print(cli, table, err);
}
