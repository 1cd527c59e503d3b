"""What showing predictions costs: LogPredictionsCallback beside an epoch of MNIST.

48,000 training images in batches of 128, then 12,000 for validation, of which 20 are shown. With
CSVLogger they become a figure file, with WandbLogger, offline, images and a table. An epoch is
timed from its first hook to its last. The callback's own seconds are taken within such an epoch:
the difference of two epochs of several seconds would tell more of the machine than of the
callback. Both epochs are shown all the same, for what the callback may cost outside itself.
"""

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from itertools import product
from statistics import median
from time import perf_counter
from typing import Any

import pytorch_lightning as pl
import wandb
from pytorch_lightning.loggers import CSVLogger, Logger, WandbLogger

from benchmarks.data_path import BATCH_SIZE
from benchmarks.measure import Target, Times, interleave, repetitions, report
from benchmarks.training import EpochTimer, mnist_folder, quiet
from course_lib.callbacks import LogPredictionsCallback
from course_lib.data import ImageDataModule
from course_lib.models import CNN, MLP, LitClassifier

LIMIT = 0.05  # of the CNN's epoch
NETWORKS, LOGGERS = (CNN, MLP), ("CSVLogger", "WandbLogger")

own: dict[str, list[float]] = {}  # seconds within the callback, by case


class Timed(LogPredictionsCallback):
    """The callback with a clock around it."""

    seconds = float("nan")

    def on_validation_batch_end(self, *args: Any, **kwargs: Any) -> None:
        """Time the batch that is shown."""
        start = perf_counter()
        super().on_validation_batch_end(*args, **kwargs)
        if args[4] == 0:  # batch_idx
            self.seconds = perf_counter() - start


def logger_for(name: str, folder: str) -> Logger:
    """A logger that writes into a folder, and nowhere else."""
    if name == "CSVLogger":
        return CSVLogger(folder)
    return WandbLogger(save_dir=folder, project="benchmark", offline=True)


def epoch(
    datamodule: ImageDataModule, network: type[CNN] | type[MLP], logger: str, case: str | None
) -> float:
    """Train for one epoch and validate; returns seconds. A `case` shows predictions."""
    clock, timed = EpochTimer(), Timed()
    with tempfile.TemporaryDirectory() as folder:
        trainer = pl.Trainer(
            accelerator="cpu",
            max_epochs=1,
            limit_train_batches=1.0,
            limit_val_batches=1.0,
            num_sanity_val_steps=0,
            logger=logger_for(logger, folder),
            default_root_dir=folder,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            callbacks=[clock, timed] if case else [clock],
        )
        trainer.fit(LitClassifier(network()), datamodule=datamodule)
        if logger == "WandbLogger":
            wandb.finish()
    if case:
        own.setdefault(case, []).append(timed.seconds)
    return clock.seconds


def main() -> int:
    """Measure, report, and fail if a target is missed."""
    count = repetitions(3, "What LogPredictionsCallback costs in an epoch.")
    os.environ |= {"WANDB_MODE": "offline", "WANDB_SILENT": "true"}
    quiet()
    cases: dict[str, Callable[[], float]] = {}
    targets: list[Target] = []
    with contextlib.redirect_stdout(io.StringIO()), mnist_folder() as (folder, data):
        datamodule = ImageDataModule(source="mnist", data_dir=str(folder), batch_size=BATCH_SIZE)
        datamodule.setup()
        for network, logger in product(NETWORKS, LOGGERS):
            name = f"{network.__name__}, {logger}"
            shown, callback = f"{name}, predictions", f"{name}, callback alone"
            cases[name] = partial(epoch, datamodule, network, logger, None)
            cases[shown] = partial(epoch, datamodule, network, logger, callback)
            if network is CNN:
                targets.append(Target(callback, LIMIT, against=name))
        times = interleave(cases, count)
    times |= {name: seconds[1:] for name, seconds in own.items()}  # without the first round
    notes = [
        f"{data}, batches of {BATCH_SIZE}, 20 images shown",
        f"{count} interleaved repetitions in one process",
        *(share(times, name) for name in own),
    ]
    return 0 if report("callbacks", "Showing predictions", times, targets, notes) else 1


def share(times: Times, callback: str) -> str:
    """What the callback takes of the epoch without it."""
    name = callback.removesuffix(", callback alone")
    part = median(a / b for a, b in zip(times[callback], times[name], strict=True))
    return f"{callback}: {part:.1%} of the epoch"


if __name__ == "__main__":
    sys.exit(main())
