#include "supervisor/config/mount_helper.h"

#include "supervisor/config/mount_spec.h"
#include "supervisor/config/mount_word.h"

#include <getopt.h>
#include <string.h>

bool mount_helper_is(const char *program)
{
	const char *slash = strrchr(program, '/'), *name = slash ? slash + 1 : program;

	return !strcmp(name, "mount.etcdfs") || !strcmp(name, "mount.fuse.etcdfs");
}

static int refuse_usage(struct refusal *refusal, const char *what, const char *word)
{
	return refuse(refusal,
		"%s%s (usage: mount.etcdfs SPEC MOUNTPOINT [-sfnv] [-N NAMESPACE] [-o OPTIONS])",
		what, word);
}

/* Of letters in one word getopt has not passed the word before it has read the last of them. */
static int refuse_unknown(char **argv, struct refusal *refusal)
{
	char letter[] = {'-', optopt, '\0'};

	return refuse_usage(refusal, "unknown option ", optopt ? letter : argv[optind - 1]);
}

/* -n means "do not write /etc/mtab", which nobody does any more; -t repeats what our name says. */
static int take_letter(int letter, char **argv, struct options *options, struct refusal *refusal)
{
	switch (letter) {
	case 's':
		options->config.skips_unknown = true;
		return 0;
	case 'f':
		options->call.is_fake = true;
		return 0;
	case 'v':
		options->call.is_verbose = true;
		return 0;
	case 'N':
		options->call.namespace = optarg;
		return 0;
	case 'n':
	case 't':
		return 0;
	case 'h':
		return OPTIONS_E_HELP;
	case 'V':
		return OPTIONS_E_VERSION;
	case ':':
		return refuse_usage(refusal, "an argument is missing after ", argv[optind - 1]);
	default:
		return refuse_unknown(argv, refusal);
	}
}

/* Reads the options; the words of -o only in the second scan (@words), since they go before what
 * SPEC says. */
static int scan(int argc, char **argv, struct options *options, bool words, struct refusal *refusal)
{
	static const struct option names[] = {
		{"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {0}};
	int letter, error = 0;

	optind = 0;
	opterr = 0;
	while (!error && (letter = getopt_long(argc, argv, ":sfnvN:t:o:hV", names, NULL)) != -1) {
		if (letter != 'o')
			error = take_letter(letter, argv, options, refusal);
		else if (words)
			error = config_set_mount_options(&options->config, optarg, refusal);
		else
			options->call.remounts |= mount_word_is_in(optarg, "remount");
	}
	return error;
}

int mount_helper_read_spec(struct options *options, struct refusal *refusal)
{
	struct mount_call *call = &options->call;

	call->is_helper = true;
	options->config.last_wins = true;
	options->config.skips_unknown |= call->remounts;
	if (call->remounts)
		return 0;
	call->spec = mount_spec_of(call->spec);
	return mount_spec_read(&options->config, call->spec, refusal);
}

int mount_helper_parse(int argc, char **argv, struct options *options, struct refusal *refusal)
{
	int error;

	options->call.is_helper = true;
	error = scan(argc, argv, options, false, refusal);
	if (error)
		return error;
	if (argc - optind != 2 || !*argv[optind] || !*argv[optind + 1])
		return refuse_usage(refusal, "two arguments are needed", "");
	options->call.spec = argv[optind];
	options->mountpoint = argv[optind + 1];
	error = mount_helper_read_spec(options, refusal);
	return error ? error : scan(argc, argv, options, true, refusal);
}
