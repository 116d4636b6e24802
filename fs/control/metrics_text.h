/* The metrics in Prometheus's text format. Pure. */
#pragma once

#include "fs/base/buf.h"
#include "fs/control/metrics.h"

/* Appends the text. Returns 0 or -ENOMEM. */
int metrics_text(const struct metrics *metrics, struct buf *ret);
