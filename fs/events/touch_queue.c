#include "fs/events/touch_queue.h"

#include "fs/base/clock.h"
#include "fs/base/log.h"

#include <errno.h>
#include <string.h>

static void touch_queue_next(struct touch_queue *touches);

/* --- Names --- */

static const struct trail *touch_trail(const struct touch *touch)
{
	return touch->now ? touch->now : touch->old;
}

static int touch_compare(struct touch *a, struct touch *b)
{
	const struct trail *x = touch_trail(a), *y = touch_trail(b);
	uint64_t x_dir = trail_dir(x), y_dir = trail_dir(y);

	if (x_dir != y_dir)
		return x_dir < y_dir ? -1 : 1;
	return strcmp(x->path, y->path);
}

RB_PROTOTYPE(touch_names, touch, by_name, touch_compare)
RB_GENERATE(touch_names, touch, by_name, touch_compare)

static void touch_free(struct touch_queue *touches, struct touch *touch)
{
	struct mirror *mirror = touches->mirror;

	if (!touch)
		return;
	mirror_trail_free(mirror, touch->old);
	mirror_trail_free(mirror, touch->now);
	free(touch);
}

static void touch_undue(struct touch_queue *touches, struct touch *touch)
{
	TAILQ_REMOVE(&touches->due, touch, entry);
	if (!touch->role)
		RB_REMOVE(touch_names, &touches->names, touch);
}

/* --- Adding --- */

/* The queued touch for the name of @trail, which is made if there is none. NULL without memory. */
static struct touch *touch_for(struct touch_queue *touches, struct trail *trail)
{
	struct touch key = {.now = trail};
	struct touch *touch = RB_FIND(touch_names, &touches->names, &key);

	counter_add(touches->counters, COUNTER_TOUCHES_DUE);
	if (touch)
		counter_add(touches->counters, COUNTER_TOUCHES_MERGED);
	if (touch)
		return touch;
	touch = calloc(1, sizeof(*touch));
	if (!touch)
		return NULL;
	touch->heard_us = trail->heard_us;
	touch->now = trail; /* gives the touch its place among the names */
	RB_INSERT(touch_names, &touches->names, touch);
	touch->now = NULL;
	TAILQ_INSERT_TAIL(&touches->due, touch, entry);
	return touch;
}

static void touch_vanished(struct touch_queue *touches, struct touch *touch, struct trail *trail)
{
	mirror_trail_free(touches->mirror, touch->now);
	touch->now = NULL;
	touch->changed = touch->restated = false;
	if (!touch->old && (!touch->made || trail->known)) {
		touch->made = false;
		touch->old = trail;
		return;
	}
	/* No event has told of the creation, and no user has seen the name, so there is no event
	 * for the removal. */
	touch->made = false;
	if (!touch->old) {
		touch->now = trail;
		touch_undue(touches, touch);
		touch_free(touches, touch);
	} else {
		mirror_trail_free(touches->mirror, trail);
	}
}

void touch_queue_add(struct touch_queue *touches, enum tree_event event, struct trail *trail)
{
	struct mirror *mirror = touches->mirror;
	struct touch *touch;

	if (!*trail->path) { /* the root, which has no name to be touched by */
		mirror_trail_free(mirror, trail);
		return;
	}
	touch = touch_for(touches, trail);
	if (!touch) {
		log_warning("no memory for an inotify event");
		mirror_trail_free(mirror, trail);
		return;
	}
	if (event == TREE_VANISHED) {
		touch_vanished(touches, touch, trail);
	} else {
		mirror_trail_free(mirror, touch->now);
		touch->now = trail;
		touch->made |= event == TREE_APPEARED;
		touch->changed |= event == TREE_CHANGED;
		touch->restated |= event == TREE_RESTATED;
	}
	touch_queue_next(touches);
}

