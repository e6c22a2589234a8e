/* Quadrant pictures of a methodology as YAML writes them; see compile_yaml.h for what holds of all. */
#ifndef CLIENT_COMPILE_COMPILE_YAML_QUADRANTS_H
#define CLIENT_COMPILE_COMPILE_YAML_QUADRANTS_H

#include "client/compile/compile_yaml.h"

/* label, better: more or less; top, base: columns of forms "form.section.field", all rows added; base absent:
 * the figure itself. */
typedef struct YamlIndicator {
    char *code, *better;
    YamlText label;
    char **top, **base;
    unsigned top_count, base_count;
} YamlIndicator;

/* kind  results (shares below the minimum over the procedures), indicators, total (of parameters above) */
typedef struct YamlParameter {
    char *code, *kind;
    YamlText label, good, bad;
    YamlIndicator *indicators;
    unsigned indicators_count;
    char **of;
    unsigned of_count;
} YamlParameter;

/* x, y: a parameter's code, "-" before it: the good side points left or down. */
typedef struct YamlClustering {
    char *code, *x, *y;
    YamlText label;
} YamlClustering;

/* split   mean, weighted_mean (by the columns of weight), median
 * border  "0.25": nearer to an axis than this many standard deviations */
typedef struct YamlQuadrants {
    char *split, *border;
    char **weight, **procedures, **exclude_kinds;
    unsigned weight_count, procedures_count, exclude_kinds_count;
    YamlParameter *parameters;
    unsigned parameters_count;
    YamlClustering *clusterings;
    unsigned clusterings_count;
} YamlQuadrants;

#endif
