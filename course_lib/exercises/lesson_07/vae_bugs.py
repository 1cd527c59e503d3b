"""Exercise 7.8, the second fault: a model that is allowed to cheat."""

import math
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from torch import Tensor, arange, equal, no_grad, ones, randn, tensor, zeros
from torch.utils.data import DataLoader, TensorDataset

from course_lib.exercises.answers import close, described, listed_numbers, near, number
from course_lib.exercises.engine import refuse, require, rule
from course_lib.exercises.inspection import explain
from course_lib.exercises.probes import quiet_trainer, watched

DAYS = 5
VALUES = tensor([[3.0], [0.0], [1.0], [2.0], [-2.0]])


class _Rates(pl.Callback):
    """Notes the learning rate before each step."""

    def __init__(self) -> None:
        self.rates: list[float] = []

    def on_train_batch_start(self, trainer: pl.Trainer, *_: Any) -> None:
        """A step begins."""
        self.rates += [group["lr"] for group in trainer.optimizers[0].param_groups[:1]]


def check_fix_2(fix: Any) -> None:
    """Refuse a model that has one of the faults, or loses what was right in it."""
    _check_sample(fix("folder", days=DAYS))
    _check_loss(_without_weights(fix("folder", days=DAYS)))
    _check_rows(fix("folder", days=DAYS).eval())
    trainer, rates = _trained(fix, 10)
    _check_checkpoint(fix, trainer)
    _check_rates(rates, 10)
    _check_rates(_trained(fix, 11)[1], 11)
    _check_validation(fix)


def _check_sample(model: Any) -> None:
    mu, logvar = 3 + zeros(5000, 2), tensor([[0.0, -2.0]]).expand(5000, -1)
    drawn = model.train().sample(mu, logvar)
    with rule("b"):
        require(
            isinstance(drawn, Tensor) and drawn.shape == mu.shape,
            f"Fix2: for tensors of shape {list(mu.shape)} `sample` returns {described(drawn)}.",
        )
        found, std = drawn.std(dim=0), (logvar[0] / 2).exp()
        require(
            not _similar(found, std / 10),
            "Fix2: in training there is still a tenth of the noise that the KL divergence is told "
            "of.",
        )
        require(
            _similar(found, std),
            f"Fix2: where logvar is 0 and -2, `sample` draws with the standard deviations "
            f"{listed_numbers(found.tolist())} in training; expected "
            f"{listed_numbers(std.tolist())}.",
        )
        require(
            _similar(drawn.mean(dim=0), mu[0]),
            f"Fix2: where mu is 3, the mean of what `sample` draws is {drawn.mean().item():.3g}.",
        )
    with rule("c"):
        require(
            equal(model.eval().sample(mu, logvar), mu),
            "Fix2: in evaluation mode `sample` should return mu: with noise, a row has another "
            "score each time.",
        )


def _similar(found: Tensor, expected: Tensor) -> bool:
    return bool(((found / expected - 1).abs() < 0.1).all())


def _without_weights(model: Any) -> Any:
    """The model in evaluation mode with 0 for each weight: it knows nothing."""
    with no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    return model.eval()


def _check_loss(model: Any) -> None:
    days = arange(len(VALUES)) % DAYS
    square, entropy = float(VALUES.square().mean()), math.log(DAYS)
    found = number(model.loss(VALUES, days), "Fix2: the loss")
    with rule("d"):
        require(
            found > entropy,
            f"Fix2: with 0 for all weights the loss is {found:.3g}, less than the cross-entropy of "
            f"{DAYS} days of which nothing is known, {entropy:.3g}: embeddings of 0 are easily "
            "rebuilt.",
        )
        require(
            near(found, square + entropy),
            f"Fix2: with 0 for all weights the loss is {found:.3g}; the mean squared error of the "
            f"values is {square:.3g} then, and the cross-entropy of the days {entropy:.3g}.",
        )
        with no_grad():
            model.encoder.bias.copy_(ones(4))
        divergence = 0.05 * (1 + math.e - 1 - 1) / 2
        found = number(model.loss(VALUES, days), "Fix2: the loss") - found
        require(
            near(found, divergence),
            f"Fix2: if the encoder says 1 for each mu and logvar, the loss is larger by "
            f"{found:.3g}; expected {divergence:.3g}, which is 0.05 times the KL divergence.",
        )


