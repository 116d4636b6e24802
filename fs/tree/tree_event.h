/* What happened to a name. The tree tells its listener, and modules above pass it on. */
#pragma once

enum tree_event {
	TREE_APPEARED, /* the name is there now */
	TREE_CHANGED,  /* the file has a new value */
	TREE_RESTATED, /* what is kept beside it has changed: its mode, owner or times */
	TREE_VANISHED, /* the name is about to go */
};
