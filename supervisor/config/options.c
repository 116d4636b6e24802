#include "supervisor/config/options.h"

#include "supervisor/config/config_file.h"
#include "supervisor/config/mount_helper.h"
#include "supervisor/config/mount_spec.h"
#include "supervisor/config/mount_word.h"

#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

const struct option_row option_rows[] = {
	{'f', "foreground", NULL, "Stay in the foreground; log to the standard error."},
	{'d', "debug", NULL,
		"Log more, what etcd warns of included. The same as -o log-level=debug."},
	{'c', "config", "FILE", "Read the configuration FILE."},
	{'o', "options", "OPT[,...]",
		"Set keys of [mount], as in ro,allow_other. OPT is KEY=VALUE, or KEY alone "
		"for one that is on or off."},
	{'e', "etcd", "KEY=VALUE",
		"Set one key of [etcd], as in name=a. May be given again for another."},
	{'H', "hook", "KEY=VALUE",
		"Set one key of [hooks], as in on-leader=COMMAND. May be given again for "
		"another."},
	{'j', "join", "URL",
		"Become a member of the running cluster at URL. That is a client URL of one of its "
		"members; the option is the same as -e join=URL. For https:// -o cacert, cert and "
		"key count."},
	{'l', "leave", NULL,
		"Leave the cluster, and end the mount on MOUNTPOINT. The membership that ends is "
		"that of the mount's own etcd."},
	{'u', "unmount-dead", NULL,
		"Take a dead mount off MOUNTPOINT. Dead is one whose etcdfs was killed; others "
		"stay."},
	{'k', "key", "PATH",
		"Show the key of PATH. PATH is on a mount of etcdfs and need not exist; with a "
		"slash at its end: what the keys of the directory PATH begin with."},
	{'p', "path", "KEY",
		"Show the path of KEY. It is the path on the mount that MOUNTPOINT, or else the "
		"current directory, is on; KEY is - to read it from the standard input."},
	{'L', "lock", "FILE",
		"Run COMMAND while holding the lock of FILE. FILE is on a mount of etcdfs and is "
		"made if it does not exist; if it is a directory, the lock is that of all below "
		"it. "
		"The command ends when the lock is lost, and the status is then 75."},
	{'t', "check", "FILE",
		"Say whether the configuration FILE is right. Each problem is a line on the "
		"standard error, FILE:LINE: and what is wrong; nothing is started or made. The "
		"status is 1 if there is a problem."},
	{'F', "fuse-fd", "N",
		"Serve the open /dev/fuse of descriptor N. Another process, with the right to do "
		"so, has opened it and mounted it on MOUNTPOINT, with the type fuse.etcdfs, and "
		"takes the mount off in the end. With allow_other in its options -o allow_other is "
		"needed as well."},
	{'h', "help", "[all]", "Show this help. With all: with every key, and all words."},
	{'V', "version", NULL, "Show the version."},
};

const size_t n_option_rows = sizeof(option_rows) / sizeof(option_rows[0]);

const struct option_row lock_rows[] = {
	{'s', "shared", NULL, "Share it with others who share it."},
	{'n', "nonblock", NULL, "Do not wait for the lock."},
	{'w', "timeout", "SECONDS", "Wait no longer for the lock."},
	{'E', "conflict-exit-code", "N", "The status if others have the lock. It is 1 otherwise."},
};

const size_t n_lock_rows = sizeof(lock_rows) / sizeof(lock_rows[0]);

#define LOCK_ROWS (sizeof(lock_rows) / sizeof(lock_rows[0]))
#define ROWS (sizeof(option_rows) / sizeof(option_rows[0]) + LOCK_ROWS)

static const struct option_row *row_at(size_t i)
{
	return i < n_option_rows ? &option_rows[i] : &lock_rows[i - n_option_rows];
}

/* An argument in brackets may be left out; it is a word of its own, which getopt leaves alone. */
static bool takes_argument(const struct option_row *row)
{
	return row->argument && row->argument[0] != '[';
}

/* getopt_long()'s tables, made from the rows. */
struct getopt_table {
	char letters[2 + 2 * ROWS];
	struct option names[ROWS + 1];
};

static void getopt_table_init(struct getopt_table *table)
{
	char *letter = table->letters;
	size_t i;

	memset(table, 0, sizeof(*table));
	*letter++ = ':'; /* report a missing argument apart from an unknown option */
	for (i = 0; i < ROWS; i++) {
		const struct option_row *row = row_at(i);
		bool takes = takes_argument(row);

		*letter++ = row->letter;
		if (takes)
			*letter++ = ':';
		table->names[i] = (struct option){
			row->name, takes ? required_argument : no_argument, NULL, row->letter};
	}
}