def _check_rows(model: Any) -> None:
    """Refuse a loss that is no mean over rows, or not of logits; without noise."""
    model.sample = lambda mu, logvar: mu
    days = arange(len(VALUES)) % DAYS
    rows = zip(VALUES.split(1), days.split(1), strict=True)
    alone = [float(model.loss(value, day)) for value, day in rows]
    together, mean = float(model.loss(VALUES, days)), sum(alone) / len(alone)
    with rule("d"):
        require(
            near(together, mean),
            f"Fix2: the loss of five rows is {together:.3g} together, and {mean:.3g} in the mean "
            "one by one: do shapes [B] and [B, 1] meet somewhere?",
        )
    with no_grad():
        for parameter in model.parameters():
            parameter.mul_(50)
        for parameter in model.encoder.parameters():
            parameter.zero_()
    losses = [float(model.loss(VALUES[:1], days[day : day + 1])) for day in range(DAYS)]
    with rule("d"):
        require(
            max(losses) > min(losses) + 1.01,
            "Fix2: however sure the decoder is of a day, any other costs 1 more at most: "
            "`cross_entropy` takes the logits themselves, not what a softmax makes of them.",
        )


def _trained(fix: Any, epochs: int) -> tuple[pl.Trainer, list[float]]:
    """Train in one step per epoch: the Trainer, and the learning rates."""
    watch, data = _Rates(), TensorDataset(randn(4, 1), arange(4) % DAYS, zeros(4))
    trainer = quiet_trainer(max_epochs=epochs, callbacks=[watch])
    model = fix(Path("folder").resolve(), days=DAYS, max_epochs=epochs)
    trainer.fit(model, DataLoader(data, batch_size=4))
    return trainer, watch.rates


def _check_checkpoint(fix: Any, trainer: pl.Trainer) -> None:
    trainer.save_checkpoint("vae.ckpt")
    with rule("e"):
        try:
            model = fix.load_from_checkpoint("vae.ckpt", weights_only=True)
        except Exception as error:
            paths = [k for k, v in trainer.lightning_module.hparams.items() if isinstance(v, Path)]
            require(
                not paths,
                f"Fix2: made with a Path, its checkpoint cannot be loaded ({type(error).__name__}):"
                f" among the hyperparameters, `{''.join(paths)}` still is that Path.",
            )
            refuse(
                f"Fix2: its checkpoint cannot be loaded without further arguments. {explain(error)}"
            )
        require(
            model.hparams.get("days") == DAYS,
            f"Fix2: the checkpoint of a model for {DAYS} days does not say so any more.",
        )


def _check_rates(rates: list[float], epochs: int) -> None:
    top = max(rates)
    with rule("f"):
        require(
            min(rates) < top,
            f"Fix2: the learning rate stays the same for {epochs} epochs.",
        )
        require(
            rates[-1] < top,
            f"Fix2: the last of {epochs} epochs begins a new cycle, with the highest learning "
            "rate of all.",
        )
        require(
            rates[-1] == min(rates) and rates[-1] < 0.1 * top,
            f"Fix2: the last of {epochs} epochs has {rates[-1] / top:.0%} of the highest learning "
            "rate: the training ends in the middle of a cycle.",
        )


def _check_validation(fix: Any) -> None:
    returned: list[Any] = []
    kind = watched(fix, "validation_step", returned.append)
    data = TensorDataset(VALUES, arange(len(VALUES)) % DAYS, zeros(len(VALUES)))
    model = _without_weights(kind("folder", days=DAYS))
    (logged,) = quiet_trainer().validate(model, DataLoader(data, batch_size=4), verbose=False)
    expected = float(VALUES.square().mean()) + math.log(DAYS)
    with rule("g"):
        require("val_loss" in logged, "Fix2: a validation logs no `val_loss`.")
        require(
            near(logged["val_loss"], expected),
            f"Fix2: over batches of 4 rows and 1, `val_loss` is {logged['val_loss']:.3g}; the mean "
            f"over all rows is {expected:.3g}.",
        )
    with rule("h"):
        errors = returned[0]
        require(
            isinstance(errors, Tensor) and close(errors, VALUES[:4, 0].square()),
            f"Fix2: for 4 rows `validation_step` returns {described(errors)}; expected the squared "
            "errors of their values, of shape [4].",
        )
