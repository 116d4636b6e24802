#!/bin/bash
# sed -i, vim and an atomic save edit a key, and leave nothing but the key.
# Statements: 7, 18, 43.
. "$(dirname "$0")/../lib/case.sh"

command -v vim >/dev/null || die "no vim"
start_mount

in_mount 'printf "one\ntwo\nthree\n" >key'
in_mount 'sed -i s/two/2/ key'
equal "sed -i" "one 2 three" "$(in_mount 'paste -sd " " key')"
in_mount 'vim -es -u NONE -c "%s/one/1/" -c wq key </dev/null'
equal "vim -es" "1 2 three" "$(in_mount 'paste -sd " " key')"
in_mount 'vim -es -N -u NONE --cmd "set writebackup backupcopy=yes swapfile" -c "\$d" -c wq key </dev/null'
equal "vim with a backup and a swap file" "1 2" "$(in_mount 'paste -sd " " key')"
in_mount 'vim -es -N -u NONE --cmd "set backupcopy=no" -c "normal Goend" -c wq key </dev/null'
equal "vim that renames" "1 2 end" "$(in_mount 'paste -sd " " key')"
in_mount 'cp -p key key.new; chmod --reference=key key.new; touch key.new; mv key.new key'
equal "an atomic save" "1 2 end" "$(in_mount 'paste -sd " " key')"
equal "nothing else is left" "key" "$(keys | paste -sd ' ')"
equal "what etcd has" "1 2 end" "$(value_of key | paste -sd ' ')"
