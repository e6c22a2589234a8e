/* Handlers of every RPC method; the table in server/methods.c joins them with role and limits. Each checks,
 * converts, calls engine, lifecycle or store, and fills the reply; none knows the transport. */
#ifndef SERVER_SERVICE_HANDLERS_H
#define SERVER_SERVICE_HANDLERS_H

#include "server/rpc/method.h"

#define SERVICE_HANDLER(name)                                                                                \
    ErrCode name(Call *call, const ProtobufCMessage *request, ProtobufCMessage *reply, Err *err)

SERVICE_HANDLER(system_get_server_info);
SERVICE_HANDLER(system_check_health);
SERVICE_HANDLER(system_echo);
SERVICE_HANDLER(system_get_identity);

SERVICE_HANDLER(org_list_orgs);
SERVICE_HANDLER(org_get_org);
SERVICE_HANDLER(org_import_orgs);

SERVICE_HANDLER(collection_submit);
SERVICE_HANDLER(collection_list_submissions);
SERVICE_HANDLER(collection_get_submission);
SERVICE_HANDLER(collection_review);
SERVICE_HANDLER(collection_import_risk_tables);
SERVICE_HANDLER(collection_list_issues);

SERVICE_HANDLER(method_list_methodologies);
SERVICE_HANDLER(method_get_methodology);
SERVICE_HANDLER(method_put_methodology);
SERVICE_HANDLER(run_start_run);
SERVICE_HANDLER(run_get_run);
SERVICE_HANDLER(run_list_runs);
SERVICE_HANDLER(class_list_classes);
SERVICE_HANDLER(class_explain);
SERVICE_HANDLER(class_get_matrix);
SERVICE_HANDLER(edition_publish_edition);
SERVICE_HANDLER(edition_list_editions);

#endif
