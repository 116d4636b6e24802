/* The end of an ephemeral file: it is deleted when its descriptor is closed, and no other is.
 * Statements: 434-436, 444. */
#include "fs/lock/ephemeral.h"

#include "fs/lock/lease.h"
#include "tests/lib/alloc.h"
#include "tests/lib/bare_mount.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { LEASE = 7, TIMEOUT_MS = 5000 };

static int setup(void **state)
{
	(void)state;
	bare_start_leased(TIMEOUT_MS, LEASE);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_true(TAILQ_EMPTY(&bare.ephemerals.list));
	bare_end();
	return 0;
}

static struct ephemeral *begin(const char *name)
{
	struct ephemeral *ephemeral = ephemeral_new(&bare.ephemerals, LEASE, ROOT_ID, name);

	assert_non_null(ephemeral);
	return ephemeral;
}

/* etcd has it, and the mirror shows it. */
static void put(const char *name)
{
	bare_put_own(name, "", LEASE);
}

static struct ephemeral *make(const char *name)
{
	struct ephemeral *ephemeral = begin(name);
	struct mirror_info info;

	put(name);
	assert_int_equal(mirror_lookup(bare.mirror, ROOT_ID, name, 1, &info), 0);
	ephemeral_made(ephemeral, info.id, bare_revision());
	return ephemeral;
}

static void end(struct ephemeral *ephemeral)
{
	ephemeral_close(ephemeral);
	bare_run();
}

static void closed(void **state)
{
	struct ephemeral *a = make("a"), *b = make("b");

	(void)state;
	end(a);
	bare_answer_txn();
	assert_null(bare_value("a"));
	assert_non_null(bare_value("b"));
	end(b);
	bare_answer_txn();
	assert_null(bare_value("b"));
}

/* Removed while it is open, and made anew by another: that one stays. */
static void of_another(void **state)
{
	struct ephemeral *a = make("a"), *b = make("b");

	(void)state;
	bare_delete("a");
	bare_put("a", "theirs");
	end(a);
	assert_int_equal(bare_n_txns(), 0);
	end(b);
	bare_delete("b");
	bare_put("b", "theirs");
	bare_answer_txn(); /* the mirror shows that only now */
	assert_int_equal(bare_n_txns(), 0);
	assert_string_equal(bare_value("a"), "theirs");
	assert_string_equal(bare_value("b"), "theirs");
}

/* etcd does not answer: asked again until it does. */
static void without_an_answer(void **state)
{
	struct ephemeral *a = make("a");

	(void)state;
	end(a);
	for (int i = 0; i < 5; i++) {
		bare_refuse_txn(i % 2 ? -ETIMEDOUT : ETCD_E_UNKNOWN);
		assert_false(TAILQ_EMPTY(&bare.ephemerals.list));
		bare_wait(1000);
	}
	bare_answer_txn();
	assert_null(bare_value("a"));
}

static void refused(void **state)
{
	struct ephemeral *a = make("a");

	(void)state;
	end(a);
	bare_refuse_txn(-EACCES); /* the log says that it stays */
	bare_wait(1000);
	assert_int_equal(bare_n_txns(), 0);
}

/* Nobody knows whether it was made: it is looked for as long as it may come to be. */
static void made_after_all(void **state)
{
	(void)state;
	ephemeral_doubt(begin("a"));
	bare_run();
	bare_answer_revisions();
	assert_int_equal(bare_n_txns(), 0);
	put("a");
	bare_wait(1000);
	bare_answer_revisions();
	bare_answer_txn();
	assert_null(bare_value("a"));
	for (int i = 0; i < 3 * TIMEOUT_MS / 1000; i++) {
		bare_wait(1000);
		bare_answer_revisions();
	}
}

/* What has the name meanwhile is of another open file, of another mount, or on no lease. */
static void made_by_others(void **state)
{
	struct ephemeral *ours = make("ours");

	(void)state;
	bare_put("theirs", "x");
	bare_put_own("beside", "", LEASE + 1);
	ephemeral_doubt(begin("ours"));
	ephemeral_doubt(begin("theirs"));
	ephemeral_doubt(begin("beside"));
	for (int i = 0; i < 3 * TIMEOUT_MS / 1000; i++) {
		bare_wait(1000);
		bare_answer_revisions();
		assert_int_equal(bare_n_txns(), 0);
	}
	assert_non_null(bare_value("ours"));
	end(ours);
	bare_answer_txn();
	assert_null(bare_value("ours"));
}

/* It ends with its lease, and with the mount; nothing is asked. */
static void with_its_lease(void **state)
{
	struct ephemeral *a = make("a"), *b = make("b");

	(void)state;
	bare.lease.id = LEASE + 1;
	end(a);
	assert_int_equal(bare_n_txns(), 0);
	bare.lease.id = LEASE;
	ephemerals_end(&bare.ephemerals);
	end(b);
	assert_int_equal(bare_n_txns(), 0);
}

/* The Nth allocation fails: it is deleted a moment later. */
static void without_memory(void **state)
{
	int n = 0;
	bool failed;

	(void)state;
	do {
		struct ephemeral *a = make("a");

		alloc_fail_after(n++);
		end(a);
		alloc_fail_never();
		failed = !bare_n_txns();
		if (failed)
			bare_wait(1000);
		bare_answer_txn();
		assert_null(bare_value("a"));
	} while (failed);
	assert_true(n > 3);
}

#define EPHEMERAL_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EPHEMERAL_TEST(closed),
		EPHEMERAL_TEST(of_another),
		EPHEMERAL_TEST(without_an_answer),
		EPHEMERAL_TEST(refused),
		EPHEMERAL_TEST(made_after_all),
		EPHEMERAL_TEST(made_by_others),
		EPHEMERAL_TEST(with_its_lease),
		EPHEMERAL_TEST(without_memory),
	};

	return cmocka_run_group_tests_name("ephemeral", tests, NULL, NULL);
}
