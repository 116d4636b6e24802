/* What every fuzzer here is: one function that gets one input, and what it may use. */
/*
 * A fuzzer is a file fuzz_NAME.c with fuzz_one(), a folder corpus/NAME with its inputs, and a row
 * in meson.build. Each run of the tests replays the corpus (replay.c); `tests/fuzz/run NAME
 * SECONDS` searches for more (libFuzzer).
 */
#pragma once

#include "fs/base/buf.h"

#include <stdio.h>

/* Defined by the fuzzer. The byte behind @input cannot be read, by a library either. A property
 * that does not hold ends in fuzz_check(). */
void fuzz_one(struct bytes input);

/* --- An input in parts: each takes its part off the front of *@input --- */

uint8_t fuzz_byte(struct bytes *input);			  /* 0 if there is none */
uint64_t fuzz_number(struct bytes *input, size_t size);	  /* of @size bytes, the lowest first */
struct bytes fuzz_bytes(struct bytes *input, size_t len); /* fewer if there are not so many */
struct bytes fuzz_text(struct bytes *input, char end);	  /* up to @end, which is dropped */

/* A copy that nothing follows: with a NUL, or of just that length. The caller frees it. */
char *fuzz_string(struct bytes bytes);
uint8_t *fuzz_copy(struct bytes bytes);

/* Reads each byte, so that a sanitizer sees whether it may be read. */
void fuzz_touch(struct bytes bytes);

#define fuzz_check(holds)                                                                          \
	do {                                                                                       \
		if (!(holds))                                                                      \
			fuzz_fail(__FILE__, __LINE__, #holds);                                     \
	} while (0)
_Noreturn void fuzz_fail(const char *file, int line, const char *what);
