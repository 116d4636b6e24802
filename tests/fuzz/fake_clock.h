/* The clock of a fuzzer: link fake_clock.c in place of the real one. */
#pragma once

#include <stdint.h>

extern int64_t fake_clock_ms; /* what all clocks say */
