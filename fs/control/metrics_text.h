/* The counters and the state of a mount, as Prometheus reads them. */
#pragma once

#include "fs/base/buf.h"
#include "fs/base/counters.h"
#include "fs/control/control.h"
#include "fs/mirror/mirror.h"

/* The text exposition format, appended. 0 or -ENOMEM. Any thread. */
int metrics_render(const struct counters *counters, struct control *control, struct mirror *mirror,
	struct buf *ret);
