#include "supervisor/etcd/removal.h"

#include "fs/base/cleanup.h"
#include "fs/base/log.h"

#include <errno.h>
#include <string.h>

#define LOOK_MS 2000
#define ASK_MS 5000
#define LATER_MS 300 /* etcd applies a change shortly after it logs it, and ends 1 s later */

static bool has_member(const struct etcd_reply *reply, uint64_t id)
{
	size_t i;

	for (i = 0; i < reply->n_members; i++)
		if (reply->members[i].id == id)
			return true;
	return false;
}

int removal_judge(const struct etcd_reply *reply, uint64_t cluster_id, uint64_t member)
{
	if (!member || !cluster_id || reply->header.cluster_id != cluster_id)
		return -1;
	return !has_member(reply, member);
}

/* --- Our own etcd's list -------------------------------------------------------------------- */

static int add_url(struct buf *urls, const char *url)
{
	struct etcd_config config = {.endpoints = url};
	bool is_clear;

	/* Private sockets are skipped, because only their member can reach them. */
	if (!*url || strchr(url, ',') || !etcd_check_endpoints(&config, &is_clear))
		return 0;
	return buf_printf(urls, "%s%s", urls->len ? "," : "", url);
}

static void remember_others(struct removal *removal, const struct etcd_reply *reply)
{
	size_t i, k;
	int error = 0;

	buf_clear(&removal->others);
	for (i = 0; i < reply->n_members; i++)
		for (k = 0; k < reply->members[i].n_client_urls && !error; k++)
			if (reply->members[i].id != removal->member)
				error = add_url(&removal->others, reply->members[i].client_urls[k]);
	if (error)
		buf_clear(&removal->others);
}

static void look(struct removal *removal);

static void on_own(void *arg, int error, const struct etcd_reply *reply)
{
	struct removal *removal = arg;

	removal->looking = false;
	if (!error) {
		removal->member = reply->header.member_id;
		removal->cluster_id = reply->header.cluster_id;
		removal->proven = removal_judge(reply, removal->cluster_id, removal->member) == 1;
		remember_others(removal, reply);
	}
	if (error != -ECANCELED && removal->look_again)
		look(removal);
}

static void look(struct removal *removal)
{
	removal->look_again = removal->looking;
	if (!removal->looking)
		removal->looking =
			etcd_member_list(removal->own, LOOK_MS, on_own, removal, NULL) == 0;
}

static void on_later(void *arg)
{
	look(arg);
}

void removal_look(struct removal *removal)
{
	look(removal);
	loop_timer_set(removal->loop, &removal->later, LATER_MS);
}

/* --- The others' ---------------------------------------------------------------------------- */

static void forget_asked(struct removal *removal)
{
	loop_forget(removal->loop, &removal->source);
	etcd_free(STEAL(removal->asked));
}

static void on_other(void *arg, int error, const struct etcd_reply *reply)
{
	struct removal *removal = arg;

	if (error == -ECANCELED)
		return;
	removal->verdict = error ? -1 : removal_judge(reply, removal->cluster_id, removal->member);
	if (error)
		log_debug("removed? nobody can be asked: %s", reply->message);
	loop_post(removal->loop, &removal->done);
}

/* A task, because the client cannot be freed from inside its own callback. */
static void on_done(void *arg)
{
	struct removal *removal = arg;

	if (removal->asked)
		forget_asked(removal);
	removal->answered(removal->arg, removal->verdict);
}

static void on_etcd(void *arg, uint32_t epoll_events)
{
	struct removal *removal = arg;

	(void)epoll_events;
	etcd_dispatch(removal->asked);
}

/* Asks the members that our etcd knew, and those that the cluster was joined at. Returns 0, or -1:
 * none can be asked. */
static int ask_others(struct removal *removal)
{
	struct etcd_config config = *removal->cluster;
	CLEANUP(buf) struct buf urls = {0};
	const char *joined = config.endpoints;
	int error = buf_append_bytes(&urls, buf_bytes(&removal->others));

	if (!error && joined)
		error = buf_printf(&urls, "%s%s", urls.len ? "," : "", joined);
	if (!error)
		error = buf_append_byte(&urls, '\0');
	config.endpoints = (const char *)urls.data;
	config.on_refused = NULL;
	config.on_connection = NULL;
	if (error || !removal->member || urls.len <= 1 || etcd_new(&config, &removal->asked))
		return -1;
	error = loop_watch(removal->loop, &removal->source, etcd_fd(removal->asked), EPOLLIN,
		on_etcd, removal);
	if (!error)
		error = etcd_member_list(removal->asked, ASK_MS, on_other, removal, NULL);
	return error ? -1 : 0;
}

void removal_ask(struct removal *removal)
{
	removal->verdict = removal->proven ? 1 : -1;
	if (removal->asked)
		return;
	if (removal->proven || ask_others(removal) < 0)
		loop_post(removal->loop, &removal->done);
}

/* --- Life ----------------------------------------------------------------------------------- */

void removal_init(struct removal *removal)
{
	removal->source.fd = -1;
	removal->later = (struct timer){.run = on_later, .arg = removal};
	removal->done = (struct task){.run = on_done, .arg = removal};
}

void removal_fini(struct removal *removal)
{
	if (removal->asked)
		forget_asked(removal);
	loop_timer_clear(removal->loop, &removal->later);
	loop_unpost(removal->loop, &removal->done);
	buf_fini(&removal->others);
}
