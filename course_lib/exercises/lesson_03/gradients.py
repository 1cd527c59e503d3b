"""Exercise 3.4: a callback that logs the norm of the gradients."""

from collections.abc import Callable
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, equal, nn, stack
from torch.nn.functional import cross_entropy

from course_lib.exercises.answers import (
    close,
    listed,
    listed_numbers,
    number,
    require_class,
)
from course_lib.exercises.engine import NotAttempted, exercise, refuse, require, rule
from course_lib.exercises.inspection import explain
from course_lib.exercises.probes import Recorder, loader, quiet_trainer
from course_lib.exercises.sandbox import seed

CLIP = 0.5


class Branched(pl.LightningModule):
    """A module with names of its own, a frozen layer, and one that is never used."""

    def __init__(self) -> None:
        super().__init__()
        self.head, self.body = nn.Linear(4, 10), nn.Linear(16, 4)
        self.frozen = nn.Linear(4, 4).requires_grad_(False)
        self.unused = nn.Linear(4, 4)
        self.calls = 0

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Return the loss of the batch."""
        images, labels = batch
        logits = self.head(self.frozen(self.body(images.flatten(1))))
        return cross_entropy(logits, labels, reduction="sum")

    def configure_optimizers(self) -> Any:
        """Leave out what is frozen."""
        return torch.optim.SGD([p for p in self.parameters() if p.requires_grad], lr=0.1)

    def log(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Count what is logged as `grad_norm`."""
        self.calls += name == "grad_norm"
        super().log(name, *args, **kwargs)


class Witness(pl.Callback):
    """Keeps the gradients that it sees before each step."""

    def __init__(self) -> None:
        self.steps: list[list[Tensor]] = []
        self.weights: list[list[Tensor]] = []

    def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
        """Keep copies."""
        parameters = list(pl_module.parameters())
        self.steps.append([p.grad.clone() for p in parameters if p.grad is not None])
        self.weights.append([p.detach().clone() for p in parameters])

    def over(self, combine: Callable[[Tensor], Tensor], norm: Any = None) -> Tensor:
        """For each step, the norms of its gradients in one."""
        sizes = [stack([Tensor.norm(g, p=norm or 2) for g in step]) for step in self.steps]
        return stack([combine(each) for each in sizes])


@exercise(
    "3.4",
    why="A callback has six hooks around each step; what it sees depends on which of them it is.",
    hints=(
        "Of the hooks of `pl.Callback`, find the one that is called when the gradients are "
        "complete and not used yet by the optimizer. The module is one of its arguments.",
        "The norm of a long vector is the norm of the norms of its pieces. A gradient is in "
        "`grad`, which is None where there is none; `pl_module.log` takes the result.",
    ),
)
def write_a_callback(gradient_norm: Any) -> None:
    """A callback of your own."""
    require_class(gradient_norm, pl.Callback)
    own = _own_methods(gradient_norm)
    if not own:
        raise NotAttempted("GradientNorm is still open: it has no method yet.")
    require(
        any(hasattr(pl.Callback, name) for name in own),
        f"Lightning calls none of its methods: {listed(own)}. Which hook did you mean?",
    )
    undisturbed, _ = _trained(Witness())
    before, after, recorder = Witness(), Witness(), Recorder()
    try:
        model, trainer = _trained(before, gradient_norm(), after, logger=recorder)
    except (AttributeError, TypeError, RuntimeError) as error:
        _check_error(error)
        raise
    with rule("e"):
        _check_undisturbed(before, after)
        require(
            all(map(equal, model.parameters(), undisturbed.parameters())),
            "A training with your callback ends with other weights than one without it.",
        )
        require(
            _modes(model) == _modes(undisturbed),
            "After a training with your callback, parts of the model are in another mode, or "
            "require gradients where they did not.",
        )
    _check_logged(recorder, model, trainer)
    found = _logged(recorder)
    _check_norms(found, before)
    with rule("a"):
        _check_without_logger(gradient_norm())


def _own_methods(kind: type) -> list[str]:
    """What a class adds to `Callback`, by itself or by what it inherits."""
    parts = [part for part in kind.__mro__ if not issubclass(pl.Callback, part)]
    return [name for part in parts for name in vars(part) if not name.startswith("__")]


def _trained(*callbacks: pl.Callback, **options: Any) -> tuple[Branched, pl.Trainer]:
    """Train with five batches in three steps, with clipped gradients."""
    seed(0)
    model = Branched()
    trainer = quiet_trainer(
        max_epochs=1,
        accumulate_grad_batches=2,
        gradient_clip_val=CLIP,
        callbacks=list(callbacks),
        **options,
    )
    trainer.fit(model, loader(20, 4))
    return model, trainer


