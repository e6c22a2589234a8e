/* Schools in the quarters of two-dimensional pictures: results against contingent, staffing, microdistrict or
 * their sum (methods.md 4.2, QUADRANT). Pure: the same figures and rule give the same places. */
#ifndef SERVER_ENGINE_QUADRANTS_H
#define SERVER_ENGINE_QUADRANTS_H

#include "common/catalog/quadrant_rule.h"
#include "server/engine/input.h"

enum {
    QUADRANT_SCALE = 3,       /* tops and bases are thousandths */
    QUADRANT_SCHOOLS_MIN = 4, /* fewer known schools make no picture */
    QUADRANT_RESULT_PROCEDURES_MIN = 2,
    QUADRANT_RESULT_PARTICIPANTS_MIN = 10,
    QUADRANT_WEIGHT_MAX = 100, /* a procedure weighs min(participants, this) */
};

/* An indicator of a school: scaled sums with the submission they stand in (that of the top). */
typedef struct QuadrantValue {
    uint32_t school; /* index into the input's schools */
    uint8_t parameter, indicator;
    int64_t top, base; /* base > 0; 1000 for a bare figure */
    int64_t submission;
    uint32_t revision;
} QuadrantValue;

typedef struct QuadrantInput {
    const EngineInput *engine; /* schools; facts: those of `year` count */
    int year;
    const QuadrantValue *values; /* by school, parameter, indicator; none twice */
    size_t value_count;
    const int64_t
        *weights; /* one per school, thousandths, > 0 or 0 unknown; NULL unless the split is weighted */
} QuadrantInput;

typedef enum QuadrantState {
    QUADRANT_PLACED = 1, /* in at least one picture */
    QUADRANT_NO_DATA,
    QUADRANT_EXCLUDED, /* its kind is left out */
} QuadrantState;

/* A value in standard deviations, oriented: more is better. All reals are given in millionths, rounded to the
 * nearest. */
typedef struct QuadrantScore {
    bool known;
    int64_t z; /* indicators: from their mean, cut at +-3; parameters: from the split */
} QuadrantScore;

typedef struct QuadrantPlace {
    int quadrant;        /* 1..4, 0: one axis is unknown */
    int64_t x, y;        /* as drawn: turned axes are already turned */
    bool near_x, near_y; /* |x| (|y|) below the border: the vertical (horizontal) line is near */
    int neighbour;       /* the quarter across the nearer of those lines; 0: not near any */
} QuadrantPlace;

typedef struct QuadrantSchool {
    QuadrantState state;
    const QuadrantScore *parameters;        /* one per parameter */
    const QuadrantScore *const *indicators; /* [parameter][indicator] */
    const QuadrantPlace *places;            /* one per clustering */
    /* By how much the share below the minimum must fall in each procedure for the results to reach the split,
     * the other schools unchanged: millionths of the whole; negative: by how much it may rise. */
    bool results_known;
    int64_t results_distance;
} QuadrantSchool;

/* schools[i] belongs to input->engine->schools[i]. INVALID_ARGUMENT / QUADRANT_INPUT_INVALID (what, index)
 * when the values are not as documented above. */
ErrCode quadrants_place(const QuadrantInput *input, const QuadrantRule *rule, Arena *arena,
                        QuadrantSchool **ret_schools, Err *err) MUST_CHECK;

/* Quarter of a point, counter-clockwise from the upper right; a point on a line belongs to its positive
 * side. */
int quadrants_number(int64_t x, int64_t y);

#endif
