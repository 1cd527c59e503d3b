"""Exercise 7.4: a learning rate whose last cycle ends with the training, and what is kept of it."""

from itertools import pairwise
from math import cos, pi
from typing import Any

import pytorch_lightning as pl
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning.callbacks import ModelCheckpoint
from torch import Tensor, load, tensor, zeros
from torch.optim import SGD, AdamW
from torch.utils.data import DataLoader, TensorDataset

from course_lib.exercises.answers import listed, listed_numbers, require_class
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.inspection import explain
from course_lib.exercises.probes import Steps, quiet_trainer

OPTIONS: dict[str, Any] = dict(lr=0.02, weight_decay=0.3)
ONE_CYCLE = OPTIONS | dict(cycles=1, factor=1)
RUNS = {(2, 3): [2, 6], (3, 1): [2, 2, 2]}  # `cycles` and `factor`: the cycles, in epochs
EVERY_ROW = tensor([[1.0], [1], [1], [1], [-3]]).expand(5, 4)  # in batches of 2, 2 and 1
MEAN, IN_TRAINING = 0.2, 10.0  # of a loss
LOSSES = [3.0, 4.0, 1.0, 2.0]  # of validation, by epoch


@exercise(
    "7.4",
    why="The training ends with its smallest steps, and the epoch that is kept is chosen by a "
    "metric that fit does log.",
    hints=(
        "If the first cycle has T epochs, the second has T times `factor`: how many Ts are all "
        "cycles together? The epochs have to be a multiple of that.",
        "`CosineAnnealingWarmRestarts` takes the first cycle's length and the factor. Lightning "
        "steps a scheduler after each epoch if it is returned beside the optimizer.",
        "What `self.log` gets in `validation_step` becomes the mean over the epoch; by the same "
        "name a `ModelCheckpoint` finds it.",
    ),
)
def warm_restarts(lit_autoencoder: Any) -> None:
    """Warm restarts that end in time."""
    require_class(lit_autoencoder, pl.LightningModule)
    for (cycles, factor), lengths in RUNS.items():
        options = f"`cycles={cycles}, factor={factor}`"
        model = _rated(lit_autoencoder)(cycles=cycles, factor=factor, **OPTIONS)
        with rule("b"):
            try:
                trainer, onlooker = _fit(model, sum(lengths))
            except ZeroDivisionError as error:
                refuse(f"With {options}, there is a division by 0. {explain(error)}")
        _check_optimizer(trainer, model)
        _check_rates(onlooker.rates, lengths, options)
    _check_refused(_rated(lit_autoencoder)(cycles=2, factor=3, **OPTIONS))
    _check_logged(lit_autoencoder)
    _check_kept(lit_autoencoder)


class _Onlooker(pl.Callback):
    """Notes the learning rate of each batch, by epoch, and what can be monitored."""

    def __init__(self) -> None:
        self.rates: list[list[float]] = []
        self.metrics: dict[str, float] = {}

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Before an epoch."""
        self.rates.append([])

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Before a batch is trained on."""
        self.rates[-1] += [group["lr"] for group in trainer.optimizers[0].param_groups[:1]]

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """After a validation."""
        self.metrics = {name: float(x) for name, x in trainer.callback_metrics.items()}


def _none(self: object) -> list[pl.Callback]:
    return []


def _steady(self: pl.LightningModule) -> SGD:
    return SGD(self.parameters(), lr=0.1)


def _mean(self: pl.LightningModule, batch: list[Tensor]) -> Tensor:
    """In the place of the loss: the mean of a batch's numbers, and more in training mode."""
    return _nothing(self) + batch[0].mean() + IN_TRAINING * self.training


def _scripted(self: pl.LightningModule, batch: list[Tensor]) -> Tensor:
    """In the place of the loss: what the epoch is to have."""
    return _nothing(self) + LOSSES[self.current_epoch]


def _nothing(model: pl.LightningModule) -> Tensor:
    """A zero that every parameter has a part in."""
    return sum((parameter.sum() for parameter in model.parameters()), zeros(())) * 0


def _rated(kind: type[Any]) -> type[Any]:
    """The answer's class with nothing of its own but the optimizer."""
    return type("Rated", (Steps, kind), {"configure_callbacks": _none})


def _fit(
    model: pl.LightningModule, epochs: int, validate: bool = False
) -> tuple[pl.Trainer, _Onlooker]:
    """Train with two batches an epoch, and with three for validation."""
    onlooker = _Onlooker()
    trainer = quiet_trainer(max_epochs=epochs, callbacks=[onlooker])
    train = DataLoader(TensorDataset(zeros(8, 4)), batch_size=4)
    val = DataLoader(TensorDataset(EVERY_ROW), batch_size=2) if validate else None
    trainer.fit(model, train, val)
    return trainer, onlooker


