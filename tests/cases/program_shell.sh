#!/bin/bash
# Shells that append, mktemp, and the small everyday programs work as on a disk.
# Statements: 15, 17, 42, 173, 255, 256.
. "$(dirname "$0")/../lib/case.sh"

umask 022
start_mount

# >> in a loop, from several shells at once, each line once; tee -a among them.
export N=40
for shell in bash dash; do
	in_mount 'for i in 1 2 3 4; do
		"$1" -c "i=0; while [ \$i -lt \$N ]; do i=\$((i + 1)); echo $i \$i >>\$0; done" log &
	done; wait' "$shell"
	equal "$shell: lines" $((4 * N)) "$(in_mount 'sort -u log | wc -l')"
	equal "$shell: no more" $((4 * N)) "$(in_mount 'wc -l <log')"
	in_mount 'rm log'
done
in_mount 'for i in {1..10}; do echo $i | tee -a one two >/dev/null & done; wait'
equal "tee -a" "10 10" "$(in_mount 'echo $(sort -u one | wc -l) $(sort -u two | wc -l)')"
in_mount 'while read -r line; do echo "$line" >>copy; done <one; cmp one copy'

# mktemp: each name once.
in_mount 'for i in {1..40}; do mktemp -p . >>$DIR/names & mktemp -d -p . >>$DIR/names & done; wait'
equal "mktemp: names" 80 "$(sort -u "$DIR/names" | wc -l)"
equal "mktemp: what is there" "40 40" \
	"$(in_mount 'echo $(find . -name "tmp.*" -type f | wc -l) $(find . -name "tmp.*" -type d | wc -l)')"
in_mount 'rm -r tmp.*'

# Files that are read and written in place, cut, patched, packed.
cd "$DIR"
seq 500 >numbers
in_mount 'cp $DIR/numbers n; sort -rn -o n n; sort -n n -o n; cmp n $DIR/numbers'
in_mount 'head -c 100 n >head; head -c 100 $DIR/numbers | cmp - head && tail -c 50 n | cmp - <(tail -c 50 $DIR/numbers)'
equal "wc" "$(wc <numbers)" "$(in_mount 'wc <n')"
in_mount 'cp n m; sed s/7/seven/ n >m; ! diff -u n m >p; patch -s n p; cmp n m'
in_mount 'patch -s -R n p; cmp n $DIR/numbers && ! ls | grep -E "orig|rej"'
in_mount 'split -b 100 n part.; cat part.* | cmp - n && csplit -s n 10 && cat xx* | cmp - n && rm part.* xx*'
in_mount 'gzip -k n; gzip -t n.gz; rm n; gunzip n.gz; cmp n $DIR/numbers'
in_mount 'truncate -s 10 n; cat n n n >nn; shuf -n 1 nn >/dev/null; tac nn | rev >/dev/null; uniq nn un; rm un nn'
in_mount 'echo "{\"a\": [1, 2]}" >j; jq .a[1] j >k; mv k j'
equal "jq" 2 "$(in_mount 'cat j')"
in_mount 'openssl rand -out random 1000; openssl genrsa -out key.pem 2048 2>/dev/null'
in_mount 'openssl rsa -in key.pem -noout -check >/dev/null'
equal "openssl" 1000 "$(in_mount 'stat -c %s random')"
in_mount 'install -m 644 /dev/stdin installed <<<text; cmp installed - <<<text'
in_mount 'cat installed >both; cat installed >>both; cat <both >both2; cmp both both2 && : >both && [ ! -s both ]'
in_mount 'echo "#!/bin/sh" >script; echo "echo \$0" >>script; [ "$(sh script)" = script ] && . ./script >/dev/null'
in_mount 'set -C; ! { echo 1 >installed; } 2>/dev/null && echo 2 >|installed; [ "$(<installed)" = 2 ]'
in_mount 'shred -u random; [ ! -e random ] && mkdir -p x/y/z; rmdir -p x/y/z; [ ! -e x ]'

# less and tail -F read what is there; tail -F goes on with what comes, here and elsewhere.
in_mount 'echo first >log; tail -n +1 -F log >$DIR/tailed 2>/dev/null & echo $! >$DIR/tail'
wait_until "tail -F" grep -q first tailed
in_mount 'echo second >>log'
wait_until "an append" grep -q second tailed
(in_mount 'cat log' && echo third) | ctl put log >/dev/null
wait_until "an append elsewhere" grep -q third tailed
in_mount 'echo fourth >new; mv new log'
wait_until "a file renamed over it" grep -q fourth tailed
kill "$(cat tail)"
equal "each once" "first second third fourth" "$(paste -sd ' ' tailed)"

# What is not to be had says so.
fails "ln" "not permitted" in_mount 'ln installed hard'
fails "mknod" "not permitted" in_mount 'mknod device c 1 3'
equal "ln -s" installed "$(in_mount 'ln -s installed soft; readlink soft; rm soft')"
equal "mkfifo" through "$(in_mount 'mkfifo fifo; (echo through >fifo &); cat fifo; rm fifo')"
check "flock" in_mount 'flock installed flock -n new true && ! flock installed flock -n installed true'
fails "too big" "too large" in_mount 'yes | head -c 2000000 >installed'
equal "and the value stays" 2 "$(in_mount 'cat installed')"
