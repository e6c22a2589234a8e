/* Handlers of every RPC method; the table in server/methods.c joins them with role and limits. Each checks,
 * converts, calls engine, lifecycle or store, and fills the reply; none knows the transport. */
#ifndef SERVER_SERVICE_HANDLERS_H
#define SERVER_SERVICE_HANDLERS_H

#include "server/rpc/method.h"

#define SERVICE_HANDLER(name)                                                                                \
    ErrCode name(Call *call, const ProtobufCMessage *request, ProtobufCMessage *reply, Err *err)

SERVICE_HANDLER(system_get_server_info); /* version, protocol, definitions */
SERVICE_HANDLER(system_check_health);    /* whether the database answers */
SERVICE_HANDLER(system_echo);            /* the payload back */
SERVICE_HANDLER(system_get_identity);    /* who the token belongs to */

SERVICE_HANDLER(org_list_orgs);   /* as of a date */
SERVICE_HANDLER(org_get_org);     /* all versions and links */
SERVICE_HANDLER(org_import_orgs); /* all or nothing */

SERVICE_HANDLER(collection_submit);               /* answered after the commit */
SERVICE_HANDLER(collection_list_submissions);     /* by form, period, state */
SERVICE_HANDLER(collection_get_submission);       /* cells, remarks, events */
SERVICE_HANDLER(collection_review);               /* accept, return, withdraw */
SERVICE_HANDLER(collection_import_risk_tables);   /* cross-checks printed tables */
SERVICE_HANDLER(collection_list_issues);          /* what was flagged */
SERVICE_HANDLER(collection_import_source_tables); /* a source's tables against each other */
SERVICE_HANDLER(collection_resolve_issue);        /* a person's decision */

SERVICE_HANDLER(group_import_groups); /* meanings into the dictionary */
SERVICE_HANDLER(group_list_groups);   /* of a day, with sizes */
SERVICE_HANDLER(group_list_members);  /* the list behind a size */
SERVICE_HANDLER(list_import_list);    /* checked whole, taken over whole */
SERVICE_HANDLER(list_compare_list);   /* ours against theirs */

SERVICE_HANDLER(delivery_deliver);            /* figures with their document */
SERVICE_HANDLER(delivery_list_deliveries);    /* who confirmed, who has not */
SERVICE_HANDLER(delivery_confirm_deliveries); /* in one go */
SERVICE_HANDLER(delivery_dispute_figure);     /* one cell */
SERVICE_HANDLER(delivery_list_disputes);      /* with their answers */
SERVICE_HANDLER(delivery_decide_dispute);     /* uphold, reject, take back */

SERVICE_HANDLER(method_list_methodologies); /* every version */
SERVICE_HANDLER(method_get_methodology);    /* with its compiled bytes */
SERVICE_HANDLER(method_put_methodology);    /* linted first */
SERVICE_HANDLER(run_start_run);             /* queues; the job loop computes */
SERVICE_HANDLER(run_get_run);               /* state and hashes */
SERVICE_HANDLER(run_list_runs);             /* newest first */
SERVICE_HANDLER(class_list_classes);        /* of a run or an edition */
SERVICE_HANDLER(class_explain);             /* down to the figures */
SERVICE_HANDLER(class_get_matrix);          /* 11 by 11, of a run */
SERVICE_HANDLER(quadrant_get_quadrants);    /* pictures on two axes, from the figures of the day */
SERVICE_HANDLER(edition_publish_edition);   /* insert-only */
SERVICE_HANDLER(edition_list_editions);
ErrCode public_get_public_table(Call *call, const ProtobufCMessage *request, ProtobufCMessage *reply,
                                Err *err) MUST_CHECK; /* all of them */

SERVICE_HANDLER(account_list_accounts);       /* of the office and below */
SERVICE_HANDLER(account_add_account);         /* by the office above */
SERVICE_HANDLER(account_set_account_blocked); /* and unblocked */
SERVICE_HANDLER(account_issue_token);         /* its hash: the client made it */
SERVICE_HANDLER(account_list_tokens);         /* one's own, or of an account kept */
SERVICE_HANDLER(account_revoke_token);        /* the same */
SERVICE_HANDLER(curator_assign_curator);      /* with document and end */
SERVICE_HANDLER(curator_end_curator);         /* before its time */
SERVICE_HANDLER(curator_list_curators);       /* in force, or all */
SERVICE_HANDLER(access_log_list_access);      /* who saw or changed what */
SERVICE_HANDLER(access_log_list_refusals);    /* refused sign-ins */

#endif
