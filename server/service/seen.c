/* Owns the counting of shown rows. Invariant: the sum of row_counts is the number of calls, and the entries
 * cover every school that was added. Must not write anything. */
#include "server/service/seen.h"

/* From here on a single entry: the district if all are of one, else the region. */
static void widen(Seen *seen)
{
    int64_t district_id = seen->district_ids[0], rows = 0;

    for (size_t i = 0; i < seen->count; i++) {
        rows += seen->row_counts[i];
        if (seen->district_ids[i] != district_id)
            district_id = 0;
    }
    *seen = (Seen){.org_ids = {district_id},
                   .district_ids = {district_id},
                   .row_counts = {rows},
                   .count = 1,
                   .wide = true};
}

void seen_add(Seen *seen, int64_t school_id, int64_t district_id)
{
    if (!seen->wide) {
        for (size_t i = seen->count; i > 0; i--) { /* lists are ordered: mostly the last one */
            if (seen->org_ids[i - 1] == school_id) {
                seen->row_counts[i - 1]++;
                return;
            }
        }
        if (seen->count < SEEN_SCHOOLS_MAX) {
            seen->org_ids[seen->count] = school_id;
            seen->district_ids[seen->count] = district_id;
            seen->row_counts[seen->count++] = 1;
            return;
        }
        widen(seen);
    }
    if (seen->org_ids[0] != district_id)
        seen->org_ids[0] = seen->district_ids[0] = 0;
    seen->row_counts[0]++;
}
