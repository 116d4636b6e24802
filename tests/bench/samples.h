/* How long calls took: their rate, mean, p50 and p99, as one line of JSON. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Owned by one thread; zeroed to begin with, samples_fini() at the end. */
struct samples {
	float *took_us;
	size_t count, room, failed;
	int error; /* the first errno, 0 if none failed */
};

double now_s(void);

/* Both end the program when there is no memory: a figure with holes is worth nothing. */
void samples_add(struct samples *samples, double took_s);
void samples_take(struct samples *samples, struct samples *from);

/* The time that @percent of the calls stayed below; sorts. */
double samples_percentile_us(struct samples *samples, double percent);

/* The calls of @seconds, as one line on stdout. Did any call succeed? */
bool samples_print(struct samples *samples, double seconds);

void samples_fini(struct samples *samples);
