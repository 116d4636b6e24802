/* How long a change on one node takes to an inotify reader on another, beside a bare watch. */
/*
 * event_bench latency ENDPOINT_A ENDPOINT_B DIRECTORY PREFIX COUNT
 *	COUNT puts, one after the other, through A to PREFIX0...PREFIX15. Three readers, a thread
 *each: a bare watch of B's etcd, which only reads the stream; an inotify watch of DIRECTORY on B's
 *	mount, where those keys are; and whoever waits for the end of the writing (IN_CLOSE_WRITE).
 * event_bench rate ENDPOINT PREFIX PER_SECOND SECONDS
 *	PER_SECOND puts a second, a hundred in a transaction, to keys below PREFIX.
 */
#include "tests/lib/put.h"

#include <err.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

enum {
	KEYS = 16,
	WARM_UP = 50,
	TXN_KEYS = 100,
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
	const char *endpoint_a, *endpoint_b, *directory, *prefix;
	size_t count;
	sem_t ready, arrived;
	pthread_mutex_t lock; /* the rest */
	size_t round;	      /* from 1 on; 0: no put is under way */
	double put_at;
	char name[256]; /* of the file of this round */
	size_t seen[READERS];
	double *took[READERS];
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Counts once in each round, and only the file of this round. */
static void arrive(struct bench *bench, enum reader reader, const char *name, size_t length)
{
	double at = now();

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
	struct etcd_config config = {.endpoints = bench->endpoint_b};
	struct etcd_watch watch = {.key = BYTES_LITERAL("\0"), .range_end = BYTES_LITERAL("\0")};
	struct etcd *etcd;

	if (etcd_new(&config, &etcd) < 0 || etcd_watch(etcd, &watch, &handler, bench, NULL) < 0)
		errx(1, "%s: no watch", bench->endpoint_b);
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
	bench->put_at = now();
	pthread_mutex_unlock(&bench->lock);
	if (put_one(etcd, (struct bytes){(const uint8_t *)key, strlen(key)},
		    (struct bytes){(const uint8_t *)value, strlen(value)}, WAIT_S * 1000, on_put,
		    bench, NULL) < 0)
		errx(1, "put");
}

/* All readers have it: then the next put meets none of its events. */
static void wait_round(struct bench *bench, struct etcd *etcd, size_t round)
{
	struct timespec deadline;

	while (bench->seen[ACKNOWLEDGED] != round) {
		struct pollfd pollfd = {.fd = etcd_fd(etcd), .events = POLLIN};

		poll(&pollfd, 1, -1);
		etcd_dispatch(etcd);
	}
	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += WAIT_S;
	for (int i = 0; i < READERS; i++)
		if (sem_timedwait(&bench->arrived, &deadline) < 0)
			errx(1, "put %zu: not at each reader within %d s", round, WAIT_S);
}

static int by_time(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void row(const char *name, double *took, size_t count)
{
	qsort(took, count, sizeof(*took), by_time);
	printf("%-42s p50 %6.0f us   p99 %6.0f us\n", name, took[count / 2] * 1e6,
		took[count * 99 / 100] * 1e6);
}

/* The differences are put by put, before the rows are sorted. */
static void report(struct bench *bench)
{
	static const char *const names[READERS] = {"put -> etcd's answer to the writer",
		"put -> bare watch", "put -> inotify MODIFY", "put -> inotify CLOSE_WRITE"};
	static const char *const later[READERS] = {
		NULL, NULL, "bare watch -> inotify MODIFY", "bare watch -> inotify CLOSE_WRITE"};
	size_t count = bench->count - WARM_UP;
	CLEANUP(free) double *difference = calloc(count, sizeof(*difference));
	double *took[READERS];

	for (int i = 0; i < READERS; i++)
		took[i] = bench->took[i] + WARM_UP;
	for (int reader = BARE_WATCH; difference && reader < READERS; reader++) {
		for (size_t i = 0; i < count; i++)
			difference[i] = took[reader][i] -
					took[reader == BARE_WATCH ? ACKNOWLEDGED : BARE_WATCH][i];
		row(reader == BARE_WATCH ? "etcd's answer -> bare watch" : later[reader],
			difference, count);
	}
	for (int i = 0; i < READERS; i++)
		row(names[i], took[i], count);
	printf("%zu puts, one after the other\n", count);
}

static int latency(struct bench *bench)
{
	static void *(*const threads[])(void *) = {watch_thread, modify_thread, close_thread};
	struct etcd_config config = {.endpoints = bench->endpoint_a};
	struct etcd *etcd;
	pthread_t thread;

	bench->count += WARM_UP;
	for (int i = 0; i < READERS; i++)
		bench->took[i] = calloc(bench->count, sizeof(double));
	sem_init(&bench->ready, 0, 0);
	sem_init(&bench->arrived, 0, 0);
	pthread_mutex_init(&bench->lock, NULL);
	for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
		if (pthread_create(&thread, NULL, threads[i], bench))
			errx(1, "pthread_create");
		sem_wait(&bench->ready);
	}
	if (etcd_new(&config, &etcd) < 0)
		errx(1, "%s", bench->endpoint_a);
	for (size_t round = 1; round <= bench->count; round++) {
		put_round(bench, etcd, round);
		wait_round(bench, etcd, round);
	}
	report(bench);
	return 0;
}

/* --- Many changes a second --- */

struct rate {
	struct etcd *etcd;
	size_t flying, done;
};

static void on_txn(void *arg, int error, const struct etcd_reply *reply)
{
	struct rate *rate = arg;

	if (error)
		errx(1, "txn: %s", reply->message);
	rate->flying--;
	rate->done += TXN_KEYS;
}

static void send_txn(struct rate *rate, const char *prefix, size_t serial)
{
	char keys[TXN_KEYS][300], value[32];
	struct etcd_op ops[TXN_KEYS] = {0};
	struct etcd_txn txn = {.success = ops, .n_success = TXN_KEYS};

	snprintf(value, sizeof(value), "%zu", serial);
	for (size_t i = 0; i < TXN_KEYS; i++) {
		snprintf(keys[i], sizeof(keys[i]), "%s%zu", prefix, i);
		ops[i].key = (struct bytes){(const uint8_t *)keys[i], strlen(keys[i])};
		ops[i].value = (struct bytes){(const uint8_t *)value, strlen(value)};
	}
	if (etcd_txn(rate->etcd, &txn, WAIT_S * 1000, on_txn, rate, NULL) < 0)
		errx(1, "txn");
	rate->flying++;
}

static int rate(const char *endpoint, const char *prefix, size_t per_second, double seconds)
{
	struct etcd_config config = {.endpoints = endpoint};
	struct rate rate = {0};
	size_t sent = 0, all = (size_t)((double)per_second * seconds) / TXN_KEYS;
	double began, due;

	if (etcd_new(&config, &rate.etcd) < 0)
		errx(1, "%s", endpoint);
	for (began = now(); sent < all || rate.flying;) {
		struct pollfd pollfd = {.fd = etcd_fd(rate.etcd), .events = POLLIN};

		due = began + (double)(sent * TXN_KEYS) / (double)per_second;
		if (sent < all && now() >= due && rate.flying < 16)
			send_txn(&rate, prefix, sent++);
		else
			poll(&pollfd, 1, rate.flying < 16 && sent < all ? 1 : 100);
		etcd_dispatch(rate.etcd);
	}
	printf("%zu changes in %.1f s\n", rate.done, now() - began);
	etcd_free(rate.etcd);
	return 0;
}

int main(int argc, char **argv)
{
	struct bench bench = {0};

	if (argc == 7 && strcmp(argv[1], "latency") == 0) {
		bench.endpoint_a = argv[2];
		bench.endpoint_b = argv[3];
		bench.directory = argv[4];
		bench.prefix = argv[5];
		bench.count = strtoul(argv[6], NULL, 10);
		if (bench.count > 0)
			return latency(&bench);
	}
	if (argc == 6 && strcmp(argv[1], "rate") == 0)
		return rate(argv[2], argv[3], strtoul(argv[4], NULL, 10), strtod(argv[5], NULL));
	errx(2, "usage: event_bench latency A B DIRECTORY PREFIX COUNT | "
		"rate ENDPOINT PREFIX PER_SECOND SECONDS");
}
