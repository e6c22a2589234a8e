/* Owns which error each constraint of the schema stands for. Invariant: every name exists in the migrated
 * schema and stands here once (a test compares). Must not hold logic. */
#include "server/store/db_error.h"

const DbConstraint db_constraints[] = {
    {"cell_mark_says_why", ERR_INVALID_ARGUMENT, "COMMENT_MISSING"},
    {"curator_dates_ordered", ERR_INVALID_ARGUMENT, "CURATOR_DATES"},
    {"curator_document_given", ERR_INVALID_ARGUMENT, "DOCUMENT_MISSING"},
    {"curator_ended_once", ERR_FAILED_PRECONDITION, "CURATOR_ENDED"},
    {"curator_not_own_school", ERR_FAILED_PRECONDITION, "CURATOR_OWN_SCHOOL"},
    {"curator_one_per_school", ERR_ALREADY_EXISTS, "CURATOR_TAKEN"},
    {"curator_person", ERR_FAILED_PRECONDITION, "CURATOR_ROLE"},
    {"edition_document_given", ERR_INVALID_ARGUMENT, "DOCUMENT_MISSING"},
    {"edition_insert_only", ERR_FAILED_PRECONDITION, "EDITION_FINAL"},
    {"edition_run_once", ERR_ALREADY_EXISTS, "RUN_PUBLISHED"},
    {"edition_title_given", ERR_INVALID_ARGUMENT, "TITLE_MISSING"},
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
    {"principal_identity_fixed", ERR_FAILED_PRECONDITION, "ACCOUNT_FIXED"},
    {"principal_last_administrator", ERR_FAILED_PRECONDITION, "LAST_ADMINISTRATOR"},
    {"principal_login_form", ERR_INVALID_ARGUMENT, "LOGIN_FORM"},
    {"principal_login_unique", ERR_ALREADY_EXISTS, "LOGIN_TAKEN"},
    {"run_methodology_exists", ERR_NOT_FOUND, "METHODOLOGY_UNKNOWN"},
    {"submission_one_live", ERR_ABORTED, "SUBMISSION_EXISTS"},
    {"submission_period_form", ERR_INVALID_ARGUMENT, "PERIOD_FORM"},
    {"token_pkey", ERR_ALREADY_EXISTS, "TOKEN_TAKEN"},
};

const size_t db_constraints_count = sizeof db_constraints / sizeof *db_constraints;
