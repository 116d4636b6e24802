/* The clock of a fuzzer, which decides how much time has passed; in place of fs/base/clock.c. */
#include "tests/fuzz/fake_clock.h"

#include "fs/base/clock.h"

int64_t fake_clock_ms = 1000;

int64_t clock_now_ms(void)
{
	return fake_clock_ms;
}

int64_t clock_now_us(void)
{
	return fake_clock_ms * 1000;
}

int64_t clock_boot_ms(void)
{
	return fake_clock_ms;
}
