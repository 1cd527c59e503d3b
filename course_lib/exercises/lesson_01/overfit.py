"""Exercise 1.7: one batch, learnt by heart."""

from typing import Any

from torch import Generator, Tensor, cat, nn, randn, tensor
from torch.autograd import grad
from torch.nn.functional import cross_entropy

from course_lib.exercises.answers import described, near, require_function, several
from course_lib.exercises.engine import exercise, require, rule


@exercise(
    "1.7",
    why="A loop that cannot even learn eight images by heart has a bug. It is the cheapest test "
    "there is.",
    hints=(
        "It is the loop of 1.4 with one batch, `steps` times. Which optimizer and learning rate do "
        "you choose?",
        "`torch.optim.Adam(model.parameters(), lr=1e-2)`, built once before the loop, gets there; "
        "collect `loss.item()` in a list.",
    ),
)
def overfit(overfit: Any) -> None:
    """Overfit one batch."""
    require_function(overfit, "overfit")
    generator = Generator().manual_seed(1)
    batch = randn(8, 1, 10, 10, generator=generator), tensor([3, 1, 4, 1, 5, 9, 2, 6])
    model = nn.Sequential(nn.Flatten(), nn.Linear(100, 64), nn.ReLU(), nn.Linear(64, 10))
    start, slope = loss_and_slope(model, batch)
    losses = overfit(model, (batch[0].clone(), batch[1].clone()), 150)

    with rule("c"):
        several(losses, 150, "a list of 150 losses, one per step")
        require(
            all(isinstance(loss, float) for loss in losses),
            f"The losses are {described(losses[0])} each; expected floats: `loss.item()` lets go "
            "of the graph.",
        )
        require(
            near(losses[0], start),
            f"The first loss is {losses[0]:.3f}, but this network begins with {start:.3f} on this "
            "batch: `cross_entropy` of its logits and the labels.",
        )
    piled_up = slope_now(model)
    end, _ = loss_and_slope(model, batch)
    with rule("a"):
        require(
            not losses[-1] < 0.05 or end < 0.1,
            f"Your losses end at {losses[-1]:.3f}, but on the batch `model` has {end:.3f}: train "
            "the model that was passed, not a copy.",
        )
    with rule("d"):
        require(
            losses[-1] != losses[0],
            "The loss is the same at the end as at the beginning: no step changes the weights.",
        )
        require(
            losses[-1] < 0.05,
            f"The loss went from {losses[0]:.2f} to {losses[-1]:.2f} in 150 steps; below 0.05 is "
            "needed. Is it the same batch in each step, does the optimizer have all parameters, "
            "and is the learning rate neither too small nor too large?",
        )
    with rule("b"):
        require(
            losses[-1] >= 0.05 or piled_up < 0.5 * slope,
            "The batch is learnt, but the gradients at the end are the sum of all steps: call "
            "`zero_grad()` in each.",
        )


def loss_and_slope(model: nn.Module, batch: tuple[Tensor, Tensor]) -> tuple[float, float]:
    """The loss on a batch, and the length of its gradient."""
    loss = cross_entropy(model(batch[0]), batch[1])
    slopes = grad(loss, list(model.parameters()))
    return loss.item(), float(cat([slope.flatten() for slope in slopes]).norm())


def slope_now(model: nn.Module) -> float:
    """The length of the gradient that the parameters hold, 0 if they hold none."""
    gradients = [p.grad.flatten() for p in model.parameters() if p.grad is not None]
    return float(cat(gradients).norm()) if gradients else 0.0
