"""Exercise 5.2: the same batches, made as a whole."""

import inspect
from itertools import pairwise
from time import thread_time
from typing import Any

import numpy as np
from numpy import array_equal
from torch import Generator, Tensor, float32, from_numpy, int64, tensor
from torch.utils.data import DataLoader, Dataset

from course_lib.exercises.answers import described, require_class, several
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.lesson_05.held import bytes_held
from course_lib.exercises.lesson_05.values import Batch, agree, require_finite, require_values

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Labels = np.ndarray[Any, np.dtype[np.int64]]

SIZE, BATCH, FASTER = 308, 64, 3  # images, a batch of them, and how much faster is fast enough
EVEN, NEARLY_EVEN = 3, 11  # images of one grey, and of nearly one


class SlowImages(Dataset[tuple[Tensor, int]]):
    """The data set that the prompt shows: one image at a time, number by number."""

    def __init__(self, images: Pixels, labels: Labels) -> None:
        self.images, self.labels = images, labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        pixels = self.images[index].flatten().tolist()
        mean = sum(pixels) / len(pixels)
        variance = sum((pixel - mean) ** 2 for pixel in pixels) / (len(pixels) - 1)
        std = max(variance**0.5, 1.0)
        image = tensor([(pixel - mean) / std for pixel in pixels])
        return image.view(1, 28, 28), int(self.labels[index])


@exercise(
    "5.2",
    why="The arithmetic is the same; what is gone is the work of Python for each single image, "
    "which no faster GPU takes off you.",
    hints=(
        "`torch.from_numpy` makes a tensor of an array without a copy, and such a tensor can be "
        "indexed with the whole list of numbers.",
        "`mean` and `std` take a tuple of dimensions, and with `keepdim=True` the result still has "
        "them, so that it can be subtracted from the batch it was made of: one number per image.",
        "Pick the bytes of the batch first, and only then turn them into floats: what is picked "
        "is small, and is thrown away after the step. `clamp` does for a tensor what `max` does "
        "for a number.",
    ),
)
def fast_dataset(fast_class: Any) -> None:
    """An epoch three times as fast."""
    require_class(fast_class, Dataset)
    random = np.random.default_rng(1)
    images = random.integers(0, 256, (SIZE, 28, 28), dtype=np.uint8)
    images[EVEN] = images[NEARLY_EVEN] = 90
    images[NEARLY_EVEN, ::4, ::4] = 91
    labels = random.integers(0, 10, SIZE)
    given = images.copy(), labels.copy()
    require_arguments(fast_class)
    slow = SlowImages(images, labels)
    expected, slow_time = epoch(DataLoader(slow, **order()))
    dataset = fast_class(images=images, labels=labels)
    with rule("a"):
        require_samples(dataset, slow)
    with rule("c"):
        require_finite(dataset[EVEN][0])
    with rule("b"):
        require(
            hasattr(dataset, "__getitems__"),
            "There is no method `__getitems__`, so that the DataLoader asks for one image after "
            "another. Mind the underscores and the `s`.",
        )
    loader = DataLoader(dataset, collate_fn=as_is, **order())
    found, _ = epoch(loader)
    require_batches(found, expected)
    with rule("c"):
        pixels = from_numpy(given[0]).unsqueeze(1).float()
        picked = [pixels[indices] for indices in DataLoader(range(SIZE), **order())]  # type: ignore[arg-type]
        require_values(found, expected, picked)
    with rule("d"):
        require_bytes(dataset, images.nbytes)
    with rule("e"):
        unchanged = array_equal(images, given[0]) and array_equal(labels, given[1])
        require(unchanged, "The arrays that are handed over are not the same afterwards.")
    with rule("f"):
        fast_time = min(epoch(loader)[1] for _ in range(3))
        require(
            FASTER * fast_time <= slow_time,
            "An epoch takes more than a third of the slow one's time on the processor: is there "
            "still much to do for each image, or for each of its numbers?",
        )


