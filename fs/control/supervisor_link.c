#include "fs/control/supervisor_link.h"

#include "fs/base/clock.h"
#include "fs/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define GRACE_MS 1000

static bool is_led(enum fs_role role)
{
	return role == FS_ROLE_LEADER || role == FS_ROLE_FOLLOWER;
}

/* --- Reports --- */

static void report_progress(struct supervisor_link *link, bool mounted, bool synced)
{
	struct fs_report what = {.kind = FS_REPORT_MOUNTED};
	bool led = is_led(supervisor_link_role(link).role), ready;

	lock_take(&link->lock);
	link->mounted |= mounted;
	link->synced |= synced;
	ready = link->mounted && link->synced && led && !link->ready;
	link->ready |= ready;
	lock_drop(&link->lock);
	if (mounted)
		fs_report_send(link->fd, &what);
	what.kind = FS_REPORT_SYNCED;
	if (ready)
		fs_report_send(link->fd, &what);
}

void supervisor_link_report_mounted(struct supervisor_link *link)
{
	report_progress(link, true, false);
}

void supervisor_link_report_synced(struct supervisor_link *link)
{
	report_progress(link, false, true);
}

void supervisor_link_set_refusal(struct supervisor_link *link, const char *reason)
{
	struct fs_report what = {.kind = FS_REPORT_REFUSED};
	bool changes;

	snprintf(what.text, sizeof(what.text), "%s", reason);
	lock_take(&link->lock);
	changes = !*reason != !*link->refusal;
	memcpy(link->refusal, what.text, sizeof(what.text));
	lock_drop(&link->lock);
	if (changes)
		fs_report_send(link->fd, &what);
}

void supervisor_link_refusal(struct supervisor_link *link, char ret[FS_REFUSAL_SIZE])
{
	lock_take(&link->lock);
	memcpy(ret, link->refusal, sizeof(link->refusal));
	lock_drop(&link->lock);
}

/* --- Roles --- */

/* Remembers when the leader was lost, because most elections are over within GRACE_MS and nothing
 * is refused before. */
static void note_leader(struct supervisor_link *link, bool led)
{
	lock_take(&link->lock);
	if (link->led && !led)
		link->lost_ms = clock_now_ms();
	link->led = led;
	lock_drop(&link->lock);
}

/* Reports each change of the role once; the same role again is no event. */
static void role_show(struct supervisor_link *link)
{
	enum fs_role role = supervisor_link_role(link).role;

	note_leader(link, is_led(role));
	if (role == link->shown)
		return;
	link->shown = role;
	link->events.role_changed(link->events.arg);
}

/* Sets the timer to the next moment at which the role changes by time alone. */
static void expiry_set(struct supervisor_link *link)
{
	const struct fs_role_update *update = &link->update;
	int64_t silent_ms = link->valid_until - clock_now_ms();
	int64_t lapsed_ms = update->leads_until_ms - clock_boot_ms();
	int64_t next_ms = INT64_MAX;

	if (link->valid_until && silent_ms >= 0)
		next_ms = silent_ms + 1;
	if (update->role == FS_ROLE_LEADER && lapsed_ms > 0 && lapsed_ms < next_ms)
		next_ms = lapsed_ms;
	if (next_ms == INT64_MAX)
		loop_timer_clear(link->loop, &link->expiry);
	else
		loop_timer_set(link->loop, &link->expiry, next_ms);
}

static void on_expiry(void *arg)
{
	role_show(arg);
	expiry_set(arg);
}

static void update_store(struct supervisor_link *link, struct fs_role_update *update)
{
	update->version[sizeof(update->version) - 1] = '\0';
	lock_take(&link->lock);
	link->update = *update;
	link->valid_until = update->valid_ms ? clock_now_ms() + update->valid_ms : 0;
	lock_drop(&link->lock);
	expiry_set(link);
	role_show(link);
	report_progress(link, false, false);
}

