"""Time alternatives in turn and show them as ratios: a table, a CSV file and a bar chart.

Seconds depend on the machine and on what else it does; the ratio of two things that took turns in
one run does so far less. Every ratio is the median of the ratios within each repetition.
"""

import argparse
import csv
import os
import platform
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Literal, NamedTuple

import torch
from matplotlib.figure import Figure

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("torch", "torchvision", "pytorch-lightning", "torchmetrics")

Times = dict[str, list[float]]


class Target(NamedTuple):
    """What a case must stay within: so many times another, so much over it, or plain seconds."""

    case: str
    limit: float
    kind: Literal["times", "over", "seconds"] = "times"
    against: str = ""

    def value(self, times: Times) -> float:
        """Measure what is limited: a median over the repetitions."""
        own = times[self.case]
        if self.kind == "seconds":
            return median(own)
        pairs = zip(own, times[self.against], strict=True)
        return median(a / b if self.kind == "times" else a - b for a, b in pairs)

    def met(self, times: Times) -> bool:
        """Tell whether the limit is kept."""
        return self.value(times) <= self.limit

    def describe(self, times: Times) -> tuple[str, str]:
        """Put the limit and what was found into words, for the table."""
        found = f"{'yes' if self.met(times) else 'NO'} ({self.value(times):.3g})"
        limit = {
            "times": f"≤ {self.limit:g} × {self.against}",
            "over": f"≤ {self.limit:g} s over {self.against}",
            "seconds": f"≤ {self.limit:g} s",
        }
        return limit[self.kind], found


def repetitions(default: int, description: str) -> int:
    """Read `--repetitions` from the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--repetitions", type=int, default=default, help=f"default: {default}")
    count: int = parser.parse_args().repetitions
    if count < 1:
        parser.error(f"--repetitions is {count}; expected at least 1.")
    return count


def interleave(cases: dict[str, Callable[[], float]], count: int) -> Times:
    """Let the cases take turns, each reporting its own seconds.

    A first round warms caches and is dropped. Every other round goes backwards, so that no case
    always runs in the wake of the same one.
    """
    times: Times = {name: [] for name in cases}
    for round_number in range(count + 1):
        for name in list(cases)[:: -1 if round_number % 2 else 1]:
            seconds = cases[name]()
            if round_number > 0:
                times[name].append(seconds)
    return times


def report(
    name: str,
    title: str,
    times: Times,
    targets: Sequence[Target],
    notes: Sequence[str] = (),
    mark: float | None = None,
) -> bool:
    """Print the table, write `results/<name>.csv` and `.png`; tell whether all targets are met.

    The first case is the reference of the ratios; cases that share a limit, `mark`, are compared
    with that alone.
    """
    command = " ".join(["python -m", f"benchmarks.{name}", *sys.argv[1:]])
    notes = [command, *notes, *_environment()]
    header = ("case", "median s", "min–max s", "ratio", "min–max", "target", "met")
    rows = [header, *(row for case in times for row in _rows(case, times, targets))]
    if mark is not None:
        rows = [(*row[:3], *row[5:]) for row in rows]
    print(f"\n{title}")
    _print_table(rows)
    print("".join(f"  {note}\n" for note in notes))

    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        file.writelines(f"# {note}\n" for note in notes)
        csv.writer(file, lineterminator="\n").writerows(rows)
    _figure(title, times, notes[-2], mark).savefig(RESULTS / f"{name}.png", dpi=110)
    return all(target.met(times) for target in targets)


def _rows(case: str, times: Times, targets: Sequence[Target]) -> list[tuple[str, ...]]:
    """One line for a case, and one more for each target after its first."""
    seconds, ratios = times[case], _ratios(case, times)
    figures = (
        case,
        f"{median(seconds):.3f}",
        f"{min(seconds):.3f}–{max(seconds):.3f}",
        f"{median(ratios):.2f}",
        f"{min(ratios):.2f}–{max(ratios):.2f}",
    )
    found = [target.describe(times) for target in targets if target.case == case] or [("", "")]
    return [(*figures, *found[0]), *((case, "", "", "", "", *more) for more in found[1:])]


def _ratios(case: str, times: Times) -> list[float]:
    reference = next(iter(times.values()))
    return [a / b for a, b in zip(times[case], reference, strict=True)]


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if 1 <= i < len(row) - 2 else cell.ljust(width)  # figures: right
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  " + "  ".join(cells).rstrip())


def _figure(title: str, times: Times, machine: str, mark: float | None) -> Figure:
    height = 0.5 if mark is None else 0.3  # of a bar: cases that share a limit are many
    figure = Figure(figsize=(8, 1.3 + height * len(times)), layout="constrained")
    axes = figure.subplots()
    names = list(times)
    medians = [median(times[name]) for name in names]
    below = [middle - min(times[name]) for middle, name in zip(medians, names, strict=True)]
    above = [max(times[name]) - middle for middle, name in zip(medians, names, strict=True)]
    axes.barh(names, medians, xerr=[below, above], capsize=3, color="#4c72b0", ecolor="#333333")
    for position, name in enumerate(names):
        label = f" {medians[position]:.3g} s"
        if mark is None:
            label += f" · {median(_ratios(name, times)):.3g}×"
        text = axes.annotate(
            label, (max(times[name]), position), (4, 0), textcoords="offset points", va="center"
        )
        text.set_bbox(dict(facecolor="white", edgecolor="none", pad=1))
    reference = f" · × {names[0]}"
    if mark is not None:
        axes.axvline(mark, color="#c44e52", linestyle="--", zorder=0.5)
        reference = f" · dashed: {mark:g} s"
    axes.invert_yaxis()
    axes.margins(x=0.2, y=0.5 / len(names))
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(title, loc="left")
    axes.set_xlabel(f"seconds: median, min–max{reference}\n{machine}")
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
