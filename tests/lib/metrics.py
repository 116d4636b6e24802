"""metrics.py MOUNTPOINT: the metrics on stdin are what Prometheus expects of the mount there."""
import re
import sys

from prometheus_client.parser import text_string_to_metric_families

BOUNDS = [5e-05, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5]
LINE = re.compile(r'etcdfs_[a-z_]+\{([a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\} [0-9.]+')


def check_lines(text):
    """HELP, TYPE, then the samples; nothing else, no timestamp, and no metric in two places."""
    seen, family = set(), None
    for line in text.split("\n")[:-1]:
        if line.startswith("# HELP "):
            family = line.split(" ")[2]
            assert family not in seen, line
            seen.add(family)
        elif not line.startswith("# TYPE "):
            assert LINE.fullmatch(line) and line.startswith(family), line
    assert text.endswith("\n")


def check_histogram(family):
    of_labels = {}
    for sample in family.samples:
        labels = dict(sample.labels)
        bound = labels.pop("le", None)
        part = of_labels.setdefault(tuple(labels.items()), {})
        part[bound or sample.name] = sample.value
    for labels, part in of_labels.items():
        counts = [part[bound] for bound in part if not bound.startswith("etcdfs_")]
        bounds = [float(bound) for bound in part if not bound.startswith("etcdfs_")]
        assert bounds == BOUNDS + [float("inf")], (family.name, bounds)
        assert counts == sorted(counts), (family.name, labels, counts)
        assert counts[-1] == part[family.name + "_count"], (family.name, labels)
        least = sum((after - before) * bound for before, after, bound
                    in zip(counts, counts[1:-1], BOUNDS))
        assert part[family.name + "_sum"] >= least * .999, (family.name, labels, least)


def main():
    text, samples = sys.stdin.read(), set()
    check_lines(text)
    for family in text_string_to_metric_families(text):
        assert family.documentation and family.type != "unknown", family
        for sample in family.samples:
            assert sample.labels["mountpoint"] == sys.argv[1], sample
            key = (sample.name, *sorted(sample.labels.items()))
            assert key not in samples, key
            samples.add(key)
            assert (family.type == "counter") == sample.name.endswith("_total"), sample
        if family.type == "histogram":
            assert family.name.endswith("_seconds"), family.name
            check_histogram(family)
    assert len(samples) > 100, len(samples)


main()
