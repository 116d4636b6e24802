/* Any bytes as a key and as a path: there and back is the same, and every name is one. */
#include "fs/key.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

static void check_names(struct bytes path)
{
	size_t begin = 0;

	for (size_t i = 0; i <= path.len; i++) {
		struct bytes name = {path.data + begin, i - begin};
		if (i < path.len && path.data[i] != '/')
			continue;
		CHECK(name.len >= 1 && name.len <= 255);
		CHECK(!memchr(name.data, '\0', name.len));
		CHECK(!bytes_equal(name, bytes_of(".")) && !bytes_equal(name, bytes_of("..")));
		CHECK(!bytes_equal(name, bytes_of(".etcd")));
		CHECK(!bytes_equal(name, bytes_of(KEY_VALUE_NAME)));
		CHECK(begin > 0 || !bytes_equal(name, bytes_of(".role")));
		begin = i + 1;
	}
}

static void check_key(struct bytes key)
{
	CLEANUP(buf) struct buf path = {0}, again = {0};

	CHECK(key_to_path(key, &path) == 0);
	check_names(buf_bytes(&path));
	CHECK(key_from_path(buf_bytes(&path), &again) == 0);
	CHECK(bytes_equal(buf_bytes(&again), key));
}

static void check_path(struct bytes path)
{
	CLEANUP(buf) struct buf key = {0}, again = {0};
	struct bytes value = BYTES_LITERAL("/" KEY_VALUE_NAME);
	int r = key_from_path(path, &key);

	CHECK(r == 0 || r == -EINVAL || r == -ENAMETOOLONG);
	CHECK(r == 0 || key.len == 0);
	if (r < 0)
		return;
	CHECK(key_to_path(buf_bytes(&key), &again) == 0);
	if (again.len < path.len)
		CHECK(buf_append_bytes(&again, value) == 0);
	CHECK(bytes_equal(buf_bytes(&again), path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_key((struct bytes){data, size});
	check_path((struct bytes){data, size});
	return 0;
}
