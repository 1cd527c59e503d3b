"""Exercise 5.6, its predictions: what a Trainer does to three gradients."""

from functools import cache
from typing import Any, NamedTuple

import pytorch_lightning as pl
from torch import Tensor, cat, nn, tensor, zeros
from torch.optim import SGD, Adam

from course_lib.exercises.answers import described, listed, listed_numbers, near, number, several
from course_lib.exercises.engine import require, rule
from course_lib.exercises.probes import loader, quiet_trainer

GRADIENTS = [3.0, 4.0, -12.0]
BY_NORM: dict[str, Any] = dict(gradient_clip_val=6.5)
BY_VALUE: dict[str, Any] = dict(gradient_clip_val=6.5, gradient_clip_algorithm="value")
WEAKLY: dict[str, Any] = dict(gradient_clip_val=26.0)


class Slope(pl.LightningModule):
    """Three weights whose gradients are always the same.

    Attributes:
        before: the norm of the gradients that `on_before_optimizer_step` saw.
        after: the gradients after the step.
    """

    def __init__(self, optimizer: Any = SGD) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(zeros(2)), nn.Parameter(zeros(1))
        self.optimizer = optimizer
        self.before, self.after = 0.0, list[float]()

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Return a loss that is linear in the weights."""
        return (cat([self.weight, self.bias]) * tensor(GRADIENTS)).sum()

    def _gradients(self) -> Tensor:
        return cat([p.grad for p in self.parameters() if p.grad is not None])

    def on_before_optimizer_step(self, optimizer: Any) -> None:
        """Note the norm."""
        self.before = float(self._gradients().norm())

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """Note the gradients with which a step was made."""
        super().optimizer_step(*args, **kwargs)
        self.after = self._gradients().tolist()

    def configure_optimizers(self) -> Any:
        """Any optimizer."""
        return self.optimizer(self.parameters(), lr=0.1)


class Question(NamedTuple):
    """What is asked of a run: the reason, and what comes of which mistake."""

    reason: str
    mistakes: dict[tuple[float, ...], str]


@cache
def answered() -> dict[str, list[float]]:
    """What the Trainer does, by letter."""
    runs = [_one_step(Slope(), **options) for options in (BY_NORM, BY_VALUE, WEAKLY)]
    adam = _one_step(Slope(Adam), **BY_NORM)
    return {
        "a": [float(tensor(GRADIENTS).norm())],
        "b": runs[0].after,
        "c": runs[1].after,
        "d": runs[2].after,
        "e": [runs[0].before],
        "f": [adam.bias.item()],
    }


def _one_step(model: Slope, **options: Any) -> Slope:
    quiet_trainer(max_steps=1, **options).fit(model, loader(2, 2))
    return model


QUESTIONS = {
    "a": Question(
        "It is the length of one vector, made of all numbers in all gradients.",
        {
            (19.0,): "That is their sum without signs, the 1-norm.",
            (17.0,): "The norms of the single gradients do not add up: their squares do.",
            (12.0,): "That is the largest of the numbers.",
            (5.0,): "That is `weight` alone, and `bias` has a gradient, too.",
            (169.0,): "That is the square of it.",
        },
    ),
    "b": Question(
        "One factor for all of them makes the norm 6.5, and the direction stays.",
        {
            (3.0, 4.0, -6.5): 'So it is with `"value"`; the default is the norm of all gradients.',
            (3.0, 4.0, -12.0): "The norm is larger than 6.5, so that something is clipped.",
            (1.5, 2.0, 6.0): "Clipping changes no sign.",
            (3.0, 4.0, 6.5): "Clipping changes no sign, and by default it is the norm of all.",
        },
    ),
    "c": Question(
        "Each number is clipped by itself, to between -6.5 and 6.5; the direction changes.",
        {
            (1.5, 2.0, -6.0): "So it is with the norm; here each number is looked at by itself.",
            (3.0, 4.0, 6.5): "The limit holds in both directions, and the sign stays.",
            (3.0, 4.0, -12.0): "Of -12 the size counts, and that is more than 6.5.",
            (6.5, 6.5, -6.5): "What is within the limits stays as it is.",
        },
    ),
    "d": Question(
        "The norm is within the limit.",
        {
            (6.0, 8.0, -24.0): "Clipping never makes a gradient larger.",
            (
                1.5,
                2.0,
                -6.0,
            ): "The factor is 26/13 and would make them larger; above 1 it is not used.",
        },
    ),
    "e": Question(
        "Look up in which order hook, clipping and step come.",
        {
            (6.5,): "This hook runs before the clipping, whatever its name promises.",
        },
    ),
    "f": Question(
        "Adam divides each gradient by the root of its mean square, and that is clipped, too.",
        {
            (0.6,): "That is the step of SGD. Adam's does not grow with the gradient.",
            (1.2,): "That is the step of SGD, without clipping.",
            (0.65,): "That is the length of the step of SGD.",
            (6.0,): "That is the clipped gradient.",
            (-0.1,): "The step goes against the gradient, which is negative.",
        },
    ),
}


def check_predictions(predictions: Any) -> None:
    """Refuse numbers that do not come."""
    require(
        isinstance(predictions, dict) and set(predictions) == set(QUESTIONS),
        f"Expected a dictionary with the keys {', '.join(QUESTIONS)}; got "
        f"{listed(predictions) if isinstance(predictions, dict) else described(predictions)}.",
    )
    for key, right in answered().items():
        given = predictions[key] if len(right) > 1 else [predictions[key]]
        with rule(key):
            given = several(given, len(right), f"{key} to be a list of {len(right)} numbers")
            numbers = [number(each, key) for each in given]
            question = QUESTIONS[key]
            mistake = tuple(round(each, 2) for each in numbers)
            require(
                all(map(near, numbers, right)),
                f"It is not {listed_numbers(numbers)}. "
                f"{question.mistakes.get(mistake, question.reason)}",
            )
