/* Leases of a number of seconds: shared for a second, asked for until etcd answers, and taken back
 * when nobody waits for one any more. Statements: 440, 444. */
#include "fs/lock/ttl.h"

#include "fs/base/clock.h"
#include "tests/lib/bare_mount.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { TIMEOUT_MS = 5000, MAX_QUESTIONS = 10 };

static struct {
	int64_t id, ttl_s;
	etcd_reply_fn *fn;
	void *arg;
} asked[MAX_QUESTIONS];

static size_t n_asked;
static int64_t revoked;

int __wrap_etcd_lease_grant(
	struct etcd *etcd, int64_t id, int64_t ttl_s, int timeout_ms, etcd_reply_fn *fn, void *arg);
int __wrap_etcd_lease_revoke(
	struct etcd *etcd, int64_t id, int timeout_ms, etcd_reply_fn *fn, void *arg);
int64_t __wrap_clock_boot_ms(void);

int __wrap_etcd_lease_grant(
	struct etcd *etcd, int64_t id, int64_t ttl_s, int timeout_ms, etcd_reply_fn *fn, void *arg)
{
	(void)etcd;
	assert_int_equal(timeout_ms, TIMEOUT_MS);
	assert_in_range(n_asked, 0, MAX_QUESTIONS - 1);
	asked[n_asked].id = id;
	asked[n_asked].ttl_s = ttl_s;
	asked[n_asked].fn = fn;
	asked[n_asked++].arg = arg;
	return 0;
}

int __wrap_etcd_lease_revoke(
	struct etcd *etcd, int64_t id, int timeout_ms, etcd_reply_fn *fn, void *arg)
{
	(void)etcd, (void)timeout_ms, (void)fn, (void)arg;
	assert_int_equal(revoked, 0);
	revoked = id;
	return 0;
}

int64_t __wrap_clock_boot_ms(void)
{
	return clock_now_ms();
}

/* To the first question. */
static void answer(int error)
{
	const struct etcd_reply reply = {.message = ""};
	etcd_reply_fn *fn = asked[0].fn;
	void *arg = asked[0].arg;

	assert_true(n_asked > 0);
	n_asked--;
	for (size_t i = 0; i < n_asked; i++)
		asked[i] = asked[i + 1];
	fn(arg, error, &reply);
	bare_run();
}

struct taker {
	int64_t seconds, lease;
	unsigned n_taken;
	int error;
};

static void taken(struct op *op, int error)
{
	struct taker *taker = op->arg;

	taker->n_taken++;
	taker->error = error;
	taker->lease = op->lease;
	op_reply(op, error);
}

static void begin(struct op *op, int error)
{
	struct taker *taker = op->arg;

	assert_int_equal(error, 0);
	op_then(op, taken, taker);
	ttl_take(&bare.ttls, op, taker->seconds, NULL);
}

static void take(struct taker *taker, int64_t seconds)
{
	struct op *op = op_new(&bare.requests, NULL, 0);

	*taker = (struct taker){.seconds = seconds};
	op_then(op, begin, taker);
	op_start(op, NULL);
	bare_run();
}

static void expect_taken(const struct taker *taker, int error, int64_t lease)
{
	assert_int_equal(taker->n_taken, 1);
	assert_int_equal(taker->error, error);
	if (!error)
		assert_int_equal(taker->lease, lease);
}

static int setup(void **state)
{
	(void)state;
	bare_start(TIMEOUT_MS);
	n_asked = 0;
	revoked = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(n_asked, 0);
	bare_end();
	return 0;
}

static struct taker a, b, c;

/* One lease a second for each number of seconds, and for a second more, so that nobody has less. */
static void shared_for_a_second(void **state)
{
	int64_t id;

	(void)state;
	take(&a, 60);
	take(&b, 60);
	assert_int_equal(n_asked, 1);
	assert_int_equal(asked[0].ttl_s, 61);
	id = asked[0].id;
	bare_wait(500);
	answer(0);
	expect_taken(&a, 0, id);
	expect_taken(&b, 0, id);
	take(&c, 61);
	assert_int_not_equal(asked[0].id, id);
	answer(0);
	bare_wait(499); /* it counts from the question */
	take(&a, 60);
	expect_taken(&a, 0, id);
	bare_wait(1);
	take(&a, 60);
	assert_int_not_equal(asked[0].id, id);
	answer(0);
	assert_int_equal(revoked, 0);
}

static void gone(void **state)
{
	int64_t id;

	(void)state;
	take(&a, 60);
	id = asked[0].id;
	answer(0);
	ttl_gone(&bare.ttls, id + 1);
	take(&b, 60);
	expect_taken(&b, 0, id);
	ttl_gone(&bare.ttls, id);
	take(&b, 60);
	assert_int_not_equal(asked[0].id, id);
	answer(0);
}

/* The same lease is asked for again, which an unanswered question may have made. */
static void asked_again(void **state)
{
	int64_t id;

	(void)state;
	take(&a, 60);
	id = asked[0].id;
	answer(ETCD_E_UNKNOWN);
	assert_int_equal(a.n_taken, 0);
	bare_wait(100);
	assert_int_equal(asked[0].id, id);
	answer(-ETIMEDOUT);
	bare_wait(1000);
	take(&b, 60); /* of a second that began later */
	assert_int_equal(n_asked, 2);
	assert_int_equal(asked[0].id, id);
	answer(-EEXIST);
	expect_taken(&a, 0, id);
	assert_int_equal(b.n_taken, 0);
	answer(0);
	expect_taken(&b, 0, b.lease);
	assert_int_not_equal(b.lease, id);
}

static void refused(void **state)
{
	(void)state;
	take(&a, 60);
	take(&b, 60);
	answer(-EACCES);
	expect_taken(&a, -EACCES, 0);
	expect_taken(&b, -EACCES, 0);
	take(&c, 60);
	answer(0);
	expect_taken(&c, 0, c.lease);
	assert_true(c.lease > 0);
}

/* Nobody waits for it any more: it may be there, and is taken back. */
static void given_up(void **state)
{
	int64_t id;

	(void)state;
	take(&a, 60);
	id = asked[0].id;
	bare_wait(TIMEOUT_MS);
	expect_taken(&a, -ETIMEDOUT, 0);
	answer(ETCD_E_UNKNOWN);
	bare_wait(1000);
	assert_int_equal(revoked, id);
	bare_wait(10000);
	take(&b, 60);
	assert_int_not_equal(asked[0].id, id);
	answer(0);
	expect_taken(&b, 0, b.lease);
}

#define TTL_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TTL_TEST(shared_for_a_second),
		TTL_TEST(gone),
		TTL_TEST(asked_again),
		TTL_TEST(refused),
		TTL_TEST(given_up),
	};

	return cmocka_run_group_tests_name("ttl", tests, NULL, NULL);
}
