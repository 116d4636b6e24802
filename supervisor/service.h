/* The service manager (systemd) that has started us: what we tell it, and its variables. */
/*
 * Owner:   none; it comes with the environment.
 * Threads: one. Nothing here waits for the service manager.
 * Why:     a child that inherits NOTIFY_SOCKET speaks in our name: etcd does, and reports that it
 *          is ready long before the mount exists.
 */
#pragma once

#include "supervisor/config/strv.h"

#include <stdbool.h>
#include <stdint.h>

/* Removes the service manager's variables from the environment, so that no child inherits them.
 * Call it once, at the start. @speaks: whether it is we who report to it. */
void service_take(bool speaks);

/* Adds these variables to an environment. Returns 0 or -ENOMEM. */
int service_give(struct strv *ret);

/* Whether there is a service manager that we report to. */
bool service_listens(void);

/* How long we may be silent before the service manager takes us for hanging; 0: for any time. */
int64_t service_watchdog_ms(void);

/* Sends assignments as of sd_notify(3), one a line. False: it has no room for them now, and they
 * must be sent again. Other failures are logged once, and what was to be sent is lost. */
bool service_tell(const char *assignments);
