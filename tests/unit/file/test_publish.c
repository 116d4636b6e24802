/* Publishing what open files have written, and who frees them. Statements: 10. */
#include "tests/lib/bare_mount.h"

#include "fs/file/publish.h"
#include "fs/ops/ops.h"
#include "tests/lib/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define TIMEOUT_MS 5000

static struct handle *closing; /* its RELEASE comes in the moment in which it is published */
static bool publishing;
static size_t n_freed;

static int setup(void **state)
{
	(void)state;
	publishing = false;
	bare_start(TIMEOUT_MS);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bare_end();
	return 0;
}

/* --- The end of a file, in the midst of its publish --------------------------------------- */

void __real_handle_finish(struct handle *handle, struct value *published, bool keep);
void __wrap_handle_finish(struct handle *handle, struct value *published, bool keep);
void __real_handle_free(struct handle *handle);
void __wrap_handle_free(struct handle *handle);

/* What the FUSE thread would do while the RPC thread stands here. */
void __wrap_handle_finish(struct handle *handle, struct value *published, bool keep)
{
	__real_handle_finish(handle, published, keep);
	if (handle != closing)
		return;
	closing = NULL;
	publishing = true;
	bare_release(handle);
	publishing = false;
}

void __wrap_handle_free(struct handle *handle)
{
	assert_false(publishing);
	n_freed++;
	__real_handle_free(handle);
}

/* Writes @text at the end of @node, and begins to publish it. */
static struct handle *append(uint64_t node, const char *text, struct bare_req *flush)
{
	struct handle *handle = bare_open(node, O_WRONLY | O_APPEND);

	bare_write(handle, O_WRONLY | O_APPEND, text);
	bare_flush(handle, flush);
	return handle;
}

/* The same, with a close that was answered before etcd was. */
static struct handle *append_given_up(uint64_t node)
{
	struct bare_req flush = {0};
	struct handle *handle = append(node, "new", &flush);

	assert_int_equal(bare_n_txns(), 1);
	bare_wait(TIMEOUT_MS);
	assert_int_equal(flush.replies, 1);
	assert_int_equal(flush.error, ETIMEDOUT);
	return handle;
}

static void check_released(const char *value)
{
	bare_run();
	assert_int_equal(n_freed, 1);
	assert_true(TAILQ_EMPTY(&bare.files.list));
	assert_true(TAILQ_EMPTY(&bare.publisher.releasing));
	assert_string_equal(bare_value("key"), value);
}

static void test_released_while_published(void **state)
{
	uint64_t node = bare_put("key", "old");

	(void)state;
	n_freed = 0;
	closing = append_given_up(node);
	bare_answer_txn();
	check_released("oldnew");
}

static void test_released_before_answer(void **state)
{
	uint64_t node = bare_put("key", "old");

	(void)state;
	n_freed = 0;
	bare_release(append_given_up(node));
	bare_run();
	assert_int_equal(n_freed, 0);
	bare_answer_txn();
	check_released("oldnew");
}

/* The next to name the file need not ask etcd because it was open. */
static void test_released_unpins(void **state)
{
	uint64_t node = bare_put("key", "old");
	struct handle *reader = bare_open(node, O_RDONLY), *writer = bare_open(node, O_WRONLY);
	struct mirror_info info;
	struct bare_req flush = {0};

	(void)state;
	bare_write(writer, O_WRONLY, "new");
	bare_flush(writer, &flush);
	bare_answer_txn();
	bare_release(reader);
	bare_release(writer);
	assert_int_equal(mirror_info(bare.mirror, node, &info), 0);
	assert_int_equal(info.handles, 0);
}

/* Of an O_TRUNC that nobody has written after only the release knows. */
static void test_released_truncation(void **state)
{
	uint64_t node = bare_put("key", "old");

	(void)state;
	n_freed = 0;
	bare_release(bare_open(node, O_WRONLY | O_TRUNC));
	bare_run();
	assert_int_equal(n_freed, 0);
	bare_answer_txn();
	check_released("");
}

/* The RPC thread has nothing to do with a file that was only read. */
static void test_released_reader(void **state)
{
	struct handle *reader = bare_open(bare_put("key", "value"), O_RDONLY);
	struct handle *cutter = bare_open(bare_put("key", "newer"), O_RDONLY | O_TRUNC);

	(void)state;
	n_freed = 0;
	bare_release(reader);
	assert_int_equal(n_freed, 1);
	bare_release(cutter); /* its truncation is published */
	assert_int_equal(n_freed, 1);
	bare_run();
	bare_answer_txn();
	assert_int_equal(n_freed, 2);
	assert_string_equal(bare_value("key"), "");
}

