/* The mount's lease: granted, renewed, found gone, revoked, while etcd answers, is silent, refuses.
 */
#include "tests/lib/bare_mount.h"

#include "fs/base/clock.h"
#include "fs/lock/lease.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { TTL_S = 9, TIMEOUT_MS = 5000 };

enum question { NOTHING, GRANT, REVOKE, KEEP_ALIVE, TIME_TO_LIVE };

static struct {
	enum question what;
	int64_t id;
	etcd_reply_fn *fn;
	void *arg;
} asked;

static unsigned n_asked, n_taken, n_doubts;
static bool doubted;
static int last_error;
static int64_t reported, slept_ms;

/* --- What etcd is asked ------------------------------------------------------------------- */

static int ask(enum question what, int64_t id, etcd_reply_fn *fn, void *arg)
{
	assert_int_equal(asked.what, NOTHING);
	asked.what = what;
	asked.id = id;
	asked.fn = fn;
	asked.arg = arg;
	n_asked++;
	return 0;
}

#define WRAP(name, what)                                                                           \
	int __wrap_##name(                                                                         \
		struct etcd *etcd, int64_t id, int timeout_ms, etcd_reply_fn *fn, void *arg);      \
	int __wrap_##name(                                                                         \
		struct etcd *etcd, int64_t id, int timeout_ms, etcd_reply_fn *fn, void *arg)       \
	{                                                                                          \
		assert_in_range(timeout_ms, 1, TIMEOUT_MS);                                        \
		return ask(what, id, fn, arg);                                                     \
	}

WRAP(etcd_lease_revoke, REVOKE)
WRAP(etcd_lease_keep_alive, KEEP_ALIVE)
WRAP(etcd_lease_time_to_live, TIME_TO_LIVE)

int __wrap_etcd_lease_grant(
	struct etcd *etcd, int64_t id, int64_t ttl_s, int timeout_ms, etcd_reply_fn *fn, void *arg);
int __wrap_etcd_lease_grant(
	struct etcd *etcd, int64_t id, int64_t ttl_s, int timeout_ms, etcd_reply_fn *fn, void *arg)
{
	assert_int_equal(ttl_s, TTL_S);
	assert_int_equal(id, reported);
	return ask(GRANT, id, fn, arg);
}

int64_t __wrap_clock_boot_ms(void);
int64_t __wrap_clock_boot_ms(void)
{
	return clock_now_ms() + slept_ms;
}

static void answer(enum question what, int error, int64_t ttl_s)
{
	const struct etcd_reply reply = {.message = "", .ttl_s = error ? 0 : ttl_s};

	assert_int_equal(asked.what, what);
	asked.what = NOTHING;
	asked.fn(asked.arg, error, &reply);
	bare_run();
}

/* --- The mount ---------------------------------------------------------------------------- */

static struct fs_config config;

static void chosen(void *arg, int64_t id)
{
	(void)arg;
	assert_true(id > 0);
	reported = id;
}

static void on_doubted(void *arg, bool is_doubted)
{
	(void)arg;
	n_doubts++;
	doubted = is_doubted;
}

static void begin(int64_t dead)
{
	config = *bare.config;
	config.lock_ttl_s = TTL_S;
	config.dead_lease = dead;
	bare.lease =
		(struct lease){&config, &bare.loop, NULL, &bare.counters, chosen, on_doubted, NULL};
	lease_init(&bare.lease);
	lease_start(&bare.lease);
	bare_run();
}

