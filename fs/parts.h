/* Wires the parts of a mount. */
#pragma once

struct fs;

/* Call it when config, loop, mirror and client are set. Cannot fail. */
void parts_init(struct fs *fs);

/* Frees the client first, because its calls end in the parts. */
void parts_fini(struct fs *fs);
