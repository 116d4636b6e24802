"""From the rounds of a row to medians, a ratio and a verdict; and how these are shown."""
import statistics

import reasons
import rows

OURS, OTHER = "etcdfs", "the other etcdfs"
COLUMNS = "{:16} {:>10}  {:>14}  {:5}  {:18} {:5} {}"


# --- Judging ---

def side(row, measured):
    unit, factor = rows.UNITS[row.field]
    values = [one[row.field] * factor for one in measured]
    return {"median": statistics.median(values), "values": values, "rounds": measured}


def judged(row, sides, reference):
    """What is compared with the aim."""
    ours = sides[OURS]["median"]
    beside = sum(sides[name]["median"] for name in reference)
    if OTHER in sides:
        return ours / beside
    if row.judged == "itself":
        return ours
    return ours - beside if row.judged == "difference" else ours / beside


def overlap(sides):
    """Are there rounds of the one among those of the other, or are they too few to tell?"""
    ours, other = sides[OURS]["values"], sides[OTHER]["values"]
    return len(ours) < 3 or min(ours) <= max(other) and min(other) <= max(ours)


def verdict(row, sides, figure):
    if OTHER in sides:
        if overlap(sides):
            return "same"
        return "good" if (figure < 1) == (row.better == "less") else "bad"
    if row.aim is None:
        return ""
    figure = round(figure, 2) if row.judged == "ratio" else figure  # as it is shown
    return "yes" if (figure <= row.aim if row.better == "less" else figure >= row.aim) else "no"


def result(row, found):
    sides = {name: side(row, measured) for name, measured in found.items()}
    reference = [OTHER] if OTHER in sides else list(row.against)
    figure = judged(row, sides, reference)
    return {"name": row.name, "what": row.what, "unit": rows.UNITS[row.field][0],
            "better": row.better, "judged": "ratio" if OTHER in sides else row.judged,
            "aim": None if OTHER in sides else row.aim, "reference": reference, "sides": sides,
            "figure": figure, "verdict": verdict(row, sides, figure), "notes": notes(sides),
            "holds": reasons.HOLDS.get(row.name, "")}


def notes(sides):
    """What a reader has to know of our own rounds besides the median."""
    last = sides[OURS]["rounds"][-1]
    if last.get("failed"):
        yet = f"{last['failed']} of {last['failed'] + last['calls']} calls failed"
        return f"{yet}: {last.get('error', '')}"
    return f"asks etcd {last['barriers']:,} times" if "barriers" in last else ""


# --- Showing ---

def show(value, unit):
    if unit == "s":
        if abs(value) >= 1:
            return f"{value:.3g} s"
        return f"{value * 1e3:.3g} ms" if abs(value) >= 1e-3 else f"{value * 1e6:.3g} us"
    if unit == "/s":
        return f"{value / 1e3:.3g}k/s" if value >= 1e3 else f"{value:.3g}/s"
    return f"{value:.0f} {unit}"


def show_figure(row, value):
    if row["judged"] == "ratio":
        return f"{value:.2f}"
    return ("+" if row["judged"] == "difference" else "") + show(value, row["unit"])


def show_aim(row):
    if row["aim"] is None:
        return ""
    figure = f"{row['aim']:g}" if row["judged"] == "ratio" else show_figure(row, row["aim"])
    return f"{figure} or {row['better']}"


def show_judged(row):
    """A difference, and its ratio."""
    text = show_figure(row, row["figure"])
    if row["judged"] != "difference":
        return text
    ours = row["sides"][OURS]["median"]
    return f"{text}, {ours / (ours - row['figure']):.2f}"


def show_ours(row):
    return show(row["sides"][OURS]["median"], row["unit"])


def show_sides(row, names, between):
    return between.join(f"{name} {show(row['sides'][name]['median'], row['unit'])}"
                        for name in names)


def show_beside(row):
    """What the figure is compared with; in brackets what is only shown."""
    others = [name for name in row["sides"] if name not in [OURS, *row["reference"]]]
    return " ".join(filter(None, [show_sides(row, row["reference"], " + "),
                                  f"({show_sides(row, others, ', ')})" if others else ""]))


def heading(compares):
    return COLUMNS.format("row", "etcdfs", "ratio", "better", "" if compares else "aim",
                          "" if compares else "met", "beside")


def line(row):
    notes_text = f"   [{row['notes']}]" if row["notes"] else ""
    return COLUMNS.format(row["name"], show_ours(row), show_judged(row), row["better"],
                          show_aim(row), row["verdict"],
                          show_beside(row) + notes_text)
