/* What a supervisor of another version leaves to the program that goes on in its process. */
/*
 * An input is a list of members, behind the version: a name up to a newline, the size that is said,
 * and the bytes, which are one byte so many times.
 */
#include "tests/fuzz/fuzz.h"

#include "supervisor/relay.h"

#include <string.h>
#include <sys/mman.h>

static void member_write(int file, struct bytes name, uint64_t size, struct bytes bytes)
{
	char heading[32] = "";

	memcpy(heading, name.data, name.len < sizeof(heading) ? name.len : sizeof(heading));
	fuzz_check(write(file, heading, sizeof(heading)) == sizeof(heading));
	fuzz_check(write(file, &size, sizeof(size)) == sizeof(size));
	fuzz_check(write(file, bytes.data, bytes.len) == (ssize_t)bytes.len);
}

static void member_make(int file, struct bytes *input)
{
	struct bytes name = fuzz_text(input, '\n');
	uint64_t size = fuzz_number(input, 8), n = fuzz_number(input, 2);
	CLEANUP(buf) struct buf bytes = {0};

	fuzz_check(buf_resize(&bytes, n + 1) == 0);
	memset(bytes.data, fuzz_byte(input), n);
	member_write(file, name, size, (struct bytes){bytes.data, n});
}

static void relay_check(const struct relay *relay)
{
	const char *const texts[] = {
		relay->data_dir, relay->run_dir, relay->prefix, relay->mountpoint};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		fuzz_check(strnlen(texts[i], PATH_MAX) < PATH_MAX);
	fuzz_check(relay->inheritance.init.length <= sizeof(relay->inheritance.init.bytes));
	fuzz_check(relay->inheritance.pollers.n <= FS_POLLERS_MAX);
	fuzz_check(relay->hook_last < HOOK_SLOTS_);
}

void fuzz_one(struct bytes input)
{
	CLEANUP(fd) int file = memfd_create("relay", MFD_CLOEXEC);
	const int version = RELAY_VERSION;
	struct refusal refusal = {""};
	struct relay relay;
	int r;

	member_write(file, BYTES_LITERAL("version"), sizeof(version),
		(struct bytes){(const uint8_t *)&version, sizeof(version)});
	while (input.len)
		member_make(file, &input);
	r = relay_read(file, &relay, &refusal);
	fuzz_check(r == 0 || (r == REFUSED && refusal.text[0]));
	if (r == 0)
		relay_check(&relay);
}
