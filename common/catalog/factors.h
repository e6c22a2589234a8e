/* A dictionary of risk factors (факторы риска, methods.md 5.2): regions number the same factors differently,
 * so a factor is named by dictionary and number. */
#ifndef COMMON_CATALOG_FACTORS_H
#define COMMON_CATALOG_FACTORS_H

#include "common/catalog/catalog.h"

typedef struct FactorDef {
    uint32_t number; /* as printed in the source, from 1 */
    const char *code;
    Text label;
} FactorDef;

struct FactorDict {
    const char *code; /* "R-2022P" */
    Text title;
    const FactorDef *factors; /* ascending by number */
    size_t factor_count;
};

/* The dictionary with that code, or NULL. */
const FactorDict *catalog_get_factors(const Catalog *catalog, const char *code);

/* The first dictionary with another code, to compare with, or NULL. */
const FactorDict *catalog_get_other_factors(const Catalog *catalog, const char *code);

/* The factor with that number, or NULL. */
const FactorDef *factors_get(const FactorDict *dict, uint32_t number);

#endif
