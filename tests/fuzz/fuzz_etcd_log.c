/* What etcd writes, line by line: made readable, kept for its last words, and believed to blame. */
#include "tests/fuzz/fuzz.h"

#include "supervisor/etcd/etcd_log.h"
#include "supervisor/etcd/etcd_version.h"

#include <string.h>

static void line_add(struct etcd_log *log, struct bytes line)
{
	char *copy = fuzz_string(line);
	struct etcd_version version;
	const char *text;

	etcd_log_add(log, copy, &text);
	fuzz_check(strnlen(text, ETCD_LOG_LINE) < ETCD_LOG_LINE);
	etcd_log_is_hint(text);
	etcd_log_is_clock(text);
	etcd_version_parse(copy, &version);
	free(copy);
}

void fuzz_one(struct bytes input)
{
	struct etcd_log *log = calloc(1, sizeof(*log));
	size_t size = 1 + fuzz_byte(&input);
	char *words = malloc(size);

	fuzz_check(log && words);
	while (input.len)
		line_add(log, fuzz_text(&input, '\n'));
	etcd_log_last_words(log, words, size);
	fuzz_check(strnlen(words, size) < size);
	free(words);
	free(log);
}
