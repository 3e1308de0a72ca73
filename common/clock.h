/* SPDX-License-Identifier: MIT */
/* Milliseconds of a clock that nobody sets, for deadlines. */
#ifndef GATEHOUSE_CLOCK_H
#define GATEHOUSE_CLOCK_H

#include <stdint.h>

int64_t clock_ms(void);

#endif
