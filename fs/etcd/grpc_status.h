/* The status of a gRPC call, read from header lines, and the error of etcd.h that it becomes. */
/*
 * Owner:   the struct that embeds it. Pure: no input, no output, no clock.
 */
#pragma once

#include "fs/base/buf.h"

enum grpc_code {
	GRPC_NONE = -1, /* no status was sent */
	GRPC_OK = 0,
	GRPC_CANCELED = 1,
	GRPC_UNKNOWN = 2,
	GRPC_INVALID_ARGUMENT = 3,
	GRPC_DEADLINE_EXCEEDED = 4,
	GRPC_NOT_FOUND = 5,
	GRPC_ALREADY_EXISTS = 6,
	GRPC_PERMISSION_DENIED = 7,
	GRPC_RESOURCE_EXHAUSTED = 8,
	GRPC_FAILED_PRECONDITION = 9,
	GRPC_ABORTED = 10,
	GRPC_OUT_OF_RANGE = 11,
	GRPC_UNIMPLEMENTED = 12,
	GRPC_INTERNAL = 13,
	GRPC_UNAVAILABLE = 14,
	GRPC_DATA_LOSS = 15,
	GRPC_UNAUTHENTICATED = 16,
	GRPC_CODES_,
};

struct grpc_status {
	enum grpc_code code;
	struct buf message; /* decoded; ends in a NUL unless it is empty */
};

void grpc_status_fini(struct grpc_status *status);
void grpc_status_clear(struct grpc_status *status);

/* Takes the status or message from a header or trailer line; other lines are ignored. 0 or -ENOMEM.
 * A malformed code counts as GRPC_UNKNOWN. */
int grpc_status_take(struct grpc_status *status, const char *line, size_t len);

/* The status message, or ""; valid until the status is changed. */
const char *grpc_status_message(const struct grpc_status *status);

/* The error of a status, by the table in etcd.h: 0, -errno, or a positive ETCD_E_... */
int grpc_status_error(enum grpc_code code, const char *message, bool is_change);

/* Whether etcd refused the request because of its token, before doing anything. */
bool grpc_status_is_stale(enum grpc_code code, const char *message);

/* Whether a read with this status is sent again. */
bool grpc_status_is_retried(enum grpc_code code);
