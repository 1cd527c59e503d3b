"""The values of batches for exercise 5.2: what is asked for, and what mistakes make of it."""

from collections.abc import Callable

from torch import Tensor, allclose, cat, stack

from course_lib.exercises.engine import require

Batch = tuple[Tensor, Tensor]


def agree(found: Tensor, expected: Tensor) -> bool:
    """Whether two tensors are the same to 1e-4, whatever their values are computed by."""
    return found.shape == expected.shape and bool((found - expected).abs().max() <= 1e-4)


def require_finite(images: Tensor) -> None:
    """Refuse what comes of a division by zero."""
    require(
        bool(images.isfinite().all()),
        "An evenly grey image ends in nan: its deviation is 0, and a deviation below 1 counts as "
        "1, as in `SlowImages`.",
    )


def require_values(found: list[Batch], expected: list[Batch], picked: list[Tensor]) -> None:
    """Refuse batches with other values than those of the picked pixels; say which if known."""
    require_finite(cat([images for images, _ in found]))
    every = cat(picked).mean(), cat(picked).std()
    for pixels, got, wanted in zip(picked, found, expected, strict=True):
        for message, mistake in MISTAKES.items():
            known = mistake(pixels, *every)
            by_mistake = allclose(got[0], known, rtol=1e-4, atol=1e-4)
            require(agree(known, wanted[0]) or not by_mistake, message)
        require_same(got, wanted)


def require_same(found: Batch, expected: Batch) -> None:
    """Refuse a batch with other values, or with the same in another order."""
    images, labels = expected
    require(
        not (agree(by_corner(found[0]), by_corner(images)) and not agree(found[0], images)),
        "A batch has the right images in another order than that of its indices.",
    )
    require(
        agree(found[0], images),
        "The images of a batch are not those of the slow data set, to 1e-4.",
    )
    require(
        bool((found[1] == labels).all()),
        "The labels of a batch are not those of its images.",
    )


def by_corner(images: Tensor) -> Tensor:
    """The images in an order that depends on nothing but themselves."""
    return stack(sorted(images, key=lambda image: float(image[0, 0, 0])))


def normalised(
    pixels: Tensor,
    least: float = 1.0,
    over: int | tuple[int, ...] = (1, 2, 3),
    correction: int = 1,
) -> Tensor:
    """Pixels by their mean and deviation over some dimensions."""
    deviation = pixels.std(over, correction=correction, keepdim=True).clamp(min=least)
    return (pixels - pixels.mean(over, keepdim=True)) / deviation


# What comes of a batch's pixels, 0 to 255, if they are normalised in another way; the numbers that
# follow are the mean and the deviation of all images.
MISTAKES: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "The pixels are still from 0 to 255, as floats.": lambda pixels, *_: pixels,
    "The pixels are from 0 to 1 and not normalised: subtract an image's mean, divide by its "
    "deviation.": lambda pixels, *_: pixels / 255,
    "The images are normalised by a mean and deviation of their own batch; each has its own.": (
        lambda pixels, *_: normalised(pixels, over=(0, 1, 2, 3))
    ),
    "The images are normalised by the mean and deviation of all images; each has its own.": (
        lambda pixels, mean, deviation: (pixels - mean) / deviation
    ),
    "The mean and deviation are those of each pixel over the batch; each image has its own.": (
        lambda pixels, *_: normalised(pixels, over=0)
    ),
    "The mean and deviation are those of each row; expected those of the whole image.": (
        lambda pixels, *_: normalised(pixels, over=3)
    ),
    "The mean and deviation are those of each column: where the channel is dimension 1, an image's "
    "rows and columns are 2 and 3.": lambda pixels, *_: normalised(pixels, over=(1, 2)),
    "The deviation divides by the number of pixels, as numpy's does; `SlowImages` divides by one "
    "less, as torch's does.": lambda pixels, *_: normalised(pixels, correction=0),
    "The mean is subtracted; the division by the deviation is missing.": (
        lambda pixels, *_: pixels - pixels.mean((1, 2, 3), keepdim=True)
    ),
    "A deviation below 1 counts as 1; of an image that is nearly even yours makes one in black "
    "and white.": lambda pixels, *_: normalised(pixels, 1e-6),
    "The pixels are divided by 255 first, so that no deviation reaches 1, and each counts as 1.": (
        lambda pixels, *_: normalised(pixels / 255)
    ),
}