def require_arguments(fast_class: Any) -> None:
    """Refuse a class that cannot be called as the notebook's cell does."""
    try:
        inspect.signature(fast_class).bind(images=None, labels=None)
    except TypeError:
        refuse("The arguments are called `images, labels`, as in `SlowImages`.")


def as_is(batch: Any) -> Any:
    """Collate what is a batch already."""
    return batch


def order() -> dict[str, Any]:
    """How the images are put into batches; the order is always the same."""
    return dict(batch_size=BATCH, shuffle=True, generator=Generator().manual_seed(5))


def epoch(loader: DataLoader[Any]) -> tuple[list[Any], float]:
    """All batches, and the seconds that this thread worked on them."""
    start = thread_time()
    batches = list(loader)
    return batches, thread_time() - start


def require_samples(dataset: Any, slow: SlowImages) -> None:
    """Refuse a data set whose single images are others."""
    require(
        len(dataset) == SIZE,
        f"`len(dataset)` is {len(dataset)}, for {SIZE} images.",
    )
    require(
        type(dataset).__getitem__ is not Dataset.__getitem__,
        "`dataset[i]` works no more: for a single index there has to be a `__getitem__`, too.",
    )
    for index in (0, 7, SIZE - 1):
        wanted, label = slow[index]
        image, found = several(dataset[index], 2, "an image and its label for a single index")
        require(
            isinstance(image, Tensor) and image.shape == wanted.shape,
            f"`dataset[{index}]` has {described(image)} as its image; expected [1, 28, 28].",
        )
        require(
            image.dtype == float32 and agree(image, wanted),
            f"`dataset[{index}]` is not the image that the slow data set has there, in float32.",
        )
        require(
            not isinstance(found, Tensor) or found.shape == (),
            f"The label of `dataset[{index}]` is {described(found)}; expected one number.",
        )
        require(int(found) == label, f"The label of `dataset[{index}]` is another image's.")


def require_batches(found: list[Any], expected: list[Batch]) -> None:
    """Refuse other batches than those of the slow data set."""
    for batch in found:
        with rule("b"):
            require(
                not (isinstance(batch, list) and len(batch) in (BATCH, SIZE % BATCH)),
                f"`__getitems__` returns a list of {len(batch)}, a pair for each image, which "
                "somebody has to stack; expected two tensors.",
            )
            images, labels = several(batch, 2, "two tensors from `__getitems__`")
            require(
                isinstance(images, Tensor) and isinstance(labels, Tensor),
                f"A batch is {described(images)} and {described(labels)}; expected two tensors.",
            )
            require(
                images.shape == (len(labels), 1, 28, 28) and labels.ndim == 1,
                f"A batch has images {list(images.shape)} and labels {list(labels.shape)}; "
                "expected [B, 1, 28, 28] and [B].",
            )
            require(
                images.dtype == float32,
                f"The images of a batch are {images.dtype}; expected float32, as the network's "
                "weights are.",
            )
            require(
                labels.dtype == int64,
                f"The labels of a batch are {labels.dtype}; expected int64.",
            )
    with rule("c"):
        sizes = [len(labels) for _, labels in found]
        require(
            sizes == [len(labels) for _, labels in expected],
            f"The sizes of the batches are {sizes}; the slow data set has 52 in the last.",
        )
        require(
            len({images.data_ptr() for images, _ in found}) == len(found),
            "All batches are written to the same memory, so that each overwrites the one before.",
        )
        require(
            not any(alike(a, b) for a, b in pairwise([images for images, _ in found])),
            "All batches hold the same images. Are the indices used?",
        )


def alike(first: Tensor, second: Tensor) -> bool:
    """Whether two batches begin alike."""
    return bool((first[:10] == second[:10]).all())


def require_bytes(dataset: Any, bytes_given: int) -> None:
    """Refuse a data set that holds more than the bytes it was given, and once a copy of them."""
    held = bytes_held(dataset)
    require(
        held <= 2.5 * bytes_given,
        f"After an epoch the data set holds {held / bytes_given:.1f} bytes for each pixel; uint8 "
        "needs one. Floats are made of a batch when it is asked for, and not kept.",
    )
