/* The service manager (systemd) that has started us: our readiness, and its variables. */
/*
 * Owner:   none; it comes with the environment.
 * Threads: one.
 * Why:     a child that inherits NOTIFY_SOCKET speaks in our name: etcd does, and reports that it
 *          is ready long before the mount exists.
 */
#pragma once

#include "supervisor/config/strv.h"

/* Removes the service manager's variables from the environment, so that no child inherits them.
 * Call it once, at the start. */
void service_take(void);

/* Adds these variables to an environment. Returns 0 or -ENOMEM. */
int service_give(struct strv *ret);

/* Reports that we are ready, if there is a service manager. */
void service_ready(void);
