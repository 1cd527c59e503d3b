"""Exercise 3.1: which checkpoints are kept, and under which names."""

import re
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from torch import load

from course_lib.exercises.answers import described, listed, require_function
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.lesson_03.runs import Scripted
from course_lib.exercises.probes import loader, quiet_trainer

VAL_ACC = [0.5034, 0.7246, 0.8316, 0.3124, 0.6454, 0.7762, 0.4584]
VAL_LOSS = [1.9012, 1.1023, 1.3034, 1.5045, 1.2056, 1.7067, 1.8078]
EPOCHS = len(VAL_ACC)
NAMED_TWICE = re.compile(r"(epoch|val_acc|val_loss)[\W_]*\1=")
BEST = [2, 5, 1, 4, 0, 6, 3]  # epochs, by val_acc
OTHERS = {
    "with the lowest `val_loss`": [1, 4, 2, 3, 5, 6, 0],
    "with the highest `val_loss`": [0, 6, 5, 3, 2, 4, 1],
    "that came last, whatever their `val_acc`": [6, 5, 4, 3, 2, 1, 0],
    "that came first, whatever their `val_acc`": [0, 1, 2, 3, 4, 5, 6],
}


@exercise(
    "3.1",
    why="Since Lightning 2.6 `save_last=True` writes `last.ckpt` only in an epoch that is among "
    "the best: to go on after the last epoch takes a ModelCheckpoint of its own.",
    hints=(
        "One `ModelCheckpoint` keeps the best three: look up `monitor`, `mode`, `save_top_k` and "
        "`filename`. Metrics stand in braces in the name, with a format as in f-strings.",
        "A second one, without `monitor`, keeps the latest epoch; which `filename` does it need?",
    ),
)
def keep_the_best(best_three: Any) -> None:
    """Keep the best three."""
    require_function(best_three, "best_three")
    here = Path.cwd().resolve()
    folder = here / "kept" / "here"
    callbacks = best_three(folder)
    require(
        isinstance(callbacks, list) and all(isinstance(each, pl.Callback) for each in callbacks),
        f"`best_three` should return a list of callbacks; it returned {described(callbacks)}.",
    )
    trainer = quiet_trainer(max_epochs=EPOCHS, callbacks=callbacks, enable_checkpointing=True)
    trainer.fit(Scripted(val_acc=VAL_ACC, val_loss=VAL_LOSS), loader(1, 1), loader(1, 1))
    files = sorted(path for path in here.rglob("*") if path.is_file())
    outside = [path for path in files if not path.resolve().is_relative_to(folder)]
    with rule("f"):
        require(
            not outside,
            "Asked for the folder `kept/here`, it writes "
            f"`{''.join(path.relative_to(here).as_posix() for path in outside[:1])}`.",
        )
    last = [path for path in files if path.name == "last.ckpt"]
    with rule("e"):
        names = listed(path.name for path in files)
        require(bool(last), f"There is no `last.ckpt` in the folder, which holds {names}.")
    kept = {path: _epoch(path) for path in files if path not in last}
    _check_epochs(list(kept.values()))
    for path, epoch in kept.items():
        with rule("d"):
            _check_name(path, epoch)
    for path in last:
        epoch, end = _epoch(path), trainer.global_step - 1
        told = f"`last.ckpt` is of epoch {epoch}; the training ends with epoch {end}."
        asked = any(getattr(callback, "save_last", None) for callback in callbacks)
        with rule("e"):
            require(
                epoch == end or not asked,
                f"{told} `save_last` saves only in an epoch in which one of the best is saved, and "
                "the last was not among them.",
            )
            require(epoch == end, told)


def _epoch(path: Path) -> int:
    """The epoch after which a checkpoint was saved; there is one step in each."""
    try:
        return int(load(path, weights_only=True)["global_step"]) - 1
    except Exception:
        refuse(f"`{path.name}` is no checkpoint of a Trainer.")


def _check_epochs(kept: list[int]) -> None:
    """Refuse epochs that are not the best three."""
    count = len(kept)
    epochs = f"epochs {', '.join(map(str, sorted(kept)))}"
    with rule("c"):
        require(
            count == 3,
            f"Of {EPOCHS} epochs it keeps {count}, besides `last.ckpt`"
            f"{f' ({epochs})' if kept else ''}; expected three.",
        )
    best, worst = (set(kept) == set(ranked[:count]) for ranked in (BEST, BEST[::-1]))
    with rule("b"):
        require(
            best or not worst,
            f"It keeps {epochs}, those with the lowest `val_acc`: unless told otherwise, "
            "ModelCheckpoint takes less for better.",
        )
    others = [what for what, ranked in OTHERS.items() if set(kept) == set(ranked[:count])]
    with rule("a"):
        require(
            best or not others,
            f"It keeps {epochs}: those {''.join(others[:1])}.",
        )
        require(
            best or worst,
            f"It keeps {epochs}; those with the highest `val_acc` are "
            f"{', '.join(map(str, sorted(BEST[:count])))}.",
        )


def _check_name(path: Path, epoch: int) -> None:
    """Refuse a name that does not show the epoch and its val_acc."""
    numbers = [float(number) for number in re.findall(r"\d+(?:\.\d+)?(?:e-?\d+)?", path.stem)]
    require(
        epoch in numbers,
        f"The checkpoint of epoch {epoch} is called `{path.name}`, which does not show the epoch.",
    )
    shown = f"The checkpoint of epoch {epoch} is called `{path.name}`"
    value = VAL_ACC[epoch]
    right = _among(value, numbers, 0.00051)
    require(
        right or not _among(VAL_LOSS[epoch], numbers, 0.00051),
        f"{shown}: that is its `val_loss`; expected its `val_acc`, {value:.3f}.",
    )
    others = [number for number in numbers if number != epoch]
    require(
        right or others != [0],
        f"{shown}, but its `val_acc` is {value:.3f}: a name in braces that nobody logs becomes 0, "
        "without a word.",
    )
    require(
        right or not _among(value, numbers, 0.051),
        f"{shown}; expected its `val_acc` with three decimals, {value:.3f}.",
    )
    require(
        not NAMED_TWICE.search(path.stem),
        f"{shown}: in front of each number Lightning inserts the metric's name itself, unless "
        "`auto_insert_metric_name=False`.",
    )
    require(right, f"{shown}, which does not show its `val_acc`, {value:.3f}.")


def _among(value: float, numbers: list[float], distance: float) -> bool:
    """Whether a value, or the value in per cent, is among the numbers of a name."""
    return any(min(abs(n - value), abs(n / 100 - value)) < distance for n in numbers)
