/* The table of the metrics: name, type, meaning and source of each. */
/*
 * The text of .etcd/metrics and the tables of docs/metrics.md are made from it.
 */
#pragma once

#include "fs/base/counters.h"

#include <stdbool.h>
#include <stddef.h>

enum metric_type {
	METRIC_COUNTER,
	METRIC_GAUGE,
	METRIC_HISTOGRAM,
};

/* What is at metric->at, and in which struct. */
enum metric_source {
	METRIC_VALUE,	  /* of struct metrics: an int64_t */
	METRIC_LABEL,	  /* of struct metrics: text; "": not known. The value is 1 */
	METRIC_COUNT,	  /* of struct counters: a count */
	METRIC_COUNTS,	  /* of struct counters: counts by opcode */
	METRIC_DURATION,  /* of struct counters: a histogram */
	METRIC_DURATIONS, /* of struct counters: histograms by opcode */
};

struct metric {
	const char *name; /* what comes after METRIC_PREFIX */
	enum metric_type type;
	enum metric_source source;
	size_t at;
	const char *help;
	const char *label; /* NULL: it has METRIC_MOUNT only */
};

#define METRIC_PREFIX "etcdfs_"
#define METRIC_MOUNT "mountpoint" /* the label that each of them has */

extern const struct metric metrics_table[];
extern const size_t n_metrics;

const char *metric_type_name(enum metric_type type);

/* A kind of request, as the kernel calls it. */
struct metric_operation {
	const char *name; /* NULL: the kernel sends none with this opcode */
	bool unanswered;  /* it has no reply, and so takes no time */
};

extern const struct metric_operation metric_operations[COUNTER_OPCODES];
