"""Exercise 5.5: one step from several batches."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from torch import Tensor, allclose, cat, ones_like, randint, randn, tensor, zeros_like
from torch.autograd import grad
from torch.nn.functional import cross_entropy
from torch.optim import SGD, Optimizer

from course_lib.exercises.answers import described, require_function
from course_lib.exercises.engine import exercise, require, rule
from course_lib.exercises.lesson_05.counting import Watched
from course_lib.exercises.probes import CLASSES

Batches = list[tuple[Tensor, Tensor]]
SIZES = (5, 3, 1)
RATE = 0.5


class Step(NamedTuple):
    """The gradients of all parameters with which a step was made, in one, and all weights then."""

    gradient: Tensor
    weights: Tensor


@exercise(
    "5.5",
    why="A batch that does not fit into the memory is made of several that do, and the network "
    "learns the same.",
    hints=(
        "`backward` adds to the gradients that there are, and that is all of the trick. What has "
        "to be true of them before the first batch?",
        "The mean over all images is the mean of the batches' means only if each of these counts "
        "as much as its images: which factor is that for a batch?",
        "`backward` lets go of what autograd kept for it, unless it is told not to. When does each "
        "batch have its own?",
    ),
)
def accumulate(accumulated_step: Any) -> None:
    """Accumulate to an equal step."""
    require_function(accumulated_step, "accumulated_step")
    model, batches = Watched(), [(randn(n, 1, 4, 4), randint(CLASSES, (n,))) for n in SIZES]
    optimizer = SGD(model.parameters(), lr=RATE, momentum=0.9)
    steps = _noted(optimizer)
    gradients, losses = _of_each(model, batches)
    weights = _flat(model.parameters()) - RATE * _mean(gradients)
    with model.graphs:
        returned = accumulated_step(model, optimizer, list(batches))
    with rule("b"):
        require(
            len(steps) != len(SIZES),
            "The optimizer makes a step after each of the batches; there should be one, after all "
            "of them.",
        )
        require(
            len(steps) == 1,
            f"From {len(SIZES)} batches the optimizer makes {len(steps)} steps; expected one.",
        )
    with rule("a"):
        _check_gradient(steps[0].gradient, gradients)
        require(
            _same(steps[0].weights, weights),
            "The gradient is right, but the weights are not those after one step of the optimizer: "
            "something else changes them, or its learning rate.",
        )
    _, later = _of_each(model, batches)
    _check_leftovers(accumulated_step, model, optimizer, steps, batches)
    _check_memory(model)
    _check_returned(returned, losses, later)


def _noted(optimizer: Optimizer) -> list[Step]:
    """The steps that the optimizer will make."""
    steps: list[Step] = []

    def note(optimizer: Optimizer, *_: Any) -> None:
        parameters = optimizer.param_groups[0]["params"]
        gradients = [zeros_like(p) if p.grad is None else p.grad for p in parameters]
        steps.append(Step(_flat(gradients), _flat(parameters)))

    optimizer.register_step_post_hook(note)
    return steps


def _flat(tensors: Iterable[Tensor]) -> Tensor:
    """All numbers of all tensors, copied."""
    return cat([each.detach().flatten() for each in tensors])


def _of_each(model: Watched, batches: Batches) -> tuple[list[Tensor], list[Tensor]]:
    """For each batch the gradient of its mean loss, and that loss."""
    losses = [cross_entropy(model.layers(images), labels) for images, labels in batches]
    gradients = [_flat(grad(loss, list(model.parameters()))) for loss in losses]
    return gradients, [loss.detach() for loss in losses]


def _mean(values: list[Tensor]) -> Tensor:
    """The mean over all images, from those over the batches."""
    return sum(n * value for n, value in zip(SIZES, values, strict=True)) / tensor(sum(SIZES))


def _same(found: Tensor, expected: Tensor) -> bool:
    """Equal, but for the order in which numbers were added."""
    return found.shape == expected.shape and allclose(found, expected, rtol=1e-5, atol=1e-6)


def _named(found: Tensor, values: list[Tensor], of: str) -> str:
    """Which mean, or other sum, of the batches' values this is, if it is one that is known."""
    total, last = sum(values, zeros_like(found)), values[-1]
    mistakes = (
        (total, f"the sum of the batches' {of}, and nothing divides it"),
        (total / len(SIZES), "a mean in which each batch counts the same, large or small"),
        (_mean(values) * sum(SIZES), "the sum over all images, not their mean"),
        (_mean(values) / len(SIZES), "right, but for a division by the number of batches"),
        (
            _mean(values) * sum(SIZES) / (len(SIZES) * SIZES[0]),
            "divided by the number of batches times the size of the first; the batches differ in "
            "size",
        ),
        (last, "that of the last batch alone"),
        (last / len(SIZES), "a third of that of the last batch; the others are gone"),
        (last * SIZES[-1] / sum(SIZES), "the share that the last batch has; the others are gone"),
        (values[0], "that of the first batch alone"),
        (zeros_like(found), "zero"),
    )
    return next((f" It is {what}." for wrong, what in mistakes if _same(found, wrong)), "")


def _check_gradient(found: Tensor, gradients: list[Tensor]) -> None:
    """Refuse a step that is not that of all images at once."""
    require(
        _same(found, _mean(gradients)),
        "The gradient at the step is not that of the mean loss of all images."
        f"{_named(found, gradients, 'gradients')}",
    )


def _check_leftovers(
    accumulated_step: Any, model: Watched, optimizer: Optimizer, steps: list[Step], batches: Any
) -> None:
    """Refuse a second step in which gradients have a part that were there before it."""
    gradients, _ = _of_each(model, batches)
    for parameter in model.parameters():
        parameter.grad = ones_like(parameter)
    with model.graphs:
        accumulated_step(model, optimizer, list(batches))
    with rule("c"):
        require(
            _same(steps[-1].gradient, _mean(gradients)),
            "Where the parameters have gradients from before, these have a part in the step: "
            "nothing sets them to zero before the first batch.",
        )


def _check_memory(model: Watched) -> None:
    """Refuse more than one batch at a time; the first step tells."""
    kept, largest = model.kept[: len(model.kept) // 2], max(model.sizes, default=0)
    with rule("d"):
        require(
            largest <= max(SIZES),
            f"The model gets {largest} images at once, and the largest batch has {max(SIZES)}: "
            "that is the memory that we do not have.",
        )
        require(
            max(kept, default=0) <= max(kept[:2], default=0),
            "When the last batch goes through the model, what autograd keeps for all those before "
            "it is still in memory, or a part of it: a `backward` is yet to come.",
        )
        require(
            not any(kept),
            "When a batch goes through the model, what autograd kept for the one before is still "
            "in memory. Why is it kept after its `backward`?",
        )


def _check_returned(returned: Any, losses: list[Tensor], later: list[Tensor]) -> None:
    """Refuse what is not the mean loss of all images before the step."""
    with rule("e"):
        require(
            isinstance(returned, float),
            f"`accumulated_step` returns {described(returned)}; expected the loss as a `float`.",
        )
        require(
            not _same(tensor(returned), _mean(later)),
            "You return the mean loss after the step; expected that with which the step was made.",
        )
        require(
            _same(tensor(returned), _mean(losses)),
            f"You return the loss {returned:.3f}; the mean over all images is "
            f"{_mean(losses):.3f}.{_named(tensor(returned), losses, 'losses')}",
        )
