"""docs/metrics.md is what the table of the metrics makes of it."""
import pathlib
import subprocess
import sys

DOCUMENT = pathlib.Path("docs/metrics.md")


def document_wrong(program):
    text = DOCUMENT.read_text()
    made = subprocess.run([program], input=text, capture_output=True, text=True, check=True).stdout
    update = f"{program} <{DOCUMENT} >new && mv new {DOCUMENT}"
    return [] if made == text else [f"{DOCUMENT} is not what its table makes: {update}"]


def main():
    wrong = document_wrong(sys.argv[1])
    print("\n".join(wrong) or DOCUMENT)
    sys.exit(1 if wrong else 0)


main()
