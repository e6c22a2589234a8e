/* Writing definitions in their flat compiled form; the reverse of catalog_load and methodology_load. What was
 * loaded packs back to the very same bytes, so a hash of them names the definition. */
#ifndef COMMON_CATALOG_CATALOG_PACK_H
#define COMMON_CATALOG_CATALOG_PACK_H

#include "common/catalog/factors.h"
#include "common/catalog/methodology.h"
#include "common/core/buf.h"

/* Layout, little-endian; a text is u32 length + UTF-8 bytes without NUL; a list is u32 count + items:
 *   "SHC1" forms methodologies factor-dictionaries
 *   "SHM1" methodology
 * Fields stand in the order of the structures. The buffer is appended to; look at buf->failed afterwards. */
void catalog_pack(const Catalog *catalog, Buf *buf);
void methodology_pack(const Methodology *methodology, Buf *buf);

#endif
