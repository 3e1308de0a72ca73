/* SPDX-License-Identifier: MIT */
/* What is to be known of clocks: milliseconds of one that nobody sets, for deadlines, and how far to trust those that people set. */
#ifndef GATEHOUSE_CLOCK_H
#define GATEHOUSE_CLOCK_H

#include <stdint.h>

#define CLOCKS_SECONDS 60 /* by which those of the machines under one name may differ */

int64_t clock_ms(void);

#endif
