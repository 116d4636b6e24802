/* How long a change made elsewhere takes to an inotify reader, beside a bare watch. */
/*
 * event_bench ENDPOINT DIRECTORY PREFIX COUNT
 *	COUNT puts, one after the other, to the keys PREFIX0...PREFIX15. Three readers, a thread
 *each: a bare watch of etcd, which only reads the stream; an inotify watch of DIRECTORY, where a
 *mount shows those keys; and whoever waits for the end of the writing (IN_CLOSE_WRITE). Prints a
 *line of JSON: the p50 and p99 of each, and of what inotify takes more than the watch, put by put.
 *	With - for DIRECTORY the bare watch is the only reader.
 */
#include "tests/bench/samples.h"
#include "tests/lib/put.h"

#include <err.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum {
	KEYS = 16,
	WARM_UP = 50,
	WAIT_S = 10,
};

enum reader {
	ACKNOWLEDGED,
	BARE_WATCH,
	MODIFIED,
	CLOSED,
	READERS,
};

struct bench {
	const char *endpoint, *directory, *prefix;
	int n_readers; /* the first of enum reader */
	size_t count;
	sem_t ready, arrived;
	pthread_mutex_t lock; /* the rest */
	size_t round;	      /* from 1 on; 0: no put is under way */
	double put_at;
	char name[256]; /* of the file of this round */
	size_t seen[READERS];
	double *took[READERS];
};

/* Counts once in each round, and only the file of this round. */
static void arrive(struct bench *bench, enum reader reader, const char *name, size_t length)
{
	double at = now_s();

	pthread_mutex_lock(&bench->lock);
	if (bench->round && bench->seen[reader] != bench->round && strlen(bench->name) == length &&
		memcmp(bench->name, name, length) == 0) {
		bench->seen[reader] = bench->round;
		bench->took[reader][bench->round - 1] = at - bench->put_at;
		sem_post(&bench->arrived);
	}
	pthread_mutex_unlock(&bench->lock);
}

/* --- The readers --- */

static void on_created(void *arg, const struct etcd_header *header)
{
	struct bench *bench = arg;

	sem_post(&bench->ready);
}

static void on_events(void *arg, const struct etcd_header *header, const struct etcd_event *events,
	size_t n_events)
{
	struct bench *bench = arg;
	size_t prefix = strlen(bench->prefix);

	for (size_t i = 0; i < n_events; i++)
		if (events[i].kv.key.len > prefix)
			arrive(bench, BARE_WATCH, (const char *)events[i].kv.key.data + prefix,
				events[i].kv.key.len - prefix);
}

static void on_ended(void *arg, int error, int64_t compact_revision, const char *message)
{
	errx(1, "the watch ended: %s", message);
}

static void *watch_thread(void *arg)
{
	static const struct etcd_watch_handler handler = {on_created, on_events, on_ended};
	struct bench *bench = arg;
	struct etcd_config config = {.endpoints = bench->endpoint};
	struct etcd_watch watch = {.key = BYTES_LITERAL("\0"), .range_end = BYTES_LITERAL("\0")};
	struct etcd *etcd;

	if (etcd_new(&config, &etcd) < 0 || etcd_watch(etcd, &watch, &handler, bench, NULL) < 0)
		errx(1, "%s: no watch", bench->endpoint);
	for (;;) {
		struct pollfd pollfd = {.fd = etcd_fd(etcd), .events = POLLIN};

		poll(&pollfd, 1, -1);
		etcd_dispatch(etcd);
	}
	return NULL;
}

static void read_events(struct bench *bench, int fd, enum reader reader)
{
	char buffer[65536] __attribute__((aligned(8)));
	ssize_t length = read(fd, buffer, sizeof(buffer));
	const struct inotify_event *event;

	for (char *at = buffer; at < buffer + length; at += sizeof(*event) + event->len) {
		event = (const struct inotify_event *)(void *)at;
		if (event->len)
			arrive(bench, reader, event->name, strlen(event->name));
	}
}

static void inotify_thread(struct bench *bench, enum reader reader, uint32_t mask)
{
	int fd = inotify_init1(IN_CLOEXEC);

	if (fd < 0 || inotify_add_watch(fd, bench->directory, mask) < 0)
		err(1, "%s", bench->directory);
	sem_post(&bench->ready);
	for (;;)
		read_events(bench, fd, reader);
}

static void *modify_thread(void *arg)
{
	inotify_thread(arg, MODIFIED, IN_MODIFY);
	return NULL;
}

static void *close_thread(void *arg)
{
	inotify_thread(arg, CLOSED, IN_CLOSE_WRITE);
	return NULL;
}

