"""The commands of a man page's block, as a reader sees them: page.py PAGE LABEL

The block is the one between .EX and .EE behind the comment .\\" RUN LABEL.
"""
import pathlib
import re
import sys

from examples import roff_shown


def main(page, label):
    found = re.findall(rf'^\.\\" RUN {label}\n(?:\.in [^\n]*\n)?\.EX\n(.*?)^\.EE\n',
                       pathlib.Path(page).read_text(), re.M | re.S)
    if len(found) != 1:
        sys.exit(f"{page}: {len(found)} blocks {label}")
    print(roff_shown(found[0]), end="")


main(*sys.argv[1:])
