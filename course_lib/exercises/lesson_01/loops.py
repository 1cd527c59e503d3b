"""Exercises 1.4 and 1.5: the loops that train and measure."""

from typing import Any, NamedTuple

from torch import (
    Generator,
    Tensor,
    allclose,
    arange,
    cat,
    equal,
    eye,
    is_grad_enabled,
    manual_seed,
    nn,
    no_grad,
    randn,
    tensor,
)
from torch.autograd import backward
from torch.nn.functional import cross_entropy
from torch.optim import SGD
from torch.utils.data import DataLoader, TensorDataset

from course_lib.exercises.answers import described, near, number, require_function
from course_lib.exercises.engine import exercise, require


class Watched(nn.Module):
    """One linear layer that remembers in which mode it was called, and if gradients were on."""

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.layer = nn.Linear(inputs, classes)
        self.training_modes: list[bool] = []
        self.gradients: list[bool] = []

    def forward(self, images: Tensor) -> Tensor:
        """Map images `[N, C, H, W]` to logits `[N, classes]`."""
        self.training_modes.append(self.training)
        self.gradients.append(is_grad_enabled())
        logits: Tensor = self.layer(images.flatten(1))
        return logits

    def weights(self) -> Tensor:
        """A copy of all parameters, in one vector."""
        return cat([parameter.detach().flatten() for parameter in self.parameters()])


class Reference(NamedTuple):
    """What an epoch has to come to: the loss of each batch, and the weights in the end."""

    losses: Tensor
    weights: Tensor


def reference_epoch(loader: Any, zero_grad: bool = True) -> Reference:
    """Train as exercise 1.4 asks for it, or without forgetting old gradients."""
    model = fresh_model()
    optimizer = SGD(model.parameters(), lr=0.5)
    losses = []
    for images, labels in loader:
        if zero_grad:
            optimizer.zero_grad()
        loss = cross_entropy(model(images), labels)
        backward(loss)
        optimizer.step()
        losses.append(loss.item())
    return Reference(tensor(losses), model.weights())


def fresh_model() -> Watched:
    """The same small network every time."""
    manual_seed(1)
    return Watched(4, 3)


@exercise(
    "1.4",
    why="These five lines are all of training. Lightning will write the loop for you, and now you "
    "know what it writes.",
    hints=(
        "Per batch: forget the old gradients, logits, loss, backward, step. Which mode is the "
        "network in when it comes from `evaluate`?",
        "For the mean over images, add `loss.item() * len(labels)` in the loop, and divide by the "
        "number of images after it.",
    ),
)
def train_one_epoch(train_one_epoch: Any) -> None:
    """One epoch of training."""
    require_function(train_one_epoch, "train_one_epoch")
    generator = Generator().manual_seed(1)
    images, labels = randn(10, 1, 2, 2, generator=generator), arange(10) % 3
    loader = DataLoader(TensorDataset(images, labels), batch_size=4)  # batches of 4, 4 and 2
    expected, piled_up = reference_epoch(loader), reference_epoch(loader, zero_grad=False)
    model, steps = fresh_model().eval(), list[Tensor]()
    optimizer = SGD(model.parameters(), lr=0.5)
    optimizer.register_step_post_hook(lambda *_: steps.append(model.weights()))
    gradients: list[Tensor] = []
    model.layer.weight.register_hook(gradients.append)
    before = model.weights()
    answer = train_one_epoch(model, loader, optimizer)

    require(
        all(model.training_modes),
        "The network came in evaluation mode, and you trained it so: dropout would be off. Call "
        "`model.train()` first.",
    )
    after = model.weights()
    require(
        bool(steps) or equal(before, after),
        "The weights changed, but not by the `optimizer` that was passed: it knows the learning "
        "rate, and remembers earlier steps. Build no other.",
    )
    require(bool(steps), "`optimizer.step()` never ran, so that the weights are as before.")
    require(bool(gradients), "There is no gradient to follow: call `loss.backward()`.")
    require(
        not equal(before, after),
        "`optimizer.step()` finds no gradient: the order is `zero_grad()`, `backward()`, `step()`.",
    )
    require_epoch(len(steps), after, expected, piled_up)
    require_mean_loss(answer, expected.losses)