/* A file that was opened to read may have been made by that: its fsync may still be under way when
 * it is released, though another client has made the key meanwhile. */
static void test_released_maker(void **state)
{
	struct fuse_file_info file = {.flags = O_RDONLY | O_CREAT};
	struct bare_req make = {0}, sync = {0};

	(void)state;
	n_freed = 0;
	ops_key_create(bare_fuse(&make), ROOT_ID, "key", 0666, &file);
	bare_run();
	assert_int_equal(make.replies, 1);
	assert_int_equal(make.error, 0);
	ops_key_fsync(bare_fuse(&sync), make.node, 0, &(struct fuse_file_info){.fh = make.fh});
	bare_run();
	assert_int_equal(bare_n_txns(), 1);
	bare_put("key", "another's");
	bare_wait(TIMEOUT_MS);
	assert_int_equal(sync.error, ETIMEDOUT);
	bare_release((struct handle *)(uintptr_t)make.fh);
	assert_int_equal(n_freed, 0);
	bare_run();
	bare_answer_txn();
	check_released("another's");
}

/* The key had a lease, which has ended: the mirror is about to show that the key is gone. */
static void test_lease_gone(void **state)
{
	struct bare_req flush = {0};
	struct handle *handle = append(bare_put("key", "old"), "new", &flush);

	(void)state;
	assert_int_equal(bare_n_txns(), 1);
	bare_refuse_txn(ETCD_E_NO_LEASE);
	bare_run();
	assert_int_equal(flush.replies, 0);
	bare_delete("key");
	bare_answer_revisions();
	bare_run();
	assert_int_equal(bare_n_txns(), 0);
	assert_int_equal(flush.replies, 1);
	assert_int_equal(flush.error, ESTALE);
	bare_release(handle);
}

static struct handle *check_opened(const struct bare_req *open, size_t len)
{
	struct handle *handle = (struct handle *)(uintptr_t)open->fh;

	assert_int_equal(open->replies, 1);
	assert_int_equal(open->error, 0);
	assert_int_equal(handle->base->len, len);
	return handle;
}

/* Where reads need no barrier an open to read waits for nothing but what was closed before it. */
static void test_cached_open(void **state)
{
	uint64_t node = bare_put("key", "value");
	struct fuse_file_info file = {.flags = O_RDONLY};
	struct bare_req before = {0}, meanwhile = {0}, after = {0};
	struct handle *cutter;

	(void)state;
	((struct fs_config *)bare.config)->cached = true;
	ops_key_open(bare_fuse(&before), node, &file);
	assert_int_equal(before.replies, 1);
	bare_release(check_opened(&before, strlen("value")));
	/* One that may have own edits is for the RPC thread. */
	cutter = bare_open(node, O_WRONLY | O_TRUNC);
	ops_key_open(bare_fuse(&meanwhile), node, &file);
	assert_int_equal(meanwhile.replies, 0);
	bare_run();
	bare_release(check_opened(&meanwhile, strlen("value")));
	bare_release(cutter);
	ops_key_open(bare_fuse(&after), node, &file);
	bare_run();
	assert_int_equal(after.replies, 0);
	bare_answer_txn();
	bare_release(check_opened(&after, 0));
}

/* The same without memory: nothing is lost but what cannot be sent, and what is under way ends. */
static void test_released_without_memory(void **state)
{
	uint64_t node = bare_put("key", "old");
	struct handle *handle = append_given_up(node);

	(void)state;
	n_freed = 0;
	alloc_fail_after(0);
	bare_release(handle);
	bare_run();
	assert_int_equal(n_freed, 0);
	alloc_fail_never();
	bare_answer_txn();
	check_released("oldnew");

	n_freed = 0;
	handle = bare_open(node, O_WRONLY | O_TRUNC);
	alloc_fail_after(0);
	bare_release(handle);
	bare_run();
	alloc_fail_never();
	check_released("oldnew");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_released_while_published, setup, teardown),
		cmocka_unit_test_setup_teardown(test_released_before_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_released_unpins, setup, teardown),
		cmocka_unit_test_setup_teardown(test_released_maker, setup, teardown),
		cmocka_unit_test_setup_teardown(test_released_truncation, setup, teardown),
		cmocka_unit_test_setup_teardown(test_released_without_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_released_reader, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lease_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cached_open, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
