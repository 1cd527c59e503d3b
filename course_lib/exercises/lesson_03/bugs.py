"""Exercise 3.8: five faults that let a training run, and its callbacks do nothing."""

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from torch import Tensor, load, nn, ones, tensor
from torch.nn.functional import cross_entropy, pad
from torch.optim import SGD
from torch.utils.data import DataLoader

from course_lib.exercises.answers import (
    check_part,
    described,
    listed_numbers,
    near,
    require_class,
    require_function,
)
from course_lib.exercises.engine import attempted, exercise, require, rule
from course_lib.exercises.lesson_03.metrics import check_fix_4, check_fix_5
from course_lib.exercises.probes import CLASSES, numbered, quiet_trainer

TRAINED, VALIDATED = range(100, 108), range(9)  # numbers of images
STEPS = 2  # per epoch
FALLING = [1 / (1 + epoch) for epoch in range(25)]


@exercise(
    "3.8",
    why="None of the five stops a training: only who looks at epochs, file names and values sees "
    "that a callback does nothing.",
    hints=(
        "Read what each cell prints, and look for the name that is not what it should be: of a "
        "metric, of a variable, of a hook.",
        "1: the metric must be logged by a loop that runs. 2: which of the two lists gets to the "
        "Trainer? 3: the hook's name says of what the epoch is. 4: two things are missing, one "
        "in each method.",
        "5: the mean of nothing is NaN, and one NaN makes the whole mean NaN. `self.log` weights "
        "each value with its `batch_size`, which you can give.",
    ),
    in_order=True,
)
def bug_hunt(fix_1: Any, fix_2: Any, fix_3: Any, fix_4: Any, fix_5: Any) -> None:
    """Bug hunt."""
    fixes = {"fix_1": fix_1, "fix_2": fix_2, "Fix3": fix_3, "Fix4": fix_4, "Fix5": fix_5}
    bases = (None, None, pl.Callback, pl.LightningModule, pl.LightningModule)
    checks = (_check_fix_1, _check_fix_2, _check_fix_3, check_fix_4, check_fix_5)
    for right, (name, base, check) in enumerate(zip(fixes, bases, checks, strict=True)):
        so_far = f"{right} of {len(fixes)} {'is' if right == 1 else 'are'} right; "
        attempted(fixes[name], f"{so_far if right else ''}{name}")
        if base is None:
            require_function(fixes[name], name)
        else:
            require_class(fixes[name], base)
        check_part(name, check, fixes[name])


