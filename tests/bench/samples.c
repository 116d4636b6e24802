#include "tests/bench/samples.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double now_s(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void make_room(struct samples *samples, size_t more)
{
	if (samples->count + more <= samples->room)
		return;
	samples->room = samples->room * 2 + more + 1024;
	samples->took_us = realloc(samples->took_us, samples->room * sizeof(*samples->took_us));
	if (!samples->took_us)
		errx(1, "no memory for %zu samples", samples->room);
}

void samples_add(struct samples *samples, double took_s)
{
	make_room(samples, 1);
	samples->took_us[samples->count++] = (float)(took_s * 1e6);
}

void samples_take(struct samples *samples, struct samples *from)
{
	make_room(samples, from->count);
	if (from->count)
		memcpy(samples->took_us + samples->count, from->took_us,
			from->count * sizeof(*from->took_us));
	samples->count += from->count;
	samples->failed += from->failed;
	samples->error = samples->error ? samples->error : from->error;
	samples_fini(from);
}

static int by_time(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

double samples_percentile_us(struct samples *samples, double percent)
{
	size_t at = (size_t)((double)samples->count * percent / 100);

	if (!samples->count)
		return 0;
	qsort(samples->took_us, samples->count, sizeof(*samples->took_us), by_time);
	return (double)samples->took_us[at < samples->count ? at : samples->count - 1];
}

bool samples_print(struct samples *samples, double seconds)
{
	double sum = 0;

	for (size_t i = 0; i < samples->count; i++)
		sum += (double)samples->took_us[i];
	printf("{\"calls\": %zu, \"failed\": %zu, \"error\": \"%s\", \"seconds\": %.6f, "
	       "\"rate\": %.1f, \"mean_us\": %.2f, \"p50_us\": %.2f, \"p99_us\": %.2f}\n",
		samples->count, samples->failed, samples->error ? strerror(samples->error) : "",
		seconds, (double)samples->count / seconds,
		samples->count ? sum / (double)samples->count : 0,
		samples_percentile_us(samples, 50), samples_percentile_us(samples, 99));
	return samples->count > 0;
}

void samples_fini(struct samples *samples)
{
	free(samples->took_us);
	*samples = (struct samples){0};
}
