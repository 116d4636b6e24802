"""Types at a shell, and judges what it completes: completing.py bash|zsh COMPLETION <TABLE

A line of TABLE is "TYPED<TAB>AFTER -> LINE": with TYPED before the cursor and AFTER behind it, TAB
makes LINE of both. With <ALL> in the place of <TAB> bash inserts all completions that there are.
COMPLETION is the file to load; the shell begins in the current directory.
"""
import fcntl
import os
import pty
import re
import struct
import sys
import tempfile
import termios

import terminal as terminals

LIMIT_S = 15
TRIES = 5
LINE = re.compile(rb"LINE<(.*?)>END", re.S)
LEFT, REPORT, CLEAR = b"\x02", b"\x18p", b"\x01\x0b"
KEYS = {"<TAB>": b"\t", "<ALL>": b"\x1b*"}
BASH = """PS1='> '
bind 'set enable-bracketed-paste off'
bind 'set bell-style none'
bind -x '"\\C-xp": printf "LINE<%s>END\\n" "$READLINE_LINE"'
. "{file}"
"""
ZSH = """PS1='> '
setopt no_auto_list no_auto_menu no_beep
unset zle_bracketed_paste
fpath=({folder} $fpath)
autoload -Uz compinit && compinit -D -u
report() {{ print -rn -- "LINE<$BUFFER>END" }}
zle -N report && bindkey -e && bindkey '^Xp' report
"""


def start(shell, file, folder):
    """Starts the shell with a setup of its own; returns its terminal."""
    setup, name, argv = {
        "bash": (BASH, "bashrc", ["bash", "--noprofile", "--rcfile", f"{folder}/bashrc", "-i"]),
        "zsh": (ZSH, ".zshrc", ["zsh", "-d", "-i"]),
    }[shell]
    with open(f"{folder}/{name}", "w", encoding="utf-8") as out:
        out.write(setup.format(file=file, folder=os.path.dirname(file)))
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="vt100", ZDOTDIR=folder, LC_ALL="C.UTF-8")
        os.execvp(argv[0], argv)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 250, 0, 0))
    return terminal


def line_of(terminal):
    """What the line is, when the shell has come so far."""
    return terminals.until(terminal, LINE, LIMIT_S)[1].decode()


def complete(terminal, typed, key, after, wanted):
    """What becomes of the line. On a busy machine a shell that waits for a second waits in vain."""
    for _ in range(TRIES):
        os.write(terminal, (typed + after).encode() + LEFT * len(after) + KEYS[key] + REPORT)
        line = line_of(terminal)
        os.write(terminal, CLEAR)
        if line == wanted:
            break
    return line


def main():
    shell, file = sys.argv[1:]
    wrong = count = 0
    with tempfile.TemporaryDirectory() as folder:
        terminal = start(shell, os.path.realpath(file), folder)
        os.write(terminal, REPORT)
        line_of(terminal)
        for row in sys.stdin:
            typed, key, after, wanted = re.fullmatch(r"(.*?)(<TAB>|<ALL>)(.*?) -> (.*)\n",
                                                     row).groups()
            line = complete(terminal, typed, key, after, wanted)
            count += 1
            if line != wanted:
                wrong += 1
                print(f"{shell}: '{typed}{key}{after}' became '{line}', not '{wanted}'")
    sys.exit(1 if wrong or not count else 0)


main()