class _Scripted(pl.LightningModule):
    """Its loss is given for each epoch, for the first four images and the others.

    Each step takes 0.1 from its one weight, which therefore tells the epoch that it is of.
    """

    def __init__(self, first: list[float], others: list[float]) -> None:
        super().__init__()
        self.weight = nn.Parameter(ones(()))
        self.curves = first, others
        self.trained = 0
        self.validated: set[int] = set()

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        self.trained += 1
        self.log("train_loss", FALLING[self.current_epoch] + batch_idx, on_epoch=True)
        return self.weight.sum()

    def forward(self, images: Tensor) -> Tensor:
        """Images to logits whose cross-entropy, with the label 0, is the loss that is given."""
        numbers = images[:, 0, 0, 0].int().tolist()
        if not self.trainer.sanity_checking:
            self.validated |= set(numbers)
        steps = round(10 * (1 - self.weight.item()))
        curves = [self.curves[number > 3] for number in numbers]
        losses = tensor(
            [curve[max(0, min((steps - 1) // STEPS, len(curve) - 1))] for curve in curves]
        )
        others = (losses.expm1() / (CLASSES - 1)).log()
        return pad(others.unsqueeze(1).expand(-1, CLASSES - 1), (1, 0))

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        self.log("val_loss", cross_entropy(self(batch[0]), batch[1]))

    def test_step(self, batch: Any, batch_idx: int) -> None:
        self.log("test_loss", cross_entropy(self(batch[0]), batch[1]))

    def configure_optimizers(self) -> Any:
        return SGD(self.parameters(), lr=0.1)


def _loaders() -> tuple[DataLoader[Any], DataLoader[Any]]:
    """Two batches of images to train on; nine others, in batches of four, to validate on."""
    return tuple(DataLoader(numbered(numbers), batch_size=4) for numbers in (TRAINED, VALIDATED))  # type: ignore[return-value]


def _checkpoints() -> list[Path]:
    """All checkpoints that the check has led to."""
    return sorted(Path.cwd().rglob("*.ckpt"))


def _epoch(path: Any) -> int:
    """The epoch at whose end a checkpoint was taken."""
    return load(path, weights_only=True)["global_step"] // STEPS - 1


def _check_fix_1(fix: Any) -> None:
    folder = Path("fix_1").resolve()
    model = _Scripted([1.0, 2.0, 3.0], [6.0, 0.5, 2.0])
    path = fix(model, *_loaders(), folder)
    require(
        model.trained == 3 * STEPS,
        f"fix_1: the training takes {model.trained} steps; the broken one takes {3 * STEPS}.",
    )
    with rule("b"):
        require(
            bool(model.validated),
            "fix_1: there is still no validation, so that nothing is logged that could tell how "
            "good the model is for other images.",
        )
        require(
            not model.validated & set(TRAINED),
            "fix_1: the validation takes the training images, with which every epoch looks better.",
        )
        require(
            model.validated == set(VALIDATED),
            f"fix_1: of {len(VALIDATED)} images to validate on, {len(model.validated)} are used.",
        )
    with rule("a"):
        require(
            isinstance(path, str | Path) and Path(path).is_file(),
            f"fix_1: expected the path of a checkpoint; what is returned is {path!r:.60}.",
        )
        require(
            Path(path).resolve().is_relative_to(folder),
            f"fix_1: the checkpoint {Path(path).name!r:.60} is not in `folder`.",
        )
        epoch = _epoch(path)
        require(
            epoch != 0,
            "fix_1: `val_loss` is the highest after the first of three epochs, and this is the "
            "checkpoint of that one.",
        )
        require(
            epoch == 1,
            "fix_1: `val_loss` is the lowest after the second of three epochs; this checkpoint is "
            "that of the last.",
        )


def _check_fix_2(fix: Any) -> None:
    curves = ([3.0, 2.0, 2.5, 1.0, 1.5, 1.2, 0.5, *[0.6] * 20], 6), (FALLING, 20)
    for number, (losses, epochs) in enumerate(curves):
        folder = Path(f"fix_2_{number}").resolve()
        model = _Scripted(losses, losses)
        trainer = fix(model, *_loaders(), folder)
        require(
            isinstance(trainer, pl.Trainer),
            f"fix_2: expected the Trainer; what is returned is {described(trainer)}.",
        )
        trained = model.trained // STEPS
        with rule("c"):
            require(
                trained != 20 or epochs == 20,
                "fix_2: it still trains for 20 epochs, though `val_loss` has not fallen for two "
                "after the sixth.",
            )
            require(
                trained == epochs,
                f"fix_2: when `val_loss` is {listed_numbers(losses[:7])}, and so on, {trained} "
                f"epochs are trained; expected {epochs}.",
            )
        with rule("d"):
            kept = {path: path.relative_to(Path.cwd()).parts[0] for path in _checkpoints()}
            outside = [place for place in kept.values() if not place.startswith("fix_")]
            require(
                not outside,
                f"fix_2: a checkpoint is kept in {''.join(outside[:1])!r} in the working "
                "directory: that is Lightning's own, which comes when no other is asked for.",
            )
            epochs_kept = sorted(_epoch(path) for path in kept if path.is_relative_to(folder))
            require(bool(epochs_kept), "fix_2: no checkpoint is kept any more.")
            best = losses.index(min(losses[:trained]))
            require(
                best in epochs_kept,
                f"fix_2: the checkpoint is of epoch {epochs_kept[-1]}; `val_loss` is the lowest "
                f"in epoch {best}.",
            )


def _check_fix_3(fix: Any) -> None:
    train_loader, val_loader = _loaders()
    found: list[list[Any]] = []
    for epochs, validation in ((3, val_loader), (2, None)):
        callback = fix()
        with rule("e"):
            require(
                list(callback.losses) == [],
                "Fix3: a new callback begins with the numbers of another: each object needs a list "
                "of its own.",
            )
        trainer = quiet_trainer(max_epochs=epochs, callbacks=[callback])
        trainer.fit(_Scripted(FALLING, FALLING), train_loader, validation)
        found.append(list(callback.losses))
    with rule("e"):
        require(any(found), "Fix3: after three epochs `losses` is still empty.")
        require(
            bool(found[1]),
            "Fix3: `losses` only gets numbers where there is a validation; the hook should be one "
            "of the training.",
        )
        require(
            [len(losses) for losses in found] == [3, 2],
            f"Fix3: in three epochs `losses` gets {len(found[0])} numbers, and in two without a "
            f"validation {len(found[1])}; expected one in each.",
        )
    with rule("f"):
        numbers = found[0] + found[1]
        require(
            all(isinstance(number, float) for number in numbers),
            f"Fix3: what `losses` gets is {described(numbers[0])}; expected a plain number.",
        )
        require(
            not all(near(loss, value + 1) for loss, value in zip(found[0], FALLING, strict=False)),
            "Fix3: that is the loss of the last batch of each epoch, not of the whole epoch.",
        )
        expected = [value + 0.5 for value in FALLING[:3] + FALLING[:2]]
        require(
            all(map(near, numbers, expected)),
            f"Fix3: in three epochs `losses` gets {listed_numbers(numbers[:3])}; expected "
            f"{listed_numbers(expected[:3])}.{_returned_instead(numbers[:3])}",
        )


def _returned_instead(losses: list[float]) -> str:
    """A hint, if these are not what `_Scripted` logs but the weight that its steps return."""
    returned = [0.95 - 0.2 * epoch for epoch in range(len(losses))]  # with 0.05 more, and less
    if any(abs(loss - mean) > 0.06 for loss, mean in zip(losses, returned, strict=True)):
        return ""
    return " Take what the module has logged, not what `training_step` returns."