void touch_queue_add_role(struct touch_queue *touches)
{
	struct touch *touch = touches->config->inotify ? calloc(1, sizeof(*touch)) : NULL;

	if (!touch)
		return;
	touch->role = true;
	touch->heard_us = clock_now_us();
	TAILQ_INSERT_TAIL(&touches->due, touch, entry);
	touch_queue_next(touches);
}

/* --- Sending --- */

static enum notifier_step step_to_make(const struct mirror_info *info, bool filled)
{
	if (info->is_dir)
		return NOTIFIER_MKDIR;
	switch (info->kind) {
	case META_SYMLINK:
		return NOTIFIER_SYMLINK;
	case META_FIFO:
		return NOTIFIER_FIFO;
	case META_SOCKET:
		return NOTIFIER_SOCKET;
	default:
		return filled ? NOTIFIER_FILL : NOTIFIER_CREATE;
	}
}

/* The next step of @touch, which is off the queue. False: there is none. */
static bool touch_step(struct touch_queue *touches, struct touch *touch,
	enum notifier_step *ret_step, struct trail **ret_trail)
{
	struct mirror_info info;

	*ret_trail = touch->old;
	if (touch->old) {
		*ret_step = touch->old->is_dir ? NOTIFIER_RMDIR : NOTIFIER_UNLINK;
		return true;
	}
	*ret_trail = touch->now;
	*ret_step = NOTIFIER_TIME;
	if (touch->role)
		return true;
	if (!touch->now || !(touch->made || touch->changed || touch->restated) ||
		mirror_info(touches->mirror, touch->now->ids[touch->now->n_ids - 1], &info) < 0 ||
		info.dead)
		return false;
	if (touch->made)
		*ret_step = step_to_make(&info, touch->changed || info.size);
	else if (touch->changed && info.kind == META_USUAL)
		*ret_step = NOTIFIER_MODIFY; /* what else has no content */
	else
		*ret_step = NOTIFIER_ATTRIB;
	return true;
}

static void step_set(struct touch_queue *touches, bool stepping, enum notifier_step step,
	const struct trail *trail)
{
	lock_take(&touches->lock);
	touches->stepping = stepping;
	touches->step = step;
	touches->trail = trail;
	lock_drop(&touches->lock);
}

/* Sends the step to the notifier. False: the kernel takes no path of this length. If there is no
 * process now, on_ready() sends the step again. */
static bool touch_queue_send(
	struct touch_queue *touches, enum notifier_step step, struct trail *trail)
{
	static struct notifier_order order;
	const char *path = trail ? trail->path : ".role";

	if (strlen(path) >= sizeof(order.path))
		return false; /* longer than PATH_MAX */
	order.serial = ++touches->serial;
	order.step = step;
	order.known = trail && trail->known;
	strcpy(order.path, path);
	step_set(touches, true, step, trail);
	if (!notifier_send(&touches->notifier, &order))
		step_set(touches, false, 0, NULL);
	return true;
}

/* Notes that the present step of the current touch is done. */
static void step_done(struct touch_queue *touches)
{
	struct touch *touch = touches->current;

	step_set(touches, false, 0, NULL);
	if (touch->old) {
		mirror_trail_free(touches->mirror, STEAL(touch->old));
		return;
	}
	touch->made = touch->changed = touch->restated = touch->role = false;
}

/* Sends the next step, of the current touch or the next ones, unless a step is under way. */
static void touch_queue_next(struct touch_queue *touches)
{
	enum notifier_step step;
	struct trail *trail;

	while (touches->notifier.pid && !touches->stepping) {
		if (!touches->current) {
			touches->current = TAILQ_FIRST(&touches->due);
			if (!touches->current)
				return;
			touch_undue(touches, touches->current);
		}
		if (!touch_step(touches, touches->current, &step, &trail)) {
			touch_free(touches, STEAL(touches->current));
			continue;
		}
		counter_add(touches->counters, COUNTER_TOUCHES);
		if (!touch_queue_send(touches, step, trail))
			step_done(touches);
	}
}

