/*
 * No part below the operations sees the mount. This file gives each part what it needs, and has the
 * functions by which the parts report to the mount.
 */
#include "fs/parts.h"

#include "fs/base/log.h"
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/request/gone.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Ends the mount: only requests that wait already are still read. Any thread. */
static void fs_end(struct fs *fs)
{
	uint64_t one = 1;

	if (write(fs->end_fd, &one, sizeof(one)) < 0)
		log_debug("end: %s", strerror(errno));
}

static void on_role(void *arg)
{
	struct fs *fs = arg;

	role_file_changed(&fs->role_files);
	touch_queue_add_role(&fs->touches);
}

static void on_supervisor_gone(void *arg)
{
	fs_end(arg);
}

static bool on_hurries(void *arg)
{
	struct fs *fs = arg;

	return supervisor_link_outage(&fs->supervisor);
}

static void requests_wire(struct fs *fs)
{
	fs->requests.config = fs->config;
	fs->requests.loop = &fs->loop;
	fs->requests.mirror = fs->mirror;
	fs->requests.counters = &fs->counters;
	fs->requests.hurries = on_hurries;
	fs->requests.path_error = gone_errno;
	fs->requests.arg = fs;
	walks_init(&fs->requests.walks, fs->config->allow_other, fs->config->cached);
}

static void on_feed_stands(void *arg)
{
	struct fs *fs = arg;

	barrier_open(&fs->barrier);
	write_probe_start(&fs->write_probe);
}

static void on_feed_advanced(void *arg)
{
	struct fs *fs = arg;

	barrier_advance(&fs->barrier);
	locks_advance(&fs->locks);
}

static void on_feed_doubted(void *arg)
{
	struct fs *fs = arg;

	streams_doubt(&fs->streams);
}

static void on_feed_proven(void *arg)
{
	struct fs *fs = arg;

	streams_proven(&fs->streams);
}

static void on_feed_replaced(void *arg, int64_t revision)
{
	struct fs *fs = arg;

	streams_replaced(&fs->streams, revision);
	past_replaced(&fs->past);
}

/* Tells the supervisor why, and ends the mount. */
static void on_feed_failed(void *arg, int error, const char *text)
{
	struct fs *fs = arg;

	fs_report_failed(fs->config->control, "%s", text);
	fs->failure = error;
	fs_end(fs);
}

static void feed_wire(struct fs *fs)
{
	fs->feed =
		(struct feed){fs->config, &fs->loop, fs->etcd, fs->mirror, &fs->echo, &fs->counters,
			{on_feed_stands, on_feed_advanced, on_feed_doubted, on_feed_proven,
				on_feed_replaced, on_feed_failed, fs}};
	feed_init(&fs->feed);
}

static void on_barrier_answered(void *arg)
{
	struct fs *fs = arg;

	supervisor_link_answered(&fs->supervisor);
}

static void barrier_wire(struct fs *fs)
{
	fs->barrier = (struct barrier){fs->config, &fs->loop, fs->etcd, fs->mirror, &fs->feed,
		&fs->counters, on_barrier_answered, fs};
	barrier_init(&fs->barrier);
}

static void on_probe_known(void *arg)
{
	struct fs *fs = arg;

	supervisor_link_report_synced(&fs->supervisor);
}

static void on_lease_chosen(void *arg, int64_t id)
{
	struct fs *fs = arg;
	const struct fs_report report = {.kind = FS_REPORT_LEASE, .lease = id};

	fs_report_send(fs->config->control, &report);
}

static void on_lease_doubted(void *arg, bool doubted)
{
	struct fs *fs = arg;

	locks_doubt(&fs->locks, doubted);
}

static void on_lock_lost(void *arg, struct fenced *lock)
{
	struct fs *fs = arg;

	loss_begin(&fs->losses, lock);
	if (lock->place.below)
		lock_files_tell(&fs->lock_files, lock->place.id, FENCE_LOST);
}

static void on_lock_ended(void *arg, struct fenced *lock)
{
	struct fs *fs = arg;
	bool below = lock && lock->place.below && lock->state != FENCE_HELD;

	loss_end(&fs->losses, lock);
	if (below)
		lock_files_review(&fs->lock_files, &fs->fence);
}

static void on_lock_doubted(void *arg, struct fenced *lock)
{
	struct fs *fs = arg;

	loss_doubt(&fs->losses, lock);
	if (lock->place.below)
		lock_files_tell(&fs->lock_files, lock->place.id, FENCE_DOUBTED);
}

static void on_locks_trusted(void *arg)
{
	struct fs *fs = arg;

	loss_trust(&fs->losses);
	lock_files_review(&fs->lock_files, &fs->fence);
}

