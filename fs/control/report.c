#include "fs/control/report.h"

#include "fs/control/metrics_text.h"
#include "fs/control/report_json.h"
#include "fs/etcd/etcd.h"

#include <errno.h>
#include <stdio.h>

struct report {
	struct open_entry opened;
	struct buf content; /* FUSE thread, once it is open */
};

static struct report *report_of(const struct fuse_file_info *file)
{
	return (struct report *)(uintptr_t)file->fh;
}

static void report_free(void *arg)
{
	struct report *report = arg;

	buf_fini(&report->content);
	free(report);
}

static void report_close(struct reports *reports, struct report *report)
{
	open_set_remove(reports->opened, &report->opened);
	report_free(report);
}

static int report_new(struct reports *reports, struct report **ret)
{
	struct report *report = calloc(1, sizeof(*report));

	if (!report)
		return -ENOMEM;
	open_set_add(reports->opened, &report->opened, report_free, report);
	*ret = report;
	return 0;
}

/* --- Made at once -------------------------------------------------------------------------- */

static void refusal_render(struct reports *reports, char ret[FS_REFUSAL_SIZE])
{
	char reason[FS_REFUSAL_SIZE];

	control_refusal(reports->control, reason);
	if (*reason)
		snprintf(ret, FS_REFUSAL_SIZE, "etcd takes us no longer: %.480s", reason);
}

static int status_render(struct reports *reports, struct buf *ret)
{
	struct report_status status = {
		.name = reports->config->member,
		.role = control_role(reports->control),
		.silent = control_is_silent(reports->control),
		.synced = mirror_revision(reports->mirror) != 0,
		.revision = mirror_revision(reports->mirror),
	};

	control_child(reports->control, &status.child);
	refusal_render(reports, status.refusal);
	return report_json_status(&status, ret);
}

static int render(struct reports *reports, const struct ctldir_node *node, struct buf *ret)
{
	if (node->kind == CTLDIR_STATUS)
		return status_render(reports, ret);
	return node->kind == CTLDIR_METRICS
		       ? metrics_render(reports->counters, reports->control, reports->mirror, ret)
		       : 0;
}

size_t report_size(struct reports *reports, const struct ctldir_node *node)
{
	CLEANUP(buf) struct buf content = {0};

	return render(reports, node, &content) == 0 ? content.len : 0;
}

static void open_at_once(struct reports *reports, fuse_req_t req, const struct ctldir_node *node,
	const struct fuse_file_info *file)
{
	struct fuse_file_info info = *file;
	struct report *report;
	int r = report_new(reports, &report);

	if (r == 0)
		r = render(reports, node, &report->content);
	if (r < 0) {
		fuse_reply_err(req, -r);
		return;
	}
	info.fh = (uintptr_t)report;
	info.direct_io = 1;
	info.noflush = 1;
	if (fuse_reply_open(req, &info) < 0)
		report_close(reports, report);
}

/* --- Asked of etcd ------------------------------------------------------------------------- */

static void members_answered(void *arg, int error, const struct etcd_reply *reply)
{
	struct op *op = arg;
	struct reports *reports = op->reports;
	struct report *report = NULL;

	if (!error)
		error = report_new(reports, &report);
	if (!error)
		error = report_json_members(
			reply, control_role(reports->control).leader_id, &report->content);
	op->file.fh = (uintptr_t)report;
	op->file.direct_io = 1;
	op->file.noflush = 1;
	if (error) {
		if (report)
			report_close(reports, report);
		op_reply(op, error);
	} else if (!op_reply_open(op, &op->file)) {
		report_close(reports, report);
	}
}

static void members_ask(struct op *op, int error)
{
	int r = error;

	if (!r)
		r = etcd_member_list(
			op->reports->etcd, op_remaining_ms(op), members_answered, op, NULL);
	if (r)
		op_reply(op, r);
}

/* --- The operations ------------------------------------------------------------------------ */

void report_open(struct reports *reports, fuse_req_t req, const struct ctldir_node *node,
	const struct fuse_file_info *file)
{
	struct op *op;

	if (node->kind != CTLDIR_MEMBERS) {
		open_at_once(reports, req, node, file);
		return;
	}
	op = op_new(reports->requests, req, 0);
	if (!op)
		return;
	op->reports = reports;
	op->file = *file;
	op_start(op, members_ask);
}

void report_read(struct reports *reports, fuse_req_t req, const struct ctldir_node *node,
	size_t size, off_t offset, const struct fuse_file_info *file)
{
	struct buf *content = &report_of(file)->content;
	int r = 0;

	if (offset == 0 && node->kind != CTLDIR_MEMBERS) {
		buf_clear(content);
		r = render(reports, node, content);
	}
	if ((size_t)offset >= content->len)
		size = 0;
	else if (size > content->len - offset)
		size = content->len - offset;
	if (r < 0)
		fuse_reply_err(req, -r);
	else
		fuse_reply_buf(req, size ? (char *)content->data + offset : NULL, size);
}

void report_release(struct reports *reports, fuse_req_t req, const struct fuse_file_info *file)
{
	report_close(reports, report_of(file));
	fuse_reply_err(req, 0);
}
