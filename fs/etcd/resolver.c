/*
 * libcurl can resolve names in a thread of its own, but waits for that thread when the transfer
 * ends, so that with a silent name server neither deadlines nor signals would be obeyed. So curl is
 * never given a name to resolve: transfers bring the addresses.
 *
 * The question is shared by its thread and the resolver, and freed when both have dropped it. The
 * thread has a duplicate of the descriptor that it writes to, so it may outlive the client.
 */
#include "fs/etcd/resolver.h"

#include "fs/base/buf.h"
#include "fs/base/cleanup.h"
#include "fs/base/clock.h"
#include "fs/base/lock.h"
#include "fs/etcd/etcd.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
	PATIENCE_MS = 2000,	 /* how long to wait while no addresses are known */
	PATIENCE_KNOWN_MS = 500, /* how long to wait before the last known addresses are used */
	FRESH_MS = 1000,	 /* an answer up to this age is used without asking again: it came
				  * too late for the try that asked */
};

struct question {
	struct lock lock;
	unsigned refs;
	bool is_answered;
	int64_t answered_ms;
	int error;	      /* of getaddrinfo() */
	int system_error;     /* errno, if error is EAI_SYSTEM */
	struct buf addresses; /* NUL-terminated; constant once is_answered */
	int wake_fd;	      /* this and what follows belong to the thread */
	char host[];
};

static atomic_uint n_threads; /* resolver threads of this process */

struct resolver {
	struct question *question; /* the question under way, or NULL */
	int64_t asked_ms;
	int64_t answered_ms; /* when getaddrinfo() last gave addresses */
	char *addresses;     /* the last addresses, or NULL */
	char problem[256];   /* why the last question failed; "": it did not */
	char host[];
};

/* --- The question ------------------------------------------------------------------------- */

static void question_unref(struct question *question)
{
	unsigned refs;

	lock_take(&question->lock);
	refs = --question->refs;
	lock_drop(&question->lock);
	if (refs)
		return;
	lock_fini(&question->lock);
	buf_fini(&question->addresses);
	close(question->wake_fd);
	free(question);
}

static struct question *question_new(const char *host, int wake_fd)
{
	size_t size = strlen(host) + 1;
	struct question *question = calloc(1, sizeof(*question) + size);

	if (!question)
		return NULL;
	question->wake_fd = fcntl(wake_fd, F_DUPFD_CLOEXEC, 0);
	if (question->wake_fd < 0) {
		free(question);
		return NULL;
	}
	lock_init(&question->lock);
	question->refs = 1;
	memcpy(question->host, host, size);
	return question;
}

/* Addresses of one interface only ("fe80::1%eth0") are left out, because curl does not take
 * them. */
static int add_address(struct buf *addresses, const struct addrinfo *address)
{
	const char *comma = addresses->len ? "," : "";
	char text[NI_MAXHOST];

	if (getnameinfo(address->ai_addr, address->ai_addrlen, text, sizeof(text), NULL, 0,
		    NI_NUMERICHOST) ||
		strchr(text, '%'))
		return 0;
	return strchr(text, ':') ? buf_printf(addresses, "%s[%s]", comma, text)
				 : buf_printf(addresses, "%s%s", comma, text);
}

static int list_addresses(const struct addrinfo *address, struct buf *ret)
{
	int r = 0;

	for (; r == 0 && address; address = address->ai_next)
		r = add_address(ret, address);
	if (r == 0 && !ret->len)
		return EAI_NONAME;
	return r < 0 || buf_append_byte(ret, 0) < 0 ? EAI_MEMORY : 0;
}

static void *question_run(void *arg)
{
	struct question *question = arg;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
	struct buf addresses = {0};
	int error = getaddrinfo(question->host, NULL, &hints, &found), system_error = errno;
	uint64_t one = 1;

	if (!error) {
		error = list_addresses(found, &addresses);
		freeaddrinfo(found);
	}
	lock_take(&question->lock);
	question->answered_ms = clock_now_ms();
	question->error = error;
	question->system_error = system_error;
	question->addresses = addresses;
	question->is_answered = true;
	lock_drop(&question->lock);
	(void)!write(question->wake_fd, &one, sizeof(one));
	question_unref(question);
	n_threads--;
	return NULL;
}

