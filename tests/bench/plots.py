"""The files of a run: its figures, and by gnuplot the aims and a curve for each family."""
import json
import shutil
import subprocess

HEAD = """set terminal svg size 760,{height} font "sans,12" background "white"
set output "{path}"
set title "{title}"
set grid
set border 3
set tics nomirror
"""
AXES = {"/s": "a second", "s": "seconds", "bytes": "bytes"}


def gnuplot(script):
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


def block(name, lines):
    return f"${name} << END\n" + "\n".join(lines) + "\nEND\n"


# --- The aims ---

def distance(row):
    """How many times worse than the aim; below 1 it is met."""
    worse = row["figure"] / row["aim"] if row["better"] == "less" else row["aim"] / row["figure"]
    return max(worse, 0.01)


def aims(results, folder):
    judged = [row for row in results["rows"] if row["aim"] is not None]
    if not judged:
        return None
    lines = [f'"{row["name"].replace("_", " ")}" {len(judged) - number} {distance(row):.4f} '
             f'{0x2e7d32 if row["verdict"] == "yes" else 0xc62828}'
             for number, row in enumerate(judged)]
    path = folder / "aims.svg"
    gnuplot(HEAD.format(height=80 + 26 * len(judged), path=path,
                        title="Times worse than the aim (left of 1: met)")
            + block("rows", lines)
            + f"set logscale x\nset yrange [0.3:{len(judged) + 0.7}]\nunset key\n"
            "set arrow from 1,graph 0 to 1,graph 1 nohead lw 2\n"
            "plot $rows using (0.01):2:(0.01):3:($2-0.35):($2+0.35):4:ytic(1) "
            "with boxxyerror fillstyle solid 0.8 noborder lc rgb variable\n")
    return path


# --- Curves ---

def families(results):
    found = {}
    for row in results["rows"]:
        family, size = row["name"].rsplit("-", 1)
        found.setdefault(family, []).append((int(size), row))
    return {family: points for family, points in found.items() if len(points) > 1}


def axis(points):
    """A row that is judged by its time has a rate as well, where the others of its family do."""
    return "/s" if any(row["unit"] == "/s" for _, row in points) else points[0][1]["unit"]


def value(row, side, unit):
    if unit == "/s" and row["unit"] != "/s":
        rates = sorted(one["rate"] for one in row["sides"][side]["rounds"])
        return rates[len(rates) // 2]
    return row["sides"][side]["median"]


def curve(family, points, folder):
    unit, path = axis(points), folder / f"{family}.svg"
    sides = [side for side in points[0][1]["sides"]
             if all(side in row["sides"] for _, row in points)]
    lines = [" ".join([str(size), *(f"{value(row, side, unit):g}" for side in sides)])
             for size, row in points]
    title = points[0][1]["what"].split(", 1")[0].replace("`", "").replace('"', "")
    drawn = ", ".join(f'$points using 1:{2 + number} with linespoints lw 2 title "{side}"'
                      for number, side in enumerate(sides))
    many = "callers" if "caller" in points[0][1]["what"] else "size"
    gnuplot(HEAD.format(height=420, path=path, title=title) + block("points", lines)
            + f'set logscale xy\nset xlabel "{many}"\nset ylabel "{AXES[unit]}"\n'
            f"set xtics ({', '.join(str(size) for size, _ in points)})\n"
            f"set xrange [{points[0][0] * 0.8}:{points[-1][0] * 1.25}]\n"
            f"set key top left\nplot {drawn}\n")
    return path


def write_all(results, folder):
    """Every round, and the plots, into a folder that has nothing else. Returns the plots' paths."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "results.json").write_text(
        json.dumps(results).replace('{"name"', '\n{"name"') + "\n")  # a row a line
    paths = [aims(results, folder)]
    paths += [curve(family, points, folder) for family, points in families(results).items()]
    return [path for path in paths if path]
