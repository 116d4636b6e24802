#!/bin/bash
# make builds what is older than its sources, and nothing else, after a restart as well.
# Statements: 43, 246, 251.
. "$(dirname "$0")/../lib/case.sh"

command -v make >/dev/null || die "no make"
umask 022
start_mount

in_mount 'mkdir project; cd project
cat >Makefile <<"MAKE"
prog: main.o lib.a
	gcc -o $@ main.o lib.a
lib.a: part.o
	ar rcs $@ $^
%.o: %.c part.h
	gcc -c -o $@ $<
clean:
	rm -f prog lib.a *.o
MAKE
echo "int part(void);" >part.h
printf "#include \"part.h\"\nint part(void) { return 42; }\n" >part.c
printf "#include \"part.h\"\nint main(void) { return part(); }\n" >main.c'

# made WHAT EXPECTED: make makes these, in this order.
made() {
	equal "$1" "$2" "$(in_mount 'make -C project --no-print-directory 2>&1' |
		sed -nE 's/.*-o ([^ ]*).*|ar rcs ([^ ]*).*|.*(up to date|[Ww]arning|[Ee]rror).*/\1\2\3/p' |
		paste -sd ' ')"
}
runs() { (limit cp "$MNT/project/prog" "$DIR/prog" && chmod +x "$DIR/prog" && exec "$DIR/prog"); }

made "the first" "main.o part.o lib.a prog"
equal "what the program says" 42 "$(status=0; runs || status=$?; echo "$status")"
made "the second" "up to date"
in_mount 'touch project/main.c'
made "touch" "main.o prog"
in_mount 'sed -i s/42/43/ project/part.c'
made "an edit" "part.o lib.a prog"
equal "what it says now" 43 "$(status=0; runs || status=$?; echo "$status")"
in_mount 'cat project/part.h' | ctl put project/part.h >/dev/null
made "an edit elsewhere" "main.o part.o lib.a prog"
in_mount 'touch -d 2001-01-01 project/main.c'
made "an old source" "up to date"
in_mount 'touch -d 2001-01-01 project/prog'
made "an old program" "prog"
in_mount 'mv project/part.o project/elsewhere; mv project/elsewhere project/part.o'
made "there and back" "up to date"
in_mount 'make -s -C project clean; make -j4 -s -C project'
made "four at a time" "up to date"

# What has become of the times over a restart: their order.
in_mount 'echo >>project/part.c'
stop_mount TERM
start_mount
made "edited before a restart" "part.o lib.a prog"
stop_mount TERM
start_mount
made "nothing since a restart" "up to date"
