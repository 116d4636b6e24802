"""What a run writes into docs/performance.md and README.md, each between two comments."""
import judge
import machine
import plots

BEGIN = "<!-- written by tests/bench/run: change nothing from here -->"
END = "<!-- to here -->"
README_ROWS = ("read-1", "read-64", "write-64", "ls-1000", "event-1")
FOLDER = machine.TOP / "docs/performance"


def replace_part(path, text):
    whole = path.read_text()
    if whole.count(BEGIN) != 1 or whole.count(END) != 1:
        raise machine.Failure(f"{path} has not one part to be written")
    before, rest = whole.split(BEGIN)
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}")


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def all_figures(rows):
    return table(["what", "etcdfs", "beside", "ratio", "better", "aim", "met"],
                 [[row["what"], judge.show_ours(row),
                   judge.show_beside(row) + (f"; {row['notes']}" if row["notes"] else ""),
                   judge.show_judged(row), row["better"], judge.show_aim(row),
                   row["verdict"]] for row in rows])


def missed_aims(rows):
    """Why each figure is what it is that misses its aim."""
    lines = [f"- {row['what']}: {row['holds'] or 'not known.'}"
             for row in rows if row["verdict"] == "no"]
    return "\n".join(["What holds back the figures that miss their aim:\n", *lines]
                     if lines else ["All aims are met."])


def few_figures(rows):
    return table(["what", "etcdfs", "beside", "ratio"],
                 [[row["what"], judge.show_ours(row),
                   judge.show_sides(row, row["reference"], " + "),
                   f"{judge.show_judged(row)} ({row['better']} is better)"]
                  for row in rows if row["name"] in README_ROWS])


def about(results):
    said = results["about"]
    words = (f"Of {said['date']}, commit {said['commit']}: {said['processors']} processors, Linux "
             f"{said['kernel']}, etcd {said['etcd']}, {said['go']}; a {said['mode']} run.")
    return words + (f" Beware: {said['busy']}." if said["busy"] else "")


def write_all(results):
    pictures = [f"![{path.stem}](performance/{path.name})"
                for path in plots.write_all(results, FOLDER)]
    replace_part(machine.TOP / "docs/performance.md",
                 "\n\n".join([about(results), all_figures(results["rows"]),
                              missed_aims(results["rows"]), *pictures]))
    replace_part(machine.TOP / "README.md", few_figures(results["rows"]))