static void child_store(struct supervisor_link *link, struct fs_child_update *child)
{
	child->last_end[sizeof(child->last_end) - 1] = '\0';
	child->last_words[sizeof(child->last_words) - 1] = '\0';
	lock_take(&link->lock);
	link->child = *child;
	lock_drop(&link->lock);
}

static void supervisor_link_read(void *arg, uint32_t epoll_events)
{
	struct supervisor_link *link = arg;
	struct fs_update update;
	ssize_t n = recv(link->fd, &update, sizeof(update), MSG_DONTWAIT);

	(void)epoll_events;
	if (n == sizeof(update))
		link->read_only = update.read_only;
	if (n == sizeof(update) && update.kind == FS_UPDATE_CHILD) {
		child_store(link, &update.child);
	} else if (n == sizeof(update) && update.role.role < FS_ROLES_) {
		update_store(link, &update.role);
	} else if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		loop_forget(link->loop, &link->source);
		link->events.gone(link->events.arg);
	}
}

void supervisor_link_init(struct supervisor_link *link, const struct fs_config *config,
	struct loop *loop, const struct supervisor_link_events *events)
{
	*link = (struct supervisor_link){
		.config = config,
		.loop = loop,
		.events = *events,
		.fd = config->control,
		.read_only = config->read_only,
		.last_ms = clock_now_ms(),
		.lost_ms = clock_now_ms(), /* a successor is asked before it has heard the role */
	};
	link->expiry = (struct timer){.run = on_expiry, .arg = link};
	lock_init(&link->lock);
}

int supervisor_link_open(struct supervisor_link *link)
{
	return loop_watch(link->loop, &link->source, link->fd, EPOLLIN, supervisor_link_read, link);
}

void supervisor_link_fini(struct supervisor_link *link)
{
	lock_fini(&link->lock);
}

static bool is_silent_locked(const struct supervisor_link *link) REQUIRES(link->lock)
{
	return link->valid_until && clock_now_ms() > link->valid_until;
}

bool supervisor_link_is_read_only(const struct supervisor_link *link)
{
	return link->read_only;
}

bool supervisor_link_is_silent(struct supervisor_link *link)
{
	bool silent;

	lock_take(&link->lock);
	silent = is_silent_locked(link);
	lock_drop(&link->lock);
	return silent;
}

static bool has_lapsed(const struct fs_role_update *update)
{
	return update->role == FS_ROLE_LEADER && update->leads_until_ms &&
	       clock_boot_ms() >= update->leads_until_ms;
}

struct fs_role_update supervisor_link_role(struct supervisor_link *link)
{
	struct fs_role_update update;

	lock_take(&link->lock);
	update = link->update;
	if (has_lapsed(&update)) {
		update.role = FS_ROLE_CANDIDATE;
		update.leader_id = 0;
	}
	if (is_silent_locked(link))
		update.role = FS_ROLE_OFFLINE;
	lock_drop(&link->lock);
	return update;
}

void supervisor_link_child(struct supervisor_link *link, struct fs_child_update *ret)
{
	lock_take(&link->lock);
	*ret = link->child;
	lock_drop(&link->lock);
}

bool supervisor_link_unavailable(struct supervisor_link *link)
{
	bool unavailable;

	lock_take(&link->lock);
	unavailable = !link->led && clock_now_ms() - link->lost_ms >= GRACE_MS;
	lock_drop(&link->lock);
	return unavailable;
}

bool supervisor_link_outage(struct supervisor_link *link)
{
	int64_t since, now = clock_now_ms();
	bool outage;

	lock_take(&link->lock);
	since = link->lost_ms > link->last_ms ? link->lost_ms : link->last_ms;
	outage = !link->led && now - since >= link->config->timeout_ms;
	lock_drop(&link->lock);
	return outage;
}

void supervisor_link_answered(struct supervisor_link *link)
{
	lock_take(&link->lock);
	link->last_ms = clock_now_ms();
	lock_drop(&link->lock);
}
