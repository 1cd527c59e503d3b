"""Exercise 5.7: logs that cost little and say as much."""

from collections import Counter
from functools import cache
from typing import Any, NamedTuple

import pytorch_lightning as pl
from torch import Tensor, allclose, cat, tensor
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

from course_lib.exercises.answers import described, listed, listed_numbers, near, require_class
from course_lib.exercises.engine import attempted, exercise, refuse, require, rule
from course_lib.exercises.lesson_05.counting import Fetches
from course_lib.exercises.probes import Recorder, dataset, quiet_trainer, tiny_network, watched
from course_lib.exercises.sandbox import seed
from course_lib.models import LitClassifier

EVERY, STEPS, EPOCHS, ROWS = 10, 20, 2, 4
SIZES = [4] * (STEPS - 1) + [1]  # images in the batches of an epoch


class Look(pl.Callback):
    """Looks at a training from outside.

    Attributes:
        fetches: by what, and how often, numbers were asked for in each step.
        losses: those of the steps, as the Trainer's `callback_metrics` have them.
    """

    def __init__(self, counter: Fetches, recorder: Recorder) -> None:
        self._counter, self._recorder = counter, recorder
        self._rows: list[int] = []
        self.fetches: list[Counter[str]] = []
        self.losses: list[Any] = []

    def on_train_batch_start(self, *_: Any) -> None:
        """Count anew."""
        self._rows.append(len(self._recorder.entries))
        self._counter.by = Counter()
        self.fetches.append(self._counter.by)

    def on_train_batch_end(self, trainer: Any, *_: Any) -> None:
        """Ask for the loss of this step, as another callback would; that does not count."""
        self._counter.by = Counter()
        self.losses.append(trainer.callback_metrics.get("train_loss_step"))
        self._counter.by = self.fetches[-1]

    def without_row(self) -> Counter[str]:
        """What was asked for in the steps after which the logger got nothing."""
        steps = zip(self._rows, self._rows[1:], self.fetches, strict=False)
        return sum((by for before, after, by in steps if before == after), Counter())


class Expected(NamedTuple):
    """What a training comes to: the loss and the share that is right, by step, and so on."""

    losses: list[float]
    right: list[float]
    validated: dict[str, list[float]]
    weights: Tensor


