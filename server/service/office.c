/* Owns the table of offices. Invariant: a district's coordinator never reaches beyond schools and curators of
 * the own district. Must not look anything up. */
#include "server/service/office.h"

#include "server/store/store_org.h"
#include "shans/v1/system.pb-c.h"

#define KIND(kind) (1u << (unsigned)(kind))

/* Who makes accounts of a role. */
typedef enum Maker { MAKER_DISTRICT = 1, MAKER_MINISTRY = 2, MAKER_EITHER = 3 } Maker;

typedef struct OfficeRule {
    int role;
    unsigned kinds;  /* of organisations its people belong to */
    bool above_only; /* only above the districts */
    Maker maker;     /* DISTRICT: where there is a district */
} OfficeRule;

static const OfficeRule rules[] = {
    {SHANS__V1__ROLE__ROLE_SCHOOL_EDITOR, KIND(ORG_SCHOOL), false, MAKER_DISTRICT},
    {SHANS__V1__ROLE__ROLE_SCHOOL_HEAD, KIND(ORG_SCHOOL), false, MAKER_DISTRICT},
    {SHANS__V1__ROLE__ROLE_DISTRICT_COORDINATOR, KIND(ORG_DISTRICT), false, MAKER_MINISTRY},
    {SHANS__V1__ROLE__ROLE_MINISTRY_ANALYST, KIND(ORG_REGION), true, MAKER_MINISTRY},
    {SHANS__V1__ROLE__ROLE_METHODOLOGIST, KIND(ORG_REGION) | KIND(ORG_CENTRE), true, MAKER_MINISTRY},
    {SHANS__V1__ROLE__ROLE_ADMINISTRATOR, KIND(ORG_REGION), true, MAKER_MINISTRY},
    {SHANS__V1__ROLE__ROLE_AUDITOR, KIND(ORG_REGION), true, MAKER_MINISTRY},
    {SHANS__V1__ROLE__ROLE_CURATOR, KIND(ORG_SCHOOL) | KIND(ORG_DISTRICT) | KIND(ORG_CENTRE), false,
     MAKER_EITHER},
};

static const OfficeRule *rule_of(int role)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (rules[i].role == role)
            return &rules[i];
    }
    return NULL;
}

bool office_fits(int role, int org_kind, int64_t district_id)
{
    const OfficeRule *rule = rule_of(role);

    return rule != NULL && (rule->kinds & KIND(org_kind)) != 0 && (!rule->above_only || district_id == 0);
}

bool office_makes(const Principal *caller, int role, int64_t district_id)
{
    const OfficeRule *rule = rule_of(role);

    if (rule == NULL)
        return false;
    if (caller->role == SHANS__V1__ROLE__ROLE_ADMINISTRATOR)
        return (rule->maker & MAKER_MINISTRY) != 0;
    return caller->role == SHANS__V1__ROLE__ROLE_DISTRICT_COORDINATOR &&
           (rule->maker & MAKER_DISTRICT) != 0 && district_id != 0 && district_id == caller->district_id;
}

bool office_keeps(const Principal *caller, int role, int64_t district_id)
{
    return caller->role == SHANS__V1__ROLE__ROLE_ADMINISTRATOR || office_makes(caller, role, district_id);
}
