/* The parts of an input. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

struct bytes fuzz_bytes(struct bytes *input, size_t len)
{
	struct bytes part = bytes_slice(*input, 0, len);

	input->data += part.len;
	input->len -= part.len;
	return part;
}

uint64_t fuzz_number(struct bytes *input, size_t size)
{
	struct bytes part = fuzz_bytes(input, size);
	uint64_t number = 0;

	for (size_t i = part.len; i-- > 0;)
		number = number << 8 | part.data[i];
	return number;
}

uint8_t fuzz_byte(struct bytes *input)
{
	return (uint8_t)fuzz_number(input, 1);
}

struct bytes fuzz_text(struct bytes *input, char end)
{
	const uint8_t *at = input->len ? memchr(input->data, end, input->len) : NULL;
	struct bytes part = fuzz_bytes(input, at ? (size_t)(at - input->data) : input->len);

	fuzz_bytes(input, at != NULL);
	return part;
}

char *fuzz_string(struct bytes bytes)
{
	char *copy = calloc(1, bytes.len + 1);

	fuzz_check(copy);
	if (bytes.len)
		memcpy(copy, bytes.data, bytes.len);
	return copy;
}

uint8_t *fuzz_copy(struct bytes bytes)
{
	uint8_t *copy = malloc(bytes.len ? bytes.len : 1);

	fuzz_check(copy);
	if (bytes.len)
		memcpy(copy, bytes.data, bytes.len);
	return copy;
}

void fuzz_touch(struct bytes bytes)
{
	static volatile uint8_t sum;

	for (size_t i = 0; i < bytes.len; i++)
		sum = (uint8_t)(sum + bytes.data[i]);
}

void fuzz_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}
