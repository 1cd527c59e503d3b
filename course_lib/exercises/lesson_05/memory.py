"""Exercise 5.4: where the bytes of a training step are."""

from copy import deepcopy
from typing import Any

from torch import nn

from course_lib.exercises.answers import close, described, listed, require_function
from course_lib.exercises.engine import exercise, require, rule
from course_lib.exercises.lesson_05.trainings import CASES, Case, measure

KEYS = ("weights", "gradients", "optimizer state", "activations")


@exercise(
    "5.4",
    why="Weights, gradients and Adam's moments are about four times the weights, whatever the "
    "batch; activations grow with the batch.",
    hints=(
        "A tensor's `nbytes` is its size in bytes. Which of the four are there before the step, "
        "which only after `backward`, and which only after `optimizer.step()`?",
        "`with torch.autograd.graph.saved_tensors_hooks(pack, unpack):` calls `pack(tensor)` for "
        "each tensor that autograd keeps; both functions return the tensor.",
        "Two tensors share memory if both have the same `untyped_storage().data_ptr()`: in a "
        "dictionary with that as its key each storage is once, and the weights' can be left out. "
        "Its size is the storage's, `untyped_storage().nbytes()`, not the tensor's.",
    ),
)
def training_memory(training_memory: Any) -> None:
    """Measure memory."""
    require_function(training_memory, "training_memory")
    for make in CASES:
        case, twin = make(), make()
        twin.model.load_state_dict(case.model.state_dict())
        twin.images, twin.labels = case.images, case.labels
        before = deepcopy(twin.model)
        expected = measure(twin)
        found = training_memory(case.model, case.optimizer, case.images, case.labels)
        require_dictionary(found)
        for letter, key, mistakes in MISTAKES:
            with rule(letter):
                refuse_mistakes(key, found[key], expected, case, mistakes)
        for key in KEYS:
            require(
                found[key] == expected[key],
                f"{case.name}: you find {found[key]} bytes of {key}; expected {expected[key]}.",
            )
        with rule("b"):
            require_one_step(case, twin.model, before)


def require_dictionary(found: Any) -> None:
    """Refuse what is not a dictionary of four whole numbers."""
    with rule("a"):
        require(
            isinstance(found, dict),
            f"`training_memory` returned {described(found)}; expected a dictionary.",
        )
        require(
            set(found) == set(KEYS),
            f"The dictionary has the keys {listed(found):.80}; expected {listed(KEYS)}.",
        )
        odd = [key for key in KEYS if type(found[key]) is not int]
        require(
            not odd,
            f"{listed(odd)} should be a number of bytes, an `int`, and is "
            f"{described(found[(odd or KEYS)[0]])}.",
        )


def refuse_mistakes(
    key: str, found: int, expected: dict[str, int], case: Case, mistakes: dict[str, str]
) -> None:
    """Refuse what a known mistake gives, and say which."""
    for mistake, message in mistakes.items():
        require(
            found == expected[key] or found != expected[mistake],
            f"{case.name}: {found} bytes of {key}, {message}",
        )


def require_one_step(case: Case, trained: nn.Module, before: nn.Module) -> None:
    """Refuse a model that has not been trained for exactly one step."""
    require(
        not same(case.model, before),
        f"{case.name}: the model's weights are as they were before. Where is the step?",
    )
    require(
        same(case.model, trained),
        f"{case.name}: the model's weights are not those after one step of the optimizer, with "
        "the gradients of this batch alone.",
    )


def same(model: nn.Module, other: nn.Module) -> bool:
    """Whether two models of one kind have the same weights."""
    pairs = zip(model.parameters(), other.parameters(), strict=True)
    return all(close(mine, theirs) for mine, theirs in pairs)


VIEW = "as a view and what it is a view of are counted twice: they are one storage."
SLICE = "with the size of a slice alone: its whole storage stays in memory."
# What is wrong where a number is that of another thing that was measured.
MISTAKES: tuple[tuple[str, str, dict[str, str]], ...] = (
    (
        "c",
        "weights",
        {
            "layer by layer": "with a weight that two layers share counted twice.",
            "trainable": "those that are trained alone; frozen weights are in memory, too.",
            "values": "which is the number of values; how many bytes has each?",
            "in 32 bits": "at four bytes each; these have two.",
        },
    ),
    (
        "d",
        "gradients",
        {
            "weights": "as many as the weights have; a frozen weight gets no gradient.",
            "nothing": "so there are none: look after `backward`, and before they are set free.",
            "trainable layer by layer": "with the gradient of a shared weight counted twice.",
            "trainable values": "which is the number of values, not of bytes.",
            "trainable in 32 bits": "at four bytes each; a gradient has the dtype of its weight.",
        },
    ),
    (
        "e",
        "optimizer state",
        {
            "nothing": "so it keeps nothing: that is true before its first step only.",
            "state but counters": "which are the moments; a counter of steps for each tensor of "
            "weights is missing.",
            "two moments": "twice the weights that are trained; not every optimizer keeps that, "
            "and Adam a little more.",
            "state values": "which is the number of values, not of bytes.",
        },
    ),
    (
        "g",
        "activations",
        {
            "saved storages": "the weights among them, which autograd keeps, too, some as a "
            "transposed view.",
            "saved tensors": "the weights among them, and some tensors several times.",
        },
    ),
    (
        "f",
        "activations",
        {
            "by identity": VIEW,
            "by address": VIEW,
            "last tensors": SLICE,
            "tensors by address": SLICE,
            "saved but weights": "some of them several times: two operations may keep the same "
            "storage.",
            "of the network": "those of the network; what the loss keeps is missing.",
            "outputs": "which are the outputs of all layers, whether autograd keeps them or not.",
            "but the batch": "without the images and labels, which autograd keeps as well.",
            "activation values": "which is the number of values, not of bytes.",
        },
    ),
)
