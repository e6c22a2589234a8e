/* Writing definitions in their flat compiled form; the reverse of catalog_load and methodology_load. What was
 * loaded packs back to the very same bytes, so a hash of them names the definition. */
#ifndef COMMON_CATALOG_CATALOG_PACK_H
#define COMMON_CATALOG_CATALOG_PACK_H

#include "common/catalog/factors.h"
#include "common/catalog/methodology.h"
#include "common/core/buf.h"

/* What a part is made of, in this order; both is Russian, then English text; flag is u8 0 or 1:
 *
 *   form         code, u32 version, both title, text legal basis, u8 period, flag by school / district /
 * region, sections, rules section      code, both label, flag rows optional, rows (at least one), fields (at
 * least one) row          code ("" for the only row of a section without rows), both label field        code,
 * both label, both help, u8 type, u8 scale, flag required / na / unknown / has min / has max, i64 min, i64
 * max, choices, text numerator, text denominator ("" unless a share) choice       code, i64 number, both
 * label rule         code, u8 severity, flag per row, u32 section, text source, both message, operations, u32
 * field (0xFFFFFFFF: none) operation    u8 op, i64 number, i64 denominator, u32 section, u32 field
 *   methodology  code, u32 version, both title, both legal basis, both remark, text valid from, text valid
 * to, low rule, typology low rule     flag on, u8 test, share, risk zone (flag on, share floor, flag
 * inclusive), u8 count unit, years, branch A (flag on, u32 k, u8 years), branch B (flag on, u8 mode), u32
 * least participants, u8 absent, u8 lineage, u32 unreliable below, u32 unreliable by interval below,
 *                procedures (text code, years), kinds left out (text)
 *   share        i64 numerator, i64 denominator, reduced, from 0 to 1
 *   years        list of u32, ascending
 *   typology     flag on, bands (code, both label, u8 wellbeing from, to, u8 quality from, to)
 *   quadrants    flag on, and when on: u8 split, share border, figures weight, procedures (text), kinds left
 *                out, parameters, clusterings
 *   figures      list of (code form, code section, code field)
 *   parameter    code, both label / good / bad, u8 kind, indicators (code, both label, flag more is better,
 *                figures top, figures base), parts (u8 parameter before it)
 *   clustering   code, both label, axis x, axis y; an axis is u8 parameter, flag turned
 *   dictionary   code, both title, factors (u32 number, code, both label) ascending by number
 *
 * The numbers of kinds are those of the enumerations; they are part of stored bytes and never change.
 * Layout, little-endian; a text is u32 length + UTF-8 bytes without NUL; a list is u32 count + items:
 *   "SHC1" forms methodologies (each followed by its quadrants) factor-dictionaries
 *   "SHM1" methodology, "SHM2" methodology quadrants (on)
 * Fields stand in the order of the structures. The buffer is appended to; look at buf->failed afterwards. */
void catalog_pack(const Catalog *catalog, Buf *buf);
void methodology_pack(const Methodology *methodology, Buf *buf);

#endif
