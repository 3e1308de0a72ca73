/* SPDX-License-Identifier: MIT */
/* Milliseconds of a clock that nobody sets, for deadlines; and how far to trust the clocks that people set. */
#ifndef GATEHOUSE_CLOCK_H
#define GATEHOUSE_CLOCK_H

#include <stdint.h>

#define CLOCKS_SECONDS 60 /* by which those of the machines under one name may differ */

int64_t clock_ms(void);

#endif