static int setup(void **state)
{
	(void)state;
	bare_start(TIMEOUT_MS);
	asked.what = NOTHING;
	n_asked = n_taken = n_doubts = 0;
	doubted = false;
	reported = slept_ms = 0;
	begin(0);
	assert_int_equal(n_asked, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lease_fini(&bare.lease);
	bare_end();
	return 0;
}

static void taken(struct op *op, int error)
{
	n_taken++;
	last_error = error;
	op_reply(op, error);
}

static void take_it(struct op *op, int error)
{
	assert_int_equal(error, 0);
	lease_take(&bare.lease, op, taken);
}

static void take(bool patient)
{
	struct op *op = op_new(&bare.requests, NULL, 0);

	op->patient = patient;
	op_start(op, take_it);
	bare_run();
}

static void check_taken(unsigned n, int error)
{
	assert_int_equal(n_taken, n);
	assert_int_equal(last_error, error);
}

static void hold(void)
{
	take(false);
	answer(GRANT, 0, TTL_S);
	check_taken(1, 0);
	assert_int_equal(lease_id(&bare.lease), reported);
}

/* --- Tests -------------------------------------------------------------------------------- */

static void test_once(void **state)
{
	int64_t id, left_s;

	take(false);
	take(false);
	assert_int_equal(n_taken, 0);
	assert_int_equal(lease_id(&bare.lease), 0);
	answer(GRANT, 0, TTL_S);
	check_taken(2, 0);
	take(false);
	check_taken(3, 0);
	assert_int_equal(n_asked, 1);
	lease_show(&bare.lease, &id, &left_s);
	assert_int_equal(id, reported);
	assert_int_equal(left_s, TTL_S);
}

static void renew(int64_t ttl_s)
{
	answer(KEEP_ALIVE, 0, TTL_S);
	answer(TIME_TO_LIVE, 0, ttl_s);
}

static void test_renewed_at_a_third(void **state)
{
	hold();
	for (unsigned i = 1; i < 4; i++) {
		bare_wait(1000);
		bare_wait(1000);
		bare_wait(990);
		assert_int_equal(asked.what, NOTHING);
		bare_wait(10);
		renew(TTL_S - 1);
	}
	assert_int_equal(lease_id(&bare.lease), reported);
}

/* The machine has slept, which the clock of timers has not noticed. */
static void test_slept(void **state)
{
	hold();
	slept_ms = 4000;
	bare_wait(1000);
	renew(TTL_S);
	assert_int_equal(lease_id(&bare.lease), reported);
}

static void test_renewed_later(void **state)
{
	hold();
	bare_wait(3000);
	answer(KEEP_ALIVE, -ETIMEDOUT, 0);
	assert_int_equal(lease_id(&bare.lease), reported);
	bare_wait(100);
	answer(KEEP_ALIVE, 0, TTL_S);
	answer(TIME_TO_LIVE, -ETIMEDOUT, 0);
	bare_wait(1000);
	renew(TTL_S);
	bare_wait(2000);
	assert_int_equal(asked.what, NOTHING);
}

static void check_another(int64_t gone)
{
	assert_int_equal(lease_id(&bare.lease), 0);
	bare_wait(20000);
	assert_int_equal(asked.what, NOTHING); /* nobody needs one */
	take(false);
	assert_int_not_equal(reported, gone);
	answer(GRANT, 0, TTL_S);
	assert_int_equal(last_error, 0);
	assert_int_equal(lease_id(&bare.lease), reported);
}

static void test_found_gone(void **state)
{
	hold();
	bare_wait(3000);
	answer(KEEP_ALIVE, 0, 0);
	check_another(reported);
}

/* etcd 3.4.23 confirms the renewal of a lease that it is revoking. */
static void test_renewed_in_vain(void **state)
{
	hold();
	bare_wait(3000);
	renew(0);
	check_another(reported);
}

static void test_said_to_be_gone(void **state)
{
	hold();
	lease_gone(&bare.lease, reported + 1);
	assert_int_equal(lease_id(&bare.lease), reported);
	lease_gone(&bare.lease, reported);
	check_another(reported);
}

/* The answer to the renewal of the lease before says nothing of this one. */
static void test_late_renewal(void **state)
{
	hold();
	bare_wait(3000);
	assert_int_equal(asked.what, KEEP_ALIVE);
	asked.what = NOTHING;
	lease_gone(&bare.lease, reported);
	{
		etcd_reply_fn *fn = asked.fn;
		const struct etcd_reply reply = {.message = ""};

		take(false);
		answer(GRANT, 0, TTL_S);
		fn(&bare.lease, 0, &reply);
	}
	assert_int_equal(lease_id(&bare.lease), reported);
}

/* Asked for with the same id, until there is an answer or nobody waits any more. */
static void test_silent(void **state)
{
	int64_t id, shown, left_s;

	take(false);
	id = reported;
	answer(GRANT, ETCD_E_UNKNOWN, 0);
	bare_wait(1000);
	assert_int_equal(asked.id, id);
	answer(GRANT, -EEXIST, 0);
	check_taken(1, 0);
	lease_show(&bare.lease, &shown, &left_s);
	assert_int_equal(shown, id);
	assert_int_equal(left_s, TTL_S - 1);
	renew(TTL_S - 3); /* some of its time may be gone */
}

/* etcd answers no renewal for a time. */
static void silence(int64_t ms)
{
	for (int64_t step_ms = 10; ms > 0; ms -= step_ms) {
		bare_wait(step_ms);
		if (asked.what)
			answer(KEEP_ALIVE, -ETIMEDOUT, 0);
	}
}

static void wait_for(enum question what)
{
	for (int i = 0; i < 100 && asked.what != what; i++)
		bare_wait(10);
	assert_int_equal(asked.what, what);
}

/* At the end of its time, and not later; told again, for the locks that have come since. */
static void test_doubted(void **state)
{
	hold();
	silence(1000 * TTL_S - 10);
	assert_int_equal(n_doubts, 0);
	silence(10);
	assert_true(doubted);
	assert_int_equal(n_doubts, 1);
	silence(2000);
	assert_in_range(n_doubts, 3, 30);
	assert_int_equal(lease_id(&bare.lease), reported);
	wait_for(KEEP_ALIVE);
	renew(TTL_S);
	assert_false(doubted);
	n_doubts = 0;
	silence(1000 * TTL_S - 10);
	assert_int_equal(n_doubts, 0);
	silence(10);
	assert_true(doubted);
}

/* The renewal is under way, without an answer. */
static void test_doubted_meanwhile(void **state)
{
	hold();
	for (int i = 0; i < 10 * TTL_S - 1; i++)
		bare_wait(100);
	assert_int_equal(asked.what, KEEP_ALIVE);
	assert_int_equal(n_doubts, 0);
	bare_wait(100);
	assert_true(doubted);
	answer(KEEP_ALIVE, 0, TTL_S);
	assert_true(doubted);
	answer(TIME_TO_LIVE, 0, TTL_S); /* from when it was sent, which is 6 s ago */
	assert_false(doubted);
	n_doubts = 0;
	silence(2990);
	assert_int_equal(n_doubts, 0);
	silence(10);
	assert_true(doubted);
}

static void test_slept_for_long(void **state)
{
	hold();
	slept_ms = 1000 * TTL_S;
	bare_wait(1000);
	assert_true(doubted);
	renew(TTL_S);
	assert_false(doubted);
}

static void test_doubted_and_gone(void **state)
{
	hold();
	silence(1000 * TTL_S);
	assert_true(doubted);
	wait_for(KEEP_ALIVE);
	answer(KEEP_ALIVE, 0, 0);
	assert_false(doubted);
	n_doubts = 0;
	check_another(reported);
	assert_int_equal(n_doubts, 0);
}

static void test_away(void **state)
{
	take(false);
	answer(GRANT, -ETIMEDOUT, 0);
	bare_wait(TIMEOUT_MS);
	check_taken(1, -ETIMEDOUT);
	if (asked.what) /* sent before the last one gave up */
		answer(GRANT, -ETIMEDOUT, 0);
	bare_wait(20000);
	assert_int_equal(asked.what, NOTHING);
	take(true);
	answer(GRANT, -ETIMEDOUT, 0);
	bare_wait(20000);
	answer(GRANT, 0, TTL_S);
	check_taken(2, 0);
}

static void test_refused(void **state)
{
	take(false);
	take(true);
	answer(GRANT, -EACCES, 0);
	check_taken(2, -EACCES);
	take(false);
	answer(GRANT, 0, TTL_S);
	check_taken(3, 0);
}

/* The lease of the process before is revoked first, however long that takes. */
static void test_dead(void **state)
{
	lease_fini(&bare.lease);
	begin(77);
	assert_int_equal(asked.id, 77);
	take(false);
	answer(REVOKE, ETCD_E_UNKNOWN, 0);
	bare_wait(100);
	assert_int_equal(asked.id, 77);
	answer(REVOKE, ETCD_E_NO_LEASE, 0);
	answer(GRANT, 0, TTL_S);
	check_taken(1, 0);
}

static void test_end(void **state)
{
	hold();
	assert_false(lease_end(&bare.lease));
	assert_int_equal(asked.id, reported);
	assert_false(lease_end(&bare.lease));
	answer(REVOKE, ETCD_E_UNKNOWN, 0);
	assert_true(lease_end(&bare.lease));
	bare_wait(20000);
	assert_int_equal(asked.what, NOTHING);
}

static void test_end_without(void **state)
{
	assert_true(lease_end(&bare.lease));
	assert_int_equal(n_asked, 0);
}

#define LEASE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEASE_TEST(test_once),
		LEASE_TEST(test_renewed_at_a_third),
		LEASE_TEST(test_slept),
		LEASE_TEST(test_renewed_later),
		LEASE_TEST(test_found_gone),
		LEASE_TEST(test_renewed_in_vain),
		LEASE_TEST(test_said_to_be_gone),
		LEASE_TEST(test_late_renewal),
		LEASE_TEST(test_silent),
		LEASE_TEST(test_doubted),
		LEASE_TEST(test_doubted_meanwhile),
		LEASE_TEST(test_slept_for_long),
		LEASE_TEST(test_doubted_and_gone),
		LEASE_TEST(test_away),
		LEASE_TEST(test_refused),
		LEASE_TEST(test_dead),
		LEASE_TEST(test_end),
		LEASE_TEST(test_end_without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
