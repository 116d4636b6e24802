/*
 * READY=1 is told when the state "serving" begins, STOPPING=1 when the end begins. In the states
 * before and after "serving" the service manager is asked for as much time as the state may take
 * (EXTEND_TIMEOUT_USEC), since its own limit knows nothing of a cluster that is to be joined.
 *
 * WATCHDOG=1 means that the loop turns, and that the filesystem process answers. The supervisor
 * starts one that has died again, and kills one that hangs. If one is silent for as long as the
 * service manager would let us be silent, and no debugger holds it, it is the service manager's.
 */
#include "supervisor/service_report.h"

#include "fs/base/clock.h"
#include "supervisor/service.h"
#include "supervisor/state.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LOOK_MS 1000
#define AGAIN_MS 100	/* the service manager had no room */
#define MARGIN_MS 10000 /* for what follows on the end of a state's time */

enum {
	PHASE_START,
	PHASE_READY,
	PHASE_STOP,
};

/* --- The status line ------------------------------------------------------------------------ */

/* What keeps a mount that is there from work; "": nothing does. */
static const char *find_trouble(const struct supervisor *supervisor)
{
	const struct filesystem *filesystem = &supervisor->filesystem;

	if (supervisor->without_quorum && !supervisor->synced)
		return "waiting for a quorum";
	if (!filesystem->child.pid)
		return *filesystem->failure ? filesystem->failure
					    : "the filesystem process is started again";
	if (supervisor->setup->starts_etcd && !supervisor->etcd_process.child.pid)
		return "etcd is started again";
	if (*supervisor->role.problem)
		return supervisor->role.problem;
	if (supervisor->role.current.role == FS_ROLE_CANDIDATE)
		return "waiting for a leader that a majority follows";
	return supervisor->synced ? "" : "waiting for the keys";
}

static void write_serving(const struct supervisor *supervisor, char *text, size_t size)
{
	const struct fs_role_update *role = &supervisor->role.current;
	const char *trouble = find_trouble(supervisor);

	snprintf(text, size, "%s, term %" PRIu64 ", revision %" PRId64 "%s%s",
		fs_role_name(role->role), role->term, supervisor->revision, *trouble ? ": " : "",
		trouble);
}

static void write_ending(const struct supervisor *supervisor, char *text, size_t size)
{
	if (*supervisor->failure)
		snprintf(text, size, "failed: %.500s", supervisor->failure);
	else if (supervisor->state == STATE_UNMOUNTING)
		snprintf(text, size, "unmounting");
	else if (supervisor->state == STATE_STOPPING && supervisor->etcd_process.child.pid)
		snprintf(text, size, "stopping etcd");
	else
		snprintf(text, size, "ended");
}

/* One line, whatever words of etcd it has: behind a line break another assignment would begin. */
static void write_status(struct supervisor *supervisor, char *text, size_t size)
{
	const char *why = "", *what = supervisor_waits_for(supervisor, &why);

	if (what)
		snprintf(text, size, "waiting for %s%s%s", what, *why ? ": " : "", why);
	else if (supervisor->state >= STATE_UNMOUNTING)
		write_ending(supervisor, text, size);
	else
		write_serving(supervisor, text, size);
	for (; *text; text++)
		if (iscntrl((unsigned char)*text))
			*text = ' ';
}

/* --- What is new ---------------------------------------------------------------------------- */

static int phase_of(enum supervisor_state state)
{
	if (state < STATE_SERVING)
		return PHASE_START;
	return state == STATE_SERVING ? PHASE_READY : PHASE_STOP;
}

static void look_at(struct supervisor *supervisor, struct service_state *ret)
{
	const struct timer *deadline = &supervisor->deadline;

	ret->phase = phase_of(supervisor->state);
	ret->deadline_ms = deadline->is_set ? deadline->due_ms : 0;
	write_status(supervisor, ret->status, sizeof(ret->status));
}

/* Returns false if it must be tried again. */
static bool tell(struct supervisor *supervisor, const char *sign_of_life)
{
	struct service_state now, *told = &supervisor->service_report.told;
	char extension[64] = "", status[sizeof(now.status) + 16] = "", text[1000];
	const char *phase = "";

	look_at(supervisor, &now);
	if (now.phase != told->phase)
		phase = now.phase == PHASE_READY ? "READY=1\n" : "STOPPING=1\n";
	if (now.deadline_ms && now.deadline_ms != told->deadline_ms)
		snprintf(extension, sizeof(extension), "EXTEND_TIMEOUT_USEC=%" PRId64 "\n",
			(now.deadline_ms - clock_now_ms() + MARGIN_MS) * 1000);
	if (strcmp(now.status, told->status))
		snprintf(status, sizeof(status), "STATUS=%s\n", now.status);
	snprintf(text, sizeof(text), "%s%s%s%s", phase, extension, status, sign_of_life);
	if (*text && !service_tell(text))
		return false;
	*told = now;
	return true;
}

void service_report(struct supervisor *supervisor)
{
	if (!service_listens())
		return;
	loop_timer_set(&supervisor->loop, &supervisor->service_report.look,
		tell(supervisor, "") ? LOOK_MS : AGAIN_MS);
}

/* systemd wants the time since version 253, to tell this reload from one before. */
void service_report_reloading(struct supervisor *supervisor)
{
	char text[80];

	if (supervisor->service_report.told.phase != PHASE_READY)
		return;
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_now_us());
	service_tell(text);
}

/* Ready is told anew. */
void service_report_reloaded(struct supervisor *supervisor)
{
	if (supervisor->service_report.told.phase == PHASE_READY)
		supervisor->service_report.told.phase = PHASE_START;
	service_report(supervisor);
}

static void on_look(void *arg)
{
	service_report(arg);
}

static void on_watchdog(void *arg)
{
	struct supervisor *supervisor = arg;
	int64_t limit_ms = service_watchdog_ms();
	bool hangs = watchdog_is_silent(
		&supervisor->filesystem.watchdog, supervisor->filesystem.child.pid, limit_ms);
	bool told = hangs || tell(supervisor, "WATCHDOG=1\n");

	loop_timer_set(&supervisor->loop, &supervisor->service_report.watchdog,
		told ? limit_ms / 2 : AGAIN_MS);
}

void service_report_begin(struct supervisor *supervisor)
{
	struct service_report *report = &supervisor->service_report;

	report->look = (struct timer){.run = on_look, .arg = supervisor};
	report->watchdog = (struct timer){.run = on_watchdog, .arg = supervisor};
	if (service_watchdog_ms())
		loop_timer_set(&supervisor->loop, &report->watchdog, service_watchdog_ms() / 2);
}

void service_report_end(struct supervisor *supervisor)
{
	loop_timer_clear(&supervisor->loop, &supervisor->service_report.look);
	loop_timer_clear(&supervisor->loop, &supervisor->service_report.watchdog);
}
