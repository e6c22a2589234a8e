/* Owns which error each constraint of the schema stands for. Invariant: every name exists in the migrated
 * schema and stands here once (a test compares). Must not hold logic. */
#include "server/store/db_error.h"

const DbConstraint db_constraints[] = {
    {"cell_mark_says_why", ERR_INVALID_ARGUMENT, "COMMENT_MISSING"},
    {"dispute_claims_another", ERR_INVALID_ARGUMENT, "DISPUTE_SAME"},
    {"dispute_one_per_cell", ERR_ALREADY_EXISTS, "DISPUTE_EXISTS"},
    {"dispute_says_why", ERR_INVALID_ARGUMENT, "DISPUTE_REASON"},
    {"edition_document_given", ERR_INVALID_ARGUMENT, "DOCUMENT_MISSING"},
    {"edition_insert_only", ERR_FAILED_PRECONDITION, "EDITION_FINAL"},
    {"edition_run_once", ERR_ALREADY_EXISTS, "RUN_PUBLISHED"},
    {"edition_title_given", ERR_INVALID_ARGUMENT, "TITLE_MISSING"},
    {"group_member_in_group", ERR_FAILED_PRECONDITION, "LIST_OUTSIDE_GROUP"},
    {"group_member_no_overlap", ERR_FAILED_PRECONDITION, "LIST_MEMBER_OVERLAP"},
    {"import_issue_once", ERR_ALREADY_EXISTS, "IMPORT_ISSUE_KNOWN"},
    {"methodology_hash_unique", ERR_ALREADY_EXISTS, "METHODOLOGY_KNOWN"},
    {"methodology_immutable", ERR_FAILED_PRECONDITION, "METHODOLOGY_IMMUTABLE"},
    {"methodology_pkey", ERR_FAILED_PRECONDITION, "METHODOLOGY_IMMUTABLE"},
    {"operation_pkey", ERR_ALREADY_EXISTS, "OPERATION_KNOWN"},
    {"org_code_form", ERR_INVALID_ARGUMENT, "ORG_CODE_FORM"},
    {"org_code_unique", ERR_ALREADY_EXISTS, "ORG_CODE_TAKEN"},
    {"org_dates_ordered", ERR_INVALID_ARGUMENT, "ORG_DATES_ORDER"},
    {"org_link_no_cycle", ERR_FAILED_PRECONDITION, "ORG_LINK_CYCLE"},
    {"org_link_not_itself", ERR_FAILED_PRECONDITION, "ORG_LINK_CYCLE"},
    {"org_one_region", ERR_ALREADY_EXISTS, "ORG_ONE_REGION"},
    {"org_version_levels_form", ERR_INVALID_ARGUMENT, "ORG_LEVELS_FORM"},
    {"org_version_name_given", ERR_INVALID_ARGUMENT, "ORG_NAME_MISSING"},
    {"org_version_no_overlap", ERR_FAILED_PRECONDITION, "ORG_VERSION_OVERLAP"},
    {"org_version_number_unique", ERR_ALREADY_EXISTS, "ORG_NUMBER_TAKEN"},
    {"principal_login_form", ERR_INVALID_ARGUMENT, "LOGIN_FORM"},
    {"principal_login_unique", ERR_ALREADY_EXISTS, "LOGIN_TAKEN"},
    {"run_methodology_exists", ERR_NOT_FOUND, "METHODOLOGY_UNKNOWN"},
    {"school_group_code_form", ERR_INVALID_ARGUMENT, "GROUP_CODE"},
    {"school_group_meaning_form", ERR_INVALID_ARGUMENT, "GROUP_CODE"},
    {"school_group_no_overlap", ERR_FAILED_PRECONDITION, "GROUP_OVERLAP"},
    {"school_group_title_given", ERR_INVALID_ARGUMENT, "GROUP_TITLE"},
    {"submission_one_live", ERR_ABORTED, "SUBMISSION_EXISTS"},
    {"submission_period_form", ERR_INVALID_ARGUMENT, "PERIOD_FORM"},
};

const size_t db_constraints_count = sizeof db_constraints / sizeof *db_constraints;