def require_epoch(steps: int, weights: Tensor, expected: Reference, piled_up: Reference) -> None:
    """Refuse weights that are not those after one step per batch."""
    require(
        steps == 3,
        f"Steps of the optimizer: {steps}. The loader has 3 batches, and each is worth one.",
    )
    require(
        not allclose(weights, piled_up.weights, atol=1e-5),
        "Gradients pile up from batch to batch: `backward()` adds to what is there, so "
        "`optimizer.zero_grad()` goes into the loop.",
    )
    require(
        allclose(weights, expected.weights, atol=1e-5),
        "There is one step per batch, but the weights end elsewhere. The loss is `cross_entropy` "
        "of logits and labels, the mean over the batch.",
    )


def require_mean_loss(answer: Any, losses: Tensor) -> None:
    """Refuse anything but the mean over all images; the batches had 4, 4 and 2 of them."""
    found = number(answer, "The loss you return")
    require(
        not (isinstance(answer, Tensor) and answer.requires_grad),
        "The loss you return still holds on to the graph of its batches, and their memory; add up "
        "`loss.item()`.",
    )
    require(
        isinstance(answer, float),
        f"The loss you return is {described(answer)}; expected a float, as `loss.item()` gives it.",
    )
    mean = float(losses @ tensor([0.4, 0.4, 0.2]))
    require(
        not near(found, losses[-1]),
        "You return the loss of the last batch; expected is the mean over the whole epoch.",
    )
    require(
        not near(found, losses.mean()),
        "That is the mean over batches, in which the 2 images of the last one weigh as much as 4. "
        "Weigh each loss by the size of its batch.",
    )
    require(
        near(found, mean),
        f"You return {found:.3f}; the mean loss over the 10 images is {mean:.3f}. Divide the sum "
        "over all images by their number, and take each batch's loss before its step.",
    )


@exercise(
    "1.5",
    why="A measurement must not disturb: same network, same mode, and a number that does not "
    "depend on the batch size.",
    hints=(
        "Two switches are involved: the network's mode, and whether torch records gradients. Which "
        "of them goes back by itself?",
        "`was_training = model.training` at the start, `model.train(was_training)` at the end, and "
        "`with torch.no_grad():` around the loop. Count right answers, and images.",
    ),
)
def evaluate(evaluate: Any) -> None:
    """Accuracy."""
    require_function(evaluate, "evaluate")
    images = eye(3)[arange(10) % 3].view(10, 1, 1, 3)  # what the network below sees as class i % 3
    labels = tensor([0, 1, 2, 0, 1, 2, 1, 2, 0, 1])  # right: 4 of 4, 2 of 4, 0 of 2
    loader = DataLoader(TensorDataset(images, labels), batch_size=4)
    model = Watched(3, 3)
    with no_grad():
        model.layer.weight.copy_(eye(3))
        model.layer.bias.zero_()
    before = model.weights()
    answer = evaluate(model, loader)

    require(
        equal(model.weights(), before),
        "The weights are not what they were: evaluation looks, and does not train.",
    )
    require(
        not any(model.training_modes),
        "The network predicts in training mode, where dropout is on: call `model.eval()` before "
        "the loop.",
    )
    require(
        not any(model.gradients),
        "Gradients are recorded, which costs time and memory for nothing: put the loop under "
        "`torch.no_grad()`.",
    )
    require(
        is_grad_enabled(),
        "Recording of gradients is still off when you return, for everything that follows. "
        "`with torch.no_grad():` goes back by itself.",
    )
    require_accuracy(number(answer, "The accuracy"))
    require(
        model.training,
        "The network came in training mode, and left in evaluation mode; leave it as you found it.",
    )
    with no_grad():
        evaluate(model.eval(), loader)
        still_off = not is_grad_enabled()
    require(
        still_off,
        "Recording of gradients was off when `evaluate` was called, and is on when it returns. "
        "`with torch.no_grad():` leaves it as it was, `set_grad_enabled(True)` does not.",
    )
    require(
        not model.training,
        "The network came in evaluation mode, and left in training mode. Remember `model.training` "
        "before you change it.",
    )


def require_accuracy(found: float) -> None:
    """Refuse anything but 6 right answers of 10, in batches of 4, 4 and 2."""
    require(
        not near(found, (4 / 4 + 2 / 4 + 0 / 2) / 3),
        "You return the mean of the batches' accuracies, in which the 2 images of the last batch "
        "weigh as much as 4. Divide all right answers by all images.",
    )
    require(
        found <= 1,
        f"You return {found:g}, for 6 right answers of 10; expected is their share, from 0 to 1.",
    )
    require(
        near(found, 0.6),
        f"6 of 10 predictions are right, and you return {found:.3f}. Do all batches count, the "
        "smaller last one too, and right answers rather than wrong ones?",
    )