static void locks_wire(struct fs *fs)
{
	held_init(&fs->held, fs->config->held);
	fs->orphans = (struct orphans){&fs->loop, &fs->fence, &fs->held, on_lock_ended, fs};
	orphans_init(&fs->orphans);
	fs->locks = (struct locks){fs->config, &fs->requests, fs->mirror, &fs->mutations,
		&fs->lease, &fs->fence, &fs->held, on_lock_lost, on_lock_ended, on_lock_doubted,
		on_locks_trusted, fs};
	locks_init(&fs->locks);
	mirror_own_listen(fs->mirror, locks_hear, &fs->locks);
}

void parts_init(struct fs *fs)
{
	const struct supervisor_link_events link_events = {on_role, on_supervisor_gone, fs};

	open_set_init(&fs->opened);
	open_set_init(&fs->files);
	role_file_init(&fs->role_files, fs->config, &fs->supervisor, &fs->opened);
	fs->lock_files = (struct lock_files){&fs->opened, &fs->loop, ops_lock_dir_release, fs};
	lock_files_init(&fs->lock_files);
	requests_wire(fs);
	feed_wire(fs);
	barrier_wire(fs);
	fs->write_probe =
		(struct write_probe){fs->config, fs->etcd, fs->mirror, on_probe_known, fs};
	fence_init(&fs->fence, fs->config->prefix);
	fs->mutations = (struct mutations){fs->config, fs->etcd, fs->mirror, &fs->echo,
		&fs->barrier, &fs->write_probe, &fs->counters, &fs->share, &fs->fence};
	fs->share = (struct share){fs->config, &fs->loop, fs->etcd};
	share_init(&fs->share);
	fs->lease = (struct lease){fs->config, &fs->loop, fs->etcd, &fs->counters, on_lease_chosen,
		on_lease_doubted, fs};
	lease_init(&fs->lease);
	fs->ephemerals = (struct ephemerals){&fs->requests, fs->mirror, &fs->mutations, &fs->lease};
	ephemerals_init(&fs->ephemerals);
	fs->ttls = (struct ttl_leases){fs->config, &fs->loop, fs->etcd};
	ttl_init(&fs->ttls);
	fs->publisher = (struct publisher){fs->config, &fs->requests, fs->mirror, &fs->barrier,
		&fs->mutations, &fs->ttls, ops_lock_release, fs};
	publisher_init(&fs->publisher);
	fs->losses = (struct losses){&fs->files, fs->mirror, &fs->fence};
	locks_wire(fs);
	fs->streams = (struct streams){fs->config, &fs->loop, fs->etcd, fs->mirror, &fs->requests,
		&fs->feed, &fs->barrier};
	streams_init(&fs->streams);
	fs->past = (struct past){
		fs->config, &fs->loop, fs->etcd, fs->mirror, &fs->requests, &fs->barrier};
	past_init(&fs->past);
	fs->snapshot_files =
		(struct snapshot_files){fs->config, &fs->loop, &fs->requests, &fs->opened};
	fs->status_files = (struct status_files){fs->config, fs->etcd, fs->mirror, &fs->requests,
		&fs->barrier, &fs->counters, &fs->supervisor, &fs->opened, &fs->files, &fs->lease,
		&fs->locks};
	fs->secrets = (struct secrets){&fs->requests, fs->mirror};
	secrets_init(&fs->secrets);
	echo_init(&fs->echo, fs->config, fs->mirror, &fs->invalidate, &fs->touches);
	invalidate_init(&fs->invalidate, fs->config, &fs->loop, fs->mirror, &fs->touches);
	touch_queue_init(&fs->touches, fs->config, &fs->loop, fs->mirror, &fs->counters);
	supervisor_link_init(&fs->supervisor, fs->config, &fs->loop, &link_events);
	fs->counters.started_s = time(NULL);
	ctldir_init(&fs->ctldir, fs->mirror, fs->config->inherited.incarnation);
}

void parts_fini(struct fs *fs)
{
	etcd_free(STEAL(fs->etcd));
	locks_fini(&fs->locks);
	orphans_fini(&fs->orphans);
	held_fini(&fs->held);
	lease_fini(&fs->lease);
	ephemerals_fini(&fs->ephemerals);
	ttl_fini(&fs->ttls);
	streams_free(&fs->streams);
	secrets_fini(&fs->secrets);
	ctldir_fini(&fs->ctldir);
	feed_fini(&fs->feed);
	echo_fini(&fs->echo);
	invalidate_fini(&fs->invalidate);
	touch_queue_fini(&fs->touches);
	open_set_fini(&fs->opened);
	past_fini(&fs->past);
	open_set_fini(&fs->files);
	role_file_fini(&fs->role_files);
	lock_files_fini(&fs->lock_files);
	walks_fini(&fs->requests.walks);
	supervisor_link_fini(&fs->supervisor);
}
