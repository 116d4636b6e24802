#!/bin/bash
# git: a repository on the mount is made, committed to, cloned, packed, checked, pushed to.
# Statements: 42, 250.
. "$(dirname "$0")/../lib/case.sh"

export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_CONFIG_NOSYSTEM=1
export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
git config --global init.defaultBranch main
git config --global gc.auto 0
start_mount

# git ARG...: in the repository $repository.
git_in() { in_mount 'cd "$1" && shift && git "$@"' "$repository" "$@"; }
# refused WHAT REGEX ARG...: git ARG... fails; its 128 is no end by a signal.
refused() { fails "$1" "$2" eval "git_in $(printf '%q ' "${@:3}") || exit 1"; }
clean() { equal "$1: git status" "" "$(git_in status --porcelain)"; }
whole() { equal "$1: git fsck" "" "$(git_in fsck --full --strict --no-dangling --no-progress 2>&1)"; }

repository=work
in_mount 'git init -q work; cd work; mkdir src; seq 1000 >src/numbers; echo one >README'
git_in add .
git_in commit -qm one
clean "a commit"
in_mount 'cd work; for i in {2..6}; do seq $i 1000 >src/numbers; git commit -qam "number $i"; done'
in_mount 'cd work; sed -i s/one/two/ README; git diff --stat >/dev/null'
git_in commit -qam two
clean "commits"
whole "commits"
equal "the log" 7 "$(git_in log --oneline | wc -l)"

# Branches, a merge, a file that moves, a rebase, a stash, a tag, a way back.
git_in switch -qc branch
in_mount 'cd work; git mv README READ.me; mkdir more; echo 1 >more/file; git add more; git commit -qm moved'
git_in switch -q main
in_mount 'cd work; [ -e README ] && ! [ -e more ] || exit; echo last >src/last; git add src; git commit -qm last'
git_in merge -q --no-edit branch
clean "a merge"
in_mount 'cd work; echo x >>READ.me; git stash -q; git stash pop -q; git checkout -q READ.me; git tag -am t t'
git_in switch -qc other HEAD~1
in_mount 'cd work; echo 1 >third; git add third; git commit -qm third; git rebase -q main; git switch -q main'
git_in merge -q other
git_in reset -q --hard HEAD~1
clean "a reset"
git_in rm -rq more
git_in restore --staged --worktree more
clean "a removal that was taken back"
whole "branches"

# Packed, and the same is there.
head=$(git_in rev-parse HEAD)
git_in gc -q --prune=now
whole "gc"
clean "gc"
equal "the packs" 1 "$(in_mount 'ls work/.git/objects/pack/*.pack | wc -l')"
git_in repack -qad
git_in prune
whole "repack"

# Clones: beside it, where git finds that no hard link can be made; from it, to it, and back again.
in_mount 'git clone -q work clone; git clone -q --no-local work far; git clone -q --bare work bare'
for repository in clone far bare; do
	whole "$repository"
	equal "$repository" "$head" "$(git_in rev-parse HEAD)"
done
limit git clone -q "$MNT/bare" "$DIR/out"
(cd "$DIR/out" && echo out >out && git add out && git commit -qm out && limit git push -q)
equal "what was pushed" "$(git -C "$DIR/out" rev-parse HEAD)" "$(git_in rev-parse HEAD)"
repository=clone
git_in pull -q "$MNT/bare" main
equal "what was pulled" out "$(in_mount 'cat clone/out')"
clean "pulled"
limit git clone -q "$DIR/out" "$MNT/in"
repository='in'
whole "a clone to the mount"

# The index believes in the times: nothing is read again that has not changed. But git has noted them
# before the close, and the value's time may be in the next second (246).
git_in update-index -q --refresh
equal "no file is new to it" "" "$(git_in diff-files)"
ctl put in/out "elsewhere" >/dev/null
equal "a change elsewhere" " M out" "$(git_in status --porcelain)"
git_in checkout -q out

# What is too big for a value is refused, and the repository is whole.
head -c 4000000 /dev/urandom >"$DIR/out/big"
in_mount 'head -c 1500000 /dev/urandom >in/half; head -c 1500000 /dev/urandom >in/half2'
git_in add half half2
git_in commit -qm halves
refused "a pack that is too big" "too large" repack -qad
whole "a pack that is too big"
limit git -C "$DIR/out" add big
git -C "$DIR/out" commit -qm big
fails "a push that is too big" "too large" limit git -C "$DIR/out" push -q "$MNT/bare" HEAD:refs/heads/big
repository=bare
whole "a push that is too big"
refused "the branch is not there" ""  rev-parse --verify -q refs/heads/big

# Nobody else's lock is taken: O_EXCL is git's lock.
repository='in'
in_mount 'touch in/.git/index.lock'
refused "locked" "index.lock.*File exists" add half
