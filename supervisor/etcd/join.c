#include "supervisor/etcd/join.h"

#include "fs/base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#define ASK_MS 5000
#define CHANGE_MS 8000 /* etcd itself gives up a change after seven seconds */
#define AGAIN_MS 500

/* --- Becoming a member ---------------------------------------------------------------------- */

static const char *words_of(int error, const struct etcd_reply *reply)
{
	return reply->message[0] ? reply->message : strerror(error < 0 ? -error : ETIMEDOUT);
}

/* A failure that may pass is repeated; the supervisor's deadline for the state limits it. */
static void again_later(struct join *join, const char *words)
{
	snprintf(join->trouble, sizeof(join->trouble), "%s", words);
	loop_timer_set(join->loop, &join->again, AGAIN_MS);
}

static void fail(struct join *join, const char *words)
{
	char text[2100];

	join->asks = false;
	snprintf(text, sizeof(text), "cannot join the cluster at %s: %s", join->cluster->endpoints,
		words);
	join->handler->failed(join->arg, text);
}

static void joined(struct join *join, uint64_t id, const struct etcd_reply *reply)
{
	CLEANUP(free)
	char *cluster = join_initial_cluster(&join->node, id, reply->members, reply->n_members);

	if (!cluster) {
		fail(join, strerror(ENOMEM));
		return;
	}
	join->asks = false;
	join->trouble[0] = '\0';
	join->handler->joined(join->arg, cluster);
}

static void on_added(void *arg, int error, const struct etcd_reply *reply)
{
	struct join *join = arg;

	join->busy = false;
	if (!join->etcd || !join->asks)
		return; /* it is being freed, or has failed */
	if (!error)
		joined(join, reply->member_id, reply);
	else if (error == ETCD_E_UNKNOWN || error == -ETIMEDOUT || error == -EAGAIN)
		again_later(join, words_of(error, reply)); /* the list shows whether it happened */
	else
		fail(join, words_of(error, reply));
}

static void add(struct join *join)
{
	const struct strv *urls = join->node.peer_urls;
	int error = etcd_member_add(join->etcd, (const char *const *)urls->items, urls->count, true,
		CHANGE_MS, on_added, join, NULL);

	join->busy = error == 0;
	if (error)
		fail(join, strerror(-error));
}

static void on_members(void *arg, int error, const struct etcd_reply *reply)
{
	struct join *join = arg;
	struct refusal refusal;
	uint64_t id;

	join->busy = false;
	if (!join->etcd || !join->asks)
		return; /* it is being freed, or has failed */
	if (error)
		again_later(join, words_of(error, reply));
	else if (join_plan(&join->node, reply->members, reply->n_members, &id, &refusal))
		fail(join, refusal.text);
	else if (id)
		joined(join, id, reply);
	else
		add(join);
}

static void ask_members(struct join *join)
{
	int error = etcd_member_list(join->etcd, ASK_MS, on_members, join, NULL);

	join->busy = error == 0;
	if (error)
		again_later(join, strerror(-error));
}

/* --- Becoming a voter ----------------------------------------------------------------------- */

/* The usual answer is that the learner is not in sync yet, which is not logged. */
static void on_promoted(void *arg, int error, const struct etcd_reply *reply)
{
	struct join *join = arg;
	const char *words = error ? words_of(error, reply) : "";

	join->busy = false;
	if (!join->etcd)
		return; /* it is being freed */
	if (error && error != -EINVAL && strcmp(join->trouble, words) != 0) {
		log_warning("this member stays a learner so far: %s: %s", join->cluster->endpoints,
			words);
		snprintf(join->trouble, sizeof(join->trouble), "%s", words);
	}
}

void join_promote(struct join *join, uint64_t member)
{
	if (!join->busy)
		join->busy = etcd_member_promote(
				     join->etcd, member, CHANGE_MS, on_promoted, join, NULL) == 0;
}

/* --- Life ---------------------------------------------------------------------------------- */

static void on_again(void *arg)
{
	ask_members(arg);
}

static void on_etcd(void *arg, uint32_t epoll_events)
{
	struct join *join = arg;

	(void)epoll_events;
	etcd_dispatch(join->etcd);
}

/* A refusal of the client will not pass by itself. */
static void on_refused(void *arg, const char *reason)
{
	struct join *join = arg;

	if (join->asks)
		fail(join, reason);
}

int join_init(struct join *join)
{
	struct etcd_config config = *join->cluster;
	int error;

	config.on_refused = on_refused;
	config.arg = join;
	error = etcd_new(&config, &join->etcd);

	join->source.fd = -1;
	join->again = (struct timer){.run = on_again, .arg = join};
	return error ? error
		     : loop_watch(join->loop, &join->source, etcd_fd(join->etcd), EPOLLIN, on_etcd,
			       join);
}

void join_fini(struct join *join)
{
	if (!join->etcd)
		return;
	loop_forget(join->loop, &join->source);
	etcd_free(STEAL(join->etcd));
	loop_timer_clear(join->loop, &join->again);
}

void join_start(struct join *join)
{
	join->asks = true;
	ask_members(join);
}
