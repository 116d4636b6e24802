/* New files that have no key yet, beside others who open, remove and rename them. */
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

static size_t n_gone; /* of which watchers are told */

static bool hear(void *arg, enum tree_event event, struct trail *trail, int64_t mod_revision)
{
	(void)trail, (void)mod_revision;
	n_gone += event == TREE_VANISHED && ((struct echo *)arg)->open;
	return false;
}

static int setup(void **state)
{
	(void)state;
	bare_start(TIMEOUT_MS);
	mirror_listen(bare.mirror, hear, &bare.echo);
	n_gone = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mirror_listen(bare.mirror, NULL, NULL);
	bare_end();
	return 0;
}

static int create(const char *name, int flags, struct handle **ret)
{
	struct fuse_file_info file = {.flags = flags | O_CREAT};
	struct bare_req req = {0};

	ops_key_create(bare_fuse(&req), ROOT_ID, name, 0666, &file);
	bare_run();
	bare_answer_revisions();
	assert_int_equal(req.replies, 1);
	*ret = req.error ? NULL : (struct handle *)(uintptr_t)req.fh;
	return req.error;
}

static struct handle *created(const char *name, int flags)
{
	struct handle *handle;

	assert_int_equal(create(name, flags, &handle), 0);
	return handle;
}

static int flush(struct handle *handle)
{
	struct bare_req req = {0};

	bare_flush(handle, &req);
	bare_answer_revisions();
	if (!req.replies)
		bare_answer_txn();
	assert_int_equal(req.replies, 1);
	return req.error;
}

static bool is_there(const char *name)
{
	struct mirror_info info;

	return mirror_lookup(bare.mirror, ROOT_ID, name, 0, &info) == 0;
}

static void release_made(struct handle *handle)
{
	bare_release(handle);
	bare_run();
	bare_answer_txn();
}

/* Statements: 292. */
static void the_first_to_publish_makes_it(void **state)
{
	struct handle *maker = created("key", O_WRONLY), *other = created("key", O_WRONLY);

	(void)state;
	assert_int_equal(maker->id, other->id);
	bare_write(other, O_WRONLY, "v");
	assert_int_equal(flush(other), 0);
	assert_string_equal(bare_value("key"), "v");
	bare_release(maker); /* nothing is left to do */
	bare_release(other);
	bare_run();
	assert_int_equal(bare_n_txns(), 0);
	assert_int_equal(bare_revision(), 2);
}

static void put_run(void *arg)
{
	(void)arg;
	bare_put("key", "another's");
}

/* Its maker closes it, and is about to make it when another client does. Nothing waits for that
 * maker any more. Statements: 292. */
static void another_client_makes_it_at_its_close(void **state)
{
	struct handle *maker = created("key", O_RDWR);
	struct task put = {.run = put_run};
	uint64_t node = maker->id;

	(void)state;
	bare_release(maker);
	loop_post(&bare.loop, &put); /* between the release and its publish */
	bare_run();
	assert_int_equal(bare_n_txns(), 0);
	assert_true(publish_is_settled(&bare.publisher));
	bare_release(bare_open(node, O_RDWR));
	assert_string_equal(bare_value("key"), "another's");
}

/* Who was to make it has failed while others have it open: the next that may write makes it. */
static void another_makes_it_when_its_maker_failed(void **state)
{
	struct handle *maker = created("key", O_WRONLY);
	struct handle *reader = bare_open(maker->id, O_RDONLY), *toucher;

	(void)state;
	bare_release(maker);
	bare_run();
	bare_refuse_txn(-ENOSPC);
	bare_answer_revisions();
	assert_true(is_there("key"));
	toucher = bare_open(reader->id, O_WRONLY);
	release_made(toucher);
	assert_string_equal(bare_value("key"), "");
	bare_release(reader);
	bare_run();
	assert_true(is_there("key"));
}

/* An open that fails without memory takes nothing from others. */
static void another_open_fails(void **state)
{
	struct handle *maker = created("key", O_WRONLY), *other;
	int n, error = ENOMEM;

	(void)state;
	bare_write(maker, O_WRONLY, "v");
	for (n = 0; error && n < 50; n++) {
		alloc_fail_after(n);
		error = create("key", O_WRONLY | O_TRUNC, &other);
		alloc_fail_never();
		assert_true(is_there("key"));
		assert_int_equal(mirror_is_draft(bare.mirror, maker->id), true);
	}
	assert_int_equal(error, 0);
	assert_int_equal(flush(maker), 0);
	assert_string_equal(bare_value("key"), "v");
	bare_release(maker);
	release_made(other);
}

/* One that is to make it fails, and nothing of it stays. */
static void it_is_not_made_without_memory(void **state)
{
	struct handle *maker;
	int n, error = ENOMEM;

	(void)state;
	for (n = 0; error && n < 50; n++) {
		alloc_fail_after(n);
		error = create("key", O_WRONLY, &maker);
		alloc_fail_never();
		assert_int_equal(is_there("key"), !error);
	}
	assert_int_equal(error, 0);
	release_made(maker);
	assert_string_equal(bare_value("key"), "");
}

