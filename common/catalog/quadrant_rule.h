/* The quadrant part of a methodology: which submitted figures describe a school on two axes, and how the
 * quarters of each picture are numbered (methods.md 4.1, 4.2). */
#ifndef COMMON_CATALOG_QUADRANT_RULE_H
#define COMMON_CATALOG_QUADRANT_RULE_H

#include "common/catalog/form_def.h"
#include "common/catalog/procedure.h"
#include "common/core/ratio.h"

enum {
    QUADRANT_PARAMETERS_MAX = 16,
    QUADRANT_INDICATORS_MAX = 32, /* of one parameter */
    QUADRANT_FIGURES_MAX = 16,    /* of one sum */
    QUADRANT_CLUSTERINGS_MAX = 16,
};

/* Where both axes cross: the plain mean of the schools, the mean weighted by `weight`, the median. */
typedef enum QuadrantSplit {
    QUADRANT_MEAN = 1,
    QUADRANT_WEIGHTED_MEAN = 2,
    QUADRANT_MEDIAN = 3,
} QuadrantSplit;

/* A column of a form; all rows of it are added. */
typedef struct QuadrantFigure {
    const char *form, *section, *field;
} QuadrantFigure;

/* A sum of figures. */
typedef struct QuadrantSum {
    const QuadrantFigure *figures;
    size_t count;
} QuadrantSum;

/* top / base, or top alone when base is empty (an expert's mark). */
typedef struct QuadrantIndicator {
    const char *code;
    Text label;
    bool more_is_better;
    QuadrantSum top, base;
} QuadrantIndicator;

typedef enum QuadrantKind {
    QUADRANT_RESULTS = 1,    /* shares below the minimum over the rule's procedures */
    QUADRANT_INDICATORS = 2, /* mean of the indicators in standard deviations */
    QUADRANT_TOTAL = 3,      /* sum of parameters that stand before it */
} QuadrantKind;

/* Oriented so that more is better for the school; good and bad name the two sides in words. */
typedef struct QuadrantParameter {
    const char *code;
    Text label, good, bad;
    QuadrantKind kind;
    const QuadrantIndicator *indicators;
    size_t indicator_count;
    const uint8_t *parts; /* of QUADRANT_TOTAL: indices of parameters, each smaller than its own */
    size_t part_count;
} QuadrantParameter;

/* A parameter as an axis; turned: the good side points left or down. */
typedef struct QuadrantAxis {
    uint8_t parameter;
    bool turned;
} QuadrantAxis;

/* One picture. Its quarters are numbered 1..4 counter-clockwise from the upper right, so that a number means
 * something only together with its picture. */
typedef struct QuadrantClustering {
    const char *code;
    Text label;
    QuadrantAxis x, y;
} QuadrantClustering;

typedef struct QuadrantRule {
    bool on;
    QuadrantSplit split;
    Ratio border; /* nearer to an axis than this many standard deviations: "near the border"; 0..1 */
    QuadrantSum weight;
    const Procedure *procedures; /* of QUADRANT_RESULTS */
    size_t procedure_count;
    const char *const *exclude_kinds; /* school kinds left out of the pictures */
    size_t exclude_kind_count;
    const QuadrantParameter *parameters;
    size_t parameter_count;
    const QuadrantClustering *clusterings;
    size_t clustering_count;
} QuadrantRule;

#endif
