/* How fast the client is: COUNT calls with FLIGHT of them at a time, their p50, p99 and rate. */
/*
 * etcd_bench ENDPOINT range|serializable|put|barrier|list COUNT FLIGHT [VALUE_BYTES]
 */
#include "tests/lib/put.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct bench {
	struct etcd *etcd;
	const char *what;
	struct bytes value;
	size_t count, started, ended, failed, n_kvs;
	double *took;
};

struct shot {
	struct bench *bench;
	double began;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void on_reply(void *arg, int error, const struct etcd_reply *reply);

static void on_page(void *arg, int error, const struct etcd_reply *reply)
{
	struct shot *shot = arg;

	shot->bench->n_kvs += reply->n_kvs;
}

static int shoot_range(struct shot *shot)
{
	const char *what = shot->bench->what;
	struct etcd_range range = {.key = BYTES_LITERAL("bench"), .limit = 1};

	range.serializable = strcmp(what, "serializable") == 0;
	range.count_only = strcmp(what, "barrier") == 0;
	return etcd_range(shot->bench->etcd, &range, 5000, on_reply, shot, NULL);
}

static int shoot(struct shot *shot)
{
	struct bench *bench = shot->bench;

	shot->began = now();
	bench->started++;
	if (strcmp(bench->what, "put") == 0)
		return put_one(bench->etcd, BYTES_LITERAL("bench"), bench->value, 5000, on_reply,
			shot, NULL);
	if (strcmp(bench->what, "list") == 0)
		return etcd_list(bench->etcd, BYTES_LITERAL("\0"), BYTES_LITERAL("\0"), 5000,
			on_page, on_reply, shot, NULL);
	return shoot_range(shot);
}

static void on_reply(void *arg, int error, const struct etcd_reply *reply)
{
	struct shot *shot = arg;
	struct bench *bench = shot->bench;

	bench->took[bench->ended++] = now() - shot->began;
	if (error && bench->failed++ < 5)
		fprintf(stderr, "error %d: %s\n", error, reply->message);
	if (bench->started < bench->count)
		shoot(shot);
}

static int by_time(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void report(struct bench *bench, double took, size_t flight)
{
	qsort(bench->took, bench->count, sizeof(*bench->took), by_time);
	printf("%s: %zu calls, %zu in flight, %zu bytes: p50 %.0f us, p99 %.0f us, %.0f/s, "
	       "%zu failed",
		bench->what, bench->count, flight, bench->value.len,
		bench->took[bench->count / 2] * 1e6, bench->took[bench->count * 99 / 100] * 1e6,
		(double)bench->count / took, bench->failed);
	if (bench->n_kvs)
		printf(", %.0f keys/s", (double)bench->n_kvs / took);
	printf("\n");
}

int main(int argc, char **argv)
{
	struct etcd_config config = {.endpoints = argc > 1 ? argv[1] : NULL};
	size_t flight = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
	size_t value_len = argc > 5 ? strtoul(argv[5], NULL, 10) : 60;
	CLEANUP(free) uint8_t *value = calloc(1, value_len + 1);
	CLEANUP(free) struct shot *shots = calloc(flight + 1, sizeof(*shots));
	struct bench bench = {.value = {value, value_len}};
	CLEANUP(free) double *took = NULL;
	double began;

	if (flight == 0 || !value || !shots || etcd_new(&config, &bench.etcd) < 0) {
		fprintf(stderr, "usage: etcd_bench ENDPOINT range|serializable|put|barrier|list "
				"COUNT FLIGHT [VALUE_BYTES]\n");
		return 2;
	}
	bench.what = argv[2];
	bench.count = strtoul(argv[3], NULL, 10);
	took = bench.took = calloc(bench.count + 1, sizeof(*bench.took));
	for (size_t i = 0; i < flight && i < bench.count; i++) {
		shots[i].bench = &bench;
		shoot(&shots[i]);
	}
	began = now();
	while (bench.ended < bench.count) {
		struct pollfd pollfd = {.fd = etcd_fd(bench.etcd), .events = POLLIN};

		poll(&pollfd, 1, -1);
		etcd_dispatch(bench.etcd);
	}
	report(&bench, now() - began, flight);
	etcd_free(bench.etcd);
	return bench.failed ? 1 : 0;
}
