/* The setup of a program that goes on with a mount: nothing is taken that the one before has not.
 */
#include "supervisor/setup.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int check_text(const char *name, const char *was, const char *is, struct refusal *refusal)
{
	if (strcmp(was, is) == 0)
		return 0;
	return refuse(refusal, "%s is '%s' now, and the mount began with '%s'", name, is, was);
}

/* What the mount, the kernel or etcd goes by, and what nobody could change under them. */
static int check_same(const struct setup *setup, const struct config *config,
	const struct relay *relay, struct refusal *refusal)
{
	int error = 0;

	if (relay->starts_etcd != setup->starts_etcd || relay->cached != config->cached ||
		relay->allow_other != config->allow_other)
		error = refuse(refusal,
			"endpoints, consistency or allow_other is another now than when the mount "
			"began");
	if (!error)
		error = check_text("prefix", relay->prefix, config->prefix, refusal);
	if (!error && setup->starts_etcd)
		error = check_text(
			"the data directory", relay->data_dir, setup->paths.data_dir, refusal);
	if (!error && setup->starts_etcd)
		error = check_text(
			"the run directory", relay->run_dir, setup->paths.run_dir, refusal);
	return error;
}

static void take_over(struct setup *setup, const struct relay *relay)
{
	setup->data_lock.fd = relay->data_lock;
	setup->run_lock.fd = relay->run_lock;
	setup->paths.keeps_run_dir = relay->keeps_run_dir;
	setup->paths.keeps_parent = relay->keeps_parent;
}

int setup_resume(struct setup *setup, const struct options *options, const struct relay *relay,
	bool is_trial, struct refusal *refusal)
{
	int error = setup_begin(setup, refusal);

	snprintf(setup->mountpoint, sizeof(setup->mountpoint), "%s", relay->mountpoint);
	if (!error)
		error = setup_choose_etcd(setup, options, refusal);
	if (!error && !is_trial)
		take_over(setup, relay);
	if (!error)
		error = check_same(setup, &options->config, relay, refusal);
	if (!error && setup->starts_etcd)
		error = setup_find_etcd(setup, options, refusal);
	if (!error && setup->starts_etcd)
		error = setup_make_command(setup, options, refusal);
	if (!error && setup->starts_etcd)
		etcd_cmd_served(&setup->cmd);
	if (!error && chdir("/") < 0)
		error = refuse(refusal, "/: %m");
	return error;
}
