/* The counters and the state of a mount, in Prometheus's text format. */
#pragma once

#include "fs/base/buf.h"
#include "fs/base/counters.h"
#include "fs/control/supervisor_link.h"
#include "fs/mirror/mirror.h"

/* Appends the text exposition format. Returns 0 or -ENOMEM. Any thread. */
int metrics_render(const struct counters *counters, struct supervisor_link *link,
	struct mirror *mirror, struct buf *ret);
