/* What every fuzzer here defines: one input, which ends in abort() if a property does not hold. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's name for it. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
