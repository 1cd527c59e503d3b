"""What more data cost: seconds and memory for 1, 2, 4 and 8 times MNIST's training part.

Each size in a process of its own: it imports what it needs, notes the memory it holds, then reads
the files, splits them and trains the MLP for one epoch. An image has 784 bytes, as floats 3,136;
the order of an epoch, a list of numbers, takes some forty bytes an image more.
"""

import contextlib
import json
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from time import perf_counter

from benchmarks.measure import Case, Target, interleave, repetitions, report

FACTORS = (1, 2, 4, 8)
IMAGES = 60_000
LIMIT_MB = 2 * 47  # the images, and as much again for the test part, batches and order
LIMIT_BYTES = 1_000  # an image: far from a second copy, let alone from floats
LIMIT_SLOWER = 1.15  # than in proportion
MEMORY, PEAK, SET_UP, EPOCH = "memory for data", "peak of the process", "set-up", "epoch"
KINDS = {MEMORY: "MB", PEAK: "MB", SET_UP: "s", EPOCH: "s"}
SLOPE = f"bytes an image, from 1 × to {FACTORS[-1]} ×"


def child(folder: str) -> None:
    """Train on the files in a folder; prints seconds, and megabytes before and at the peak."""
    from benchmarks.training import quiet, trainer_epoch
    from course_lib.data import ImageDataModule
    from course_lib.models import MLP

    quiet()
    # A first training, of two steps, so that what is loaded on demand counts as there before.
    with contextlib.redirect_stdout(sys.stderr):
        trainer_epoch(MLP, ImageDataModule("digits"), steps=2)
        before, start = megabytes("VmRSS"), perf_counter()
        datamodule = ImageDataModule("mnist", folder, batch_size=128)
        datamodule.setup()
        ready = perf_counter() - start
        seconds = trainer_epoch(MLP, datamodule)
    most = megabytes("VmHWM")
    print(json.dumps({SET_UP: ready, EPOCH: seconds, MEMORY: most - before, PEAK: most}))


def megabytes(field: str) -> float:
    """Memory of this process as Linux tells it: `VmRSS`, what it holds, or `VmHWM`, the peak.

    `getrusage` would not do: on Linux a child's peak begins with that of its parent.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{field}:")[2].split()[0]) * 1024 / 1e6


def measured(factor: int, folder: Path) -> Mapping[str, float]:
    """Run a child and put its figures under their names."""
    command = [sys.executable, "-m", "benchmarks.growth", "--child", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return {f"{factor} ×: {kind}": figure for kind, figure in found.items()}


def main() -> int:
    """Measure, report, and fail if a target is missed."""
    from benchmarks.training import mnist_folder

    count = repetitions(3, "Seconds and memory for 1 to 8 times MNIST's training part.")
    if not Path("/proc/self/status").exists():
        print("\nOnly Linux tells how much memory a process holds: growth is not measured.")
        return 0
    with contextlib.ExitStack() as stack:
        folders = {factor: stack.enter_context(mnist_folder(factor)) for factor in FACTORS}
        cases: dict[str, Case] = {
            str(factor): partial(measured, factor, folder)
            for factor, (folder, _) in folders.items()
        }
        times = interleave(cases, count, warm_up=False)
    times = {
        f"{factor} ×: {kind}": times[f"{factor} ×: {kind}"] for kind in KINDS for factor in FACTORS
    }
    small, large = (times[f"{factor} ×: {MEMORY}"] for factor in (FACTORS[0], FACTORS[-1]))
    more = (FACTORS[-1] - FACTORS[0]) * IMAGES
    times[SLOPE] = [1e6 * (b - a) / more for a, b in zip(small, large, strict=True)]
    units = {name: KINDS[name.partition(": ")[2]] for name in times if name != SLOPE}
    references = {name: f"1 ×: {name.partition(': ')[2]}" for name in units}
    first, last = f"1 ×: {EPOCH}", f"{FACTORS[-1]} ×: {EPOCH}"
    targets = (
        Target(f"1 ×: {MEMORY}", LIMIT_MB, "plain"),
        Target(SLOPE, LIMIT_BYTES, "plain"),
        Target(last, LIMIT_SLOWER * FACTORS[-1], against=first),
    )
    notes = [
        f"data: {folders[1][1]}; 1 × is {IMAGES:,} images, of which a fifth is for validation",
        f"{count} interleaved repetitions, each in a fresh process",
    ]
    title = "More images; × the same for MNIST's training part"
    met = report(
        "growth",
        title,
        times,
        targets,
        notes,
        unit="MB",
        units=units | {SLOPE: "bytes"},
        references=references,
    )
    return 0 if met else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2])
        sys.exit()
    sys.exit(main())
