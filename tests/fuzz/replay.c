/* Runs a fuzzer's entry point on each file of a corpus: what stands in for libFuzzer's main. */
/*
 * usage: fuzz_NAME DIRECTORY...
 *
 * To search for new inputs build the same sources without this one, with clang:
 *   clang -g -D_GNU_SOURCE -I. -fsanitize=fuzzer,address,undefined tests/fuzz/fuzz_key.c \
 *     tests/lib/keys.c fs/tree/key.c fs/base/buf.c -o fuzz_key
 *   ./fuzz_key -max_total_time=60 NEW tests/fuzz/corpus/key
 */
#include "tests/fuzz/fuzz.h"

#include "fs/base/buf.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static bool replay_file(int directory, const char *name)
{
	CLEANUP(fd) int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	CLEANUP(buf) struct buf input = {0};
	CLEANUP(free) uint8_t *exact = NULL;
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return false;
	if (buf_resize(&input, status.st_size) < 0 ||
		read(fd, input.data, input.len) != status.st_size)
		return false;
	/* A copy of just that length, so that a sanitizer sees the byte after it. */
	exact = malloc(input.len ? input.len : 1);
	if (!exact)
		return false;
	for (size_t i = 0; i < input.len; i++)
		exact[i] = input.data[i];
	LLVMFuzzerTestOneInput(exact, input.len);
	return true;
}

/* How many files ran; -1 if one could not be read. */
static int replay_directory(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	int count = 0;

	if (!directory)
		return -1;
	while (count >= 0 && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		count = replay_file(dirfd(directory), entry->d_name) ? count + 1 : -1;
		if (count < 0)
			fprintf(stderr, "%s/%s: cannot be read\n", path, entry->d_name);
	}
	closedir(directory);
	return count;
}

int main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc; i++) {
		int count = replay_directory(argv[i]);
		if (count <= 0) {
			fprintf(stderr, "%s: no corpus\n", argv[i]);
			return 1;
		}
		total += count;
	}
	printf("%d inputs\n", total);
	return total ? 0 : 1;
}
