"""Exercises 1.1, 1.2 and 1.6: what goes into a training, and what has to stay out."""

from operator import index
from random import getstate
from typing import Any

from numpy.random import get_state
from torch import (
    Generator,
    Tensor,
    allclose,
    cat,
    equal,
    get_rng_state,
    int64,
    linspace,
    rand,
    randint,
    tensor,
    uint8,
    unravel_index,
)
from torch.utils.data import DataLoader, Dataset

from course_lib.exercises.answers import (
    described,
    near,
    number,
    require_class,
    require_function,
    several,
)
from course_lib.exercises.engine import exercise, refuse, require


@exercise(
    "1.1",
    why="What is computed from test images has seen the exam: the final score is too good to be "
    "true, and nobody notices.",
    hints=(
        "`mean()` needs floats, and the images are bytes: which conversion also brings 0–255 to "
        "0–1?",
        "Scale `train_images` first, then take `.mean()` and `.std()` of the whole tensor at once, "
        "without `dim`. Nothing else goes in.",
    ),
)
def statistics(mean_and_std: Any) -> None:
    """Mean and standard deviation."""
    require_function(mean_and_std, "mean_and_std")
    noise = rand(60, 28, 28, generator=Generator().manual_seed(1)) * 255
    brightness = linspace(0.2, 1, 40).view(-1, 1, 1)  # the later an image, the brighter
    train, test = (noise[:40] * brightness).to(uint8), (noise[40:] * 0.3).to(uint8)
    answer = mean_and_std(train.clone(), test.clone())
    first, second = several(answer, 2, "two numbers, `(mean, std)`")
    mean, std = number(first, "The mean"), number(second, "The standard deviation")

    pixels, unseen = train.double() / 255, test.double() / 255
    require(
        not any(
            near(mean, leaked.mean()) or near(std, leaked.std())
            for leaked in (unseen, cat([pixels, unseen]))
        ),
        "The test images are in your numbers. They stay unseen until the very end: use "
        "`train_images` alone.",
    )
    require(
        not near(mean, pixels.mean() * 255),
        f"The mean is {mean:.1f}, so these are bytes from 0 to 255; bring the pixels to 0–1 first.",
    )
    require(
        not (near(mean, pixels.std()) and near(std, pixels.mean())),
        "The two numbers are the right ones the wrong way round: first the mean, then the "
        "standard deviation.",
    )
    require(
        near(mean, pixels.mean()),
        f"The mean is {mean:.3f}; over all pixels of all training images it is "
        f"{pixels.mean():.3f}. Does every image and every pixel count?",
    )
    require(
        not near(std, pixels.mean(dim=(1, 2)).std()),
        "That is how much the images' means differ from each other; the standard deviation is "
        "taken over all pixels at once.",
    )
    require(
        near(std, pixels.std()),
        f"The mean is right. The standard deviation is {std:.3f}; over all pixels of all "
        f"training images it is {pixels.std():.3f}.",
    )


@exercise(
    "1.2",
    why="A DataLoader asks for nothing more than a length and a sample by its index, so anything "
    "can be a data set.",
    hints=(
        "Keep the four arguments in `__init__`. Which of the work is left for `__getitem__`, and "
        "what does `self.images[index].shape` say?",
        "`self.images[index].float() / 255` makes a new tensor in 0–1; normalise that, and add the "
        "channel with `.unsqueeze(0)`.",
    ),
)
def dataset(digits_class: Any) -> None:
    """A Dataset."""
    require_class(digits_class, Dataset)
    generator = Generator().manual_seed(1)
    images = randint(0, 256, (7, 28, 28), generator=generator, dtype=uint8)
    labels = tensor([3, 1, 4, 1, 5, 9, 2])
    digits = digits_class(images.clone(), labels.clone(), 0.3, 0.25)
    require(len(digits) == 7, f"`len` says {len(digits)} for a data set of 7 images.")

    require_sample(digits[0])
    found, classes = one_epoch(digits)
    require(
        found.dtype.is_floating_point,
        f"The images come as {found.dtype}, which has no negative numbers and no fractions; make "
        "them float before you calculate.",
    )
    require(
        str(found.dtype) == "torch.float32",
        f"The images come as {found.dtype}; the weights of a network are torch.float32.",
    )
    again, _ = one_epoch(digits)
    place = most_different(found, again)
    require(
        equal(found, again),
        f"Asked again, sample {place[0]} is another image: a pixel was {found[place]:.3f} and is "
        f"{again[place]:.3f}. Does `__getitem__` change what is stored, or draw at random?",
    )
    require_normalised(found, images)
    require(
        classes.dtype == int64,
        f"The labels come as {classes.dtype}; class numbers are whole, int64.",
    )
    require(
        equal(classes, labels),
        f"The labels of the batch are {classes.tolist()}; expected {labels.tolist()}.",
    )


