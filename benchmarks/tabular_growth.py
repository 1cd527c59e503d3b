"""What more rows cost: seconds of CPU and memory for a CSV file of 0.1, 1 and 10 million rows.

Each size in a process of its own: it imports what it needs, trains for two steps, notes the memory
it holds, then reads the file and trains a VAE on windows of 24 rows for one epoch. The numeric size
of a file is its rows × its columns × 4 bytes.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from time import process_time

import pytorch_lightning as pl
import torch

from benchmarks.growth import megabytes
from benchmarks.measure import Case, Target, interleave, repetitions, report
from benchmarks.training import quiet
from course_lib.data import TabularDataModule
from course_lib.data.series import make_series
from course_lib.models import LitVAE

SIZES = {"0.1 million": 100_000, "1 million": 1_000_000, "10 million": 10_000_000}
COLUMNS = ["value", "t", "day_of_week", "holiday", "target"]
PART = 100_000  # rows that are written again and again
LIMIT_TIMES = 3  # the numeric size
LIMIT_SLOWER = 1.25  # than in proportion, from 1 to 10 million
MEMORY, RATIO, SET_UP, EPOCH, EACH = (
    "memory for data",
    "memory, of the numeric size",
    "set-up",
    "epoch",
    "epoch, a million rows",
)
KINDS = {MEMORY: "MB", RATIO: "×", SET_UP: "s", EPOCH: "s", EACH: "s a million"}


@contextlib.contextmanager
def table_folder(rows: int) -> Iterator[Path]:
    """`train.csv` of so many rows, and a short `test.csv`, until it is no longer needed."""
    part = make_series(PART // 24 + 1)[COLUMNS][:PART]
    head, _, body = part.to_csv(index=False).partition("\n")
    with tempfile.TemporaryDirectory() as name:
        for file, count in (("train.csv", rows), ("test.csv", PART)):
            with (Path(name) / file).open("w", encoding="utf-8") as out:
                out.write(f"{head}\n")
                out.writelines(body for _ in range(count // PART))
        yield Path(name)


def train(folder: Path, steps: int | float) -> tuple[float, float]:
    """Train for one epoch, or for some steps of one: seconds of CPU for set-up and training."""
    start = process_time()
    data = TabularDataModule(folder, COLUMNS[:1], COLUMNS[1:4], "target", 24, batch_size=4096)
    data.setup()
    ready = process_time() - start
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=1,
        limit_train_batches=steps,
        limit_val_batches=0,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    start = process_time()
    trainer.fit(LitVAE(data.table, data.window, layer_sizes=(32,)), data)
    return ready, process_time() - start


def child(folder: Path, rows: int) -> None:
    """Train on the files in a folder; prints seconds and megabytes."""
    quiet()
    torch.set_num_threads(1)
    with contextlib.redirect_stdout(sys.stderr):
        with table_folder(PART) as small:  # what is loaded on demand counts as there before
            train(small, steps=2)
        before = megabytes("VmRSS")
        ready, seconds = train(folder, steps=1.0)
    memory, millions = megabytes("VmHWM") - before, rows / 1e6
    figures = {MEMORY: memory, RATIO: memory / (4 * len(COLUMNS) * millions)}
    print(json.dumps({**figures, SET_UP: ready, EPOCH: seconds, EACH: seconds / millions}))


def measured(name: str) -> Mapping[str, float]:
    """Run a child and put its figures under their names."""
    rows = SIZES[name]
    with table_folder(rows) as folder:
        command = [sys.executable, "-m", "benchmarks.tabular_growth", "--child"]
        done = subprocess.run(
            [*command, str(folder), str(rows)], check=True, capture_output=True, text=True
        )
    found: dict[str, float] = json.loads(done.stdout)
    return {f"{name}: {kind}": figure for kind, figure in found.items()}


def main() -> int:
    """Measure, report, and fail if a target is missed."""
    count = repetitions(1, "Seconds of CPU and memory for CSV files of up to ten million rows.")
    if not Path("/proc/self/status").exists():
        print("\nOnly Linux tells how much memory a process holds: nothing is measured.")
        return 0
    cases: dict[str, Case] = {name: partial(measured, name) for name in SIZES}
    times = interleave(cases, count, warm_up=False)
    times = {f"{name}: {kind}": times[f"{name}: {kind}"] for kind in KINDS for name in SIZES}
    _, middle, large = SIZES
    targets = (
        Target(f"{large}: {RATIO}", LIMIT_TIMES, "plain"),
        Target(f"{large}: {EACH}", LIMIT_SLOWER, against=f"{middle}: {EACH}"),
    )
    notes = [
        f"{len(COLUMNS)} columns: numeric size {4 * len(COLUMNS)} MB a million rows",
        "a fifth of the rows is for validation, for which no time is taken",
        "small files pay for what does not grow: the chunk that is read, PyTorch's own memory",
        f"{count} repetitions, each in a fresh process",
    ]
    met = report(
        "tabular_growth",
        "More rows; × the same for 0.1 million",
        times,
        targets,
        notes,
        unit="MB",
        units={name: KINDS[name.partition(": ")[2]] for name in times},
        references={name: f"0.1 million: {name.partition(': ')[2]}" for name in times},
    )
    return 0 if met else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(Path(sys.argv[2]), int(sys.argv[3]))
        sys.exit()
    sys.exit(main())
