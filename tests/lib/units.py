"""What a unit of etcdfs may have in [Service]: a new option is looked at before it comes in here.

    units.py system|user UNIT

An option that gives the service a mount namespace of its own hides the mount from everybody else;
in a user's service, one that stops setuid programs stops fusermount3.
"""
import sys

# None of these has to do with what is mounted, nor with privileges.
PLAIN = {"Type", "ExecStart", "ExecReload", "ExecStopPost", "KillMode", "OOMPolicy", "Restart",
         "RestartSec", "RestartPreventExitStatus", "WatchdogSec"}
# Directories that are made on the host; filters of system calls and rights.
SYSTEM = PLAIN | {"StateDirectory", "StateDirectoryMode", "LockPersonality", "RestrictRealtime",
                  "RestrictSUIDSGID", "RestrictAddressFamilies", "SystemCallArchitectures",
                  "SystemCallFilter", "SystemCallErrorNumber", "CapabilityBoundingSet"}
ALLOWED = {"system": SYSTEM, "user": PLAIN}


def options(path):
    section = None
    with open(path) as file:
        for line in file:
            line = line.strip()
            if line.startswith("["):
                section = line
            elif section == "[Service]" and line and line[0] not in "#;":
                yield line.partition("=")[0].strip()


def main():
    kind, path = sys.argv[1:]
    names = list(options(path))
    wrong = [name for name in names if name not in ALLOWED[kind]]
    for name in wrong:
        print(f"{path}: {name}: not known to leave the mount visible to all, and possible")
    sys.exit(1 if wrong or "ExecStart" not in names else 0)


main()
