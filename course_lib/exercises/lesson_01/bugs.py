"""Exercise 1.8: four bugs that raise no error."""

from collections.abc import Callable
from typing import Any

from torch import (
    Tensor,
    allclose,
    arange,
    equal,
    eye,
    nn,
    rand,
    randn,
    rot90,
    stack,
    tensor,
    uint8,
)

from course_lib.data import ImageData
from course_lib.exercises.answers import (
    check_part,
    described,
    near,
    number,
    require_function,
    several,
)
from course_lib.exercises.engine import attempted, exercise, require


@exercise(
    "1.8",
    why="None of the four ever raised an error. Whoever knows what the result should look like "
    "finds them.",
    hints=(
        "Each cell shows a symptom. Ask of each line above it: what should be true after this "
        "line, and is it?",
        "In order: what may a logit be; which images has validation not to see; what does the "
        "metric still know in the second epoch; how many times is `k` drawn?",
        "1: nothing after `output`. 2: cut the validation part off the training part. 3: `reset()` "
        "once per epoch. 4: one `k` per image.",
    ),
    in_order=True,
)
def bug_hunt(fix_1: Any, fix_2: Any, fix_3: Any, fix_4: Any) -> None:
    """Bug hunt."""
    steps = ((fix_1, require_free_logits), (fix_2, require_parts), (fix_3, require_epochs))
    for position, (fix, check) in enumerate((*steps, (fix_4, require_turns)), start=1):
        name = f"fix_{position}"
        attempted(fix, name)
        require_function(fix, name)
        check_part(name, check, fix)


def require_free_logits(fix: Callable[..., Any]) -> None:
    """Bug 1: a ReLU after the last layer."""
    hidden, output, images = nn.Linear(16, 8), nn.Linear(8, 10), randn(32, 1, 4, 4)
    before = hidden(images.flatten(1))
    linear, expected = output(before), output(before.relu())
    found = fix(images, hidden, output)
    require(
        isinstance(found, Tensor) and found.shape == (32, 10),
        f"fix_1 returned {described(found)}; expected logits of shape [32, 10] for 32 images.",
    )
    require(
        allclose(output(hidden(images.flatten(1)).relu()), expected, atol=1e-5),
        "fix_1 changes the layers that it is given. Their weights are not the bug; leave them as "
        "they are.",
    )
    require(
        bool(found.min() < 0),
        "fix_1: still no logit is below zero, and a class with negative logits gets no gradient.",
    )
    require(
        not allclose(found, linear, atol=1e-5),
        "fix_1: now both ReLUs are gone, and two linear layers in a row are no more than one. "
        "Which of the two was the bug?",
    )
    require(
        allclose(found, expected, atol=1e-5),
        "fix_1: the outputs are not those of `output` after `hidden` and ReLU. Take the fault "
        "away and put nothing in its place.",
    )


def require_parts(fix: Callable[..., Any]) -> None:
    """Bug 2: validation on the test images."""
    images = arange(70).to(uint8).view(70, 1, 1).repeat(1, 28, 28)  # image i is filled with i
    labels = (arange(70) * 7) % 10
    data = ImageData("check", images[:50], labels[:50], images[50:], labels[50:])
    numbers = []
    parts = several(fix(data), 3, "fix_2 to return `train, val, test`")
    for name, part in zip(("train", "val", "test"), parts, strict=True):
        found, classes = several(part, 2, f"fix_2 to give `{name}` as a pair, (images, labels)")
        numbers.append(found[:, 0, 0].long())
        require(
            equal(classes, labels[numbers[-1]]),
            f"fix_2: the labels of `{name}` are not those of its images; index both alike.",
        )
    train, val, test = (set(part.tolist()) for part in numbers)
    require(
        test == set(range(50, 70)),
        "fix_2: the test part is no longer the whole test part, so that results cannot be "
        "compared with anybody's.",
    )
    require(not val & test, "fix_2: validation still sees the test images.")
    require(
        not val & train,
        f"fix_2: {len(val & train)} of the {len(val)} validation images are in the training part "
        "too; take them out there.",
    )
    require(
        len(val) == 10 and len(train) == 40,
        f"fix_2: of 50 training images {len(train)} are left to train and {len(val)} validate; "
        "expected 40 and 10.",
    )


class Accuracy:
    """A metric with the usual three methods."""

    def __init__(self) -> None:
        self.right = self.total = self.updates = 0

    def update(self, logits: Tensor, labels: Tensor) -> None:
        """Count one batch."""
        self.updates += 1
        self.right += int((logits.argmax(dim=1) == labels).sum())
        self.total += len(labels)

    def compute(self) -> float:
        """The share of right answers since the last reset."""
        return self.right / self.total

    def reset(self) -> None:
        """Forget all counts."""
        self.right = self.total = 0


def require_epochs(fix: Callable[..., Any]) -> None:
    """Bug 3: a metric that is never reset."""
    first, second = [0, 0, 0, 1, 1, 2], [1, 1, 1, 1, 0, 1]  # right where the prediction is 0
    epochs = [
        [(eye(3)[[0] * size], tensor(labels[start : start + size])) for start, size in cuts]
        for labels, cuts in ((first, ((0, 4), (4, 2))), (second, ((0, 4), (4, 2))))
    ]
    metric = Accuracy()
    answer = several(fix(metric, epochs), 2, "fix_3 to return one accuracy for each of 2 epochs")
    found = [number(value, "fix_3: an epoch's accuracy") for value in answer]
    require(
        metric.updates > 0,
        "fix_3 never calls `metric.update`. Count with the metric that is passed, whichever it is.",
    )
    require(
        not near(found[1], 4 / 12),
        "fix_3: the second epoch's accuracy still counts the first epoch.",
    )
    require(
        not near(found[0], 0 / 2),
        "fix_3: only the last batch of an epoch counts; `reset()` comes too often.",
    )
    require(
        near(found[0], 3 / 6) and near(found[1], 1 / 6),
        f"fix_3 found {found[0]:.3f} and {found[1]:.3f}; right were 3 of 6, then 1 of 6.",
    )


def require_turns(fix: Callable[..., Any]) -> None:
    """Bug 4: one angle for all images."""
    images = rand(64, 1, 5, 5)
    before = images.clone()
    first = quarter_turns(fix(images), before)
    require(
        equal(images, before),
        "fix_4 turned the images that were passed; the next epoch needs them upright.",
    )
    second = quarter_turns(fix(images), before)
    require(
        len(set(first)) > 1,
        f"fix_4: all 64 images are turned by the same k = {first[0]}; each needs its own.",
    )
    require(
        first != second,
        "fix_4: a second call turns every image as the first did; draw anew each time.",
    )
    never = ", ".join(str(k) for k in range(4) if k not in first + second)
    require(not never, f"fix_4: k is never {never}; all of 0, 1, 2 and 3 can come.")


def quarter_turns(found: Any, images: Tensor) -> list[int]:
    """By how many quarter turns each image was turned."""
    require(
        isinstance(found, Tensor) and found.shape == images.shape,
        f"fix_4 returned {described(found)}; expected {list(images.shape)}, as it was passed.",
    )
    turned = stack([rot90(images, k, dims=(2, 3)) for k in range(4)])
    fits = (turned == found).flatten(2).all(dim=2)  # [4, N]
    require(
        bool(fits.any(dim=0).all()),
        "fix_4: some image is no longer the one at its place, turned in the plane of height and "
        "width.",
    )
    numbers: list[int] = fits.int().argmax(dim=0).tolist()
    return numbers
