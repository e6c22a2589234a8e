/* Owns the method table: which role may call what, on which lane, with how large a request. Invariant: one
 * row for each method the proto files declare (methods_check refuses anything else at start).
 * Must not hold logic. */
#include "server/methods.h"

#include "server/service/handlers.h"
#include "shans/v1/admin.pb-c.h"
#include "shans/v1/collection.pb-c.h"
#include "shans/v1/delivery.pb-c.h"
#include "shans/v1/lists.pb-c.h"
#include "shans/v1/method.pb-c.h"
#include "shans/v1/org.pb-c.h"
#include "shans/v1/system.pb-c.h"

#define SYSTEM     (&shans__v1__system_service__descriptor)
#define ORG        (&shans__v1__org_service__descriptor)
#define COLLECTION (&shans__v1__collection_service__descriptor)
#define LISTS      (&shans__v1__list_service__descriptor)
#define DELIVERIES (&shans__v1__delivery_service__descriptor)
#define METHODS    (&shans__v1__method_service__descriptor)
#define ADMIN      (&shans__v1__admin_service__descriptor)

enum {
    EDITOR = METHOD_ROLE(SHANS__V1__ROLE__ROLE_SCHOOL_EDITOR),
    HEAD = METHOD_ROLE(SHANS__V1__ROLE__ROLE_SCHOOL_HEAD),
    COORDINATOR = METHOD_ROLE(SHANS__V1__ROLE__ROLE_DISTRICT_COORDINATOR),
    ANALYST = METHOD_ROLE(SHANS__V1__ROLE__ROLE_MINISTRY_ANALYST),
    METHODOLOGIST = METHOD_ROLE(SHANS__V1__ROLE__ROLE_METHODOLOGIST),
    ADMINISTRATOR = METHOD_ROLE(SHANS__V1__ROLE__ROLE_ADMINISTRATOR),
    AUDITOR = METHOD_ROLE(SHANS__V1__ROLE__ROLE_AUDITOR),
    CURATOR = METHOD_ROLE(SHANS__V1__ROLE__ROLE_CURATOR),
    ANY = METHOD_ANY_ROLE,
    ACCOUNTS = METHOD_ACCOUNTS,
    MINISTRY = ANALYST | METHODOLOGIST,
    READERS = MINISTRY | AUDITOR,
    OFFICES = COORDINATOR | ADMINISTRATOR,
    FIGURES = EDITOR | HEAD | COORDINATOR | CURATOR | READERS, /* everyone figures may be shown to */
    KIB = 1024,
    MIB = 1024 * 1024,
};

