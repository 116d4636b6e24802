#!/bin/bash
# A data directory in use is refused at once, naming who holds it; one that cannot be made, too.
# Statements: 38.
. "$(dirname "$0")/../lib/case.sh"

start_mount
in_mount 'echo x >key'
mkdir "$DIR/mnt2"
fails "in use" "$DATA.*(pid )?$PID" limit "$ETCDFS" -e "name=$NAME.2" -e "data-dir=$DATA" "$DIR/mnt2"
equal "it goes on" x "$(in_mount 'cat key')"
fails "the same name" "$NAME|$PID" limit "$ETCDFS" -e "name=$NAME" -e "data-dir=$DIR/data2" "$DIR/mnt2"
equal "it still goes on" x "$(in_mount 'cat key')"
stop_mount

touch "$DIR/file"
refuses "a file" "$DIR/file" -e "name=$NAME" -e "data-dir=$DIR/file" "$MNT"
refuses "below a file" "$DIR/file" -e "name=$NAME" -e "data-dir=$DIR/file/data" "$MNT"
