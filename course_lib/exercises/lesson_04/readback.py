"""Exercise 4.6: what the best epoch was, from a run on disk."""

from functools import cache
from math import isclose, isnan, nan
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers import WandbLogger

from course_lib.exercises.answers import near, number, require_function, several
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.tracked import offline_runs
from course_lib.tracking import read_run

# What the run logs, epoch by epoch: `train_loss` after each batch, and `val_acc` before the last
# two of them, as with a `val_check_interval` below 1.
LOSSES = (
    (2.9, 2.6, 2.3, 2.2),
    (2.0, 1.8, 1.6, 1.5),
    (0.9, 1.3, 0.4, 0.6, 0.5, 0.70625),
    (0.8, 0.7, 0.65, 0.55),
    (0.35, 0.3, 0.2, 0.1),
)
ACCURACIES = (nan, 0.5, 0.8125, 0.8125, 0.75)
BEST, ROW, STEP = 2, 17, 11  # the best epoch, and where the run has its `val_acc`


@exercise(
    "4.6",
    why="What a run has logged is a table on your own disk: any question that a chart cannot "
    "answer, pandas can.",
    hints=(
        "Look at `read_run(folder).history`: in which rows is there a `val_acc`, and in which of "
        "those columns is the number of the epoch?",
        "pandas has `idxmax`, which passes over what is no number and returns the label of a row; "
        "`history.loc[label]` is that row.",
        "For the loss take the rows of that epoch alone, leave out those without a `train_loss`, "
        "and of the rest the last.",
    ),
    limit=20.0,  # the first run of a process starts W&B's service
)
def best_epoch(best_epoch: Any) -> None:
    """Read back an offline run."""
    require_function(best_epoch, "best_epoch")
    folder = Path("wandb", "offline-run-1")
    folder.mkdir(parents=True)
    (folder / "run-1.wandb").write_bytes(_recorded())
    answer = best_epoch(folder)
    epoch, accuracy, loss = several(answer, 3, "a tuple of three, `(epoch, val_acc, train_loss)`")
    with rule("a"):
        _check_epoch(number(epoch, "The epoch"))
    with rule("b"):
        _check(number(accuracy, "`val_acc`"), "val_acc", ACCURACIES[BEST], ACCURACIES[-1])
    with rule("c"):
        _check_loss(number(loss, "`train_loss`"))


@cache
def _recorded() -> bytes:
    """The file of a run with the values above; made once, as it is always the same."""
    with offline_runs():
        logger = WandbLogger(project="readback", save_dir=Path.cwd(), offline=True)
        run, step = logger.experiment, 0
        for epoch, (losses, accuracy) in enumerate(zip(LOSSES, ACCURACIES, strict=True)):
            for left, loss in reversed(list(enumerate(reversed(losses)))):
                logger.log_metrics({"train_loss": loss, "epoch": epoch}, step)
                if left == 2:
                    logger.log_metrics({"lr": 0.1 / (epoch + 1), "epoch": epoch}, step)
                    logger.log_metrics({"val_acc": accuracy, "epoch": epoch}, step)
                step += 1
        run.finish()
        (file,) = Path(run.dir).parent.glob("*.wandb")
    read_run(file)  # `finish` returns a moment before the file is whole, and this waits for it
    return file.read_bytes()


def _check_epoch(found: float) -> None:
    mistakes = {
        0: "In epoch 0 `val_acc` was logged as NaN, which is larger than nothing.",
        1: f"In epoch 1 `val_acc` is {ACCURACIES[1]:g}, and later it is higher.",
        3: "In epoch 3 `val_acc` is as high as in epoch 2, which was first.",
        4: "Epoch 4 was the last; the best was another.",
        ROW: f"{ROW} is the row of the history in which the best `val_acc` stands.",
        STEP: f"{STEP} is the `trainer/global_step` of the best `val_acc`.",
    }
    if found in mistakes:
        refuse(f"{mistakes[int(found)]} Expected epoch {BEST}.")
    require(found == BEST, f"The best epoch is {found:g}; expected {BEST}.")


def _check_loss(found: float) -> None:
    losses = LOSSES[BEST]
    mistakes = {
        losses[0]: "the first of epoch 2",
        losses[-3]: "the last before `val_acc`, and two of epoch 2 come after it",
        losses[-2]: "the next after `val_acc`, and another of epoch 2 comes after it",
        min(losses): "the smallest of epoch 2",
        max(losses): "the largest of epoch 2",
        sum(losses) / len(losses): "the mean of epoch 2",
        LOSSES[-1][-1]: "the last of the whole run",
        LOSSES[3][-1]: "that of epoch 3",
    }
    for loss, what in mistakes.items():
        if near(found, loss):
            refuse(f"`train_loss` is {found:.4g}, {what}; expected the last of epoch 2.")
    _check(found, "train_loss", losses[-1], nan)


def _check(found: float, name: str, expected: float, last: float) -> None:
    require(
        not isnan(found),
        f"`{name}` is NaN: each row of the history holds what was logged together, and NaN stands "
        "for what was not.",
    )
    require(
        not near(found, last),
        f"`{name}` is {found:.4g}, the last of the run; expected that of the best epoch.",
    )
    rounded = {round(expected, places) for places in range(1, 5)} - {expected}
    require(
        found not in rounded,
        f"`{name}` is {found:g}, which is rounded; hand on the number as it is in the history.",
    )
    require(
        isclose(found, expected, abs_tol=1e-7), f"`{name}` is {found:.5g}; expected {expected:g}."
    )
