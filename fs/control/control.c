#include "fs/control/control.h"

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

static void report_progress(struct control *control, bool mounted, bool synced)
{
	struct fs_report what = {.kind = FS_REPORT_MOUNTED};
	bool led = is_led(control_role(control).role), ready;

	lock_take(&control->lock);
	control->mounted |= mounted;
	control->synced |= synced;
	ready = control->mounted && control->synced && led && !control->ready;
	control->ready |= ready;
	lock_drop(&control->lock);
	if (mounted)
		fs_report_send(control->fd, &what);
	what.kind = FS_REPORT_SYNCED;
	if (ready)
		fs_report_send(control->fd, &what);
}

void control_report_mounted(struct control *control)
{
	report_progress(control, true, false);
}

void control_report_synced(struct control *control)
{
	report_progress(control, false, true);
}

void control_set_refusal(struct control *control, const char *reason)
{
	struct fs_report what = {.kind = FS_REPORT_REFUSED};
	bool changes;

	snprintf(what.text, sizeof(what.text), "%s", reason);
	lock_take(&control->lock);
	changes = !*reason != !*control->refusal;
	memcpy(control->refusal, what.text, sizeof(what.text));
	lock_drop(&control->lock);
	if (changes)
		fs_report_send(control->fd, &what);
}

void control_refusal(struct control *control, char ret[FS_REFUSAL_SIZE])
{
	lock_take(&control->lock);
	memcpy(ret, control->refusal, sizeof(control->refusal));
	lock_drop(&control->lock);
}

/* --- Roles --- */

/* An election is no reason to refuse anything: most are over within a second. */
static void note_leader(struct control *control, bool led)
{
	lock_take(&control->lock);
	if (control->led && !led)
		control->lost_ms = clock_now_ms();
	control->led = led;
	lock_drop(&control->lock);
}

/* One event for each transition, and none for what is said again. */
static void role_show(struct control *control)
{
	enum fs_role role = control_role(control).role;

	note_leader(control, is_led(role));
	if (role == control->shown)
		return;
	control->shown = role;
	control->events.role_changed(control->events.arg);
}

/* At the next moment at which time alone makes another role of it. */
static void expiry_set(struct control *control)
{
	const struct fs_role_update *update = &control->update;
	int64_t silent_ms = control->valid_until - clock_now_ms();
	int64_t lapsed_ms = update->leads_until_ms - clock_boot_ms();
	int64_t next_ms = INT64_MAX;

	if (control->valid_until && silent_ms >= 0)
		next_ms = silent_ms + 1;
	if (update->role == FS_ROLE_LEADER && lapsed_ms > 0 && lapsed_ms < next_ms)
		next_ms = lapsed_ms;
	if (next_ms == INT64_MAX)
		loop_timer_clear(control->loop, &control->expiry);
	else
		loop_timer_set(control->loop, &control->expiry, next_ms);
}

static void on_expiry(void *arg)
{
	role_show(arg);
	expiry_set(arg);
}

static void update_store(struct control *control, const struct fs_role_update *update)
{
	lock_take(&control->lock);
	control->update = *update;
	control->valid_until = update->valid_ms ? clock_now_ms() + update->valid_ms : 0;
	lock_drop(&control->lock);
	expiry_set(control);
	role_show(control);
	report_progress(control, false, false);
}

static void child_store(struct control *control, const struct fs_child_update *child)
{
	lock_take(&control->lock);
	control->child = *child;
	lock_drop(&control->lock);
}

static void control_read(void *arg, uint32_t epoll_events)
{
	struct control *control = arg;
	struct fs_update update;
	ssize_t n = recv(control->fd, &update, sizeof(update), MSG_DONTWAIT);

	(void)epoll_events;
	if (n == sizeof(update) && update.kind == FS_UPDATE_CHILD) {
		child_store(control, &update.child);
	} else if (n == sizeof(update) && update.role.role < FS_ROLES_) {
		update_store(control, &update.role);
	} else if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		loop_forget(control->loop, &control->source);
		control->events.gone(control->events.arg);
	}
}

void control_init(struct control *control, const struct fs_config *config, struct loop *loop,
	const struct control_events *events)
{
	*control = (struct control){
		.config = config,
		.loop = loop,
		.events = *events,
		.fd = config->control,
		.last_ms = clock_now_ms(),
	};
	control->expiry = (struct timer){.run = on_expiry, .arg = control};
	lock_init(&control->lock);
}

int control_open(struct control *control)
{
	return loop_watch(
		control->loop, &control->source, control->fd, EPOLLIN, control_read, control);
}

void control_fini(struct control *control)
{
	lock_fini(&control->lock);
}

static bool is_silent_locked(const struct control *control) REQUIRES(control->lock)
{
	return control->valid_until && clock_now_ms() > control->valid_until;
}

bool control_is_silent(struct control *control)
{
	bool silent;

	lock_take(&control->lock);
	silent = is_silent_locked(control);
	lock_drop(&control->lock);
	return silent;
}

static bool has_lapsed(const struct fs_role_update *update)
{
	return update->role == FS_ROLE_LEADER && update->leads_until_ms &&
	       clock_boot_ms() >= update->leads_until_ms;
}

struct fs_role_update control_role(struct control *control)
{
	struct fs_role_update update;

	lock_take(&control->lock);
	update = control->update;
	if (has_lapsed(&update)) {
		update.role = FS_ROLE_CANDIDATE;
		update.leader_id = 0;
	}
	if (is_silent_locked(control))
		update.role = FS_ROLE_OFFLINE;
	lock_drop(&control->lock);
	return update;
}

void control_child(struct control *control, struct fs_child_update *ret)
{
	lock_take(&control->lock);
	*ret = control->child;
	lock_drop(&control->lock);
}

bool control_unavailable(struct control *control)
{
	bool unavailable;

	lock_take(&control->lock);
	unavailable = !control->led && clock_now_ms() - control->lost_ms >= GRACE_MS;
	lock_drop(&control->lock);
	return unavailable;
}

bool control_outage(struct control *control)
{
	int64_t since, now = clock_now_ms();
	bool outage;

	lock_take(&control->lock);
	since = control->lost_ms > control->last_ms ? control->lost_ms : control->last_ms;
	outage = !control->led && now - since >= control->config->timeout_ms;
	lock_drop(&control->lock);
	return outage;
}

void control_answered(struct control *control)
{
	lock_take(&control->lock);
	control->last_ms = clock_now_ms();
	lock_drop(&control->lock);
}
