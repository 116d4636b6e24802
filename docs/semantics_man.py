"""Makes etcdfs-semantics(7) of semantics.md: semantics_man.py VERSION <semantics.md

The document is headings, paragraphs, and statements with a number; words in it are plain, `code` or
a [link](FILE). Anything else is refused, since it would come out wrong.
"""
import re
import sys

HEAD = r""".\" Made from docs/semantics.md.
.TH ETCDFS\-SEMANTICS 7 "" "etcdfs {version}"
.SH NAME
etcdfs\-semantics \- what you may rely on in a mount of etcdfs
.SH DESCRIPTION"""
TAIL = r""".SH SEE ALSO
.BR etcdfs (8),
.BR etcdfs.conf (5)"""
STRANGE = re.compile(r"[|>*+-] |[|>]|```|    |\t|###|!\[")
STATEMENT = re.compile(r"(\d+)\. (.*)")
LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")
ROFF = {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"}


def escaped(text, characters):
    return "".join(ROFF[c] if c in characters else c for c in text)


def inline(text):
    """A text's words in roff; in `code` each character is itself."""
    parts = LINK.sub(r"\1", text).split("`")
    if len(parts) % 2 == 0:
        raise ValueError("a ` has no other")
    words = "".join(rf"\fB{escaped(part, ROFF)}\fR" if number % 2 else escaped(part, "\\^~")
                    for number, part in enumerate(parts))
    return r"\&" + words if words.startswith((".", "'")) else words


def block(line, begins):
    """A line's roff; @begins: a paragraph that needs to be told from what is above."""
    if line.startswith("## "):
        return ".SS " + inline(line[3:])
    statement = STATEMENT.match(line)
    if statement:
        return f".IP {statement[1]}. 5\n" + inline(statement[2])
    if STRANGE.match(line):
        raise ValueError("only headings, paragraphs and numbered statements can be shown")
    return (".PP\n" if begins else "") + inline(line)


def main():
    print(HEAD.format(version=sys.argv[1]))
    before = "## "
    is_new = False
    for number, line in enumerate(sys.stdin, 1):
        line = line.rstrip()
        try:
            if line and not line.startswith("# "):
                print(block(line, is_new and not before.startswith("## ")))
                before = line
        except ValueError as error:
            sys.exit(f"semantics.md, line {number}: {error}")
        is_new = not line
    print(TAIL)


main()
