/* The quadrant part of a methodology (methods.md 4.2) from YAML to its definition. */
#ifndef CLIENT_COMPILE_COMPILE_QUADRANTS_H
#define CLIENT_COMPILE_COMPILE_QUADRANTS_H

#include "client/compile/compile_yaml_method.h"
#include "common/catalog/methodology.h"

/* "3/10", "0.3" or "0,3": from 0 to 1; DEF_BAD_VALUE otherwise. */
ErrCode compile_share(const CompileSource *source, const char *key, const char *text, Ratio *ret) MUST_CHECK;

/* Faults are those of compile.h; *ret is written only when there is none. */
ErrCode compile_quadrants(const CompileSource *source, const YamlQuadrants *yaml,
                          QuadrantRule *ret) MUST_CHECK;

#endif
