/* Which office keeps whose accounts: one table. Pure. */
#ifndef SERVER_SERVICE_OFFICE_H
#define SERVER_SERVICE_OFFICE_H

#include "server/rpc/call.h"

/* Whether people of the role belong into an organisation of that kind (OrgKind); district_id 0: above the
 * districts. */
bool office_fits(int role, int org_kind, int64_t district_id);

/* Whether the caller's office makes accounts of the role in that district, and issues their tokens: schools'
 * and curators' accounts by their district, the districts' and the ministry's by the administrator; curators
 * above the districts too. */
bool office_makes(const Principal *caller, int role, int64_t district_id);

/* Whether the caller's office may look at such an account, block it and revoke its tokens: the one that makes
 * it, and the administrator in any case. */
bool office_keeps(const Principal *caller, int role, int64_t district_id);

#endif
