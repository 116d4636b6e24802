"""The man pages and completions have what the program has: manual.py ETCDFS FILE...

Each option, key, environment variable, signal, exit status and file that there is by the program's
own words or by its source has its place there, and so has each statement of docs/semantics.md.
"""
import pathlib
import re
import subprocess
import sys

import source

# Where the source names them.
VARIABLE = re.compile(r'getenv\("(\w+)"\)|"(ETCDFS_[A-Z]+)=|strncmp\(\*\w+, "(ETCD_\w+)=')
VARIABLES_TAKEN = re.compile(r"static const char \*const names\[\] = \{(.*?)\};", re.S)
SIGNAL = re.compile(r"(?:sigaddset\([^;]*?|\bsignal\()(SIG[A-Z]+)\b")
FILE = re.compile(r'#define (?:PATHS_\w+|DATALOCK_FILE)\s+\\?\s*"([^"]+)"')


def plain(roff):
    """The text of a page, without fonts and escapes."""
    roff = re.sub(r"\\f[BIR]|\\&", "", roff)
    return roff.replace(r"\-", "-").replace('" "', " ").replace('"', "")


def section(page, title):
    found = re.search(rf"^\.SH {re.escape(title)}\n(.*?)(?=^\.SH |\Z)", page, re.M | re.S)
    if not found:
        sys.exit(f"there is no section {title}")
    return found[1]


def has(text, word):
    return re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", text)


def has_row(text, word):
    """Whether an entry of the list begins with it, or with a short option and it."""
    return re.search(rf"^\.TP\n(?:-\w, )?{re.escape(word)}(?=[ =,\n])", text, re.M)


def helper_letters(text):
    """The options that mount(8)'s helper takes."""
    found = re.search(r'getopt_long\(argc, argv, "([^"]+)"', text)
    return [f"-{letter}" for letter in found[1] if letter != ":"]


def program_source():
    files = [path for path in source.files(".c", ".h") if path.parts[0] != "tests"]
    return "\n".join(path.read_text() for path in files)


def tables(etcdfs):
    """(options, {section: keys}) as --help all shows them."""
    text = subprocess.run([etcdfs, "--help", "all"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    options = re.findall(r"^  (-\w), (--[\w-]+)", text, re.M)
    keys = {name: re.findall(r"^  ([a-z][\w-]*)(?:=| {2,})", part, re.M)
            for name, part in re.findall(r"^Keys of .*?section \[(\w+)\](.*?)(?=^Keys of|\Z)", text,
                                         re.M | re.S)}
    if len(options) < 10 or len(keys) != 3 or not all(keys.values()):
        sys.exit(f"--help all: {options} {keys}")
    return [word for pair in options for word in pair], keys


def variables(text):
    found = {name for names in VARIABLE.findall(text) for name in names if name}
    found |= {name for names in VARIABLES_TAKEN.findall(text) if "NOTIFY_SOCKET" in names
              for name in re.findall(r'"(\w+)"', names)}
    if not {"PATH", "NOTIFY_SOCKET", "ETCDFS_MOUNT"} <= found:
        sys.exit(f"the source names variables in another way: only {sorted(found)} are found")
    return found


def missing_in_pages(pages, etcdfs):
    text = program_source()
    options, keys = tables(etcdfs)
    wanted = [("etcdfs.8", "OPTIONS", options, has_row)]
    wanted += [("etcdfs.conf.5", f"[{name}], AND -{letter}", keys[name], has_row)
               for name, letter in (("mount", "o"), ("etcd", "e"), ("hooks", "H"))]
    wanted += [("etcdfs.8", "ENVIRONMENT", variables(text), has),
               ("etcdfs.8", "SIGNALS", set(SIGNAL.findall(text)), has),
               ("etcdfs.8", "FILES", set(FILE.findall(text)), has),
               ("mount.etcdfs.8", "OPTIONS", helper_letters(text), has),
               ("etcdfs.8", "EXIT STATUS", ["0", "1", "2", "126", "127", "128+"], has)]
    for name, title, words, is_there in wanted:
        if not words:
            yield f"{name}: nothing is known that belongs into {title}"
        place = section(pages[name], title)
        yield from (f"{name}: {title}: no {word}" for word in sorted(words)
                    if not is_there(place, word))


def missing_in_semantics(page):
    document = pathlib.Path("docs/semantics.md").read_text()
    stated = re.findall(r"^(\d+)\. ", document, re.M)
    if re.findall(r"^\.IP (\d+)\. ", page, re.M) != stated:
        yield "etcdfs-semantics.7: not the statements of docs/semantics.md, in their order"


def missing_in_completion(name, text, etcdfs):
    options, keys = tables(etcdfs)
    shapes = {"etcdfs": r"^\t\[%s\]=", "_etcdfs": r"^\t'%s\[|[{,]%s[,}]"}
    for word in options + sum(keys.values(), []):
        if not re.search(shapes[name].replace("%s", re.escape(word)), text, re.M):
            yield f"the completion {name}: no {word}"


def main():
    etcdfs, *paths = sys.argv[1:]
    files = {pathlib.Path(path).name: pathlib.Path(path).read_text() for path in paths}
    pages = {name: plain(text) for name, text in files.items() if name[-1].isdigit()}
    wrong = list(missing_in_pages(pages, etcdfs))
    wrong += missing_in_semantics(pages["etcdfs-semantics.7"])
    for name in ("etcdfs", "_etcdfs"):
        wrong += missing_in_completion(name, files[name], etcdfs)
    wrong += [f"{name}: {line}" for name, text in files.items() for line in text.splitlines()
              if re.search(r"ROWS|@VERSION@", line)]
    print("\n".join(wrong) or f"{len(files)} files")
    sys.exit(1 if wrong else 0)


main()
