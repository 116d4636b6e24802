/* How fast our client of etcd is by itself: COUNT calls with FLIGHT of them at a time. */
/*
 * etcd_bench ENDPOINT range|serializable|put|barrier|list COUNT FLIGHT [VALUE_BYTES]
 *	Prints one line of JSON (samples.h).
 */
#include "tests/bench/samples.h"
#include "tests/lib/put.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

struct bench {
	struct etcd *etcd;
	const char *what;
	struct bytes value;
	size_t count, started, ended;
	struct samples samples;
};

struct shot {
	struct bench *bench;
	double began;
};

static void on_reply(void *arg, int error, const struct etcd_reply *reply);

static void on_page(void *arg, int error, const struct etcd_reply *reply)
{
	(void)arg, (void)reply;
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

	shot->began = now_s();
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

	bench->ended++;
	if (!error)
		samples_add(&bench->samples, now_s() - shot->began);
	else if (bench->samples.failed++ < 5)
		fprintf(stderr, "error %d: %s\n", error, reply->message);
	if (bench->started < bench->count)
		shoot(shot);
}

int main(int argc, char **argv)
{
	struct etcd_config config = {.endpoints = argc > 1 ? argv[1] : NULL};
	size_t flight = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
	size_t value_len = argc > 5 ? strtoul(argv[5], NULL, 10) : 60;
	CLEANUP(free) uint8_t *value = calloc(1, value_len + 1);
	CLEANUP(free) struct shot *shots = calloc(flight + 1, sizeof(*shots));
	struct bench bench = {.value = {value, value_len}};
	double began;

	if (flight == 0 || !value || !shots || etcd_new(&config, &bench.etcd) < 0) {
		fprintf(stderr, "usage: etcd_bench ENDPOINT range|serializable|put|barrier|list "
				"COUNT FLIGHT [VALUE_BYTES]\n");
		return 2;
	}
	bench.what = argv[2];
	bench.count = strtoul(argv[3], NULL, 10);
	began = now_s();
	for (size_t i = 0; i < flight && i < bench.count; i++) {
		shots[i].bench = &bench;
		shoot(&shots[i]);
	}
	while (bench.ended < bench.count) {
		struct pollfd pollfd = {.fd = etcd_fd(bench.etcd), .events = POLLIN};

		poll(&pollfd, 1, -1);
		etcd_dispatch(bench.etcd);
	}
	samples_print(&bench.samples, now_s() - began);
	etcd_free(bench.etcd);
	return bench.samples.failed ? 1 : 0;
}
