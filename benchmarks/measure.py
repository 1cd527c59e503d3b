"""Measure alternatives in turn and show them as ratios: a table, a CSV file and a bar chart.

Seconds depend on the machine and on what else it does; the ratio of two things that took turns in
one run does so far less. Every ratio is the median of the ratios within each repetition.
"""

import argparse
import csv
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Literal, NamedTuple

import torch
from matplotlib.figure import Figure

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("torch", "torchvision", "pytorch-lightning", "torchmetrics")

Times = dict[str, list[float]]
Case = Callable[[], float | Mapping[str, float]]


class Target(NamedTuple):
    """What a case must stay within: so many times another, so much over it, or a plain figure.

    `statistic` says of what, if not of the median over the repetitions; `words` says so in print.
    """

    case: str
    limit: float
    kind: Literal["times", "over", "plain"] = "times"
    against: str = ""
    statistic: Callable[[list[float]], float] = median
    words: str = ""

    def value(self, times: Times) -> float:
        """Measure what is limited."""
        own = times[self.case]
        if self.kind == "plain":
            return self.statistic(own)
        pairs = zip(own, times[self.against], strict=True)
        return self.statistic([a / b if self.kind == "times" else a - b for a, b in pairs])

    def met(self, times: Times) -> bool:
        """Tell whether the limit is kept."""
        return self.value(times) <= self.limit

    def describe(self, times: Times, unit: str) -> tuple[str, str]:
        """Put the limit and what was found into words, for the table."""
        found = f"{'yes' if self.met(times) else 'NO'} ({self.value(times):.3g})"
        limit = {
            "times": f"≤ {self.limit:g} × {self.against}",
            "over": f"≤ {self.limit:g} {unit} over {self.against}",
            "plain": f"≤ {self.limit:g} {unit}",
        }
        return f"{limit[self.kind]} {self.words}".rstrip(), found


