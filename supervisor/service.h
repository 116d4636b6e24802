/* The service manager (systemd) that has started us: what it is told, and what is for us alone. */
/*
 * Owner:   none; it comes with the environment.
 * Threads: one.
 * Why:     a child that inherits NOTIFY_SOCKET speaks in our name: etcd does, and says that all is
 *          ready long before the mount is there.
 */
#pragma once

#include "supervisor/config/strv.h"

/* Takes what a service manager gives to the process that it starts out of the environment, so that
 * no child has it. Once, at the start. */
void service_take(void);

/* Adds it to an environment. 0 or -ENOMEM. */
int service_give(struct strv *ret);

/* Says that we are ready, if somebody wants to know. */
void service_ready(void);
