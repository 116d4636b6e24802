/*
 * A kind of operation has a histogram once one such operation was answered, as in the libraries of
 * Prometheus: the text would be four times as long with those of all kinds.
 */
#include "fs/control/metrics_text.h"

#include "fs/base/utf8.h"
#include "fs/control/metrics_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct text {
	const struct metrics *metrics;
	const char *mount; /* the label of the mount, with its value */
	char bounds[HISTOGRAM_BOUNDS + 1][24];
	struct buf *ret;
};

/* --- Labels -------------------------------------------------------------------------------- */

/* The value of a label is UTF-8: of a byte that is not, the value has the hexadecimal number. */
static int append_escaped(struct buf *ret, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	uint32_t character;
	size_t len;
	int r = 0;

	for (; *at && r == 0; at += len ? len : 1) {
		len = utf8_decode(at, SIZE_MAX, &character);
		if (!len)
			r = buf_printf(ret, "\\\\x%02x", *at);
		else if (*at == '\n')
			r = buf_printf(ret, "\\n");
		else if (*at == '\\' || *at == '"')
			r = buf_printf(ret, "\\%c", *at);
		else
			r = buf_append(ret, at, len);
	}
	return r;
}

/* Appends `@before NAME="VALUE"` and a NUL. */
static int append_label(struct buf *ret, const char *before, const char *name, const char *value)
{
	int r = buf_printf(ret, "%s%s=\"", before, name);

	if (r == 0)
		r = append_escaped(ret, value);
	return r < 0 ? r : buf_append(ret, "\"", sizeof("\""));
}

/* --- Samples ------------------------------------------------------------------------------- */

/* @labels and @bound: those beside the mount's, each after a comma. */
static int add_sample(const struct text *text, const struct metric *metric, const char *suffix,
	const char *labels, const char *bound, const char *number)
{
	const char *const parts[] = {METRIC_PREFIX, metric->name, suffix, "{", text->mount, labels,
		bound, "} ", number, "\n"};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(parts) / sizeof(*parts); i++)
		r = buf_append(text->ret, parts[i], strlen(parts[i]));
	return r;
}

static int add_number(const struct text *text, const struct metric *metric, const char *suffix,
	const char *labels, int64_t number)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRId64, number);
	return add_sample(text, metric, suffix, labels, "", digits);
}

static int add_seconds(const struct text *text, const struct metric *metric, const char *suffix,
	const char *labels, int64_t us)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%" PRId64 ".%06" PRId64, us / 1000000, us % 1000000);
	return add_sample(text, metric, suffix, labels, "", digits);
}

static int add_text(const struct text *text, const struct metric *metric, const char *value)
{
	CLEANUP(buf) struct buf label = {0};
	int r;

	if (!*value)
		return 0;
	r = append_label(&label, ",", metric->label, value);
	return r < 0 ? r : add_number(text, metric, "", (const char *)label.data, 1);
}

/* --- Histograms ---------------------------------------------------------------------------- */

static void set_bounds(struct text *text)
{
	for (unsigned i = 0; i < HISTOGRAM_BOUNDS; i++)
		snprintf(text->bounds[i], sizeof(*text->bounds), ",le=\"%g\"",
			(double)histogram_bounds_us[i] / 1e6);
	snprintf(text->bounds[HISTOGRAM_BOUNDS], sizeof(*text->bounds), ",le=\"+Inf\"");
}

static int add_bucket(const struct text *text, const struct metric *metric, const char *labels,
	unsigned bucket, int64_t count)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRId64, count);
	return add_sample(text, metric, "_bucket", labels, text->bounds[bucket], digits);
}

static int add_histogram(const struct text *text, const struct metric *metric, const char *labels,
	const struct histogram *histogram)
{
	int64_t count = 0;
	int r = 0;

	for (unsigned i = 0; r == 0 && i <= HISTOGRAM_BOUNDS; i++) {
		count += atomic_load_explicit(&histogram->counts[i], memory_order_relaxed);
		r = add_bucket(text, metric, labels, i, count);
	}
	if (r == 0)
		r = add_seconds(text, metric, "_sum", labels, atomic_load(&histogram->sum_us));
	return r < 0 ? r : add_number(text, metric, "_count", labels, count);
}

static bool is_empty(const struct histogram *histogram)
{
	for (unsigned i = 0; i <= HISTOGRAM_BOUNDS; i++)
		if (atomic_load_explicit(&histogram->counts[i], memory_order_relaxed))
			return false;
	return true;
}

/* --- Metrics ------------------------------------------------------------------------------- */

static int add_counts(const struct text *text, const struct metric *metric,
	const atomic_uint_fast64_t counts[COUNTER_OPCODES])
{
	char labels[48];
	int r = 0;

	for (size_t i = 0; r == 0 && i < COUNTER_OPCODES; i++) {
		if (!metric_operations[i].name)
			continue;
		snprintf(labels, sizeof(labels), ",%s=\"%s\"", metric->label,
			metric_operations[i].name);
		r = add_number(text, metric, "", labels, atomic_load(&counts[i]));
	}
	return r;
}

static int add_histograms(const struct text *text, const struct metric *metric,
	const struct histogram histograms[COUNTER_OPCODES])
{
	char labels[48];
	int r = 0;

	for (size_t i = 0; r == 0 && i < COUNTER_OPCODES; i++) {
		const struct metric_operation *operation = &metric_operations[i];

		if (!operation->name || operation->unanswered || is_empty(&histograms[i]))
			continue;
		snprintf(labels, sizeof(labels), ",%s=\"%s\"", metric->label, operation->name);
		r = add_histogram(text, metric, labels, &histograms[i]);
	}
	return r;
}

static int add_samples(const struct text *text, const struct metric *metric)
{
	const void *value = (const char *)text->metrics + metric->at;
	const void *count = (const char *)text->metrics->counters + metric->at;

	switch (metric->source) {
	case METRIC_VALUE:
		return add_number(text, metric, "", "", *(const int64_t *)value);
	case METRIC_LABEL:
		return add_text(text, metric, value);
	case METRIC_COUNT:
		return add_number(
			text, metric, "", "", atomic_load((const atomic_uint_fast64_t *)count));
	case METRIC_COUNTS:
		return add_counts(text, metric, count);
	case METRIC_DURATION:
		return add_histogram(text, metric, "", count);
	case METRIC_DURATIONS:
		return add_histograms(text, metric, count);
	}
	return 0;
}

static int add_metric(const struct text *text, const struct metric *metric)
{
	int r = buf_printf(text->ret,
		"# HELP " METRIC_PREFIX "%s %s\n# TYPE " METRIC_PREFIX "%s %s\n", metric->name,
		metric->help, metric->name, metric_type_name(metric->type));

	return r < 0 ? r : add_samples(text, metric);
}

int metrics_text(const struct metrics *metrics, struct buf *ret)
{
	CLEANUP(buf) struct buf mount = {0};
	struct text text = {.metrics = metrics, .ret = ret};
	int r = append_label(&mount, "", METRIC_MOUNT, metrics->mountpoint);

	text.mount = (const char *)mount.data;
	set_bounds(&text);
	for (size_t i = 0; r == 0 && i < n_metrics; i++)
		r = add_metric(&text, &metrics_table[i]);
	return r;
}
