"""Exercise 2.10: reading digits to which something was done."""

from typing import Any

from torch import Tensor, inference_mode, int64, nn, zeros

from course_lib.data import CORRUPTIONS, CorruptedImages, ImageDataset, load_images
from course_lib.exercises.answers import check_part, described
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.probes import CLASSES

MYSTERY, THRESHOLD = "rotation", 0.85
HELD_BACK = 200  # test digits that only the check gets to see


def mystery_digits() -> tuple[ImageDataset, ImageDataset]:
    """Training and test digits, 1,438 and 159, to all of which the same thing was done."""
    train, test, *_ = all_digits()
    return train, test


def all_digits() -> list[ImageDataset]:
    """Training digits, test digits and those held back, turned; and the last, upright.

    They are plain data sets, which cannot tell what was done to them, and normalised alike.
    """
    data = load_images("digits")
    shown = data.test_images[:-HELD_BACK], data.test_labels[:-HELD_BACK]
    held = data.test_images[-HELD_BACK:], data.test_labels[-HELD_BACK:]
    train = ImageDataset(turned(data.train_images, seed=1), data.train_labels)
    others = ((turned(shown[0], seed=2), shown[1]), (turned(held[0], seed=3), held[1]), held)
    return [train, *(ImageDataset(*part, train.mean, train.std) for part in others)]


def turned(images: Tensor, seed: int) -> Tensor:
    """The images, each turned by an angle of its own."""
    no_labels = zeros(len(images), dtype=int64)
    return CorruptedImages(images, no_labels, MYSTERY, seed=seed).images


@exercise(
    "2.10",
    why="A model learns what its data shows it: trained on corrupted images it reads them, trained "
    "on clean ones it does not.",
    hints=(
        "Look at several images of the same digit. What differs from one to the next?",
        "An MLP can do it. Is the order of the images new in each epoch, and does the training "
        "loss still fall when you stop?",
        "Adam's default learning rate and batches of 32 will do; for the number of epochs look "
        "between ten and thirty.",
    ),
)
def corrupted(corruption: Any, model: Any) -> None:
    """Corrupted digits."""
    with rule("a"):
        name = str(corruption).strip().lower()
        require(
            name in CORRUPTIONS,
            f"Expected one of the names {', '.join(CORRUPTIONS)}; got {corruption!r}.",
        )
        require(
            name == MYSTERY,
            f"No, {name} looks different. Look again at the eight sevens above.",
        )
    *_, unseen, upright = all_digits()
    with rule("b"):
        require(
            isinstance(model, nn.Module),
            f"Expected the trained model, got {described(model)}.",
        )
        model.cpu().eval()
        shape = list(batch(unseen)[0].shape)
        check_part(f"Given images {shape}", lambda net: require_logits(net, unseen), model)
    with rule("c"):
        require_accuracy(model, unseen, upright)


def require_logits(model: nn.Module, digits: ImageDataset) -> None:
    """Refuse a model that does not map images to logits."""
    found, expected = logits_of(model, batch(digits)[0]), (len(digits), CLASSES)
    require(
        isinstance(found, Tensor),
        f"For {len(digits)} images the model returned {described(found)}; expected a tensor of "
        f"logits, {list(expected)}.",
    )
    require(
        found.shape == expected,
        f"For {len(digits)} images the model should return logits of the shape {list(expected)}; "
        f"it returned {list(found.shape)}.",
    )


def require_accuracy(model: nn.Module, unseen: ImageDataset, upright: ImageDataset) -> None:
    """Refuse a model that reads too few of the digits, and say what may be the reason."""
    images, labels = batch(unseen)
    found = accuracy(model, images, labels)
    if found >= THRESHOLD:
        return
    missed = f"On new images with the same done to them the model reads {found:.0%}"
    clean = accuracy(model, *batch(upright))
    require(
        clean < max(THRESHOLD, found + 0.2),
        f"{missed}, but {clean:.0%} of the same digits upright: train it on `train_set`.",
    )
    pixels = images * unseen.std + unseen.mean  # 0 to 1
    raw = max(accuracy(model, pixels, labels), accuracy(model, 255 * pixels, labels))
    require(
        raw < max(THRESHOLD, found + 0.1),
        f"{missed}, but {raw:.0%} where their pixels are not normalised: train it on the samples "
        "of `train_set` as they come, not on its attribute `images`.",
    )
    require(
        found > 0.25,
        f"{missed}, not much more than by guessing. Has it been trained, with the labels that "
        "belong to the images, and at a learning rate that is not too high?",
    )
    refuse(
        f"{missed}; {THRESHOLD:.0%} are wanted. Has it seen all images of `train_set`, and often "
        "enough?"
    )


def batch(digits: ImageDataset) -> tuple[Tensor, Tensor]:
    """All images, as a model gets them, and their labels."""
    return digits.__getitems__(list(range(len(digits)))).tensors


def logits_of(model: nn.Module, images: Tensor) -> Any:
    """What the model returns."""
    with inference_mode():
        return model(images.clone())


def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The share of images that the model reads right."""
    right = logits_of(model, images).argmax(dim=1) == labels
    return right.float().mean().item()
