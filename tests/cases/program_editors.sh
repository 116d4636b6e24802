#!/bin/bash
# vim, nano, ed, sed -i, perl -i and gawk save a key, leave nothing but it, and notice a change elsewhere.
# Statements: 7, 43, 248.
. "$(dirname "$0")/../lib/case.sh"

for editor in vim nano ed sed perl gawk; do
	command -v "$editor" >/dev/null || die "no $editor"
done
umask 022
start_mount

text() { in_mount 'paste -sd " " "$1"' "${1:-key}"; }
version() { in_mount 'getfattr --only-values -n user.etcd.version key'; }
edit() { in_mount 'vim -es -N -u NONE -i NONE --cmd "set backupskip=" "$@" </dev/null' "$@"; }
nano_at() { in_mount 'python3 "$TOP/tests/lib/terminal.py" "$@"' "$@"; }

# saves COUNT WHAT COMMAND...: COMMAND gives the key COUNT more versions.
saves() {
	local before
	before=$(version)
	"${@:3}"
	equal "$2: saved" "$1" "$(($(version) - before))"
}

in_mount 'printf "one\ntwo\nthree\n" >key'
in_mount 'sed -i s/two/2/ key'
equal "sed -i" "one 2 three" "$(text)"
in_mount 'perl -pi -e s/three/3/ key'
equal "perl -i" "one 2 3" "$(text)"
in_mount 'gawk -i inplace "{ print \$0 }" key; perl -pi -e s/3/three/ key'
equal "gawk -i inplace" "one 2 three" "$(text)"
saves 1 ed in_mount 'printf "1s/one/1/\nw\nq\n" | ed -s key'
equal "ed" "1 2 three" "$(text)"
saves 2 "ed twice" in_mount 'printf "a\nfour\n.\nw\nd\nw\nq\n" | ed -s key'
equal "ed twice" "1 2 three" "$(text)"

# vim: in place with a backup and a swap file, twice; by a rename.
saves 1 vim edit --cmd 'set writebackup backupcopy=yes swapfile' -c '$d' -c wq key
equal "vim with a backup and a swap file" "1 2" "$(text)"
saves 2 ":w twice" edit --cmd 'set backupcopy=yes swapfile' -c 'normal Gothird' -c w -c 'normal Gofourth' -c wq key
equal ":w twice" "1 2 third fourth" "$(text)"
edit --cmd 'set backupcopy=no' -c '3,4d' -c 'normal Goend' -c wq key
equal "vim that renames" "1 2 end" "$(text)"
equal "nothing else is left" "key" "$(keys | paste -sd ' ')"
edit --cmd 'set backup backupext=.bak backupdir=.' -c '3d' -c wq key
equal "the backup that was asked for" "1 2 end" "$(text key.bak)"
equal "and what was saved" "1 2" "$(text)"
in_mount 'rm key.bak'
edit -c 'normal ofirst' -c wq new
equal "a new file" " first" "$(text new)"
in_mount 'rm new'

# Another vim's swap file is found, and what a vim that was killed had written is recovered from it.
in_mount 'cat >$DIR/killed.vim <<<"set swapfile
normal Golost
preserve
call writefile([getpid()], \$DIR . \"/vim.pid\")
sleep 300"'
in_mount 'vim -es -N -u NONE -i NONE -S $DIR/killed.vim key </dev/null & disown'
wait_until "vim" test -s "$DIR/vim.pid"
equal "its swap file" ".key.swp key" "$(keys | paste -sd ' ')"
kill -KILL "$(cat "$DIR/vim.pid")"
wait_until "its end" is_gone "$(cat "$DIR/vim.pid")" # and with it that of its open files
in_mount 'vim -es -N -u NONE -i NONE -r key -c "w! recovered" -c q! </dev/null || true'
equal "recovered" "1 2 lost" "$(text recovered)"
in_mount 'rm .key.swp recovered'

# Changed elsewhere while it is edited: not written over unasked, written when told to.
cat >"$DIR/elsewhere.vim" <<'VIM'
normal Gomine
call system("ETCDCTL_API=3 etcdctl --endpoints=" . $ENDPOINT . " put key elsewhere")
VIM
export ENDPOINT=unix://$RUN/client:0
edit -S "$DIR/elsewhere.vim" -c w -c q! key
equal ":w" "elsewhere" "$(text)"
in_mount 'vim -es -N -u NONE -i NONE -S $DIR/elsewhere.vim -c w -c q! key <<<y'
equal ":w, and yes" "elsewhere mine" "$(text)"

# nano, at a terminal: saved, saved again, and with a backup.
in_mount 'printf "1\n2\n" >key'
save=('\x0f' 'File Name to Write|Write to File' '\r' 'Wrote')
export TOP
saves 1 nano nano_at 'GNU nano' 'zero\r' zero "${save[@]}" '\x18' -- nano -I key
equal "nano" "zero 1 2" "$(text)"
saves 2 "nano twice" nano_at 'GNU nano' 'a\r' a "${save[@]}" 'b\r' b "${save[@]}" '\x18' -- nano -I key
equal "nano twice" "a b zero 1 2" "$(text)"
nano_at 'GNU nano' 'c\r' c "${save[@]}" '\x18' -- nano -I -B key
equal "nano's backup" "a b zero 1 2" "$(text key~)"
in_mount 'rm key~'

in_mount 'cp -p key key.new; chmod --reference=key key.new; touch key.new; mv key.new key'
equal "an atomic save" "c a b zero 1 2" "$(text)"
equal "nothing else is left" "key" "$(keys | paste -sd ' ')"
equal "what etcd has" "c a b zero 1 2" "$(value_of key | paste -sd ' ')"