/* Statements: 293. */
static void it_is_refused(void **state)
{
	struct handle *maker = created("key", O_WRONLY);
	struct bare_req req = {0};

	(void)state;
	bare_write(maker, O_WRONLY, "v");
	bare_flush(maker, &req);
	bare_refuse_txn(-EACCES);
	assert_int_equal(req.error, EACCES);
	assert_true(is_there("key"));
	bare_release(maker);
	bare_run();
	assert_int_equal(bare_n_txns(), 0);
	assert_false(is_there("key"));
	assert_int_equal(n_gone, 1);
}

static void unlink_start(struct bare_req *req)
{
	ops_key_unlink(bare_fuse(req), ROOT_ID, "key");
	bare_run();
}

/* Statements: 204, 293. */
static void it_is_removed(void **state)
{
	struct handle *maker = created("key", O_WRONLY);
	struct bare_req req = {0};

	(void)state;
	bare_write(maker, O_WRONLY, "v");
	unlink_start(&req);
	bare_answer_revisions();
	assert_int_equal(req.replies, 1);
	assert_int_equal(req.error, 0);
	assert_false(is_there("key"));
	assert_int_equal(flush(maker), 0);
	bare_release(maker);
	bare_run();
	assert_int_equal(bare_n_txns(), 0);
	assert_int_equal(bare_revision(), 1);
	assert_int_equal(n_gone, 0);
}

/* The publish is first, so there is a key to be deleted. */
static void it_is_removed_while_it_is_published(void **state)
{
	struct handle *maker = created("key", O_WRONLY);
	struct bare_req close = {0}, unlink = {0};

	(void)state;
	bare_write(maker, O_WRONLY, "v");
	bare_flush(maker, &close);
	unlink_start(&unlink);
	assert_int_equal(bare_n_txns(), 1);
	bare_answer_txn();
	assert_int_equal(close.error, 0);
	bare_answer_revisions();
	bare_answer_txn();
	assert_int_equal(unlink.replies, 1);
	assert_int_equal(unlink.error, 0);
	assert_null(bare_value("key"));
	bare_release(maker);
	bare_run();
}

/* Who removes it gives up, and the next has its turn. */
static void its_removal_is_not_answered(void **state)
{
	struct handle *maker = created("key", O_WRONLY);
	struct bare_req unlink = {0}, again = {0};

	(void)state;
	bare_write(maker, O_WRONLY, "v");
	unlink_start(&unlink);
	bare_wait(TIMEOUT_MS);
	assert_int_equal(unlink.error, ETIMEDOUT);
	assert_true(is_there("key"));
	bare_answer_revisions();
	assert_true(is_there("key"));
	unlink_start(&again);
	bare_answer_revisions();
	assert_int_equal(again.replies, 1);
	assert_int_equal(again.error, 0);
	assert_false(is_there("key"));
	bare_release(maker);
	bare_run();
}

static void rename_start(struct bare_req *req)
{
	ops_rename(bare_fuse(req), ROOT_ID, "key", ROOT_ID, "new", 0);
	bare_run();
}

/* Statements: 293. Who renames it is the last to have it open when it is refused. */
static void it_cannot_be_made_for_a_rename(void **state)
{
	struct handle *maker = created("key", O_WRONLY);
	struct bare_req rename = {0};

	(void)state;
	bare_release(maker);
	bare_run();
	rename_start(&rename);
	bare_refuse_txn(-EACCES);
	if (bare_n_txns())
		bare_refuse_txn(-EACCES);
	assert_int_equal(rename.replies, 1);
	assert_int_equal(rename.error, EACCES);
	assert_false(is_there("key"));
	assert_false(is_there("new"));
	assert_int_equal(n_gone, 1);
}

/* Statements: 25. Nobody knows whether it was made, and it is open elsewhere. */
static void it_is_made_though_nobody_knows(void **state)
{
	struct handle *maker = created("key", O_WRONLY),
		      *other = created("key", O_WRONLY | O_APPEND);
	struct bare_req req = {0};

	(void)state;
	bare_write(maker, O_WRONLY, "v");
	bare_flush(maker, &req);
	bare_refuse_txn(ETCD_E_UNKNOWN);
	assert_int_equal(req.error, ETIMEDOUT);
	bare_release(maker);
	bare_run();
	assert_true(is_there("key"));
	bare_put("key", "v");
	bare_write(other, O_WRONLY | O_APPEND, "w");
	assert_int_equal(flush(other), 0);
	assert_string_equal(bare_value("key"), "vw");
	bare_release(other);
	bare_run();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(the_first_to_publish_makes_it),
		TEST(another_client_makes_it_at_its_close),
		TEST(another_makes_it_when_its_maker_failed),
		TEST(another_open_fails),
		TEST(it_is_not_made_without_memory),
		TEST(it_is_refused),
		TEST(it_is_removed),
		TEST(it_is_removed_while_it_is_published),
		TEST(its_removal_is_not_answered),
		TEST(it_cannot_be_made_for_a_rename),
		TEST(it_is_made_though_nobody_knows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
