"""Exercise 1.4: the loop that trains."""

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import (
    Generator,
    Tensor,
    arange,
    enable_grad,
    equal,
    randn,
    tensor,
)
from torch.autograd import grad
from torch.nn.functional import cross_entropy, linear, nll_loss
from torch.optim import SGD
from torch.utils.data import DataLoader, Subset, TensorDataset

from course_lib.exercises.answers import close, described, near, number, require_function
from course_lib.exercises.engine import exercise, require, rule
from course_lib.exercises.lesson_01.accuracy import Watched
from course_lib.exercises.sandbox import seed


class Step(NamedTuple):
    """A step of an optimizer: the weights on both sides of it, and the gradient that it took."""

    before: Tensor
    after: Tensor
    gradient: Tensor


class Batch(NamedTuple):
    """Images and their labels; the classes are 0, 1 and 2."""

    images: Tensor
    labels: Tensor

    @enable_grad()
    def at(self, weights: Tensor, loss: Callable[..., Tensor] = cross_entropy) -> Any:
        """The loss of a `Watched(4, 3)` with these weights, and its gradient."""
        weights = weights.clone().requires_grad_()
        logits = linear(self.images.flatten(1), weights[:12].view(3, 4), weights[12:])
        value = loss(logits, self.labels)
        return value.item(), grad(value, weights)[0]


def fresh() -> tuple[Watched, SGD, list[Step]]:
    """The same small network every time, an optimizer for it, and the steps it will have made."""
    seed(1)
    model = Watched(4, 3).eval()
    optimizer = SGD(model.parameters(), lr=0.5)
    before: list[Tensor] = []
    steps: list[Step] = []
    optimizer.register_step_pre_hook(lambda *_: before.append(model.weights()))
    optimizer.register_step_post_hook(
        lambda *_: steps.append(Step(before[-1], model.weights(), model.gradient()))
    )
    return model, optimizer, steps


@exercise(
    "1.4",
    why="These five lines are all of training. Lightning will write the loop for you, and now you "
    "know what it writes.",
    hints=(
        "Per batch: forget the old gradients, logits, loss, backward, step. Which mode is the "
        "network in when it comes from `evaluate`?",
        "The loss of a batch is a mean over its images. To come to a mean over all of them, make "
        "each a sum again with the size of its batch (`.item()` makes it a number), add these up, "
        "and count the images.",
    ),
)
def train_one_epoch(train_one_epoch: Any) -> None:
    """One epoch of training."""
    require_function(train_one_epoch, "train_one_epoch")
    images = randn(10, 1, 2, 2, generator=Generator().manual_seed(1))
    data = TensorDataset(images, arange(10) % 3)
    loader = DataLoader(data, batch_size=4)
    batches = [Batch(*data[:4]), Batch(*data[4:8]), Batch(*data[8:])]
    model, optimizer, steps = fresh()
    backwards: list[Tensor] = []
    model.layer.weight.register_hook(backwards.append)
    start = model.weights()
    answer = train_one_epoch(model, loader, optimizer)
    end = model.weights()

    with rule("a"):
        require(
            all(len(call.modes) == 1 for call in model.calls),
            "You set `training` of the network alone, and its layers stay in evaluation mode, a "
            "dropout among them: `model.train()` reaches all.",
        )
        require(
            all(call.modes == {True} for call in model.calls),
            "The network came in evaluation mode and meets a batch in it: dropout would be off. "
            "Call `model.train()` first.",
        )
    with rule("c"):
        require(
            bool(steps) or equal(start, end),
            "The weights changed, but not by the `optimizer` that was passed: it knows the "
            "learning rate, and remembers earlier steps. Build no other.",
        )
        sides = [start, *(weights for step in steps for weights in step[:2]), end]
        require(
            all(equal(*between) for between in zip(sides[::2], sides[1::2], strict=True)),
            "Something changes the weights between the optimizer's steps: leave them to "
            "`optimizer.step()`.",
        )
        require(
            all(close(step.after, step.before - 0.5 * step.gradient) for step in steps),
            "The optimizer steps at another learning rate than it came with: leave it as it is.",
        )
        require(
            optimizer.param_groups[0].items() >= optimizer.defaults.items(),
            "The optimizer leaves with another learning rate, or another of its settings, than it "
            "came with. The next epoch is not yours to prepare.",
        )
    met = [model.first_call(batch.images) for batch in batches]
    with rule("b"):
        require(bool(steps), "`optimizer.step()` never ran, so that the weights are as before.")
        require(
            any(met),
            "The network never sees a batch as the loader gives it. Is it the `model` that was "
            "passed, and does it get the `images` of a batch as they are, all at once?",
        )
        require(
            all(met),
            f"The network sees {sum(map(bool, met))} of the 3 batches. Does the loop end too soon, "
            "or leave out the last one, which is smaller?",
        )
        require(
            len(steps) >= 3,
            f"Steps of the optimizer: {len(steps)}, for 3 batches. `step()` goes into the loop.",
        )
        require(
            len(steps) <= 3,
            f"Steps of the optimizer: {len(steps)}, for 3 batches. Each is worth one, no more.",
        )
    weights = [call.weights for call in met if call]
    with rule("b"):
        require(
            all(equal(held, start) for held in weights[:1]),
            "The first batch of the loader is not the first that makes a step: take the batches "
            "in the order in which they come.",
        )
    if len(steps) == 3:
        gradients = [batch.at(held)[1] for batch, held in zip(batches, weights, strict=True)]
        require_gradients(steps, gradients, batches[0], bool(backwards))
    later = [batch.at(step.after)[0] for batch, step in zip(batches, steps, strict=False)]
    require_mean_loss(
        answer,
        tensor([batch.at(held)[0] for batch, held in zip(batches, weights, strict=True)]),
        tensor(later),
        tensor([batch.at(end)[0] for batch in batches]),
    )
    with rule("f"):
        model, optimizer, _ = fresh()
        before = batches[0].at(model.weights())[0]
        again = train_one_epoch(model, DataLoader(Subset(data, range(4)), 4), optimizer)
        found, after = (
            number(again, "The loss of a second epoch"),
            batches[0].at(model.weights())[0],
        )
        require(
            near(found, before) or near(found, after),
            f"The second time you return {found:.3f}, where {before:.3f} is right: is something "
            "left from the first call?",
        )