def require_sample(sample: Any) -> None:
    """Refuse what is no pair of an image with a channel and a label without dimensions."""
    image, label = several(sample, 2, "a sample to be a pair, `(image, label)`")
    shape, label_shape = (list(getattr(part, "shape", ())) for part in (image, label))
    require(
        bool(shape) or not label_shape,
        "The first of the pair is a label: return `(image, label)`.",
    )
    require(
        shape == [1, 28, 28],
        f"The image of a sample has shape {shape}; expected [1, 28, 28]. Is there one channel in "
        "front of height and width?",
    )
    require(
        not label_shape,
        f"The label of a sample has shape {label_shape}; expected one class number, without "
        "dimensions.",
    )


def one_epoch(digits: Any) -> tuple[Tensor, Tensor]:
    """All images and labels, as a loader collates them."""
    batches = list(DataLoader(digits, batch_size=4))
    return cat([images for images, _ in batches]), cat([labels for _, labels in batches])


def most_different(found: Tensor, expected: Tensor) -> tuple[Tensor, ...]:
    """The index of the element at which two tensors differ most."""
    return unravel_index((found - expected).abs().argmax(), found.shape)


def require_normalised(found: Tensor, images: Tensor) -> None:
    """Refuse images that are not normalised with a mean of 0.3 and a deviation of 0.25."""
    scaled = images.unsqueeze(1) / 255
    require(
        not allclose(found, scaled, atol=1e-4),
        "The images are in 0–1 but not normalised: subtract `mean`, then divide by `std`.",
    )
    require(
        not allclose(found, (images.unsqueeze(1) - 0.3) / 0.25, rtol=1e-3),
        "You normalised the bytes. `mean` and `std` belong to pixels in 0–1: divide by 255 first.",
    )
    expected = (scaled - 0.3) / 0.25
    place = most_different(found, expected)
    require(
        allclose(found, expected, atol=1e-4),
        f"In sample {place[0]}, row {place[2]}, column {place[3]}, a pixel is {found[place]:.3f}; "
        f"its byte is {images.unsqueeze(1)[place]}, so (pixel - mean) / std is "
        f"{expected[place]:.3f} here.",
    )


@exercise(
    "1.6",
    why="One shared image is enough to make validation a little dishonest, and nothing will ever "
    "tell you.",
    hints=(
        "Shuffle all indices once and cut: then nothing can be lost, and nothing be in both parts.",
        "`torch.randperm(n, generator=torch.Generator().manual_seed(seed))` shuffles without "
        "touching the global state; the cut is at `round(n * val_fraction)`.",
    ),
)
def split(split: Any) -> None:
    """Training and validation."""
    require_function(split, "split")
    before = global_states()
    train, val = indices(split(53, 0.2, 1))
    for name, state in global_states().items():
        require(
            state == before[name],
            f"The global random state of {name} is not what it was, so that everything drawn "
            "later changes too. Shuffle with a generator of your own.",
        )
    shared = set(train) & set(val)
    require(
        not shared,
        f"{len(shared)} of 53 images are in both parts, among them number "
        f"{min(shared, default=None)}: look at where one part ends and the other begins.",
    )
    missing = set(range(53)) - set(train) - set(val)
    require(
        not missing,
        f"{len(missing)} of 53 images are in neither part, among them number "
        f"{min(missing, default=None)}.",
    )
    require(
        len(train) + len(val) == 53,
        f"53 images became {len(train)} + {len(val)}: some are there twice, or do not exist.",
    )
    require(
        len(val) != 42,
        "The larger part comes second; return the training indices first.",
    )
    require(
        len(val) == 11,
        f"{len(val)} of 53 images are for validation; 20 % are 10.6, rounded 11.",
    )
    for n, fraction, size in ((40, 0.5, 20), (51, 0.2, 10)):
        found = len(indices(split(n, fraction, 1))[1])
        require(
            found == size,
            f"With n = {n} and val_fraction = {fraction}, {found} images are for validation; "
            f"expected {size}, `n * val_fraction` rounded to the nearest whole number.",
        )
    require(
        sorted(val) not in (list(range(11)), list(range(42, 53))),
        "Validation is one end of the data, as it lies there; data are often sorted, so shuffle.",
    )
    require(
        sorted(indices(split(53, 0.2, 1))[1]) == sorted(val),
        "The same seed gave two different splits: draw from `seed` and from nothing else.",
    )
    require(
        sorted(indices(split(53, 0.2, 2))[1]) != sorted(val),
        "Seeds 1 and 2 give the same split: is `seed` used?",
    )


def indices(answer: Any) -> tuple[list[int], list[int]]:
    """Both parts as lists, whatever they came as."""
    train, val = several(answer, 2, "two sets of indices, `(train_indices, val_indices)`")
    for part in (train, val):
        kind = str(getattr(part, "dtype", ""))
        require("bool" not in kind, "The parts are masks of True and False; expected indices.")
        require("float" not in kind, f"The indices come as {kind}; only whole numbers can index.")
    try:
        return [index(i) for i in train], [index(i) for i in val]
    except (TypeError, ValueError, RuntimeError):
        refuse(
            f"The parts are {described(train)} and {described(val)}; expected whole numbers in "
            "each."
        )


def global_states() -> dict[str, object]:
    """The global random states, in a form that can be compared."""
    return {
        "torch": get_rng_state().tolist(),
        "NumPy": repr(get_state(legacy=False)),
        "`random`": getstate(),
    }
