# The mirror of Debian that this machine's own apt uses.
# shellcheck shell=bash

# The address of Debian's own main archive, from the lists that apt has been told of.
debian_mirror() {
	apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)' \
		'Created-By: Packages' | sed -n 's/^Debian|Debian|main|//p' | head -n 1
}
