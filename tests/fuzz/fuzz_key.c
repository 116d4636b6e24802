/* Any bytes as a key, as a path, and as two keys: all that tests/lib/keys.h asks of them. */
/* Statements: 26, 27, 28, 29, 30, 180, 181. */
#include "tests/fuzz/fuzz.h"
#include "tests/lib/keys.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *wrong = keys_check((struct bytes){data, size});

	if (wrong) {
		fprintf(stderr, "%s\n", wrong);
		abort();
	}
	return 0;
}
