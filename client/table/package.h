/* The package of a workbook (ZIP): its directory is checked whole before anything is unpacked, and unpacking
 * stops at the limits. */
#ifndef CLIENT_TABLE_PACKAGE_H
#define CLIENT_TABLE_PACKAGE_H

#include <stdbool.h>

#include "common/core/arena.h"

enum {
    PACKAGE_UNPACKED = 64 << 20, /* bytes of all parts together, unless the caller allows more */
    PACKAGE_RATIO = 100,         /* unpacked : packed, of a part larger than PACKAGE_SMALL */
    PACKAGE_SMALL = 1 << 20,     /* bytes */
    PACKAGE_ENTRIES = 4096,      /* parts and pictures of one workbook */
    PACKAGE_DIRECTORY = 1 << 20, /* bytes of the directory itself */
};

typedef struct Package Package;
typedef struct PackagePart PackagePart;

/* Opens and checks; unpacked_max: bytes, 0 = PACKAGE_UNPACKED; a packed file may not be larger either. The
 * arena keeps the directory. INVALID_ARGUMENT, with "part" where one is to blame: XLSX_OLD_FORMAT,
 * XLSX_DAMAGED, XLSX_ENTRIES, XLSX_ENTRY_NAME, XLSX_ENTRY_TWICE, XLSX_ENCRYPTED, XLSX_OVERLAP,
 * XLSX_TOO_LARGE, XLSX_RATIO. */
ErrCode package_open(const char *path, size_t unpacked_max, Arena *arena, Package **ret_package,
                     Err *err) MUST_CHECK;
/* The same over bytes, which must outlive the package. */
ErrCode package_open_bytes(const void *bytes, size_t size, size_t unpacked_max, Arena *arena,
                           Package **ret_package, Err *err) MUST_CHECK;
void package_close(Package *package); /* accepts NULL */

/* Letter case of ASCII is ignored, as the format asks. */
bool package_has(const Package *package, const char *name);

/* A part to read from its beginning; one at a time. NOT_FOUND / XLSX_PART_MISSING with "part". */
ErrCode package_open_part(Package *package, const char *name, PackagePart **ret_part, Err *err) MUST_CHECK;
/* At most size bytes, *ret 0 at the end, where the checksum is known to be right. Besides XLSX_DAMAGED:
 * XLSX_TOO_LARGE and XLSX_RATIO by what really came out, XLSX_SIZE_LIE when that is not what was announced.
 */
ErrCode package_read(PackagePart *part, void *to, size_t size, size_t *ret, Err *err) MUST_CHECK;
const char *package_part_name(const PackagePart *part);
void package_close_part(PackagePart *part); /* accepts NULL */

#endif
