"""The counting of a run: a case that passes alone is flaky, and only cases are run again."""
import json
import pathlib
import subprocess
import sys
import tempfile

RESULTS = pathlib.Path("tests/lib/results.py")


def log(path, *entries):
    """A log of meson's: (suite, name, result, output) each."""
    path.write_text("".join(json.dumps({
        "name": f"etcdfs:{suite} / {name}", "result": result, "stdout": output, "stderr": "",
        "duration": 1.5}) + "\n" for suite, name, result, output in entries))
    return path


def ask(*arguments):
    return subprocess.run([sys.executable, "-B", RESULTS, *map(str, arguments)],
                          capture_output=True, text=True, check=True).stdout


def main():
    directory = pathlib.Path(tempfile.mkdtemp())
    first = log(directory / "first", ("cases", "good", "OK", ""),
                ("long", "bad", "FAIL", "why not\n"),
                ("cases", "late", "TIMEOUT", "first try\n"),
                ("cases", "odd", "SKIP", "no etcd\n"),
                ("lint+unit", "late", "FAIL", "ok 1 - a\nnot ok 2 - b\n"))
    again = log(directory / "again", ("long", "bad", "FAIL", "still\n"),
                ("cases", "late", "OK", ""))
    assert ask("--failed", first).split() == ["bad", "late"]
    said = ask(first, again, 6, directory / "flaky")
    assert said.endswith("\n3 3 1\n"), said  # the unit test's two lines, and one that did not run
    assert "FLAKY: late:" in said and "    first try\n" in said, said
    assert "FAILED: bad (FAIL" in said and "still" in said, said
    assert "SKIPPED: odd: no etcd" in said and "FLAKY: bad" not in said, said
    assert "first try" in (directory / "flaky" / "late.log").read_text()
    said = ask(first, directory / "none", 5, directory / "flaky")
    assert said.endswith("\n2 3 1\n"), said
    assert ask("--slowest", first, directory / "none").count("2 s") == 5
    for path in sorted(directory.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    directory.rmdir()


main()