def _check_optimizer(trainer: pl.Trainer, model: pl.LightningModule) -> None:
    with rule("a"):
        optimizer = trainer.optimizers[0]
        name = type(optimizer).__name__
        require(
            "Mock" not in name,  # what Lightning takes instead
            "`configure_optimizers` returns no optimizer, so that nothing is trained.",
        )
        require(isinstance(optimizer, AdamW), f"The optimizer is `{name}`; expected AdamW.")
        groups = optimizer.param_groups
        trained = {id(parameter) for group in groups for parameter in group["params"]}
        require(
            trained == {id(parameter) for parameter in model.parameters()},
            "The optimizer does not have all parameters of the module.",
        )
        decays = sorted({group["weight_decay"] for group in groups})
        require(
            decays == [OPTIONS["weight_decay"]],
            f"With `weight_decay={OPTIONS['weight_decay']}` the optimizer has "
            f"{listed_numbers(decays)}.",
        )


def _check_rates(rates: list[list[float]], lengths: list[int], options: str) -> None:
    """Refuse other learning rates than those of the cycles."""
    lr, case = OPTIONS["lr"], f"With {options} and {sum(lengths)} epochs"
    firsts = [batches[0] for batches in rates]
    with rule("a"):
        require(
            abs(firsts[0] - lr) < 1e-3 * lr,
            f"With `lr={lr}` the first step's learning rate is {firsts[0]:.3g}.",
        )
    with rule("c"):
        require(
            all(min(batches) == max(batches) for batches in rates),
            "The learning rate changes from batch to batch; expected a change after each epoch, "
            "which is what Lightning does unless an `interval` says otherwise.",
        )
    restarts = [n for n, (a, b) in enumerate(pairwise(firsts), start=1) if b > a * 1.01]
    expected = [sum(lengths[:n]) for n in range(1, len(lengths))]
    shape = [lr / 2 * (1 + cos(pi * n / length)) for length in lengths for n in range(length)]
    with rule("b"):
        require(
            min(firsts) < max(firsts),
            f"{case} the learning rate is always {firsts[0]:.3g}: does `configure_optimizers` "
            "return the scheduler?",
        )
        require(
            restarts == expected,
            f"{case} the learning rate restarts after {listed_numbers(restarts) or 'no'} epochs; "
            f"expected {listed_numbers(expected)}, for cycles of {listed_numbers(lengths)}.",
        )
        require(
            all(abs(a - b) < 1e-3 * lr for a, b in zip(firsts, shape, strict=True)),
            f"{case} the restarts are right, and the first cycle's rates are "
            f"{listed_numbers(firsts[: lengths[0]])}; expected a cosine, "
            f"{listed_numbers(shape[: lengths[0]])}.",
        )


def _check_refused(model: pl.LightningModule) -> None:
    """Refuse a training that would end in the middle of a cycle."""
    case = "With `cycles=2, factor=3`, 10 epochs do not come out even"
    with rule("d"):
        try:
            _fit(model, 10)
        except ValueError as error:
            require("10" in f"{error}", f"{case}; name their number. {explain(error)}")
        except Exception as error:
            refuse(f"{case}; expected a ValueError. {explain(error)}")
        else:
            refuse(f"{case}, and the training goes through all the same.")


def _check_logged(kind: type[Any]) -> None:
    """Refuse another `val_loss` than the mean over all rows."""
    own = {"configure_callbacks": _none, "configure_optimizers": _steady, "loss": _mean}
    _, onlooker = _fit(type("Logging", (kind,), own)(**ONE_CYCLE), 1, validate=True)
    found = onlooker.metrics
    with rule("e"):
        require(
            "val_loss" in found,
            f"After validation there is {listed(found)} to monitor; expected `val_loss`.",
        )
        require(
            abs(found["val_loss"] - MEAN - IN_TRAINING) > 1e-4,
            "The module is in training mode while `val_loss` is computed, with noise in it. "
            "Lightning has switched to evaluation before; leave it at that.",
        )
        require(
            abs(found["val_loss"] - MEAN) < 1e-4,
            f"The mean loss of all validation rows is {MEAN}, and `val_loss` is "
            f"{found['val_loss']:.3g}. Does each batch count by its rows, and all of them?",
        )


def _check_kept(kind: type[Any]) -> None:
    """Refuse another checkpoint than that of the smallest `val_loss`."""
    own = {"loss": _scripted, "configure_optimizers": _steady}
    with rule("f"):
        try:
            model = type("Kept", (kind,), own)(**ONE_CYCLE)
            trainer, _ = _fit(model, len(LOSSES), validate=True)
        except MisconfigurationException as error:
            refuse(f"Lightning ends the training. {explain(error)}")
        found = [each for each in trainer.checkpoint_callbacks if isinstance(each, ModelCheckpoint)]
        require(
            len(found) == 1,
            f"`configure_callbacks` returns {len(found)} objects of `ModelCheckpoint`; expected "
            "one, by itself or in a list.",
        )
        best = found[0].best_model_path
        require(bool(best), "The ModelCheckpoint keeps nothing: is there a `save_top_k=0`?")
        epoch = load(best, weights_only=True)["epoch"]
        losses = listed_numbers(LOSSES)
        require(
            epoch != 1,
            f"With {losses} as `val_loss` it keeps the largest; which `mode` is it?",
        )
        require(
            epoch == 2,
            f"With {losses} as `val_loss` it keeps epoch {epoch}, counted from 0: that of the "
            "smallest is epoch 2. Is it `val_loss` that is monitored?",
        )