def _modes(model: nn.Module) -> list[bool]:
    """What is in training mode, and what requires a gradient."""
    modes = [module.training for module in model.modules()]
    return modes + [parameter.requires_grad for parameter in model.parameters()]


def _check_error(error: Exception) -> None:
    """Say what an error in the middle of the training comes from, if that can be told."""
    with rule("c"):
        require(
            "NoneType" not in f"{error}",
            "Some parameters, frozen or unused, have no gradient: their `grad` is None. "
            f"{explain(error)}",
        )
    with rule("d"):
        require(
            "non-empty" not in f"{error}",
            f"There is not one gradient where your callback looks for them. {explain(error)}",
        )
    with rule("f"):
        require(
            Branched.__name__ not in f"{error}",
            f"The check's module has parts with other names. {explain(error)}",
        )


def _check_undisturbed(before: Witness, after: Witness) -> None:
    """Refuse a callback that changes something at the step."""
    gradients = zip(before.steps, after.steps, strict=True)
    require(
        all(len(a) == len(b) and all(map(equal, a, b)) for a, b in gradients),
        "Your callback changes the gradients; it should look at them and leave them as they are.",
    )
    weights = zip(before.weights, after.weights, strict=True)
    require(
        all(all(map(equal, a, b)) for a, b in weights),
        "Your callback changes the weights; that is the business of the optimizer.",
    )


def _check_without_logger(callback: pl.Callback) -> None:
    """Refuse a callback that takes a logger for granted."""
    try:
        _trained(callback)
    except Exception as error:
        refuse(f"All is right with a logger, but not with `logger=False`. {explain(error)}")


def _check_logged(recorder: Recorder, model: Branched, trainer: pl.Trainer) -> None:
    """Refuse another name, or another number of values than one for each step."""
    names = listed(name for entry in recorder.entries for name in entry)
    logged, steps = len(recorder.values("grad_norm")), trainer.global_step
    with rule("a"):
        require(
            logged > 0 or "grad_norm_step" not in names,
            f"The logger gets {names}: with on_step and on_epoch both true, Lightning makes two "
            "names of one.",
        )
        require(logged > 0, f"The logger gets {names}; expected `grad_norm`.")
        require(
            "grad_norm" in trainer.callback_metrics,
            "The logger gets `grad_norm`, but it is not among the Trainer's `callback_metrics`: "
            "only `log` sees to both, with or without a logger.",
        )
    calls = model.calls or logged
    with rule("d"):
        require(
            calls != 5,
            "You log once per batch, also where the gradients of the next batch are still to be "
            f"added: {calls} times in {steps} steps.",
        )
        require(
            calls in (0, steps),
            f"You log `grad_norm` in {calls} calls, and there are {steps} steps; expected one call "
            "for each step.",
        )
        require(
            logged in (0, steps),
            f"You log `grad_norm` at {steps} steps, but the number of values that the logger gets "
            f"is {logged}: `on_step` decides whether it gets them at each step.",
        )


def _logged(recorder: Recorder) -> Tensor:
    """What was logged as `grad_norm`."""
    values = recorder.values("grad_norm")
    return torch.tensor([number(value, "`grad_norm`") for value in values])


def _check_norms(found: Tensor, witness: Witness) -> None:
    """Refuse what is not the norm of all gradients before each step."""
    expected = witness.over(Tensor.norm)
    clipped = expected.clamp(max=CLIP)
    previous = torch.cat([torch.zeros(1), clipped[:-1]])
    shown = f"In three steps you log {listed_numbers(found.tolist())}"
    with rule("d"):
        require(
            not close(found, clipped),
            f"{shown}: these are the norms after `gradient_clip_val={CLIP}` has clipped them.",
        )
        require(
            not close(found, previous),
            f"{shown}: at each step these are the gradients of the step before.",
        )
    weights = stack([stack([w.norm() for w in each]).norm() for each in witness.weights])
    mistakes = (
        ("the sum of the norms of the single gradients", witness.over(Tensor.sum)),
        ("the mean of the norms of the single gradients", witness.over(Tensor.mean)),
        ("the largest of the norms of the single gradients", witness.over(Tensor.max)),
        ("the norm of the first gradient alone", witness.over(lambda norms: norms[0])),
        ("the norm of the last gradient alone", witness.over(lambda norms: norms[-1])),
        ("the square; its root is missing", expected.square()),
        ("the 1-norm", witness.over(Tensor.sum, 1)),
        ("the largest number in the gradients", witness.over(Tensor.max, float("inf"))),
        ("the norm of the weights", weights),
    )
    seen = [f" It is {what}." for what, wrong in mistakes if close(found, wrong)]
    with rule("b"):
        require(
            close(found, expected) or not len(found),
            f"{shown}; expected {listed_numbers(expected.tolist())}.{''.join(seen[:1])}",
        )
