/* Runs a fuzzer on each file of a corpus: what stands in for libFuzzer's main. */
/*
 * usage: fuzz_NAME DIRECTORY...
 *
 * Each file is named before it runs, so that the last one named is the one that failed.
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool replay_file(int directory, const char *name)
{
	CLEANUP(fd) int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	CLEANUP(buf) struct buf input = {0};
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return false;
	if (buf_resize(&input, status.st_size) < 0 ||
		read(fd, input.data, input.len) != status.st_size)
		return false;
	LLVMFuzzerTestOneInput(input.data, input.len);
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
		printf("%s\n", entry->d_name);
		fflush(stdout);
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
