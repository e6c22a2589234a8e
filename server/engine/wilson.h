/* The Wilson score interval of a share (E. B. Wilson, 1927; methods.md W61). */
#ifndef SERVER_ENGINE_WILSON_H
#define SERVER_ENGINE_WILSON_H

#include <stdint.h>

/* 95 % bounds of below / participants, participants > 0, each rounded to the nearest part per million. */
void wilson_interval(int64_t below, int64_t participants, uint32_t *ret_low_ppm, uint32_t *ret_high_ppm);

#endif