def repetitions(default: int, description: str) -> int:
    """Read `--repetitions` from the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--repetitions", type=int, default=default, help=f"default: {default}")
    count: int = parser.parse_args().repetitions
    if count < 1:
        parser.error(f"--repetitions is {count}; expected at least 1.")
    return count


def interleave(cases: Mapping[str, Case], count: int, warm_up: bool = True) -> Times:
    """Let the cases take turns, each reporting its own figure, or several by name.

    A first round warms caches and is dropped, unless each case is a process of its own. Every other
    round goes backwards, so that no case always runs in the wake of the same one.
    """
    times: Times = {}
    for round_number in range(0 if warm_up else 1, count + 1):
        found: dict[str, float] = {}
        for name in list(cases)[:: -1 if round_number % 2 == 0 else 1]:
            figures = cases[name]()
            found |= figures if isinstance(figures, Mapping) else {name: figures}
        if round_number > 0:
            for name, figure in found.items():
                times.setdefault(name, []).append(figure)
    return times


def report(
    name: str,
    title: str,
    times: Times,
    targets: Sequence[Target],
    notes: Sequence[str] = (),
    mark: float | None = None,
    unit: str = "s",
    units: Mapping[str, str] | None = None,
    references: Mapping[str, str] | None = None,
    columns: Mapping[str, Mapping[str, str]] | None = None,
) -> bool:
    """Print the table, write `results/<name>.csv` and `.png`; tell whether all targets are met.

    Args:
        name, title: of the benchmark.
        times: the figures of each case, over the repetitions.
        targets: what the cases must stay within.
        notes: what else is to be known.
        mark: a limit that all cases share; they are compared with that alone.
        unit: of the figures.
        units: of those cases that are measured in another; they are not in the chart.
        references: what each case is compared with, if not with the first case of its unit.
        columns: further columns, each with its text by case.
    """
    command = " ".join(["python -m", f"benchmarks.{name}", *sys.argv[1:]])
    notes = [command, *notes, *_environment()]
    units = dict.fromkeys(times, unit) | dict(units or {})
    first = {units[case]: case for case in reversed(times)}
    references = {case: first[units[case]] for case in times} | dict(references or {})
    ratios = {case: _ratios(times[case], times[references[case]]) for case in times}
    columns = columns or {}
    header = ("case", "median", "min–max", "unit", "ratio", "min–max", *columns, "target", "met")
    rows = [header]
    for case, values in times.items():
        figures = (*_spread(values), units[case], *_spread(ratios[case], ".2f"))
        more = [column.get(case, "") for column in columns.values()]
        found = [each.describe(times, units[case]) for each in targets if each.case == case]
        rows.append((case, *figures, *more, *(found or [("", "")])[0]))
        rows += [(case, *[""] * (len(header) - 3), *other) for other in found[1:]]
    if mark is not None:
        rows = [(*row[:4], *row[6:]) for row in rows]
    print(f"\n{title}")
    _print_table(rows)
    print("".join(f"  {note}\n" for note in notes))

    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        file.writelines(f"# {note}\n" for note in notes)
        csv.writer(file, lineterminator="\n").writerows(rows)
    shown = {case: values for case, values in times.items() if units[case] == unit}
    label = {case: "" if mark else f" · {median(ratios[case]):.3g}×" for case in shown}
    axis = f"{unit}: median, min–max" + (f" · dashed: {mark:g} {unit}" if mark else "")
    if mark is None and len(compared := {references[case] for case in shown}) == 1:
        axis += f" · × {compared.pop()}"
    figure = _figure(title, shown, unit, label, f"{axis}\n{notes[-2]}", mark)
    figure.savefig(RESULTS / f"{name}.png", dpi=110)
    return all(target.met(times) for target in targets)


def _spread(values: Sequence[float], form: str = "") -> tuple[str, str]:
    """Median and range, with three decimals unless they are large."""
    form = form or (".3f" if median(values) < 100 else ".0f")
    low, middle, high = (format(of(values), form) for of in (min, median, max))
    return middle, f"{low}–{high}"


def _ratios(values: Sequence[float], reference: Sequence[float]) -> list[float]:
    return [a / b if b else float("nan") for a, b in zip(values, reference, strict=True)]


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if 1 <= i < len(row) - 2 else cell.ljust(width)  # figures: right
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  " + "  ".join(cells).rstrip())


def _figure(
    title: str,
    times: Times,
    unit: str,
    label: Mapping[str, str],
    axis: str,
    mark: float | None,
) -> Figure:
    height = 0.5 if len(times) < 10 else 0.3  # of a bar
    figure = Figure(figsize=(8, 1.3 + height * len(times)), layout="constrained", facecolor="white")
    axes = figure.subplots()
    names = list(times)
    medians = [median(times[name]) for name in names]
    below = [middle - min(times[name]) for middle, name in zip(medians, names, strict=True)]
    above = [max(times[name]) - middle for middle, name in zip(medians, names, strict=True)]
    axes.barh(names, medians, xerr=[below, above], capsize=3, color="#4c72b0", ecolor="#333333")
    for position, name in enumerate(names):
        text = axes.annotate(
            f" {_spread(times[name])[0]} {unit}{label[name]}",
            (max(times[name]), position),
            (4, 0),
            textcoords="offset points",
            va="center",
        )
        text.set_bbox(dict(facecolor="white", edgecolor="none", pad=1))
    if mark is not None:
        axes.axvline(mark, color="#c44e52", linestyle="--", zorder=0.5)
    axes.invert_yaxis()
    axes.margins(x=0.3, y=0.5 / len(names))
    axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, x=0.01, ha="left")
    axes.set_xlabel(axis)
    return figure


def _environment() -> list[str]:
    """The machine, then the versions."""
    machine = f"{_cpu()}, {os.cpu_count()} cores, {torch.get_num_threads()} torch threads"
    versions = [f"{package} {version(package)}" for package in PACKAGES]
    return [machine, ", ".join([f"Python {platform.python_version()}", *versions])]


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    for line in info.read_text().splitlines() if info.exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
