/* The way from libFuzzer, or from replay.c, to a fuzzer. */
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PAGE = 4096, ROOM = 4 << 20 };

/* The end of a room of memory behind which nothing can be read. */
static uint8_t *room_end(void)
{
	static uint8_t *room;

	if (!room) {
		room = mmap(NULL, ROOM + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
		fuzz_check(room != MAP_FAILED);
		fuzz_check(mprotect(room + ROOM, PAGE, PROT_NONE) == 0);
	}
	return room + ROOM;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > ROOM)
		return 0;
	if (size)
		memcpy(room_end() - size, data, size);
	fuzz_one((struct bytes){room_end() - size, size});
	return 0;
}
