/* The parts of a mount, and how they know each other. */
#pragma once

struct fs;

/* Config, loop, mirror and client are there. Cannot fail. */
void parts_init(struct fs *fs);

/* Frees the client first, whose calls come back to the parts. */
void parts_fini(struct fs *fs);
