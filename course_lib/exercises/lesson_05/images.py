"""Exercise 5.2: the same batches, made as a whole."""

import gc
import sys
from collections.abc import Callable
from itertools import pairwise
from time import thread_time
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
from numpy import array_equal
from torch import Generator, Tensor, allclose, float32, int64, stack, tensor
from torch.utils.data import DataLoader, Dataset

from course_lib.exercises.answers import described, require_class, several
from course_lib.exercises.engine import exercise, require, rule

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Labels = np.ndarray[Any, np.dtype[np.int64]]
Batch = tuple[Tensor, Tensor]

SIZE, BATCH, FASTER = 500, 64, 3  # images, a batch of them, and how much faster is fast enough
MEAN, STD = 0.29, 0.35


class SlowImages(Dataset[tuple[Tensor, int]]):
    """The data set that the prompt shows: one image at a time, number by number."""

    def __init__(self, images: Pixels, labels: Labels, mean: float, std: float) -> None:
        self.images, self.labels = images, labels
        self.mean, self.std = mean, std

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        pixels = tensor(self.images[index].tolist())  # [28, 28]
        image = (pixels / 255 - self.mean) / self.std
        return image.unsqueeze(0), int(self.labels[index])


@exercise(
    "5.2",
    why="The arithmetic is the same; what is gone is the work of Python for each single image, "
    "which no faster GPU takes off you.",
    hints=(
        "`torch.from_numpy` makes a tensor of an array without a copy, and such a tensor can be "
        "indexed with the whole list of numbers.",
        "`__getitems__` does for a batch what `__getitem__` does for an image; the dimension of "
        "the one channel is now the second, so `unsqueeze` it there.",
        "Pick the bytes of the batch first, and only then turn them into floats: what is picked "
        "is small, and is thrown away after the step.",
    ),
)
def fast_dataset(fast_class: Any) -> None:
    """An epoch three times as fast."""
    require_class(fast_class, Dataset)
    random = np.random.default_rng(1)
    images = random.integers(0, 256, (SIZE, 28, 28), dtype=np.uint8)
    labels = random.integers(0, 10, SIZE)
    given = images.copy(), labels.copy()
    slow = SlowImages(images, labels, MEAN, STD)
    expected, slow_time = epoch(DataLoader(slow, **order()))
    dataset = fast_class(images, labels, MEAN, STD)
    with rule("a"):
        require_samples(dataset, slow)
    with rule("b"):
        require(
            hasattr(dataset, "__getitems__"),
            "There is no method `__getitems__`, so that the DataLoader asks for one image after "
            "another. Mind the underscores and the `s`.",
        )
    loader = DataLoader(dataset, collate_fn=as_is, **order())
    found, _ = epoch(loader)
    require_batches(found, expected)
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


def agree(found: Tensor, expected: Tensor) -> bool:
    """Whether two tensors are the same to a millionth of a pixel's range."""
    return found.shape == expected.shape and bool((found - expected).abs().max() <= 1e-6)


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
        for got, wanted in zip(found, expected, strict=True):
            require_same(got, wanted)


def alike(first: Tensor, second: Tensor) -> bool:
    """Whether two batches begin alike."""
    return bool((first[:10] == second[:10]).all())


def require_same(found: Batch, expected: Batch) -> None:
    """Refuse a batch with other values; say which if they are known."""
    images, labels = expected
    for message, mistake in MISTAKES.items():
        wanted = mistake(images * STD + MEAN)
        require(not allclose(found[0], wanted, rtol=1e-4, atol=1e-4), message)
    require(
        not (agree(by_brightness(found[0]), by_brightness(images)) and not agree(found[0], images)),
        "A batch has the right images in another order than that of its indices.",
    )
    require(
        agree(found[0], images),
        "The images of a batch are not those of the slow data set, to 1e-6.",
    )
    require(
        bool((found[1] == labels).all()),
        "The labels of a batch are not those of its images.",
    )


def by_brightness(images: Tensor) -> Tensor:
    """The images in an order that depends on nothing but themselves."""
    return stack(sorted(images, key=lambda image: float(image.double().sum())))


# What comes of pixels from 0 to 1 if they are normalised in another way.
MISTAKES: dict[str, Callable[[Tensor], Tensor]] = {
    "The pixels are from 0 to 1 and not normalised: subtract `mean`, divide by `std`.": (
        lambda pixels: pixels
    ),
    "The pixels are normalised without having been divided by 255.": (
        lambda pixels: (255 * pixels - MEAN) / STD
    ),
    "The pixels are still from 0 to 255, as floats.": lambda pixels: 255 * pixels,
    "The pixels are divided by `std` before `mean` is subtracted.": (
        lambda pixels: pixels / STD - MEAN
    ),
    "The pixels are normalised by MNIST's numbers, not by the `mean` and `std` that are given.": (
        lambda pixels: (pixels - 0.1307) / 0.3081
    ),
    "The images are normalised by a mean and deviation of their own batch, not by those that are "
    "given.": lambda pixels: (pixels - pixels.mean()) / pixels.std(),
}


# --- memory


def require_bytes(dataset: Any, bytes_given: int) -> None:
    """Refuse a data set that holds more than the bytes it was given, and once a copy of them."""
    held = bytes_held(dataset)
    require(
        held <= 2.5 * bytes_given,
        f"After an epoch the data set holds {held / bytes_given:.1f} bytes for each pixel; uint8 "
        "needs one. Floats are made of a batch when it is asked for, and not kept.",
    )


def bytes_held(dataset: Any) -> int:
    """The bytes of all tensors, arrays and lists that a data set, or its class, keeps."""
    found: dict[int, int] = {}
    seen: set[int] = set()
    kind = type(dataset)
    waiting: list[Any] = [getattr(dataset, "__dict__", dataset), *vars(kind).values()]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, type | ModuleType):
            continue
        seen.add(id(thing))
        if isinstance(thing, Tensor):
            storage = thing.untyped_storage()
            found[storage.data_ptr()] = storage.nbytes()
        elif isinstance(thing, np.ndarray):
            owner = thing
            while isinstance(owner.base, np.ndarray):
                owner = owner.base
            found[owner.ctypes.data] = owner.nbytes
        elif isinstance(thing, FunctionType):  # its globals are the notebook's
            waiting += [vars(thing), thing.__defaults__, thing.__closure__]
        else:
            if isinstance(thing, list | tuple):
                found[id(thing)] = sys.getsizeof(thing)
            waiting += gc.get_referents(thing)
    return sum(found.values())
