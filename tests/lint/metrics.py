"""docs/metrics.md is what the table of the metrics makes of it, and the examples name no others."""
import json
import pathlib
import re
import subprocess
import sys

DOCUMENT = pathlib.Path("docs/metrics.md")
EXAMPLES = sorted(pathlib.Path("docs/examples").glob("etcdfs-*.*"))
ROW = re.compile(r"^\| `(etcdfs_[a-z_]+)` \| (\w+) \|", re.MULTILINE)
NAME = re.compile(r"\betcdfs_[a-z_]+")
ALERT = re.compile(r"^ *- alert: (\w+)$", re.MULTILINE)


def document_wrong(program):
    text = DOCUMENT.read_text()
    made = subprocess.run([program], input=text, capture_output=True, text=True, check=True).stdout
    update = f"{program} <{DOCUMENT} >new && mv new {DOCUMENT}"
    return [] if made == text else [f"{DOCUMENT} is not what its table makes: {update}"]


def names():
    """Each name that a query can use."""
    for name, kind in ROW.findall(DOCUMENT.read_text()):
        yield name
        if kind == "histogram":
            yield from (name + suffix for suffix in ("_bucket", "_sum", "_count"))


def examples_wrong():
    wrong, known = [], set(names())
    for path in [*EXAMPLES, DOCUMENT]:
        text = path.read_text()
        used = set(NAME.findall(text))
        wrong += [f"{path}: there is no metric {name}" for name in sorted(used - known)]
        if not used:
            wrong.append(f"{path}: no metric at all")
        if path.suffix == ".json":
            json.loads(text)
        for alert in ALERT.findall(text):
            if f"`{alert}`" not in DOCUMENT.read_text():
                wrong.append(f"{DOCUMENT}: no word of the alert {alert}")
    return wrong


def main():
    wrong = document_wrong(sys.argv[1]) + examples_wrong()
    if len(EXAMPLES) != 2:
        wrong.append("docs/examples: a dashboard and rules are expected")
    print("\n".join(wrong) or f"{len(set(names()))} names")
    sys.exit(1 if wrong else 0)


main()