NOT_THE_LOSS: dict[str, Callable[..., Tensor]] = {
    "The gradient is that of the sum over the batch: leave `cross_entropy` its mean, so that steps "
    "do not grow with the batch.": lambda x, y: cross_entropy(x, y, reduction="sum"),
    "There is a softmax before `cross_entropy`, which has one itself: pass it the logits as they "
    "are.": lambda x, y: cross_entropy(x.softmax(1), y),
    "`nll_loss` wants the `log_softmax` of the logits; `cross_entropy` does both.": nll_loss,
}


def require_gradients(
    steps: list[Step], expected: list[Tensor], first: Batch, backward: bool
) -> None:
    """Refuse gradients other than that of `cross_entropy` for the step's own batch."""
    found = [step.gradient for step in steps]
    with rule("d"):
        require(backward, "There is no gradient to follow: call `loss.backward()`.")
        require(
            any(bool(gradient.any()) for gradient in found),
            "`optimizer.step()` finds no gradient: the order is `zero_grad()`, `backward()`, "
            "`step()`.",
        )
        require(
            bool(found[0].any()),
            "The first step finds no gradient, and each later one that of the batch before: "
            "`step()` comes after the batch's own `backward()`.",
        )
    with rule("e"):
        for message, loss in NOT_THE_LOSS.items():
            require(not close(found[0], first.at(steps[0].before, loss)[1]), message)
        ratio = float(found[0] @ expected[0] / (expected[0] @ expected[0]))
        require(
            near(ratio, 1) or not close(found[0], ratio * expected[0]),
            f"The first gradient is {ratio:.2g} times what it should be. Call `backward()` once "
            "per batch, on the very mean that `cross_entropy` gives, and do not clip.",
        )
        require(
            close(found[0], expected[0]),
            "The first step does not follow the gradient of `cross_entropy(logits, labels)`, the "
            "mean over its batch. What is it that you call `backward()` on?",
        )
    for i in (1, 2):
        piled_up = close(found[i], found[i - 1] + expected[i])
        with rule("d"):
            require(
                not piled_up,
                "Gradients pile up from batch to batch: `backward()` adds to what is there, so "
                "`optimizer.zero_grad()` goes into the loop.",
            )
        with rule("e"):
            require(
                piled_up or close(found[i], expected[i]),
                f"The first step is right, step {i + 1} is not: it should follow the loss of its "
                "own batch alone, the mean over 4, 4 or 2 images.",
            )


def require_mean_loss(answer: Any, losses: Tensor, later: Tensor, final: Tensor) -> None:
    """Refuse anything but the mean over all images of the batches' losses when they were met.

    Args:
        answer: what was returned.
        losses: of the batches, as they were met.
        later: after the step of each.
        final: after the epoch.
    """
    with rule("f"):
        found = number(answer, "The loss you return")
    with rule("h"):
        require(
            not (isinstance(answer, Tensor) and answer.requires_grad),
            "The loss you return still holds on to the graph of its batches, and their memory; add "
            "up `loss.item()`.",
        )
        require(
            isinstance(answer, float),
            f"The loss you return is {described(answer)}; expected a float, as `loss.item()` gives "
            "it.",
        )
    sizes = tensor([4.0, 4.0, 2.0])
    mean, total = float(losses @ sizes / 10), losses.sum()
    too_late = near(found, later @ sizes / 10) or near(found, final @ sizes / 10)
    with rule("g"):
        require(
            not near(found, later @ sizes / 10),
            "You return the mean of the losses after the steps: take each batch's loss before the "
            "step that it leads to.",
        )
        require(
            not too_late,
            "You return the loss of the network as it is at the end: add up the losses on the way.",
        )
    with rule("f"):
        for value, message in (
            (losses[-1], "You return the loss of the last batch; expected is the mean over all."),
            (
                total / 3,
                "That is the mean over batches, in which the 2 images of the last one weigh as "
                "much as 4. Weigh each loss by the size of its batch.",
            ),
            (total, "You return the sum of the batches' losses: expected is the mean over images."),
            (
                total / 10,
                "You divide the losses of 3 batches by 10 images. Each is a mean: times the size "
                "of its batch it becomes a sum over images.",
            ),
            (mean * 10, "You return the sum over all images: divide it by their number."),
            (mean * 10 / 3, "You divide the sum over all images by the number of batches."),
            (mean * 10 / 12, "You divide by 3 times 4 images; the last batch has only 2."),
        ):
            require(not near(found, value), message)
        require(
            near(found, mean) or too_late,
            f"You return {found:.3f}; the mean loss over the 10 images is {mean:.3f}. Which losses "
            "do you add up, what do you divide by, and do you round?",
        )
