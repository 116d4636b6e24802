#include "supervisor/tool/leave.h"

#include "fs/base/clock.h"
#include "fs/etcd/etcd.h"
#include "supervisor/data/datalock.h"
#include "supervisor/data/file.h"
#include "supervisor/data/paths.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ASK_MS 5000
#define REMOVE_MS 8000 /* etcd itself gives up a change after seven seconds */
#define END_MS 30000
#define LOOK_MS 50
#define HEALTHY_MS 10000
#define AGAIN_MS 500

/* --- Which etcdfs it is --------------------------------------------------------------------- */

static bool is_of(const char *run_dir, const char *mountpoint)
{
	struct datalock_record holder;

	return datalock_holder(run_dir, &holder) && !strcmp(holder.mountpoint, mountpoint);
}

/* Each running etcdfs has a run directory of its own, whose lock records the mountpoint. */
static bool find_below(const char *base, const char *mountpoint, char ret_run_dir[PATH_MAX])
{
	DIR *dir = opendir(base);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(ret_run_dir, PATH_MAX, "%.3000s/%s", base, entry->d_name);
		found = is_of(ret_run_dir, mountpoint);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* One that the configuration names. */
static bool find_given(
	const char *cwd, const char *given, const char *mountpoint, char ret_run_dir[PATH_MAX])
{
	CLEANUP(free) char *run_dir = path_absolute(cwd, given);

	snprintf(ret_run_dir, PATH_MAX, "%.4000s", run_dir ? run_dir : "");
	return run_dir && is_of(ret_run_dir, mountpoint);
}

static int find_run_dir(const struct options *options, char ret[PATH_MAX], struct refusal *refusal)
{
	const char *given = config_etcd(&options->config, "run-dir"), *path = options->mountpoint;
	CLEANUP(free) char *mountpoint = NULL, *absolute = NULL, *base = NULL;
	struct paths_user user;
	char cwd[PATH_MAX];
	bool found;

	if (!getcwd(cwd, sizeof(cwd)))
		return refuse(refusal, "the current directory: %m");
	paths_user_init(&user, cwd);
	base = paths_run_base(&user);
	absolute = path_absolute(cwd, path);
	mountpoint = absolute ? path_resolve(absolute) : NULL;
	if (!mountpoint || !base)
		return -ENOMEM;
	found = given ? find_given(cwd, given, mountpoint, ret) : find_below(base, mountpoint, ret);
	if (!found)
		return refuse(
			refusal, "mountpoint %s: no etcdfs of yours is mounted there", mountpoint);
	return 0;
}

/* --- What is asked of etcd ------------------------------------------------------------------ */

struct talk {
	struct etcd *etcd;
	bool answered;
	int error;
	char words[512];
	uint64_t id; /* of the member */
	bool is_learner;
	size_t n_other_voters;
};

static int talk_wait(struct talk *talk, int error)
{
	struct pollfd poller = {.fd = etcd_fd(talk->etcd), .events = POLLIN};

	while (!error && !talk->answered) {
		poll(&poller, 1, -1);
		etcd_dispatch(talk->etcd);
	}
	talk->answered = false;
	return error ? error : talk->error;
}

static void on_answer(void *arg, int error, const struct etcd_reply *reply)
{
	struct talk *talk = arg;

	talk->answered = true;
	talk->error = error;
	snprintf(talk->words, sizeof(talk->words), "%s",
		reply->message[0] ? reply->message : strerror(error < 0 ? -error : ETIMEDOUT));
	if (!error && !talk->id) {
		talk->id = reply->header.member_id;
		talk->is_learner = reply->status.is_learner;
	}
	for (size_t i = 0; i < reply->n_members; i++)
		talk->n_other_voters +=
			!reply->members[i].is_learner && reply->members[i].id != talk->id;
}

static int refuse_words(const struct talk *talk, int error, struct refusal *refusal)
{
	if (error == -ENOMEM)
		return error;
	return refuse(refusal, "cannot leave the cluster: etcd: %s", talk->words);
}

static int check_others(struct talk *talk, struct refusal *refusal)
{
	int error = talk_wait(talk, etcd_member_status(talk->etcd, ASK_MS, on_answer, talk, NULL));

	if (!error && talk->is_learner)
		return refuse(refusal,
			"cannot leave the cluster: a learner cannot ask for it; use etcdctl member "
			"remove %" PRIx64 " at another member",
			talk->id);
	if (!error)
		error = talk_wait(
			talk, etcd_member_list(talk->etcd, ASK_MS, on_answer, talk, NULL));
	if (error)
		return refuse_words(talk, error, refusal);
	if (!talk->n_other_voters)
		return refuse(refusal, "cannot leave the cluster: this is its last member (umount "
				       "ends the mount, and keeps the data)");
	return 0;
}

/* --- The end -------------------------------------------------------------------------------- */

static bool wait_for_end(const char *run_dir)
{
	int64_t end_ms = clock_now_ms() + END_MS;

	while (datalock_is_held(run_dir) && clock_now_ms() < end_ms)
		poll(NULL, 0, LOOK_MS);
	return !datalock_is_held(run_dir);
}

static bool is_unhealthy(const struct talk *talk)
{
	return strstr(talk->words, "unhealthy cluster");
}

/* etcd calls a cluster healthy when its members have been connected for five seconds. */
static int ask_removal(struct talk *talk)
{
	int64_t end_ms = clock_now_ms() + HEALTHY_MS;
	int error;

	for (;;) {
		error = talk_wait(talk,
			etcd_member_remove(talk->etcd, talk->id, REMOVE_MS, on_answer, talk, NULL));
		if (!error || !is_unhealthy(talk) || clock_now_ms() >= end_ms)
			return error;
		poll(NULL, 0, AGAIN_MS);
	}
}

static bool is_refused(const struct talk *talk, int error)
{
	return error != ETCD_E_UNKNOWN || is_unhealthy(talk);
}

/* The member may end before it has answered; then its end is the answer. */
static int leave(struct talk *talk, const char *run_dir, struct refusal *refusal)
{
	int fd = file_open_in(run_dir, PATHS_LEAVING, O_WRONLY | O_CREAT);
	int error;

	if (fd < 0)
		return refuse(refusal, "%s/" PATHS_LEAVING ": %s", run_dir, strerror(-fd));
	close(fd);
	error = ask_removal(talk);
	if (error && (is_refused(talk, error) || !wait_for_end(run_dir))) {
		file_remove_in(run_dir, PATHS_LEAVING);
		return refuse_words(talk, error, refusal);
	}
	if (!wait_for_end(run_dir))
		return refuse(refusal, "left the cluster, but the mount does not end");
	return 0;
}

int leave_run(const struct options *options, struct refusal *refusal)
{
	CLEANUP(etcd_free) struct etcd *etcd = NULL;
	char endpoint[PATH_MAX + 32];
	struct talk talk = {0};
	char run_dir[PATH_MAX];
	int error = find_run_dir(options, run_dir, refusal);

	if (error)
		return error;
	snprintf(endpoint, sizeof(endpoint), "unix://%s/" PATHS_CLIENT, run_dir);
	error = etcd_new(&(struct etcd_config){.endpoints = endpoint}, &etcd);
	if (error)
		return error == -EINVAL ? refuse(refusal, "%s: no socket", endpoint) : error;
	talk.etcd = etcd;
	error = check_others(&talk, refusal);
	return error ? error : leave(&talk, run_dir, refusal);
}
