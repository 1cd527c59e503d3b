"""Exercise 3.7: two short runs that find most of what can go wrong in a long one."""

import re
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from torch import Tensor, nn, zeros
from torch.optim import SGD

from course_lib.exercises.answers import described, listed_numbers, near, require_function
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.probes import flat, numbered

EPOCHS, BATCHES = 20, 5
NAN = float("nan")


@exercise(
    "3.7",
    why="Seconds spent on two short runs save the night that a model without a chance would take.",
    hints=(
        "The Trainer has an argument for each of the two runs: one begins with `fast_`, the other "
        "with `overfit_`. Both take a number of batches.",
        "A trained model says nothing about how it began, so that each `fit` needs a call of "
        "`make_model`; and every comparison with NaN is False.",
    ),
)
def debug_run(debug_run: Any) -> None:
    """Debug run."""
    require_function(debug_run, "debug_run")
    loss, first, second = _good(debug_run)
    _require_first(first)
    _require_crash(debug_run)
    _require_second(second)
    _require_loss(loss)
    _require_refused(debug_run)
    files = sorted(path.name for path in Path.cwd().rglob("*") if path.is_file())
    with rule("h"):
        require(
            not files,
            f"The runs leave {len(files)} files in the working directory, among them "
            f"`{''.join(files[:1])}`.",
        )


class _Crash(Exception):
    """The fault of a model that crashes."""


class _Run:
    """What is seen of one run."""

    def __init__(self, fresh: bool) -> None:
        self.fresh = fresh
        self.trained: list[list[int]] = []
        self.validated = 0


class _Model(pl.LightningModule):
    """A module whose runs are noted in its class, so that copies of it are seen too."""

    runs: list[_Run]
    loss: float | None = None  # falls from 1, unless it is said otherwise
    crashes = False

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(zeros(()))

    def on_train_start(self) -> None:
        self.runs.append(_Run(fresh=float(self.weight) == 0))

    def on_train_epoch_start(self) -> None:
        self.runs[-1].trained.append([])

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        self.runs[-1].trained[-1] += batch[0][:, 0, 0, 0].int().tolist()
        falling = 1 / (1 + self.current_epoch) + 0.01 * batch_idx
        self.log("train_loss", falling if self.loss is None else self.loss)
        return self.weight.sum()

    def on_train_epoch_end(self) -> None:
        enough = EPOCHS + 2 if self.loss is None else 1
        self.trainer.should_stop = self.trainer.should_stop or self.current_epoch + 1 >= enough

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        if self.crashes:
            raise _Crash("the model's own fault")
        if not self.trainer.sanity_checking:
            self.runs[-1].validated += 1

    def configure_optimizers(self) -> Any:
        return SGD(self.parameters(), lr=1.0)


def _tried(debug_run: Any, bound: float, **attributes: Any) -> tuple[Any, list[_Run]]:
    """What the answer returns for such a model, and the runs that it has made."""
    kind: Any = type("Model", (_Model,), {"runs": [], **attributes})
    data = pl.LightningDataModule.from_datasets(
        numbered(range(14)), numbered(range(14)), batch_size=2
    )
    return debug_run(kind, data, bound), kind.runs


def _good(debug_run: Any) -> tuple[Any, _Run, _Run]:
    try:
        loss, runs = _tried(debug_run, bound=2.0)
    except RuntimeError as error:
        with rule("f"):
            refuse(
                "The model's `train_loss` is far below the bound of 2, and yet a RuntimeError is "
                f"raised: {error!s:.80}."
            )
    require(
        len(runs) == 2,
        f"Expected two runs, each with a `fit` of its own; what has been seen is {len(runs)}.",
    )
    return loss, runs[0], runs[1]


def _require_first(run: _Run) -> None:
    trained = len(flat(run.trained)) / 2
    with rule("a"):
        require(
            trained != 1,
            "The first run trains on one batch, which is what `fast_dev_run=True` means; it takes "
            "a number as well.",
        )
        require(
            trained == BATCHES,
            f"The first run trains on {trained:.3g} batches; expected {BATCHES}. Which comes "
            "first, the fast one?",
        )
        require(
            run.validated == BATCHES,
            f"The first run validates on {run.validated} batches; expected {BATCHES}, as for the "
            "training.",
        )


def _require_crash(debug_run: Any) -> None:
    with rule("b"):
        try:
            _tried(debug_run, bound=0.1, crashes=True)
        except _Crash:
            return
        except Exception as error:
            refuse(
                "A model whose `validation_step` raises an error of its own ends in another, "
                f"{type(error).__name__}: the first should come through as it is."
            )
        refuse("A model whose `validation_step` raises an error passes the debug run.")


def _require_second(run: _Run) -> None:
    with rule("c"):
        require(
            run.fresh,
            "The model of the second run has been trained already: its weights are those that the "
            "first run has left.",
        )
    sizes = sorted({len(epoch) / 2 for epoch in run.trained})
    with rule("d"):
        require(
            sizes == [BATCHES],
            f"In the second run an epoch has {listed_numbers(sizes)} batches; expected {BATCHES}.",
        )
        require(
            len({tuple(epoch) for epoch in run.trained}) == 1,
            "In the second run each epoch has five other batches, as the loader goes on "
            "shuffling; nothing can be learnt by heart like that.",
        )
        epochs = len(run.trained)
        require(
            epochs == EPOCHS,
            f"The second run trains for {'more than 20' if epochs > EPOCHS else epochs} epochs; "
            f"expected {EPOCHS}.",
        )


def _require_loss(loss: Any) -> None:
    with rule("e"):
        require(
            isinstance(loss, float),
            f"`debug_run` returned {described(loss)}; expected the loss as a `float`.",
        )
        require(
            not near(loss, 0.07),
            "`debug_run` returned the mean over the last five batches; `callback_metrics` holds "
            "the last value that was logged.",
        )
        require(
            near(loss, 0.09),
            f"`debug_run` returned {loss:.3g}; the last `train_loss` of the second run is 0.09.",
        )


def _require_refused(debug_run: Any) -> None:
    for letter, loss, bound, reason in (
        ("f", 0.75, 0.5, "0.75 is above the bound of 0.5"),
        ("f", 0.5, 0.5, "0.5 is not below the bound of 0.5"),
        ("g", NAN, 0.5, "NaN is not below the bound of 0.5"),
    ):
        with rule(letter):
            text = _refusal(debug_run, loss, bound, reason)
        if letter == "g":
            return
        with rule("f"):
            missing = [number for number in (loss, bound) if not _told(number, text)]
            require(
                not missing,
                f"The error says {text!r:.80}; expected both numbers in it, and "
                f"{listed_numbers(missing)} is missing.",
            )


def _refusal(debug_run: Any, loss: float, bound: float, reason: str) -> str:
    try:
        _tried(debug_run, bound, loss=loss)
    except RuntimeError as error:
        return str(error)
    except Exception as error:
        refuse(f"{reason}, and what is raised is {type(error).__name__}; expected a RuntimeError.")
    refuse(f"{reason}, and `debug_run` finds nothing wrong with it.")


def _told(number: float, text: str) -> bool:
    """Whether a number stands in a text."""
    if number != number:
        return "nan" in text.lower()
    found = re.findall(r"\d*\.?\d+(?:[eE][-+]?\d+)?", text)
    return any(near(float(word), number) for word in found)