const MethodRow server_methods[] = {
    {SYSTEM, "GetServerInfo", METHOD_OPEN, LANE_READ, false, KIB, system_get_server_info},
    {SYSTEM, "CheckHealth", METHOD_OPEN, LANE_READ, false, KIB, system_check_health},
    {SYSTEM, "Echo", ANY, LANE_READ, false, MIB, system_echo},
    {SYSTEM, "GetIdentity", ANY, LANE_READ, false, KIB, system_get_identity},

    {ORG, "ListOrgs", ANY, LANE_READ, false, KIB, org_list_orgs},
    {ORG, "GetOrg", ANY, LANE_READ, false, KIB, org_get_org},
    {ORG, "ImportOrgs", ANALYST | ADMINISTRATOR, LANE_WRITE, true, 3 * MIB, org_import_orgs},

    {COLLECTION, "Submit", EDITOR | HEAD | COORDINATOR | ANALYST, LANE_SUBMIT, true, MIB, collection_submit},
    {COLLECTION, "ListSubmissions", FIGURES, LANE_READ, false, KIB, collection_list_submissions},
    {COLLECTION, "GetSubmission", FIGURES, LANE_READ, false, KIB, collection_get_submission},
    {COLLECTION, "Review", HEAD | COORDINATOR | ANALYST, LANE_WRITE, true, MIB, collection_review},
    {COLLECTION, "ImportRiskTables", ANALYST, LANE_WRITE, true, 3 * MIB, collection_import_risk_tables},
    {COLLECTION, "ImportSourceTables", ANALYST, LANE_WRITE, true, 3 * MIB, collection_import_source_tables},
    {COLLECTION, "ResolveIssue", COORDINATOR | ANALYST, LANE_WRITE, true, 8 * KIB, collection_resolve_issue},
    {COLLECTION, "ListIssues", FIGURES, LANE_READ, false, KIB, collection_list_issues},

    {LISTS, "ImportGroups", MINISTRY, LANE_WRITE, true, MIB, group_import_groups},
    {LISTS, "ListGroups", EDITOR | HEAD | COORDINATOR | READERS, LANE_READ, false, KIB, group_list_groups},
    {LISTS, "ListMembers", EDITOR | HEAD | COORDINATOR | READERS, LANE_READ, false, KIB, group_list_members},
    {LISTS, "ImportList", ANALYST, LANE_WRITE, true, MIB, list_import_list},
    {LISTS, "CompareList", READERS, LANE_READ, false, KIB, list_compare_list},

    {DELIVERIES, "Deliver", ANALYST, LANE_WRITE, true, 3 * MIB, delivery_deliver},
    {DELIVERIES, "ListDeliveries", EDITOR | HEAD | COORDINATOR | READERS, LANE_READ, false, KIB,
     delivery_list_deliveries},
    {DELIVERIES, "ConfirmDeliveries", HEAD, LANE_WRITE, true, 64 * KIB, delivery_confirm_deliveries},
    {DELIVERIES, "DisputeFigure", EDITOR | HEAD, LANE_WRITE, true, 16 * KIB, delivery_dispute_figure},
    {DELIVERIES, "ListDisputes", EDITOR | HEAD | COORDINATOR | READERS, LANE_READ, false, KIB,
     delivery_list_disputes},
    {DELIVERIES, "DecideDispute", EDITOR | HEAD | ANALYST, LANE_WRITE, true, 16 * KIB,
     delivery_decide_dispute},

    {METHODS, "ListMethodologies", ANY, LANE_READ, false, KIB, method_list_methodologies},
    {METHODS, "GetMethodology", ANY, LANE_READ, false, KIB, method_get_methodology},
    {METHODS, "PutMethodology", METHODOLOGIST, LANE_WRITE, true, MIB, method_put_methodology},
    {METHODS, "StartRun", MINISTRY, LANE_WRITE, true, KIB, run_start_run},
    {METHODS, "GetRun", READERS, LANE_READ, false, KIB, run_get_run},
    {METHODS, "ListRuns", READERS, LANE_READ, false, KIB, run_list_runs},
    {METHODS, "ListClasses", FIGURES, LANE_READ, false, KIB, class_list_classes},
    {METHODS, "Explain", FIGURES, LANE_READ, false, KIB, class_explain},
    {METHODS, "GetMatrix", READERS, LANE_READ, false, KIB, class_get_matrix},
    {METHODS, "GetQuadrants", COORDINATOR | READERS, LANE_READ, false, KIB, quadrant_get_quadrants},
    {METHODS, "GetPublicTable", READERS, LANE_READ, false, KIB, public_get_public_table},
    {METHODS, "PublishEdition", ANALYST, LANE_WRITE, true, 4 * KIB, edition_publish_edition},
    {METHODS, "ListEditions", ANY, LANE_READ, false, KIB, edition_list_editions},

    {ADMIN, "ListAccounts", ACCOUNTS | OFFICES | AUDITOR, LANE_READ, false, KIB, account_list_accounts},
    {ADMIN, "AddAccount", ACCOUNTS | OFFICES, LANE_WRITE, true, 4 * KIB, account_add_account},
    {ADMIN, "SetAccountBlocked", ACCOUNTS | OFFICES, LANE_WRITE, true, 4 * KIB, account_set_account_blocked},
    {ADMIN, "IssueToken", ACCOUNTS | OFFICES, LANE_WRITE, true, 4 * KIB, account_issue_token},
    {ADMIN, "ListTokens", ACCOUNTS | ANY, LANE_READ, false, KIB, account_list_tokens},
    {ADMIN, "RevokeToken", ACCOUNTS | ANY, LANE_WRITE, true, KIB, account_revoke_token},
    {ADMIN, "AssignCurator", ACCOUNTS | OFFICES, LANE_WRITE, true, 4 * KIB, curator_assign_curator},
    {ADMIN, "EndCurator", ACCOUNTS | OFFICES, LANE_WRITE, true, 4 * KIB, curator_end_curator},
    {ADMIN, "ListCurators", ANY, LANE_READ, false, KIB, curator_list_curators},
    {ADMIN, "ListAccess", HEAD | OFFICES | AUDITOR, LANE_READ, false, KIB, access_log_list_access},
    {ADMIN, "ListRefusals", ADMINISTRATOR | AUDITOR, LANE_READ, false, KIB, access_log_list_refusals},
};
const size_t server_method_count = sizeof server_methods / sizeof server_methods[0];

const ProtobufCServiceDescriptor *const server_services[] = {SYSTEM,     ORG,     COLLECTION, LISTS,
                                                             DELIVERIES, METHODS, ADMIN};
const size_t server_service_count = sizeof server_services / sizeof server_services[0];
