/* Any bytes as a key, as a path, and as two keys: all that tests/lib/keys.h asks of them. */
#include "tests/fuzz/fuzz.h"
#include "tests/lib/keys.h"

void fuzz_one(struct bytes input)
{
	const char *wrong = keys_check(input);

	if (wrong)
		fuzz_fail(__FILE__, __LINE__, wrong);
}
