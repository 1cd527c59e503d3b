"""Exercise 1.8: four bugs that raise no error."""

from collections.abc import Callable
from itertools import pairwise
from math import isnan
from typing import Any

from torch import Tensor, arange, equal, isclose, nn, rand, randint, rot90, stack, tensor
from torch.autograd import grad
from torch.nn.functional import cross_entropy

from course_lib.data import ImageData
from course_lib.exercises.answers import (
    check_part,
    close,
    described,
    near,
    number,
    require_function,
    several,
)
from course_lib.exercises.engine import attempted, exercise, require, rule


@exercise(
    "1.8",
    why="None of the four ever raised an error. Whoever knows what the result should look like "
    "finds them.",
    hints=(
        "Each cell shows a symptom. Ask of each line above it: what should be true after this "
        "line, and is it?",
        "In order: what may a logit be; which images has validation not to see; what does the "
        "metric still know in the second epoch; how many times is `k` drawn?",
        "1: one of the two ReLUs does harm; what can come after the other? 2: draw indices of the "
        "training part and cut them in two. 3: the metric has three methods, and one is never "
        "called. 4: `torch.randint` can draw many numbers at once; `torch.stack` puts images "
        "together again.",
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
    hidden, output, images = nn.Linear(16, 8), nn.Linear(8, 10), rand(31, 1, 4, 4) - 0.5
    output.bias.data[3] = -20.0
    before = [parameter.detach().clone() for parameter in (*hidden.parameters(), output.bias)]
    flat = hidden(images.flatten(1))
    linear, expected = output(flat), output(flat.relu())
    found = fix(images.clone(), hidden, output)
    require(
        isinstance(found, Tensor) and found.shape == (31, 10),
        f"fix_1 returned {described(found)}; expected logits of shape [31, 10] for 31 images.",
    )
    with rule("a"):
        after = [*hidden.parameters(), output.bias]
        require(
            all(equal(*pair) for pair in zip(after, before, strict=True)),
            "fix_1 changes the layers that it is given. Their weights are not the bug; leave them "
            "as they are.",
        )
    slopes, hidden_slopes = slopes_of_class(3, found, output.bias, hidden.weight)
    slope = slopes[3].item()
    with rule("b"):
        require(
            not close(found, expected.relu()),
            "fix_1 returns what `faulty_1` returns, with no gradient for a class whose logits are "
            "below zero.",
        )
        require(
            abs(slope) > 1e-3,
            f"fix_1: where all images are of a class with logits of -20, its bias gets the "
            f"gradient {slope:.1g} and stays where it is; expected almost -1.",
        )
    with rule("a"):
        require(
            not close(found, linear),
            "fix_1: now both ReLUs are gone, and two linear layers in a row are no more than one. "
            "Which of the two was the bug?",
        )
        require(
            abs(slope) < 1e-3 or close(found, expected),
            "fix_1: the outputs are not those of `output` after `hidden` and ReLU. Take the fault "
            "away and put nothing in its place.",
        )
        require(
            abs(slope) < 1e-3 or bool(hidden_slopes.any()),
            "fix_1: no gradient reaches `hidden` any more: what cuts it off?",
        )


def slopes_of_class(label: int, logits: Tensor, *weights: Tensor) -> list[Tensor]:
    """The gradients of weights if all images are of one class, 0 where there is none."""
    if not logits.requires_grad:
        return [0 * weight for weight in weights]
    loss = cross_entropy(logits, tensor([label] * len(logits)))
    return list(grad(loss, weights, materialize_grads=True))


def require_parts(fix: Callable[..., Any]) -> None:
    """Bug 2: validation on the test images."""
    images = arange(252).byte().view(-1, 1, 1).repeat(1, 28, 28)  # image i is filled with i
    labels = randint(10, (252,))
    data = ImageData("check", images[:202], labels[:202], images[202:], labels[202:])
    numbers = []
    parts = several(fix(data), 3, "fix_2 to return `train, val, test`")
    for name, part in zip(("train", "val", "test"), parts, strict=True):
        found, classes = several(part, 2, f"fix_2 to give `{name}` as a pair, (images, labels)")
        with rule("a"):
            require(
                isinstance(found, Tensor)
                and found.dtype == images.dtype
                and found.shape[1:] == (28, 28),
                f"fix_2: the images of `{name}` are {described(found)} that is no longer what "
                "`data` holds, uint8 of shape [N, 28, 28].",
            )
            numbers.append(found[:, 0, 0].long())
            require(
                isinstance(classes, Tensor)
                and classes.dtype == labels.dtype
                and equal(classes, labels[numbers[-1]]),
                f"fix_2: the labels of `{name}` are not those of its images. Index both alike, and "
                "change neither.",
            )
    train, val, test = (sorted(part.tolist()) for part in numbers)
    test_images = set(range(202, 252))
    with rule("c"):
        seen = len(set(val) & test_images)
        require(not seen, f"fix_2: {seen} of the {len(val)} validation images are test images.")
        require(
            len(set(val)) == len(val),
            f"fix_2: {len(val)} validation images are only {len(set(val))} different ones; draw "
            "none of them twice.",
        )
        require(
            abs(5 * len(val) - 202) < 5,
            f"fix_2: of 202 training images {len(val)} validate; a fifth is 40 or 41.",
        )
    with rule("d"):
        shared = len(set(val) & set(train))
        require(
            not shared,
            f"fix_2: {shared} of the {len(val)} validation images are in the training part too; "
            "take them out there.",
        )
        rest = sorted(set(range(202)) - set(val))
        require(
            train == rest,
            f"fix_2: the training part should be the {len(rest)} training images that do not "
            f"validate, each once; it has {len(train)}, and {len(set(rest) - set(train))} of "
            "those are missing.",
        )
    with rule("a"):
        require(
            test == sorted(test_images),
            f"fix_2: the test part had 50 images and is now {len(test)} with "
            f"{len(set(test) & test_images)} of them; results could not be compared with "
            "anybody's.",
        )


class TopTwo:
    """A metric with the usual methods: the share of labels among the two largest logits."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all counts."""
        self.hits = self.seen = 0

    def update(self, logits: Tensor, labels: Tensor) -> None:
        """Count one batch."""
        self.hits += int((logits.topk(2).indices == labels.unsqueeze(1)).sum())
        self.seen += len(labels)

    def compute(self) -> float:
        """The share since the last reset; of nothing, it is no number."""
        return self.hits / self.seen if self.seen else float("nan")


def require_epochs(fix: Callable[..., Any]) -> None:
    """Bug 3: a metric that is never reset."""
    logits = tensor([2.0, 1.0, 0.0])
    epochs = [
        [(logits.repeat(len(labels), 1), tensor(labels)) for labels in batches]
        for batches in (([0, 0, 0, 1], [1, 2]), ([1, 2, 2, 2], [0, 2]))  # counted: 0 and 1
    ]
    answer = several(fix(TopTwo(), epochs), 2, "fix_3 to return one accuracy for each of 2 epochs")
    first, second = (number(value, "fix_3: an epoch's accuracy") for value in answer)
    with rule("a"):
        require(
            not (near(first, 3 / 6) and near(second, 1 / 6)),
            "fix_3 counts for itself what is right. Let the metric that is passed count, which may "
            "be another than the one above: `update`, and then `compute`.",
        )
    remembers = near(second, 7 / 12)
    with rule("f"):
        require(not remembers, "fix_3: the second epoch's accuracy still counts the first epoch.")
    with rule("e"):
        require(
            not isnan(first + second),
            "fix_3: asked for its accuracy, the metric has nothing to count any more; `reset()` "
            "comes between `update` and `compute`.",
        )
        require(
            not (near(first, 1 / 2) and near(second, 1 / 2)),
            "fix_3: only the last batch of an epoch counts. Does `reset()` come too often?",
        )
        require(
            not (near(first, 0.75) and near(second, 0.375)),
            "fix_3 takes the mean over batches, in which a small batch weighs as much as a large "
            "one; expected the accuracy over all images of the epoch.",
        )
        require(
            near(first, 5 / 6) and (near(second, 2 / 6) or remembers),
            f"fix_3 found {first:.3f} and {second:.3f} where the metric counts 5 of 6, then 2 of "
            "6. Does every batch of every epoch count, once?",
        )


def require_turns(fix: Callable[..., Any]) -> None:
    """Bug 4: one angle for all images."""
    images = rand(600, 1, 5, 5)
    before = images.clone()
    first = quarter_turns(fix(images), before)
    with rule("a"):
        require(
            equal(images, before),
            "fix_4 turned the images that were passed; the next epoch needs them upright.",
        )
    second = quarter_turns(fix(images), before)
    steps = [(later - k) % 4 for k, later in pairwise(first)]
    with rule("g"):
        require(
            set(steps) != {0},
            f"fix_4: all 600 images are turned by the same k = {first[0]}; each needs its own.",
        )
        require(
            len(set(steps)) > 1,
            f"fix_4: from one image to the next k always changes by {steps[0]}, so that the first "
            "decides for all; each needs its own.",
        )
    if len(set(first)) == 1:
        return
    with rule("h"):
        require(
            first != second,
            "fix_4: a second call turns every image as the first did; draw anew each time.",
        )
    with rule("a"):
        counts = [(first + second).count(k) for k in range(4)]
        odd = max(range(4), key=lambda k: abs(counts[k] - 300))
        require(
            abs(counts[odd] - 300) < 80,
            f"fix_4: of 1,200 images {counts[odd]} are turned by k = {odd}; expected about 300, as "
            "0, 1, 2 and 3 are equally likely.",
        )
    with rule("g"):
        require(
            steps.count(0) < 0.4 * len(steps),
            f"fix_4: {steps.count(0)} of 600 images are turned like the one before; with a `k` of "
            "its own for each a quarter would be.",
        )


def quarter_turns(found: Any, images: Tensor) -> list[int]:
    """By how many quarter turns each image was turned."""
    require(
        isinstance(found, Tensor) and found.shape == images.shape,
        f"fix_4 returned {described(found)}; expected {list(images.shape)}, as it was passed.",
    )
    turned = stack([rot90(images, k, dims=(2, 3)) for k in range(4)])
    fits = isclose(turned, found.to(images), atol=1e-4).flatten(2).all(dim=2)  # [4, N]
    with rule("a"):
        require(
            bool(fits.any(dim=0).all()),
            "fix_4: some image is no longer the one at its place, turned in the plane of height "
            "and width.",
        )
    numbers: list[int] = fits.int().argmax(dim=0).tolist()
    return numbers
