/* libfuse's messages, as lines of our log. */
/*
 * Owner:   none; for the whole process, from libfuse_log_take() on.
 * Threads: any.
 */
#pragma once

void libfuse_log_take(void);
