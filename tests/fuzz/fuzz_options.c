/* A command line: ours, and that of mount(8)'s helper. Words end with a newline. */
#include "tests/fuzz/fuzz.h"

#include "supervisor/config/options.h"

#include <string.h>

enum { WORDS = 32 };

/* A word may name a file to read; only what a test may read is read. */
static bool is_harmless(struct bytes input)
{
	static const char *const words[] = {"/dev", "/proc", "/sys", "fd"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (input.len && memmem(input.data, input.len, words[i], strlen(words[i])))
			return false;
	return true;
}

static void parse(int argc, char **argv)
{
	struct refusal refusal = {""};
	struct options options;
	int r = options_parse(argc, argv, &options, &refusal);

	fuzz_check(r >= 0 && r <= OPTIONS_E_VERSION);
	fuzz_check(r != REFUSED || refusal.text[0]);
	fuzz_check(r || options.mountpoint || options.path || options.key || options.check ||
		   options.lock.path);
	options_fini(&options);
}

void fuzz_one(struct bytes input)
{
	char *argv[WORDS + 1] = {0}, *words[WORDS];
	int argc = 0;

	if (!is_harmless(input))
		return;
	while (input.len && argc < WORDS) {
		struct bytes word = fuzz_text(&input, '\n');
		words[argc] = argv[argc] = fuzz_string(word);
		argc++;
	}
	if (argc)
		parse(argc, argv);
	for (int i = 0; i < argc; i++)
		free(words[i]);
}
