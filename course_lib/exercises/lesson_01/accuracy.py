"""Exercise 1.5: the loop that measures."""

from itertools import product
from typing import Any, NamedTuple

from torch import (
    Tensor,
    arange,
    cat,
    equal,
    eye,
    is_grad_enabled,
    nn,
    no_grad,
    set_grad_enabled,
    tensor,
    zeros_like,
)
from torch.utils.data import DataLoader, Subset, TensorDataset

from course_lib.exercises.answers import near, number, require_function
from course_lib.exercises.engine import exercise, require, rule


class Call(NamedTuple):
    """How a network was called."""

    images: Tensor
    weights: Tensor
    modes: set[bool]  # `training` of the network and of its layer
    recorded: bool  # whether there is a graph


class Watched(nn.Module):
    """One linear layer that remembers how it was called."""

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.layer = nn.Linear(inputs, classes)
        self.calls: list[Call] = []

    def forward(self, images: Tensor) -> Tensor:
        """Map images `[N, C, H, W]` to logits `[N, classes]`."""
        pixels = images.flatten(1)
        logits: Tensor = self.layer(pixels)
        seen = pixels.detach().clone()
        self.calls.append(Call(seen, self.weights(), self.modes(), logits.requires_grad))
        return logits

    def weights(self) -> Tensor:
        """A copy of all parameters, in one vector."""
        return cat([parameter.detach().flatten() for parameter in self.parameters()])

    def first_call(self, images: Tensor) -> Call | None:
        """The first call with these very images, if there was one."""
        return next((call for call in self.calls if equal(call.images, images.flatten(1))), None)

    def gradient(self) -> Tensor:
        """A copy of all gradients, in one vector."""
        gradients = [zeros_like(p) if p.grad is None else p.grad for p in self.parameters()]
        return cat([gradient.flatten() for gradient in gradients])

    def modes(self) -> set[bool]:
        """Whether this network and its layer are in training mode: one value, if they agree."""
        return {module.training for module in self.modules()}


@exercise(
    "1.5",
    why="A measurement must not disturb: same network, same mode, and a number that does not "
    "depend on the batch size.",
    hints=(
        "Two switches are involved: the network's mode, and whether torch records gradients. Which "
        "of them goes back by itself?",
        "Note `model.training` before you change it, and hand it to `model.train()` at the end; "
        "`no_grad` is a context. In the loop count two things: right answers, and images.",
    ),
)
def evaluate(evaluate: Any) -> None:
    """Accuracy."""
    require_function(evaluate, "evaluate")
    guesses = tensor([1, 2, 0, 1, 0, 1, 2, 0, 2, 0, 0])
    labels = tensor([1, 2, 1, 0, 0, 1, 2, 0, 2, 1, 1])  # right: 2 of 4, 4 of 4, 1 of 3
    data = TensorDataset(eye(10)[guesses].view(11, 1, 1, 10), labels)
    model = Watched(10, 10)
    with no_grad():
        model.layer.weight.copy_(1.7 * eye(10))  # no probability is above a half
        model.layer.bias.copy_(-arange(10) / 100)
    weights = model.weights()
    with set_grad_enabled(True):
        answer = evaluate(model, DataLoader(data, batch_size=4))

    with rule("e"):
        held = model.weights()
        require(
            held.dtype == weights.dtype,
            f"The weights came as {weights.dtype} and are {held.dtype} now: that is to stay.",
        )
        require(
            equal(held, weights),
            "The weights are not what they were: evaluation looks, and does not train.",
        )
    with rule("c"):
        require(
            all(len(call.modes) == 1 for call in model.calls),
            "You set `training` of the network alone, and its layers stay in training mode, a "
            "dropout among them: `model.eval()` reaches all.",
        )
        require(
            all(call.modes == {False} for call in model.calls),
            "The network predicts in training mode, where dropout is on: call `model.eval()` "
            "before the loop.",
        )
    with rule("d"):
        require(
            not any(call.recorded for call in model.calls),
            "Gradients are recorded, which costs time and memory for nothing: put the loop under "
            "`torch.no_grad()`.",
        )
    require_accuracy(answer)
    for training, recording in product((True, False), repeat=2):
        with set_grad_enabled(recording):
            again = evaluate(model.train(training), DataLoader(Subset(data, range(8)), 4))
            afterwards = is_grad_enabled()
        require_undisturbed(model, training, recording, afterwards)
    with rule("a"):
        require(
            not near(float(answer), 7 / 11) or near(number(again, "The accuracy"), 6 / 8),
            f"With other images you return {again}, where 0.75 is right: is something left from "
            "the first call?",
        )


def require_undisturbed(
    model: Watched, training: bool, recording: bool, recording_now: bool
) -> None:
    """Refuse a model, or a recording of gradients, that is left in another state."""
    states = {True: "training", False: "evaluation"}
    with rule("f"):
        require(
            model.modes() != {True, False},
            "At the end `training` of the network is set, but not that of its layers: "
            "`model.train(…)` reaches all.",
        )
        require(
            model.training == training,
            f"The network came in {states[training]} mode and left in {states[not training]} mode: "
            "remember `model.training` before you change it.",
        )
    switch = {True: "on", False: "off"}
    with rule("g"):
        require(
            all(parameter.requires_grad for parameter in model.parameters()),
            "`requires_grad` of the weights is off when you return: nobody could train them. "
            "`with torch.no_grad():` touches no weights.",
        )
        require(
            recording_now == recording,
            f"Recording of gradients was {switch[recording]} when `evaluate` was called, and is "
            f"{switch[recording_now]} when it returns. `with torch.no_grad():` leaves all as it "
            "was, by itself.",
        )


def require_accuracy(answer: Any) -> None:
    """Refuse anything but the share of 7 right answers of 11, in batches of 4, 4 and 3."""
    with rule("a"):
        require(not isinstance(answer, str), "The accuracy is a text; expected one number.")
        found = number(answer, "The accuracy")
    uneven = {
        (2 / 4 + 4 / 4 + 1 / 3) / 3: "You return the mean of the batches' accuracies, in which the "
        "3 images of the last batch weigh as much as 4. Divide all right answers by all images.",
        6 / 8: "The last batch, which is smaller, is left out.",
        2 / 4: "You return the accuracy of the first batch alone; count over all.",
        (2 / 4 + 4 / 4 + 1 / 3) / 11: "You divide the accuracies of 3 batches by 11 images: add up "
        "right answers, not shares.",
        1 / 3: "You return the accuracy of the last batch alone; count over all.",
        7 / 12: "You divide by 3 times 4 images; the last batch has only 3.",
        (2 / 3 + 2 / 5 + 3 / 3) / 3: "You return the mean over classes, in which a rare class "
        "weighs as much as a frequent one.",
    }
    with rule("b"):
        for share, message in uneven.items():
            require(not near(found, share), message)
    with rule("a"):
        require(
            0 <= found <= 1,
            f"You return {found:g}, for 7 right answers of 11; expected is their share, from 0 to "
            "1.",
        )
        require(
            not near(found, 4 / 11),
            "You return the share of wrong answers; expected is that of the right ones.",
        )
        require(
            near(found, 7 / 11) or any(near(found, share) for share in uneven),
            f"7 of 11 predictions are right, and you return {found:.4g}. Do you compare the index "
            "of the largest logit with the label, and round nothing?",
        )