/* --- The writer --- */

static void on_put(void *arg, int error, const struct etcd_reply *reply)
{
	struct bench *bench = arg;

	if (error)
		errx(1, "put: %s", reply->message);
	arrive(bench, ACKNOWLEDGED, bench->name, strlen(bench->name));
}

static void put_round(struct bench *bench, struct etcd *etcd, size_t round)
{
	char key[600], value[32];

	snprintf(key, sizeof(key), "%s%zu", bench->prefix, round % KEYS);
	snprintf(value, sizeof(value), "%zu", round);
	pthread_mutex_lock(&bench->lock);
	snprintf(bench->name, sizeof(bench->name), "%zu", round % KEYS);
	bench->round = round;
	bench->put_at = now_s();
	pthread_mutex_unlock(&bench->lock);
	if (put_one(etcd, (struct bytes){(const uint8_t *)key, strlen(key)},
		    (struct bytes){(const uint8_t *)value, strlen(value)}, WAIT_S * 1000, on_put,
		    bench, NULL) < 0)
		errx(1, "put");
}

/* The first @readers have it: then the next put meets none of its events. */
static void wait_round(struct bench *bench, struct etcd *etcd, size_t round, int readers)
{
	struct timespec deadline;

	while (bench->seen[ACKNOWLEDGED] != round) {
		struct pollfd pollfd = {.fd = etcd_fd(etcd), .events = POLLIN};

		poll(&pollfd, 1, -1);
		etcd_dispatch(etcd);
	}
	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += WAIT_S;
	for (int i = 0; i < readers; i++)
		if (sem_timedwait(&bench->arrived, &deadline) < 0)
			errx(1, "put %zu: not at each reader within %d s", round, WAIT_S);
}

/* What @reader took; @but is taken off put by put (-1: nothing). */
static void report(struct bench *bench, const char *name, int reader, int but)
{
	struct samples samples = {0};

	for (size_t i = WARM_UP; i < bench->count; i++)
		samples_add(&samples, bench->took[reader][i] - (but < 0 ? 0 : bench->took[but][i]));
	printf("\"%s_us\": %.1f, \"%s_p99_us\": %.1f, ", name, samples_percentile_us(&samples, 50),
		name, samples_percentile_us(&samples, 99));
	samples_fini(&samples);
}

static void start_readers(struct bench *bench)
{
	static void *(*const threads[])(void *) = {watch_thread, modify_thread, close_thread};
	pthread_t thread;

	for (int i = BARE_WATCH; i < bench->n_readers; i++) {
		if (pthread_create(&thread, NULL, threads[i - BARE_WATCH], bench))
			errx(1, "pthread_create");
		sem_wait(&bench->ready);
	}
}

/* The first rounds, before anybody reads, make the keys. */
static void run(struct bench *bench)
{
	struct etcd_config config = {.endpoints = bench->endpoint};
	struct etcd *etcd;

	bench->count += WARM_UP;
	for (int i = 0; i < READERS; i++)
		bench->took[i] = calloc(bench->count, sizeof(double));
	sem_init(&bench->ready, 0, 0);
	sem_init(&bench->arrived, 0, 0);
	pthread_mutex_init(&bench->lock, NULL);
	if (etcd_new(&config, &etcd) < 0)
		errx(1, "%s", bench->endpoint);
	for (size_t round = 1; round <= bench->count; round++) {
		if (round == KEYS + 1)
			start_readers(bench);
		put_round(bench, etcd, round);
		wait_round(bench, etcd, round, round <= KEYS ? 1 : bench->n_readers);
	}
}

int main(int argc, char **argv)
{
	struct bench bench = {0};

	bench.count = argc == 5 ? strtoul(argv[4], NULL, 10) : 0;
	if (!bench.count)
		errx(2, "usage: event_bench ENDPOINT DIRECTORY PREFIX COUNT");
	bench.endpoint = argv[1];
	bench.directory = argv[2];
	bench.prefix = argv[3];
	bench.n_readers = strcmp(argv[2], "-") == 0 ? BARE_WATCH + 1 : READERS;
	run(&bench);
	printf("{");
	report(&bench, "acknowledged", ACKNOWLEDGED, -1);
	report(&bench, "watch", BARE_WATCH, -1);
	if (bench.n_readers == READERS) {
		report(&bench, "modify", MODIFIED, -1);
		report(&bench, "close", CLOSED, -1);
		report(&bench, "more", MODIFIED, BARE_WATCH);
	}
	printf("\"puts\": %zu}\n", bench.count - WARM_UP);
	return 0;
}
