/* The quadrant part of a methodology (methods.md 4.2) from YAML to its definition. */
#ifndef CLIENT_COMPILE_COMPILE_QUADRANTS_H
#define CLIENT_COMPILE_COMPILE_QUADRANTS_H

#include "client/compile/compile_source.h"
#include "common/catalog/methodology.h"

struct YamlQuadrants; /* compile_yaml_quadrants.h */

/* "3/10", "0.3" or "0,3": from 0 to 1; DEF_BAD_VALUE otherwise. */
ErrCode compile_share(const CompileSource *source, const char *key, const char *text, Ratio *ret) MUST_CHECK;

/* The definition lives in the source's arena. split "weighted_mean" goes together with weight; every code is
 * checked; parameters that totals and axes name must stand in the rule, for totals above them. Faults are
 * those of compile.h: DEF_BAD_VALUE, DEF_BAD_CODE, DEF_DUPLICATE, DEF_UNKNOWN_NAME, METHOD_PROCEDURE,
 * METHOD_TOO_MANY; *ret is written only when there is none. Whether forms have the figures is not asked
 * here: a profile may be older or newer than the forms. */
ErrCode compile_quadrants(const CompileSource *source, const struct YamlQuadrants *yaml,
                          QuadrantRule *ret) MUST_CHECK;

#endif