class Reference(LitClassifier):
    """Keeps the loss of each batch, and the share of it that is right; logs neither."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.losses: list[float] = []
        self.right: list[float] = []

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """Return the loss."""
        images, labels = batch
        logits = self(images)
        loss = cross_entropy(logits, labels)
        self.losses.append(loss.item())
        self.right.append((logits.argmax(dim=1) == labels).float().mean().item())
        return loss


def _trained(kind: Any, recorder: Recorder, **options: Any) -> tuple[Any, pl.Trainer]:
    """Train and validate for two epochs of 20 batches, the last of which is short."""
    seed(0)
    model = kind(tiny_network(), optimizer="SGD", lr=0.5)
    options = dict(log_every_n_steps=50) | options  # Lightning's default
    trainer = quiet_trainer(**(options | dict(logger=recorder, max_epochs=EPOCHS)))
    data, others = dataset(sum(SIZES)), dataset(6)
    trainer.fit(model, DataLoader(data, SIZES[0]), DataLoader(others, SIZES[0]))
    return model, trainer


def _weights(model: pl.LightningModule) -> Tensor:
    return cat([parameter.detach().flatten() for parameter in model.parameters()])


@cache
def _expected() -> Expected:
    recorder = Recorder()
    model, _ = _trained(Reference, recorder)
    validated = {name: recorder.values(name) for name in ("val_loss", "val_acc")}
    return Expected(model.losses, model.right, validated, _weights(model))


@exercise(
    "5.7",
    why="A number that is only read every tenth step costs little; one that is fetched in each "
    "makes a GPU wait, again and again.",
    hints=(
        "`self.log` can do all of it: keep a sum on the device, weight each batch with its size, "
        "and write a row where it is due. Which of its arguments decides about the epoch?",
        "How often there is a row is the business of the Trainer; what is the name of that "
        "argument, and what is its default?",
        "Give `self.log` the tensor itself. And look for what else wants to have the number in "
        "each step: the progress bar does, and torchmetrics' `MeanMetric`, which looks for NaN.",
    ),
    in_order=True,
)
def log_less(lit_lean: Any, options: Any) -> None:
    """Log less, lose nothing."""
    attempted(lit_lean, "LitLean")
    attempted(options, "options")
    require_class(lit_lean, LitClassifier)
    require(
        isinstance(options, dict),
        f"`options` should be a dictionary of arguments for the Trainer; it is "
        f"{described(options)}.",
    )
    returned: list[Any] = []
    kind = watched(lit_lean, "training_step", returned.append)
    expected, recorder = _expected(), Recorder()
    with Fetches() as counter:
        look = Look(counter, recorder)
        model, trainer = _trained(kind, recorder, **(options | {"callbacks": [look]}))
    if trainer.global_step != STEPS * EPOCHS or not _same(_weights(model), expected.weights):
        _refuse_training(returned, expected)
    _check_rows(recorder)
    _check_steps(recorder, expected)
    _check_epochs(recorder, expected)
    _check_validation(recorder, expected)
    _check_live(look, expected)
    _check_fetches(look, trainer)


def _same(found: Tensor, expected: Tensor) -> bool:
    return allclose(found, expected, atol=1e-5)


def _refuse_training(returned: list[Any], expected: Expected) -> None:
    """Refuse a training that leads elsewhere, and say what leads there if it can be seen."""
    losses = [loss.detach() for loss in returned if isinstance(loss, Tensor)]
    with rule("f"):
        require(
            not any(loss is None for loss in returned),
            "`training_step` returns None, so there is nothing to go backward from: it has to "
            "`return` the loss.",
        )
        require(
            not any(near(float(loss), SIZES[0] * expected.losses[0]) for loss in losses[:1]),
            "`training_step` returns the sum of its images' losses; a LitClassifier trains with "
            "their mean.",
        )
        refuse(
            "It does not train as a LitClassifier does, with the same steps to the same weights."
        )


def _check_rows(recorder: Recorder) -> None:
    with rule("c"):
        rows = len(recorder.entries) / EPOCHS
        require(
            rows <= ROWS,
            f"In an epoch of {STEPS} steps the logger gets {rows:g} rows; expected at most {ROWS}: "
            f"one every {EVERY} steps, one for the validation, one for the epoch.",
        )


def _check_steps(recorder: Recorder, expected: Expected) -> None:
    found = recorder.values("train_loss_step")
    wanted = expected.losses[EVERY - 1 :: EVERY]
    with rule("a"):
        names = listed(name for entry in recorder.entries for name in entry)
        require(
            bool(found),
            f"The logger gets {names}; expected `train_loss_step` every {EVERY} steps.",
        )
        require(
            len(found) == len(wanted),
            f"In {STEPS * EPOCHS} steps the logger gets `train_loss_step` {len(found)} times; "
            f"expected {len(wanted)} times, once every {EVERY} steps.",
        )
        require(
            all(map(near, found, wanted)),
            f"As `train_loss_step` the logger gets {listed_numbers(found)}; the losses of those "
            f"steps are {listed_numbers(wanted)}.",
        )


def _check_epochs(recorder: Recorder, expected: Expected) -> None:
    """Refuse what is not the mean over all images of each epoch."""
    names = listed(name for entry in recorder.entries for name in entry)
    values = {"train_loss_epoch": expected.losses, "train_acc": expected.right}
    with rule("b"):
        for name, steps in values.items():
            epochs = [steps[:STEPS], steps[STEPS:]]
            wanted = [_weighted(epoch, SIZES) for epoch in epochs]
            found = recorder.values(name)
            require(
                len(found) == EPOCHS,
                f"In {EPOCHS} epochs the logger gets `{name}` {len(found)} times; expected once in "
                f"each. All names that it gets: {names}.",
            )
            require(
                not _same(tensor(found), tensor([epoch[-1] for epoch in epochs])),
                f"`{name}` is that of the last batch of each epoch alone.",
            )
            require(
                not _same(tensor(found), tensor([sum(e) / STEPS for e in epochs])),
                f"`{name}` is a mean in which the short last batch counts as much as each other.",
            )
            sums = [what for what, wrong in _sums(epochs).items() if _same(tensor(found), wrong)]
            require(not sums, f"`{name}` is {''.join(sums[:1])}.")
            require(
                _same(tensor(found), tensor(wanted)),
                f"`{name}` is {listed_numbers(found)}; expected the means over all images of the "
                f"epochs, {listed_numbers(wanted)}.",
            )


def _weighted(values: list[float], sizes: list[int]) -> float:
    return sum(v * size for v, size in zip(values, sizes, strict=True)) / sum(sizes)


def _sums(epochs: list[list[float]]) -> dict[str, Tensor]:
    """What comes of adding up where a mean is due, for each epoch."""
    sums = [[v * size for v, size in zip(epoch, SIZES, strict=True)] for epoch in epochs]
    return {
        "a mean of sums: `self.log` takes the mean of what it gets, and has to get that of each "
        "batch": tensor([_weighted(each, SIZES) for each in sums]),
        "a sum over all images of an epoch, which nothing divides by their number": tensor(
            [sum(each) for each in sums]
        ),
        "the sum of the batches' means, which nothing divides": tensor([*map(sum, epochs)]),
    }


def _check_validation(recorder: Recorder, expected: Expected) -> None:
    with rule("f"):
        for name, wanted in expected.validated.items():
            found = recorder.values(name)
            require(
                len(found) == len(wanted) and all(map(near, found, wanted)),
                f"After the epochs the logger gets as `{name}` {listed_numbers(found) or 'nothing'}"
                f"; a LitClassifier logs {listed_numbers(wanted)}.",
            )


def _check_live(look: Look, expected: Expected) -> None:
    """Refuse losses that are not there when somebody wants to have one."""
    found, wanted = look.losses, expected.losses
    stale = [i for i, loss in enumerate(found) if loss is None or not near(loss, wanted[i])]
    with rule("d"):
        require(
            not stale,
            f"After {len(stale)} of {len(found)} steps the Trainer's `callback_metrics` do not "
            "have the loss of that step as `train_loss_step`: tell it to `self.log` in each.",
        )


def _check_fetches(look: Look, trainer: pl.Trainer) -> None:
    """Refuse a step that waits for numbers which nobody reads."""
    by = look.without_row()
    shown = listed(name for name in trainer.progress_bar_metrics if name.startswith("train"))
    with rule("e"):
        require(
            not by or shown == "nothing",
            f"Because of `prog_bar=True` Lightning fetches {shown} in each step, even if there is "
            "no bar.",
        )
        require(
            not by,
            f"In steps without a row, numbers are fetched {by.total()} times, by "
            f"{listed(f'Tensor.{name}' for name in by)}. Keep tensors, and give those to "
            "`self.log`.",
        )
