/* What happens to a name: told by the tree, and passed on to those who make events of it. */
#pragma once

enum tree_event {
	TREE_APPEARED, /* is there now */
	TREE_CHANGED,  /* has another value */
	TREE_VANISHED, /* is there for the last time */
};
