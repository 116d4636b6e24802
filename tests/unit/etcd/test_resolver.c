/* A name becomes addresses, and nobody waits for a name server.
 * Statements: 268, 269. */
#include "fs/etcd/resolver.h"

#include "fs/base/clock.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#define WAIT_MS 10000
#define LATER_MS 3600000 /* beyond all patience */

/* The name server: answers when it may, with what the test has set. */
static sem_t asked, may_answer;
static int answer_error;
static const char *answer;

int __real_getaddrinfo(
	const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **ret);
int __wrap_getaddrinfo(
	const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **ret);

int __wrap_getaddrinfo(
	const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **ret)
{
	struct addrinfo numeric = *hints;

	sem_post(&asked);
	while (sem_wait(&may_answer) < 0)
		;
	numeric.ai_flags = AI_NUMERICHOST;
	return answer_error ? answer_error : __real_getaddrinfo(answer, service, &numeric, ret);
}

struct state {
	struct resolver *resolver;
	int wake_fd;
	int64_t due_ms;
};

static int setup(void **ret)
{
	static struct state state;

	sem_init(&asked, 0, 0);
	sem_init(&may_answer, 0, 0);
	answer_error = 0;
	answer = "192.0.2.1";
	state.resolver = resolver_new("etcd.example");
	state.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	*ret = &state;
	return state.resolver && state.wake_fd >= 0 ? 0 : -1;
}

static int teardown(void **arg)
{
	struct state *state = *arg;

	resolver_free(state->resolver);
	close(state->wake_fd);
	return 0;
}

static void wait_for_wake(struct state *state)
{
	struct pollfd pollfd = {.fd = state->wake_fd, .events = POLLIN};
	uint64_t count;

	assert_int_equal(poll(&pollfd, 1, WAIT_MS), 1);
	assert_int_equal(read(state->wake_fd, &count, sizeof(count)), sizeof(count));
}

static enum resolver_state look(struct state *state, int64_t now_ms)
{
	return resolver_look(state->resolver, now_ms, &state->due_ms);
}

/* Asks at @now_ms, and has the answer. */
static enum resolver_state ask(struct state *state, int64_t now_ms)
{
	resolver_ask(state->resolver, state->wake_fd, now_ms);
	sem_post(&may_answer);
	wait_for_wake(state);
	return look(state, now_ms);
}

static void test_addresses(void **arg)
{
	struct state *state = *arg;

	assert_int_equal(ask(state, 0), RESOLVER_KNOWS);
	assert_string_equal(resolver_addresses(state->resolver), "192.0.2.1");
	answer = "2001:db8::1";
	assert_int_equal(ask(state, clock_now_ms() + LATER_MS), RESOLVER_KNOWS);
	assert_string_equal(resolver_addresses(state->resolver), "[2001:db8::1]");
}

/* No answer is one as well, in time; and what comes late is not lost. */
static void test_silence(void **arg)
{
	struct state *state = *arg;

	resolver_ask(state->resolver, state->wake_fd, 0);
	assert_int_equal(look(state, 0), RESOLVER_ASKING);
	assert_in_range(state->due_ms, 1, 3000);
	assert_int_equal(look(state, state->due_ms), RESOLVER_FAILED);
	assert_string_equal(resolver_problem(state->resolver), "the name server does not answer");
	resolver_ask(state->resolver, state->wake_fd, LATER_MS);
	assert_int_equal(look(state, LATER_MS), RESOLVER_FAILED);
	sem_post(&may_answer);
	wait_for_wake(state);
	resolver_ask(state->resolver, state->wake_fd, clock_now_ms());
	assert_int_equal(look(state, clock_now_ms()), RESOLVER_KNOWS);
	/* All of that was one question. */
	assert_int_equal(sem_wait(&asked), 0);
	assert_int_equal(sem_trywait(&asked), -1);
}

/* What is known is not given up because a name server is silent, or knows nothing for now. */
static void test_known(void **arg)
{
	struct state *state = *arg;
	int64_t now_ms = clock_now_ms() + LATER_MS;

	assert_int_equal(ask(state, 0), RESOLVER_KNOWS);
	resolver_ask(state->resolver, state->wake_fd, now_ms);
	assert_int_equal(look(state, now_ms), RESOLVER_ASKING);
	assert_in_range(state->due_ms, now_ms + 1, now_ms + 1000);
	assert_int_equal(look(state, state->due_ms), RESOLVER_KNOWS);
	answer_error = EAI_AGAIN;
	sem_post(&may_answer);
	wait_for_wake(state);
	assert_int_equal(look(state, now_ms), RESOLVER_KNOWS);
	assert_string_equal(resolver_addresses(state->resolver), "192.0.2.1");
	answer_error = EAI_NONAME;
	assert_int_equal(ask(state, now_ms), RESOLVER_FAILED);
	assert_string_equal(resolver_problem(state->resolver),
		"cannot resolve etcd.example: Name or service not known");
}

/* It may be freed, and its client with it, while the name server thinks. */
static void test_freed_while_asking(void **arg)
{
	struct state *state = *arg;

	resolver_ask(state->resolver, state->wake_fd, 0);
	assert_int_equal(sem_wait(&asked), 0);
	resolver_free(state->resolver);
	state->resolver = NULL;
	sem_post(&may_answer);
	wait_for_wake(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_addresses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_silence, setup, teardown),
		cmocka_unit_test_setup_teardown(test_known, setup, teardown),
		cmocka_unit_test_setup_teardown(test_freed_while_asking, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
