#include "fs/control/status_file.h"

#include "fs/control/locks_text.h"
#include "fs/control/metrics_text.h"
#include "fs/control/status_json.h"
#include "fs/etcd/etcd.h"
#include "fs/request/barrier.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct status_file {
	struct open_entry opened;
	struct buf content; /* FUSE thread, once the open was answered; empty: not made yet */
};

static struct status_file *status_file_of(const struct fuse_file_info *file)
{
	return (struct status_file *)(uintptr_t)file->fh;
}

static void status_file_free(void *arg)
{
	struct status_file *report = arg;

	buf_fini(&report->content);
	free(report);
}

static void status_file_close(struct status_files *status_files, struct status_file *report)
{
	open_set_remove(status_files->opened, &report->opened);
	status_file_free(report);
}

static int status_file_new(struct status_files *status_files, struct status_file **ret)
{
	struct status_file *report = calloc(1, sizeof(*report));

	if (!report)
		return -ENOMEM;
	open_set_add(status_files->opened, &report->opened, status_file_free, report);
	*ret = report;
	return 0;
}

/* --- Made at once -------------------------------------------------------------------------- */

static void refusal_render(struct status_files *status_files, char ret[FS_REFUSAL_SIZE])
{
	char reason[FS_REFUSAL_SIZE];

	supervisor_link_refusal(status_files->link, reason);
	if (*reason)
		snprintf(ret, FS_REFUSAL_SIZE, "etcd takes us no longer: %.480s", reason);
}

static void take_locks(const struct locks *locks, struct status_json *ret)
{
	struct lock_numbers numbers;

	locks_show(locks, &numbers);
	ret->locks_held = (int64_t)numbers.held;
	ret->locks_waiting = (int64_t)numbers.waiting;
	ret->locks_lost = (int64_t)numbers.lost;
}

static void status_take(struct status_files *status_files, struct status_json *ret)
{
	*ret = (struct status_json){
		.pid = getppid(),
		.name = status_files->config->member,
		.role = supervisor_link_role(status_files->link),
		.silent = supervisor_link_is_silent(status_files->link),
		.synced = mirror_revision(status_files->mirror) != 0,
		.revision = mirror_revision(status_files->mirror),
	};
	lease_show(status_files->lease, &ret->lease, &ret->lease_left_s);
	take_locks(status_files->locks, ret);
	supervisor_link_child(status_files->link, &ret->child);
	refusal_render(status_files, ret->refusal);
}

static int metrics_render(
	struct status_files *status_files, const struct status_json *status, struct buf *ret)
{
	const struct metrics_sources sources = {status_files->config, status_files->counters,
		status_files->link, status_files->mirror, status_files->files, status_files->lease,
		status_files->locks};
	struct metrics metrics;

	metrics_take(&sources, &metrics);
	metrics.healthy = strcmp(report_health(status), "ok") == 0;
	return metrics_text(&metrics, ret);
}

static bool made_at_open(const struct ctldir_node *node)
{
	return node->kind == CTLDIR_MEMBERS || node->kind == CTLDIR_LOCKS;
}

static int render(
	struct status_files *status_files, const struct ctldir_node *node, struct buf *ret)
{
	struct status_json status;

	if (made_at_open(node))
		return 0;
	status_take(status_files, &status);
	return node->kind == CTLDIR_STATUS ? status_json_status(&status, ret)
					   : metrics_render(status_files, &status, ret);
}

size_t status_file_size(struct status_files *status_files, const struct ctldir_node *node)
{
	CLEANUP(buf) struct buf content = {0};

	return render(status_files, node, &content) == 0 ? content.len : 0;
}

static void open_at_once(
	struct status_files *status_files, fuse_req_t req, const struct fuse_file_info *file)
{
	struct fuse_file_info info = *file;
	struct status_file *report;
	int r = status_file_new(status_files, &report);

	if (r < 0) {
		fuse_reply_err(req, -r);
		return;
	}
	info.fh = (uintptr_t)report;
	info.direct_io = 1;
	info.noflush = 1;
	if (fuse_reply_open(req, &info) < 0)
		status_file_close(status_files, report);
}

/* --- Made at the open ----------------------------------------------------------------------- */

/* Replies with what is made, or with @error. */
static void open_made(struct op *op, int error, struct status_file *report)
{
	struct status_files *status_files = op->arg;

	op->file.fh = (uintptr_t)report;
	op->file.direct_io = 1;
	op->file.noflush = 1;
	if (error)
		op_reply(op, error);
	if ((error || !op_reply_open(op, &op->file)) && report)
		status_file_close(status_files, report);
}

static void members_answered(void *arg, int error, const struct etcd_reply *reply)
{
	struct op *op = arg;
	struct status_files *status_files = op->arg;
	struct status_file *report = NULL;

	if (!error)
		error = status_file_new(status_files, &report);
	if (!error)
		error = status_json_members(reply,
			supervisor_link_role(status_files->link).leader_id, &report->content);
	open_made(op, error, report);
}

static void members_ask(struct op *op, int error)
{
	struct status_files *status_files = op->arg;
	int r = error;

	if (!r)
		r = etcd_member_list(
			status_files->etcd, op_remaining_ms(op), members_answered, op, NULL);
	if (r)
		op_reply(op, r);
}

static void locks_fresh(struct op *op, int error)
{
	struct status_files *status_files = op->arg;
	struct status_file *report = NULL;

	if (!error)
		error = status_file_new(status_files, &report);
	if (!error)
		error = locks_text(status_files->mirror, status_files->config->prefix, op->id,
			&report->content);
	open_made(op, error, report);
}

/* --- The operations ------------------------------------------------------------------------ */

void status_file_open(struct status_files *status_files, fuse_req_t req,
	const struct ctldir_node *node, const struct fuse_file_info *file)
{
	struct op *op;

	if (!made_at_open(node)) {
		open_at_once(status_files, req, file);
		return;
	}
	op = op_new(status_files->requests, req, node->dir);
	if (!op)
		return;
	op->file = *file;
	op_then(op, node->kind == CTLDIR_LOCKS ? locks_fresh : members_ask, status_files);
	if (node->kind == CTLDIR_LOCKS)
		barrier_start(status_files->barrier, op, NULL);
	else
		op_start(op, NULL);
}

void status_file_read(struct status_files *status_files, fuse_req_t req,
	const struct ctldir_node *node, size_t size, off_t offset,
	const struct fuse_file_info *file)
{
	struct buf *content = &status_file_of(file)->content;
	struct bytes part;
	int r = 0;

	if ((offset == 0 || !content->len) && !made_at_open(node)) {
		buf_clear(content);
		r = render(status_files, node, content);
	}
	part = bytes_slice(buf_bytes(content), offset, size);
	if (r < 0)
		fuse_reply_err(req, -r);
	else
		fuse_reply_buf(req, (const char *)part.data, part.len);
}

void status_file_release(
	struct status_files *status_files, fuse_req_t req, const struct fuse_file_info *file)
{
	status_file_close(status_files, status_file_of(file));
	fuse_reply_err(req, 0);
}
