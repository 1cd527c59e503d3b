"""Exercises 2.5 to 2.7: how long a Trainer trains, on how much, and where it writes."""

from numbers import Real
from pathlib import Path
from typing import Any, NamedTuple

import pytorch_lightning as pl
from torch.utils.data import DataLoader

from course_lib.exercises.answers import described, listed
from course_lib.exercises.engine import exercise, require
from course_lib.exercises.probes import (
    Bystander,
    Onlooker,
    flat,
    loader,
    numbered,
    quiet_trainer,
)


class Run(NamedTuple):
    """A Trainer over 100 images in batches of 32, and what decides on its number of steps."""

    options: dict[str, Any]
    drop_last: bool
    reason: str


RUNS = {
    "A": Run(
        dict(max_epochs=3), False, "An epoch ends with a smaller batch, and that is a step too."
    ),
    "B": Run(dict(max_epochs=3), True, "With `drop_last=True` the smaller last batch is left out."),
    "C": Run(
        dict(max_epochs=2, limit_train_batches=0.6),
        False,
        "A float is a share of the batches of an epoch, rounded down.",
    ),
    "D": Run(
        dict(max_epochs=5, limit_train_batches=1),
        False,
        "A whole number counts batches: 1 and 1.0 do not mean the same.",
    ),
    "E": Run(
        dict(max_epochs=5, max_steps=3),
        False,
        "Of `max_epochs` and `max_steps`, the one that is reached first ends the training.",
    ),
    "F": Run(
        dict(max_epochs=-1, max_steps=10),
        False,
        "`max_epochs=-1` sets no limit, so `max_steps` alone ends it, inside an epoch if need be.",
    ),
}


@exercise(
    "2.5",
    why="`global_step` counts optimizer steps: schedulers, logs and checkpoint names go by it.",
    hints=(
        "First count the batches of one epoch: 100 images in batches of 32, with the rest or not.",
        "Apply `limit_train_batches` to that number, multiply by the epochs, and then look whether "
        "`max_steps` ends the training before.",
    ),
)
def steps(predictions: Any) -> None:
    """Where does it end?"""
    require(
        isinstance(predictions, dict) and set(predictions) == set(RUNS),
        f"Expected a dictionary with the keys {', '.join(RUNS)}; got "
        f"{listed(predictions) if isinstance(predictions, dict) else described(predictions)}.",
    )
    for key, run in RUNS.items():
        given = predictions[key]
        require(
            isinstance(given, Real),
            f"{key}: expected a number, got {described(given)}.",
        )
        trainer = quiet_trainer(**run.options)
        trainer.fit(Bystander(), loader(100, 32, drop_last=run.drop_last))
        require(
            given == trainer.global_step,
            f"{key}: it does not end at step {given}. {run.reason}",
        )


@exercise(
    "2.6",
    why="`limit_train_batches` makes a try-out short and leaves validation as it is, so that its "
    "numbers can be compared.",
    hints=(
        "The flag is `limit_train_batches`, and it knows two kinds of numbers.",
        "A whole number is a number of batches, a float a share of them.",
    ),
)
def a_fifth(make_trainer: Any) -> None:
    """A fifth of the data."""
    for batches in (20, 35):  # 7 batches would be a fifth of the second only
        trainer, onlooker = _made_trainer(make_trainer), Onlooker()
        train_loader = DataLoader(numbered(range(2 * batches)), batch_size=2, shuffle=True)
        val_loader = DataLoader(numbered(range(20)), batch_size=2)
        trainer.fit(Bystander(onlooker), train_loader, val_loader)
        _check_fifth(batches, onlooker.trained[0], onlooker.validated[0])


def _check_fifth(batches: int, trained: list[list[int]], validated: list[list[int]]) -> None:
    fifth = batches // 5
    require(
        len(trained) == fifth,
        f"Of {batches} training batches {len(trained)} were trained on; expected a fifth, {fifth}.",
    )
    require(
        flat(trained) != list(range(2 * fifth)),
        "It is always the first fifth, in the same order: `overfit_batches` turns the shuffling "
        "off, and is for something else.",
    )
    require(
        len(validated) == 10,
        f"Of 10 validation batches {len(validated)} were used; only the training was to be short.",
    )


@exercise(
    "2.7",
    why="`default_root_dir` is where logs and checkpoints go unless they are told otherwise: one "
    "argument, and a run leaves nothing behind anywhere else.",
    hints=(
        "It is one argument of the Trainer.",
        "`pl.Trainer(max_epochs=1, default_root_dir=…)`; the logger and the checkpoints follow.",
    ),
    limit=20.0,  # where tensorboard is installed, its first import takes a while
)
def root_dir(make_trainer: Any) -> None:
    """Where a run is kept."""
    here = Path.cwd()
    folder = here / "runs" / "first_try"
    trainer = _made_trainer(make_trainer, folder)
    require(
        Path.cwd() == here,
        "Afterwards the process works in another folder, and every relative path of the notebook "
        "has changed its meaning: tell the Trainer instead.",
    )
    trainer.fit(Bystander(), loader(4, 2), loader(4, 2))
    files = [path for path in here.rglob("*") if path.is_file()]
    outside = [path for path in files if not path.is_relative_to(folder)]
    require(
        not outside,
        f"Asked to keep a run in `runs/first_try`, it wrote `{_shown(outside, here)}` too.",
    )
    require(
        any(path.suffix == ".ckpt" for path in files),
        "There is no checkpoint in the folder: leave checkpointing on.",
    )
    require(
        any(path.suffix != ".ckpt" for path in files),
        "There are no logs in the folder: leave the logger on.",
    )
    require(
        Path(trainer.default_root_dir).resolve().is_relative_to(folder.resolve()),
        "This run is in the folder, but only because its logger is: `trainer.default_root_dir` is "
        "still another folder, and a profiler or a Trainer without logger would write there.",
    )


def _shown(paths: list[Path], here: Path) -> str:
    return ", ".join(str(path.relative_to(here)) for path in sorted(paths)[:1])


def _made_trainer(make_trainer: Any, *arguments: Any) -> pl.Trainer:
    require(
        callable(make_trainer),
        f"Expected a function that makes a Trainer, got {described(make_trainer)}.",
    )
    trainer: Any = make_trainer(*arguments)
    require(
        isinstance(trainer, pl.Trainer),
        f"The function should return a `pl.Trainer`; it returned {described(trainer)}.",
    )
    epochs = "not set" if trainer.max_epochs is None else trainer.max_epochs
    require(
        trainer.max_epochs == 1,
        f"`max_epochs` is {epochs}; expected 1.",
    )
    return trainer