static void on_answer(void *arg, const struct notifier_answer *answer)
{
	struct touch_queue *touches = arg;

	if (!touches->stepping || answer->serial != touches->serial)
		return;
	if (answer->error)
		log_debug("inotify: '%s': %s", touches->trail ? touches->trail->path : ".role",
			strerror(answer->error));
	else
		histogram_observe(
			&touches->counters->events, clock_now_us() - touches->current->heard_us);
	step_done(touches);
	touch_queue_next(touches);
}

/* There is a new process: the step under way, if any, is sent again. */
static void on_ready(void *arg)
{
	struct touch_queue *touches = arg;
	struct fs_report report = {
		.kind = FS_REPORT_NOTIFIER,
		.notifier = touches->notifier.pid,
	};

	fs_report_try(touches->config->control, &report);
	step_set(touches, false, 0, NULL);
	touch_queue_next(touches);
}

/* --- Life --- */

void touch_queue_init(struct touch_queue *touches, const struct fs_config *config,
	struct loop *loop, struct mirror *mirror, struct counters *counters)
{
	touches->config = config;
	touches->mirror = mirror;
	touches->counters = counters;
	lock_init(&touches->lock);
	TAILQ_INIT(&touches->due);
	RB_INIT(&touches->names);
	touches->notifier = (struct notifier){
		.loop = loop,
		.mountpoint = config->mountpoint,
		.answered = on_answer,
		.ready = on_ready,
		.arg = touches,
		.socket = -1,
	};
}

void touch_queue_start(struct touch_queue *touches, uint32_t device_minor)
{
	touches->notifier.device_minor = device_minor;
	notifier_start(&touches->notifier);
}

void touch_queue_fini(struct touch_queue *touches)
{
	struct touch *touch;

	notifier_stop(&touches->notifier);
	touch_free(touches, STEAL(touches->current));
	while ((touch = TAILQ_FIRST(&touches->due))) {
		touch_undue(touches, touch);
		touch_free(touches, touch);
	}
	lock_fini(&touches->lock);
}

/* --- For the FUSE thread --- */

bool touch_queue_claim(struct touch_queue *touches, pid_t pid)
{
	return notifier_is(&touches->notifier, pid);
}

/* The index of @name in @dir among the trail's names; n_ids: it is none of them. */
static size_t trail_find(const struct trail *trail, uint64_t dir, const char *name)
{
	const char *at = trail->path;
	uint64_t parent = ROOT_ID;

	for (size_t i = 0; i < trail->n_ids; i++) {
		size_t len = strcspn(at, "/");
		if (parent == dir && strlen(name) == len && strncmp(name, at, len) == 0)
			return i;
		parent = trail->ids[i];
		at += len + (at[len] == '/');
	}
	return trail->n_ids;
}

static bool step_makes(enum notifier_step step)
{
	return step == NOTIFIER_CREATE || step == NOTIFIER_FILL || step == NOTIFIER_MKDIR ||
	       step == NOTIFIER_SYMLINK || step == NOTIFIER_FIFO || step == NOTIFIER_SOCKET;
}

uint64_t touch_queue_lookup(struct touch_queue *touches, uint64_t dir, const char *name)
{
	const struct trail *trail;
	uint64_t id = 0;
	size_t i;

	lock_take(&touches->lock);
	trail = touches->trail;
	i = trail ? trail_find(trail, dir, name) : 0;
	if (trail && i < trail->n_ids && !(i == trail->n_ids - 1 && step_makes(touches->step)))
		id = trail->ids[i];
	lock_drop(&touches->lock);
	return id;
}

uint64_t touch_queue_allow(
	struct touch_queue *touches, enum notifier_step step, uint64_t dir, const char *name)
{
	const struct trail *trail;
	uint64_t id = 0;

	lock_take(&touches->lock);
	trail = touches->trail;
	if (trail && touches->step == step && trail_find(trail, dir, name) == trail->n_ids - 1)
		id = trail->ids[trail->n_ids - 1];
	lock_drop(&touches->lock);
	return id;
}
