/* Looks a program up in PATH, before fork(), where memory and messages are still to be had. */
/*
 * Owner:   the result is the caller's to free.
 * Threads: any that does not change the environment.
 */
#pragma once

/* As execvp() does; a name with a slash is taken as it is. 0 with a path, -ENOENT, -EACCES (there,
 * but not for running) or -ENOMEM. */
int program_find(const char *name, char **ret);
