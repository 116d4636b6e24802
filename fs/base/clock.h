/* The monotonic clock in milliseconds: deadlines and ages are counted in it. */
#pragma once

#include <stdint.h>

int64_t clock_now_ms(void);
