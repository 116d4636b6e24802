/* How a gRPC call ended: its status, read from header lines, and the error that it becomes. */
/*
 * Owner:   whoever embeds it. Pure: no input, no output, no clock.
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
	struct buf message; /* decoded, with a NUL once there is one */
};

void grpc_status_fini(struct grpc_status *status);
void grpc_status_clear(struct grpc_status *status);

/* Takes a header or trailer line if it is one of the status, and ignores any other. 0 or
 * -ENOMEM. A code that is none counts as unknown. */
int grpc_status_take(struct grpc_status *status, const char *line, size_t len);

/* "" if there is none; valid until the status is changed. */
const char *grpc_status_message(const struct grpc_status *status);

/* The table of etcd.h: 0, -errno, or a positive ETCD_E_... */
int grpc_status_error(enum grpc_code code, const char *message, bool is_change);

/* Whether etcd refused because of the token, before doing anything. */
bool grpc_status_is_stale(enum grpc_code code, const char *message);

/* Whether a call that changes nothing is asked again. */
bool grpc_status_is_retried(enum grpc_code code);