static bool is_letter(int letter)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (row_at(i)->letter == letter)
			return true;
	return false;
}

/* Of letters in one word getopt has not passed the word before it has read the last of them. */
static int refuse_option(char **argv, int letter, struct refusal *refusal)
{
	if (letter == ':')
		return refuse(refusal, "option '%s' needs an argument (see etcdfs --help)",
			argv[optind - 1]);
	/* A letter that exists stands for a long option that was given an argument in vain. */
	if (optopt && !is_letter(optopt))
		return refuse(refusal, "unknown option '-%c' (see etcdfs --help)", optopt);
	return refuse(refusal, "unknown option '%s' (see etcdfs --help)", argv[optind - 1]);
}

/* Which help is asked for: that of all, or that of a screen. */
static int help_of(char *const *rest)
{
	return *rest && !strcmp(*rest, "all") ? OPTIONS_E_HELP_ALL : OPTIONS_E_HELP;
}

static int set_key(struct config *config, int letter, const char *argument, struct refusal *refusal)
{
	switch (letter) {
	case 'o':
		return config_set_mount_options(config, argument, refusal);
	case 'e':
		return config_set_etcd_option(config, argument, refusal);
	case 'H':
		return config_set_hook_option(config, argument, refusal);
	default:
		return config_set(config, CONFIG_COMMAND_LINE, "etcd", "join", argument, refusal);
	}
}

static int set_timeout(struct lock_options *lock, const char *argument, struct refusal *refusal)
{
	char *end;
	double seconds = strtod(argument, &end);

	if (end == argument || *end || !(seconds >= 0 && seconds <= INT_MAX / 1000))
		return refuse(refusal, "--timeout: '%s' is no number of seconds", argument);
	lock->timeout_ms = (int)(seconds * 1000);
	lock->nonblock |= !lock->timeout_ms;
	return 0;
}

static int set_lock_option(
	struct lock_options *lock, int letter, const char *argument, struct refusal *refusal)
{
	char *end;

	if (letter == 's')
		lock->given = "--shared", lock->shared = true;
	if (letter == 'n')
		lock->given = "--nonblock", lock->nonblock = true;
	if (letter == 'w')
		return lock->given = "--timeout", set_timeout(lock, argument, refusal);
	if (letter != 'E')
		return 0;
	lock->given = "--conflict-exit-code";
	lock->conflict_status = (int)strtol(argument, &end, 10);
	if (end == argument || *end || lock->conflict_status < 0 || lock->conflict_status > 255)
		return refuse(refusal, "%s: '%s' is no exit status", lock->given, argument);
	return 0;
}

/* What is done in place of a mount, and with what. */
static int take_other(
	struct options *options, int letter, const char *argument, struct refusal *refusal)
{
	switch (letter) {
	case 'l':
		options->leave = true;
		return 0;
	case 'u':
		options->unmount_dead = true;
		return 0;
	case 'k':
		options->path = argument;
		return 0;
	case 'p':
		options->key = argument;
		return 0;
	case 'L':
		options->lock.path = argument;
		return 0;
	default:
		return set_lock_option(&options->lock, letter, argument, refusal);
	}
}

/* Reads the options. The keys are applied in a second scan (@keys), after the file, because the
 * command line overrides the file wherever -c stands. */
static int scan(int argc, char **argv, struct options *options, bool keys, const char **file,
	struct refusal *refusal)
{
	struct getopt_table table;
	int letter, error = 0;

	getopt_table_init(&table);
	optind = 0;
	opterr = 0;
	while (!error &&
		(letter = getopt_long(argc, argv, table.letters, table.names, NULL)) != -1) {
		switch (letter) {
		case 'f':
			options->foreground = true;
			break;
		case 'd':
			options->debug = true;
			break;
		case 'c':
		case 't':
			options->check |= letter == 't';
			if (*file && !keys)
				return refuse(refusal, "the configuration file is given twice");
			*file = optarg;
			break;
		case 'o':
			options->words = optarg;
			options->call.remounts |= mount_word_is_in(optarg, "remount");
			__attribute__((fallthrough));
		case 'e':
		case 'H':
		case 'j':
			if (keys)
				error = set_key(&options->config, letter, optarg, refusal);
			break;
		case 'l':
		case 'u':
		case 'k':
		case 'p':
		case 'L':
		case 's':
		case 'n':
		case 'w':
		case 'E':
			error = take_other(options, letter, optarg, refusal);
			break;
		case 'F':
			options->fuse_fd = optarg;
			break;
		case 'h':
			return help_of(argv + optind);
		case 'V':
			return OPTIONS_E_VERSION;
		default:
			return refuse_option(argv, letter, refusal);
		}
	}
	return error;
}

