"""rules.py FILE: the queries of the dashboard as rules, which promtool can check."""
import json
import pathlib
import sys

BOARD = pathlib.Path("docs/examples/etcdfs-dashboard.json")
VARIABLES = {"$__rate_interval": "5m", "$instance": ".*", "$mountpoint": ".*"}


def main():
    rules = []
    for panel in json.loads(BOARD.read_text())["panels"]:
        for target in panel["targets"]:
            query = target["expr"]
            for name, value in VARIABLES.items():
                query = query.replace(name, value)
            assert "$" not in query, query
            name = f"panel:{panel['id']}:{target['refId'].lower()}"
            rules.append({"record": name, "expr": query})
    assert len(rules) > 20, rules
    groups = {"groups": [{"name": "dashboard", "rules": rules}]}
    pathlib.Path(sys.argv[1]).write_text(json.dumps(groups))  # JSON is YAML


main()