/* Starts the thread, with all signals blocked, so that other threads handle them. */
static int question_start(struct question *question)
{
	pthread_attr_t attr;
	sigset_t all, before;
	pthread_t thread;
	int error;

	sigfillset(&all);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	question->refs++;
	n_threads++;
	error = pthread_create(&thread, &attr, question_run, question);
	if (error) {
		question->refs--;
		n_threads--;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return -error;
}

/* --- The resolver ------------------------------------------------------------------------- */

struct resolver *resolver_new(const char *host)
{
	size_t size = strlen(host) + 1;
	struct resolver *resolver = calloc(1, sizeof(*resolver) + size);

	if (resolver)
		memcpy(resolver->host, host, size);
	return resolver;
}

void resolver_free(struct resolver *resolver)
{
	if (!resolver)
		return;
	if (resolver->question)
		question_unref(resolver->question);
	free(resolver->addresses);
	free(resolver);
}

/* Whether @error only means that there is no answer now; other errors are answers about the
 * name. */
static bool is_silence(int error)
{
	return error == EAI_AGAIN || error == EAI_SYSTEM || error == EAI_MEMORY;
}

static void take_answer(struct resolver *resolver, const struct question *question)
{
	int error = question->error;
	char *addresses = error ? NULL : strdup((const char *)question->addresses.data);

	if (!error && !addresses)
		error = EAI_MEMORY;
	if (addresses || !is_silence(error)) {
		free(resolver->addresses);
		resolver->addresses = addresses;
	}
	if (addresses)
		resolver->answered_ms = question->answered_ms;
	else
		snprintf(resolver->problem, sizeof(resolver->problem), "cannot resolve %.100s: %s",
			resolver->host,
			error == EAI_SYSTEM ? strerror(question->system_error)
					    : gai_strerror(error));
}

/* Takes the answer, if it has come. Whether a question is still under way. */
static bool resolver_hear(struct resolver *resolver)
{
	struct question *question = resolver->question;
	bool is_answered;

	if (!question)
		return false;
	lock_take(&question->lock);
	is_answered = question->is_answered;
	lock_drop(&question->lock);
	if (!is_answered)
		return true;
	resolver->problem[0] = '\0';
	take_answer(resolver, question);
	question_unref(STEAL(resolver->question));
	return false;
}

void resolver_ask(struct resolver *resolver, int wake_fd, int64_t now_ms)
{
	struct question *question;
	int error;

	if (resolver_hear(resolver))
		return;
	if (resolver->addresses && now_ms - resolver->answered_ms < FRESH_MS)
		return;
	resolver->problem[0] = '\0';
	resolver->asked_ms = now_ms;
	question = question_new(resolver->host, wake_fd);
	error = question ? question_start(question) : -ENOMEM;
	if (!error) {
		resolver->question = question;
		return;
	}
	if (question)
		question_unref(question);
	snprintf(resolver->problem, sizeof(resolver->problem), "cannot resolve %.100s: %s",
		resolver->host, strerror(-error));
}

enum resolver_state resolver_look(struct resolver *resolver, int64_t now_ms, int64_t *ret_due_ms)
{
	int patience_ms = resolver->addresses ? PATIENCE_KNOWN_MS : PATIENCE_MS;
	bool is_asking = resolver_hear(resolver);

	*ret_due_ms = resolver->asked_ms + patience_ms;
	if (is_asking && now_ms < *ret_due_ms)
		return RESOLVER_ASKING;
	if (resolver->addresses)
		return RESOLVER_KNOWS;
	if (is_asking)
		snprintf(resolver->problem, sizeof(resolver->problem),
			"the name server does not answer");
	return RESOLVER_FAILED;
}

const char *resolver_addresses(const struct resolver *resolver)
{
	return resolver->addresses;
}

const char *resolver_problem(const struct resolver *resolver)
{
	return resolver->problem;
}

void etcd_exit(int status)
{
	if (!n_threads)
		exit(status);
	fflush(NULL);
	_exit(status);
}
