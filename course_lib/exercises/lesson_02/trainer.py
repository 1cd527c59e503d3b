"""Exercises 2.5 to 2.7: how long a Trainer trains, on how much, and where it writes."""

import os
from pathlib import Path
from typing import Any, NamedTuple

import pytorch_lightning as pl
from torch.utils.data import DataLoader

from course_lib.exercises.answers import described, listed, number, require_function
from course_lib.exercises.engine import exercise, require, rule
from course_lib.exercises.probes import (
    Bystander,
    Onlooker,
    flat,
    loader,
    numbered,
    quiet_trainer,
)


class Run(NamedTuple):
    """A Trainer over 100 images in batches of 32: how its steps are counted, and how not."""

    options: dict[str, Any]
    reason: str
    mistakes: dict[float, str]
    drop_last: bool = False


RUNS = {
    "A": Run(
        dict(max_epochs=3),
        "Count the batches of one epoch, of whatever size, and then the epochs.",
        {
            3: "That is the number of epochs; each of them has several steps.",
            4: "That is the end of the first epoch.",
            9: "An epoch ends with a smaller batch, and that is a step, too.",
            9.375: "What is left over for the last batch of an epoch is a whole step, too.",
            10: "Batches do not reach from one epoch into the next: first count those of one.",
            300: "A step takes a batch, not an image.",
        },
    ),
    "B": Run(
        dict(max_epochs=3),
        "Count the batches of one epoch that are full, and then the epochs.",
        {12: "`drop_last=True` leaves out the smaller batch."},
        drop_last=True,
    ),
    "C": Run(
        dict(max_epochs=2, limit_train_batches=0.6),
        "Of the batches of each epoch, 0.6 are trained on; find out how that is rounded.",
        {
            2: "That is one epoch of two.",
            4.8: "Only whole batches count, and in each epoch anew.",
            5: "The share is that of one epoch's batches: round it first, then count the epochs.",
            6: "A float is a share of the batches of an epoch, rounded down.",
            8: "`limit_train_batches=0.6` cuts each epoch short.",
        },
    ),
    "D": Run(
        dict(max_epochs=5, limit_train_batches=1),
        "A whole number is a number of batches, in each epoch.",
        {
            1: "The limit holds for each epoch, not for all of them together.",
            20: "A whole number counts batches: 1 and 1.0 do not mean the same.",
        },
    ),
    "E": Run(
        dict(max_epochs=5, max_steps=3),
        "Of `max_epochs` and `max_steps`, the one that is reached first ends the training.",
        {
            4: "`max_steps` does not wait for the end of an epoch.",
            15: "`max_steps` counts over all epochs, not within each.",
            20: "`max_epochs` is not alone: `max_steps` is reached long before.",
        },
    ),
    "F": Run(
        dict(max_epochs=-1, max_steps=10),
        "`max_epochs=-1` sets no limit, so `max_steps` alone ends it.",
        {
            0: "`max_epochs=-1` does not mean that there are none: it sets no limit.",
            8: "Two epochs are not enough for `max_steps`; it ends inside the third.",
            12: "`max_steps` ends it inside an epoch if need be.",
            40: "A step takes one batch, not one epoch.",
        },
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
        require(
            not isinstance(predictions[key], str),
            f"{key} is the text {predictions[key]!r:.40}; expected a number, without quotes.",
        )
        given = number(predictions[key], key)
        trainer = quiet_trainer(**run.options)
        trainer.fit(Bystander(), loader(100, 32, drop_last=run.drop_last))
        with rule(key):
            reason = run.mistakes.get(given, run.reason)
            require(given == trainer.global_step, f"It does not end at step {given:g}. {reason}")


@exercise(
    "2.6",
    why="`limit_train_batches` makes a try-out short and leaves validation as it is, so that its "
    "numbers can be compared.",
    hints=(
        "Two arguments of the Trainer are enough; the one for the batches begins with `limit_`.",
        "`limit_train_batches` knows two kinds of numbers: a whole number is a number of batches, "
        "a float is a share of them.",
    ),
)
def a_fifth(make_trainer: Any) -> None:
    """A fifth of the data."""
    trainers = [_made_trainer("make_trainer", make_trainer) for _ in range(2)]
    require(
        trainers[0] is not trainers[1],
        "Called twice, `make_trainer` returned the same Trainer, which would go on where it "
        "stopped: make a new one in each call.",
    )
    runs = [_try_out(*run) for run in zip(trainers, (20, 35), strict=True)]
    (trained, _), (of_more, _) = runs
    with rule("b"):
        require(
            len(trained) < 20 or len(of_more) == 20,
            "All of the 20 training batches were trained on; expected 4.",
        )
        require(
            len(trained) != len(of_more),
            f"The number of training batches is {len(trained)}, whether there are 20 of them or "
            "35. A whole number counts batches; a fifth of any number is a share.",
        )
        require(
            (len(trained), len(of_more)) == (4, 7),
            f"Of 20 training batches {len(trained)} were trained on, {len(trained) / 20:.0%}; "
            "expected 4.",
        )
    with rule("c"):
        require(
            flat(trained) != list(range(2 * len(trained))),
            "It is always the first fifth, in the same order: something in the Trainer turns the "
            "shuffling off. `overfit_batches` does, and is for something else.",
        )
    with rule("d"):
        validated = len(runs[0][1])
        require(
            validated <= 10,
            f"There are 10 validation batches, and {validated} were used: once is enough.",
        )
        require(
            validated == 10,
            f"Of 10 validation batches {validated} were used; only the training was to be short.",
        )


def _try_out(trainer: pl.Trainer, batches: int) -> tuple[list[list[int]], list[list[int]]]:
    """The batches that are trained on, of so many, and those that are validated on, of 10."""
    train_loader = DataLoader(numbered(range(2 * batches)), batch_size=2, shuffle=True)
    val_loader = DataLoader(numbered(range(20)), batch_size=2)
    onlooker = _fit_one_epoch(trainer, train_loader, val_loader)
    return onlooker.trained[0], onlooker.validated[0]


@exercise(
    "2.7",
    why="`default_root_dir` is where logs and checkpoints go unless they are told otherwise: one "
    "argument, and a run leaves nothing behind anywhere else.",
    hints=(
        "It is one argument of the Trainer, besides the one for the epochs; `help(pl.Trainer)` "
        "lists them all.",
        "Where nothing else is said, the logger, the checkpoints and the profilers all write into "
        "the Trainer's `default_root_dir`. None of them has to be told by itself.",
    ),
    limit=20.0,  # where tensorboard is installed, its first import takes a while
)
def root_dir(make_trainer: Any) -> None:
    """Where a run is kept."""
    here = Path.cwd().resolve()
    folder = here / "runs" / "first_try"
    trainer = _made_trainer("make_trainer_in", make_trainer, folder)
    trained = _fit_one_epoch(trainer, loader(4, 2), loader(4, 2)).trained[0]
    with rule("a"):
        require(
            len(trained) == 2,
            f"The Trainer stops inside the epoch: of 2 batches it trains on {len(trained)}.",
        )
    with rule("f"):
        require(
            Path.cwd().resolve() == here,
            "Afterwards the process works in another folder, and every relative path of the "
            "notebook has changed its meaning: tell the Trainer instead.",
        )
    files = sorted(path for path in here.rglob("*") if path.is_file())
    outside = [p for p in files + _used_by(trainer) if not p.resolve().is_relative_to(folder)]
    with rule("b"):
        require(
            not outside,
            f"Asked to keep a run in `runs/first_try`, it wrote `{_first(outside, here)}` too.",
        )
    with rule("c"):
        require(
            any(path.suffix != ".ckpt" for path in files),
            "There are no logs in the folder: leave the logger on.",
        )
    with rule("d"):
        require(
            any(path.suffix == ".ckpt" for path in files),
            "There is no checkpoint in the folder: leave checkpointing on.",
        )
    with rule("e"):
        require(
            Path(trainer.default_root_dir).resolve().is_relative_to(folder),
            "Logs and checkpoints are in the folder, but only because the logger is: "
            "`trainer.default_root_dir` is still another folder, and a profiler or a Trainer "
            "without logger would write there.",
        )


def _used_by(trainer: pl.Trainer) -> list[Path]:
    """The folders that the Trainer's loggers and checkpoints say they write into."""
    loggers = [logger.log_dir for logger in trainer.loggers]
    checkpoints = [getattr(callback, "dirpath", None) for callback in trainer.checkpoint_callbacks]
    return [Path(place) for place in loggers + checkpoints if place]


def _first(paths: list[Path], here: Path) -> str:
    return "".join(str(path).removeprefix(f"{here}{os.sep}") for path in paths[:1])


def _made_trainer(name: str, make_trainer: Any, *arguments: Any) -> pl.Trainer:
    require_function(make_trainer, name)
    trainer = make_trainer(*arguments)
    require(
        isinstance(trainer, pl.Trainer),
        f"The function should return a `pl.Trainer`; it returned {described(trainer)}.",
    )
    return trainer


class _Enough(pl.Callback):
    """Ends a training that goes on after its second epoch."""

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """After an epoch."""
        trainer.should_stop = trainer.should_stop or trainer.current_epoch > 0


def _fit_one_epoch(trainer: pl.Trainer, *loaders: Any) -> Onlooker:
    """What an onlooker saw; a Trainer that trains for another number of epochs is refused."""
    epochs, onlooker = trainer.max_epochs, Onlooker()
    with rule("a"):
        require(
            isinstance(epochs, int | None),
            f"`max_epochs` is {epochs!r}; epochs are counted in whole numbers.",
        )
    trainer.fit(Bystander(onlooker, _Enough()), *loaders)
    with rule("a"):
        require(
            epochs == 1 or trainer.current_epoch == 1,
            "The Trainer should train for one epoch; its `max_epochs` is "
            f"{'not set' if epochs is None else epochs}.",
        )
    return onlooker
