"""Exercise 1.7: one batch, learnt by heart."""

from itertools import pairwise
from typing import Any

from torch import Generator, Tensor, equal, is_grad_enabled, nn, no_grad, randn, tensor
from torch.nn.functional import cross_entropy

from course_lib.exercises.answers import described, near, require_function, several
from course_lib.exercises.engine import exercise, refuse, require, rule

IMAGES = randn(8, 1, 10, 10, generator=Generator().manual_seed(1))
LABELS = tensor([3, 1, 4, 1, 5, 9, 2, 6])
STEPS, GOAL = 150, 0.05


class Witness(nn.Sequential):
    """A network that notes its loss on the batch whenever it is run for training."""

    def __init__(self) -> None:
        super().__init__(nn.Flatten(), nn.Linear(100, 64), nn.ReLU(), nn.Linear(64, 10))
        self.noted: list[float] = []
        self.before = [parameter.detach().clone() for parameter in self.parameters()]
        self.gradients = self.fresh = 0  # how many came, and how many with none there before
        self.start = self.loss()
        list(self.parameters())[-1].register_hook(self.count)

    def forward(self, images: Tensor) -> Tensor:
        """The logits, as without a witness."""
        if is_grad_enabled():
            self.noted.append(self.loss())
        return super().forward(images)

    def loss(self) -> float:
        """The loss on the batch, now."""
        with no_grad():
            return cross_entropy(super().forward(IMAGES), LABELS).item()

    def count(self, _: Tensor) -> None:
        """A gradient comes; is an earlier one still there?"""
        earlier = list(self.parameters())[-1].grad
        self.gradients += 1
        self.fresh += earlier is None or not bool(earlier.any())

    def changed(self) -> int:
        """How many of the parameter tensors are others than at the beginning."""
        pairs = zip(self.parameters(), self.before, strict=True)
        return sum(not equal(now, before) for now, before in pairs)


@exercise(
    "1.7",
    why="A loop that cannot even learn eight images by heart has a bug. It is the cheapest test "
    "there is.",
    hints=(
        "It is the loop of 1.4 with one batch, `steps` times. What has to happen once, before the "
        "loop, and what in each step?",
        "`torch.optim.Adam` gets there if its learning rate is some ten times the default. In each "
        "step: clear the gradients, logits, loss, `backward`, `step`; and keep the loss as a "
        "number.",
    ),
)
def overfit(overfit: Any) -> None:
    """Overfit one batch."""
    require_function(overfit, "overfit")
    for steps in (10, STEPS):
        model = Witness()
        losses = overfit(model, (IMAGES.clone(), LABELS.clone()), steps)
        with rule("c"):
            several(losses, steps, f"a list of {steps} losses with `steps={steps}`")
            odd = [loss for loss in losses if not isinstance(loss, float)]
            require(
                not odd,
                f"Among the losses is {described(odd[0]) if odd else ''}; expected floats: "
                "`loss.item()` lets go of the graph.",
            )
        with rule("a"):
            require_trained(losses, model)
        with rule("d"):
            require_own_losses(losses, model)
    with rule("e"):
        require_steps(model)
    with rule("b"):
        require(
            model.fresh >= min(model.gradients, STEPS),
            f"Only {model.fresh} of {STEPS} steps began without an old gradient; in the others the "
            "new one was added to it. Clear the gradients in each step, with `zero_grad()`.",
        )
    with rule("e"):
        require_learnt(losses, model)


def require_trained(losses: list[float], model: Witness) -> None:
    """Refuse losses that change without the whole model."""
    changed = model.changed()
    require(
        changed > 0 or losses[-1] == losses[0],
        f"Your losses go from {losses[0]:.2f} to {losses[-1]:.2f}, but the weights of the `model` "
        "that was passed are what they were: train it, no copy and no network of your own.",
    )
    require(
        changed in (0, len(model.before)),
        f"Only {changed} of the model's {len(model.before)} parameter tensors have changed: the "
        "optimizer should have them all.",
    )


def require_own_losses(losses: list[float], model: Witness) -> None:
    """Refuse losses that are not what the model had on the batch, step by step."""
    first, noted = losses[0], model.noted
    require(
        not near(first, len(LABELS) * model.start),
        f"The first loss is {first:.3f}, the sum over the {len(LABELS)} images; expected their "
        "mean, which `cross_entropy` gives by default.",
    )
    late = [step for step, loss in enumerate(noted) if near(first, loss)]
    require(
        near(first, model.start) or not late,
        f"The first loss is {first:.3f}, that of the network after step {[*late, 0][0]}; expected "
        f"the one before step 1, {model.start:.3f}. Note one loss before each step.",
    )
    require(
        near(first, model.start),
        f"The first loss is {first:.3f}, but this network begins with {model.start:.3f} on this "
        "batch: `cross_entropy` of its logits, as they are, and the labels.",
    )
    require(
        not noted or len(noted) >= len(losses),
        f"You return {len(losses)} losses, but ran the network {len(noted)} times. Go on to the "
        "last step, however small the loss is.",
    )
    steps = zip(losses, noted, strict=True) if len(noted) == len(losses) else ()
    for step, (loss, expected) in enumerate(steps, start=1):
        if abs(loss - expected) > 1e-3 * (1 + abs(expected)):
            require(
                not near(loss, sum(noted[:step]) / step),
                f"Loss {step} is {loss:.3f}, the mean over the steps so far; expected that of the "
                f"step alone, {expected:.3f}.",
            )
            refuse(
                f"Loss {step} is {loss:.3f}, but on the batch that was passed the network has "
                f"{expected:.3f} then. Take the same images and labels in each step, and note its "
                "own loss."
            )


def require_steps(model: Witness) -> None:
    """Refuse a training that leaves the weights as they are."""
    if model.changed():
        return
    require(
        model.gradients > 0,
        "No gradient ever comes, so the weights stay as they are. Which call computes them?",
    )
    require(
        any(p.grad is not None and p.grad.any() for p in model.parameters()),
        "The weights never change, and at the end no gradient is left: does `zero_grad()` come "
        "between `backward()` and `step()`?",
    )
    refuse(
        "The weights never change, although gradients are there: is there a `step()` after "
        "`backward()`, by an optimizer of this model's parameters?"
    )


def require_learnt(losses: list[float], model: Witness) -> None:
    """Refuse a last loss that is too high, and say what may be the reason."""
    if losses[-1] < GOAL:
        return
    path = f"The loss goes from {losses[0]:.2f} to {losses[-1]:.2f}"
    require(
        all(later < 1.1 * earlier for earlier, later in pairwise(losses)),
        f"{path} and rises on the way, up to {max(losses):.3g}; below {GOAL} is needed. Is the "
        "learning rate too large, or a sign wrong?",
    )
    refuse(
        f"{path} in {STEPS} steps, and falls all the way; below {GOAL} is needed. Try a larger "
        "learning rate, or an optimizer with steps of its own, such as Adam."
    )
