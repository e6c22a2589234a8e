/* What one call showed: rows counted by school, or as one district or the region when they are many. Pure. */
#ifndef SERVER_SERVICE_SEEN_H
#define SERVER_SERVICE_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As many schools as one school's or curator's account may see: those are always named one by one. */
enum { SEEN_SCHOOLS_MAX = 32 };

typedef struct Seen {
    int64_t org_ids[SEEN_SCHOOLS_MAX], district_ids[SEEN_SCHOOLS_MAX], row_counts[SEEN_SCHOOLS_MAX];
    size_t count; /* entries in use */
    bool wide;    /* one entry: a district, or the region (both 0) */
} Seen;

/* One more row of a school; school_id 0: of no single one. The fields fit AccessWrite. */
void seen_add(Seen *seen, int64_t school_id, int64_t district_id);

#endif
