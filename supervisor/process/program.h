/* Looks a program up in PATH before fork(), where memory and error messages are still available. */
/*
 * Owner:   the result is the caller's to free.
 * Threads: any that does not change the environment.
 */
#pragma once

/* As execvp(); a name with a slash is used as it is. Returns 0 with a path, -ENOENT, -EACCES (it
 * exists, but cannot be executed) or -ENOMEM. */
int program_find(const char *name, char **ret);
