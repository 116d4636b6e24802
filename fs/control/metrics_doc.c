/* Writes docs/metrics.md to stdout: the document from stdin, with its table made anew. */
#include "fs/base/cleanup.h"
#include "fs/control/metrics_table.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define BEGIN "<!-- made by fs/control/metrics_doc.c: change nothing from here -->\n"
#define END "<!-- to here -->\n"

static void write_table(void)
{
	puts("\n| metric | is a | label | says |\n| --- | --- | --- | --- |");
	for (size_t i = 0; i < n_metrics; i++) {
		const struct metric *metric = &metrics_table[i];

		printf("| `" METRIC_PREFIX "%s` | %s | %s%s%s | %s |\n", metric->name,
			metric_type_name(metric->type), metric->label ? "`" : "",
			metric->label ? metric->label : "", metric->label ? "`" : "", metric->help);
	}
}

static void write_kinds(bool unanswered)
{
	const char *before = "";

	for (size_t i = 0; i < COUNTER_OPCODES; i++) {
		const struct metric_operation *operation = &metric_operations[i];

		if (!operation->name || operation->unanswered != unanswered)
			continue;
		printf("%s`%s`", before, operation->name);
		before = ", ";
	}
}

static void write_all(void)
{
	write_table();
	printf("\nThe kinds of operations: ");
	write_kinds(false);
	printf("; and, without a reply and so without a duration: ");
	write_kinds(true);
	puts(".\n");
}

int main(void)
{
	CLEANUP(free) char *line = NULL;
	size_t capacity = 0;
	bool skips = false;

	while (getline(&line, &capacity, stdin) >= 0) {
		if (strcmp(line, END) == 0)
			skips = false;
		if (!skips)
			fputs(line, stdout);
		if (strcmp(line, BEGIN) == 0) {
			skips = true;
			write_all();
		}
	}
	return ferror(stdin) || fflush(stdout) == EOF || skips;
}