/* Takes everything after "--" as the command; *argc becomes the number of words before it. */
static int split_command(int *argc, char **argv, struct options *options, struct refusal *refusal)
{
	int i = 1;

	while (i < *argc && strcmp(argv[i], "--"))
		i++;
	if (i >= *argc)
		return 0;
	if (!argv[i + 1])
		return refuse(refusal, "no command after '--'");
	options->command = argv + i + 1;
	argv[i] = NULL;
	*argc = i;
	return 0;
}

/* Only one thing can be done instead of a mount. */
static int check_alone(const struct options *options, struct refusal *refusal)
{
	int others = options->leave + options->unmount_dead + options->check + !!options->path +
		     !!options->key + options->call.remounts;

	if (others > 1 || (others && (options->command || options->lock.path)))
		return refuse(refusal,
			"--leave, --unmount-dead, --check, --key, --path, -o remount and a command "
			"exclude each other");
	if (options->lock.path && !options->command)
		return refuse(refusal, "--lock needs a command behind '--'");
	if (options->lock.given && !options->lock.path)
		return refuse(refusal, "%s needs --lock", options->lock.given);
	return 0;
}

/* mount.fuse3(8) calls us as etcdfs SPEC MOUNTPOINT -o OPTIONS. If only the first of the two is a
 * directory, a user has forgotten the "--" before a command. */
static bool is_call_of_mount(int argc, char **argv, const struct options *options, const char *file)
{
	if (argc - optind != 2 || !options->words || file || options->command || options->leave ||
		options->unmount_dead || options->path || options->key || !*argv[optind])
		return false;
	return !mount_spec_is_directory(argv[optind]) || mount_spec_is_directory(argv[optind + 1]);
}

static int take_mountpoint(int argc, char **argv, struct options *options, struct refusal *refusal)
{
	if (options->path && optind < argc)
		return refuse(refusal, "'%s': --key takes one path only", argv[optind]);
	if (options->lock.path && optind < argc)
		return refuse(refusal,
			"'%s': --lock takes one file only; write '--' before the command",
			argv[optind]);
	if (optind >= argc)
		return 0;
	if (optind + 1 < argc)
		return refuse(refusal,
			"'%s': there is one mountpoint only; write '--' before a command",
			argv[optind + 1]);
	if (!*argv[optind])
		return refuse(refusal, "the mountpoint is empty");
	options->mountpoint = argv[optind];
	return 0;
}

/* The command line's mountpoint goes before that of the file. */
static int settle_mountpoint(struct options *options, struct refusal *refusal)
{
	if (!options->mountpoint)
		options->mountpoint = options->config.mountpoint;
	if (options->mountpoint || options->path || options->key || options->check ||
		options->lock.path)
		return 0;
	return refuse(refusal, "no mountpoint given (see etcdfs --help)");
}

int options_parse(int argc, char **argv, struct options *ret, struct refusal *refusal)
{
	const char *file = NULL;
	int error;

	*ret = (struct options){.lock.conflict_status = 1};
	error = config_init(&ret->config);
	if (!error && mount_helper_is(argv[0]))
		return mount_helper_parse(argc, argv, ret, refusal);
	if (!error)
		error = split_command(&argc, argv, ret, refusal);
	if (!error)
		error = scan(argc, argv, ret, false, &file, refusal);
	if (!error)
		error = check_alone(ret, refusal);
	if (!error && is_call_of_mount(argc, argv, ret, file))
		ret->call.spec = argv[optind++];
	if (!error)
		error = take_mountpoint(argc, argv, ret, refusal);
	if (!error && ret->call.spec)
		error = mount_helper_read_spec(ret, refusal);
	if (!error && ret->check)
		error = config_file_check(&ret->config, file, &ret->problems, refusal);
	else if (!error && file && !ret->call.remounts)
		error = config_file_read(&ret->config, file, refusal);
	if (!error)
		error = scan(argc, argv, ret, true, &file, refusal);
	if (!error)
		error = settle_mountpoint(ret, refusal);
	if (ret->debug)
		ret->config.log_level = LOG_LEVEL_DEBUG;
	return error;
}

void options_fini(struct options *options)
{
	config_fini(&options->config);
	strv_fini(&options->problems);
}
