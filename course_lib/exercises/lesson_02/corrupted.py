"""Exercise 2.10: reading digits to which something was done."""

from typing import Any

import torch
from torch import Tensor, nn

from course_lib.data import CORRUPTIONS, CorruptedImages, ImageDataset, load_images
from course_lib.exercises.answers import described
from course_lib.exercises.engine import exercise, require
from course_lib.exercises.probes import (
    CLASSES,
)

MYSTERY, THRESHOLD = "rotation", 0.85


def mystery_digits() -> tuple[ImageDataset, ImageDataset]:
    """Training and test digits, 1,438 and 359, to all of which the same thing was done."""
    data = load_images("digits")
    train = _turned(data.train_images, data.train_labels, seed=1)
    return train, _turned(data.test_images, data.test_labels, seed=2, like=train)


def _turned(
    images: Tensor, labels: Tensor, seed: int, like: ImageDataset | None = None
) -> ImageDataset:
    """The images, turned; a plain ImageDataset, which cannot tell what was done to them."""
    turned = CorruptedImages(images, labels, MYSTERY, seed=seed)
    statistics = (like.mean, like.std) if like else ()
    return ImageDataset(turned.images, labels, *statistics)


@exercise(
    "2.10",
    why="A model learns what its data shows it: trained on corrupted images it reads them, trained "
    "on clean ones it does not.",
    hints=(
        "Look at several images of the same digit. What differs from one to the next?",
        "An MLP, Adam with lr=1e-3, batches of 32 shuffled images, and 20 epochs are enough.",
    ),
)
def corrupted(corruption: Any, model: Any) -> None:
    """Corrupted digits."""
    name = str(corruption).strip().lower()
    require(
        name in CORRUPTIONS,
        f"Expected one of the names {', '.join(CORRUPTIONS)}; got {corruption!r}.",
    )
    require(
        name == MYSTERY,
        f"No, {name} looks different. Look again at the eight sevens above.",
    )
    require(
        isinstance(model, nn.Module),
        f"Expected the trained model, got {described(model)}.",
    )
    train, _ = mystery_digits()
    data = load_images("digits")
    unseen = _turned(data.test_images, data.test_labels, seed=3, like=train)
    images, labels = unseen.__getitems__(list(range(len(unseen)))).tensors
    with torch.inference_mode():
        logits = model.cpu().eval()(images)
    require(
        isinstance(logits, Tensor) and logits.shape == (len(images), CLASSES),
        f"For {len(images)} images the model should return logits of the shape "
        f"{[len(images), CLASSES]}; it returned "
        f"{list(logits.shape) if isinstance(logits, Tensor) else described(logits)}.",
    )
    accuracy = float((logits.argmax(dim=1) == labels).float().mean())
    require(
        accuracy >= THRESHOLD,
        f"On images it has not seen, turned by angles it has not seen, the model reads "
        f"{accuracy:.0%}; {THRESHOLD:.0%} are wanted. Train longer, and on the images of "
        "`mystery_digits`.",
    )
