"""The Debian package has the version that meson.build has, and needs what ./quickstart installs."""
import pathlib
import re
import sys

ESSENTIAL = {"gcc", "libc6-dev"}  # whoever builds packages has them: build-essential
DEBIAN = pathlib.Path("docs/debian")


def words_of(name):
    """Those of PACKAGES_... in tests/lib/packages.sh."""
    text = pathlib.Path("tests/lib/packages.sh").read_text()
    return set(re.search(rf'^{name}="([^"]*)"', text, re.MULTILINE)[1].split())


def field(name):
    """The packages that a field of debian/control names, without versions and ${...}."""
    text = (DEBIAN / "control").read_text()
    value = re.search(rf"^{name}:((?:.*\n)(?: .*\n)*)", text, re.MULTILINE)[1]
    return set(re.findall(r"(?:^|,)\s*([a-z0-9.+-]+)", value))


def version(path, pattern):
    return re.search(pattern, path.read_text(), re.MULTILINE)[1]


def main():
    pairs = [("Build-Depends", field("Build-Depends") - {"debhelper-compat"},
              words_of("PACKAGES_BUILD") - ESSENTIAL),
             ("Depends", field("Depends"), words_of("PACKAGES_RUN")),
             ("the version", version(DEBIAN / "changelog", r"^etcdfs \((.*?)\)"),
              version(pathlib.Path("meson.build"), r"^\tversion: '(.*?)'"))]
    wrong = [f"docs/debian: {what} is {got}, expected {expected}"
             for what, got, expected in pairs if got != expected]
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


main()
