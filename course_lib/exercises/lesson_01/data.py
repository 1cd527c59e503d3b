"""Exercises 1.1 and 1.2: what goes into a training, and what has to stay out."""

from itertools import permutations
from math import isclose
from typing import Any

from torch import (
    Generator,
    Tensor,
    allclose,
    as_tensor,
    equal,
    linspace,
    randint,
    stack,
    tensor,
    uint8,
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
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.sandbox import seed

WHOLE = "int", "int64"


@exercise(
    "1.1",
    why="What is computed from test images has seen the exam: the final score is too good to be "
    "true, and nobody notices.",
    hints=(
        "`mean()` needs floats, and the images are bytes: which operation also brings 0–255 to "
        "0–1? And which images would you have if the test were still to come?",
        "Dividing a tensor of bytes makes a tensor of floats. Its `.mean()` and `.std()`, called "
        "without `dim`, go over all that is in it, so nothing needs to be averaged twice.",
    ),
)
def statistics(mean_and_std: Any) -> None:
    """Mean and standard deviation."""
    require_function(mean_and_std, "mean_and_std")
    ramp = linspace(0.2, 0.5, 28)  # brighter to the right, downwards, and from image to image
    light = (ramp + ramp.view(-1, 1)) * linspace(40, 280, 260).view(-1, 1, 1)
    train = (light - 30).clamp(min=0).to(uint8)
    mean, std = two_numbers(mean_and_std(train.clone(), train.flip(0)))  # the same pixels twice
    pixels = train.double() / 255
    times = [mean / float(pixels.mean()), std / float(pixels.std())]
    scaled = isclose(*times, rel_tol=1e-4) and not near(mean, pixels.mean())

    if near(mean, pixels.std()) and near(std, pixels.mean()):
        with rule("a"):
            refuse("These are the right numbers the wrong way round: first the mean, then the std.")
    elif scaled or min(mean, std) < 0 or max(mean, std) > 1:
        with rule("c"):
            refuse(
                f"The mean is {mean:.3g} and the standard deviation {std:.3g}; for pixels in 0–1, "
                f"where a byte of 255 is 1, they are {pixels.mean():.3g} and {pixels.std():.3g}. "
                "Look at how you scale."
            )
    else:
        with rule("b"):
            require_over_all(mean, std, pixels)

    other = two_numbers(mean_and_std(train.clone(), train[:50] // 2))
    names = ("mean", mean, other[0]), ("standard deviation", std, other[1])
    changed = " and ".join(name for name, one, two in names if not near(one, two))
    with rule("d"):
        require(
            not changed,
            f"Other test images change your {changed}. They stay unseen until the very end and "
            "have no say here.",
        )


def two_numbers(answer: Any) -> tuple[float, float]:
    """The mean and the standard deviation that an answer returns."""
    with rule("a"):
        first, second = several(answer, 2, "a pair of numbers, `(mean, std)`")
    with rule("b"):
        return number(first, "The mean"), number(second, "The standard deviation")


def require_over_all(mean: float, std: float, pixels: Tensor) -> None:
    """Refuse what is not taken over all pixels at once."""
    require(
        near(mean, pixels.mean()),
        f"The mean is {mean:.3f}; over all pixels of all images in `train_images` it is "
        f"{pixels.mean():.3f}. Does each of them count, and each the same?",
    )
    by_mistake = {
        "how much the images differ from each other": pixels.mean(dim=(1, 2)).std(),
        "the mean of the images' deviations": pixels.std(dim=(1, 2)).mean(),
        "the variance, its square": pixels.var(),
    }
    what = "".join(f", {name}" for name, value in by_mistake.items() if near(std, value))
    require(
        near(std, pixels.std()),
        f"The mean is right. The second number is {std:.3f}{what}; the standard deviation over "
        f"all pixels of all images in `train_images` is {pixels.std():.3f}.",
    )


@exercise(
    "1.2",
    why="A DataLoader asks for nothing more than a length and a sample by its index, so anything "
    "can be a data set.",
    hints=(
        "Keep the four arguments in `__init__`. Which of the work is left for `__getitem__`, and "
        "what does `self.images[index].shape` say?",
        "Bytes divided by a number are a new tensor of floats, so nothing that is stored changes. "
        "`unsqueeze` adds a dimension of size 1 at the place you name; `mean` and `std` come last.",
    ),
)
def dataset(digits_class: Any) -> None:
    """A Dataset."""
    require_class(digits_class, Dataset)
    generator = Generator().manual_seed(1)
    images, others = randint(0, 256, (2, 7, 28, 28), generator=generator, dtype=uint8)
    labels = tensor([3, 1, 4, 1, 5, 9, 2])
    digits, _ = (digits_class(x.clone(), labels.clone(), 0.3, 0.25) for x in (images, others))

    size = digits.__len__()
    with rule("a"):
        require(
            kind_of(size) in WHOLE and size == 7,
            f"`__len__` returns {size if isinstance(size, int) else described(size)}; expected 7, "
            "the number of images that this object was made with.",
        )
    seed(1)
    found, classes = ask(digits)
    for draw, reason in (  # what differs with the same seed differs for another reason
        (1, "when asked for again. What does `__getitem__` change in place, or assign to?"),
        (2, "in another random state. Draw nothing in `__getitem__`: the index alone decides."),
    ):
        digits[2]  # one more, for those that count
        seed(draw)
        again, classes_again = ask(digits)
        with rule("g"):
            sample = int((found - again).abs().sum(dim=1).argmax())
            require(equal(found, again), f"Sample {sample} is another image {reason}")
            require(str(classes) == str(classes_again), f"The labels are others {reason}")
    with rule("e"):
        require_normalised(found, images.double().flatten(1), others.double().flatten(1))
    with rule("f"):
        require_classes(classes, labels.tolist())
    list(DataLoader(digits, batch_size=4, sampler=range(7)))


def ask(digits: Any) -> tuple[Tensor, list[Any]]:
    """All images, a row each, and all labels."""
    images, labels = zip(*(image_and_label(digits[i], i) for i in range(7)), strict=True)
    return stack([as_tensor(image).detach().double().flatten() for image in images]), list(labels)


def image_and_label(sample: Any, i: int) -> tuple[Any, Any]:
    """The two parts of a sample, refused unless the image is a float32 one with a channel."""
    with rule("b"):
        image, label = several(sample, 2, "a sample to be a pair, `(image, label)`")
        reverse = len(shape_of(label)) > len(shape_of(image))
        require(not reverse, "The first of the pair is a label: return `(image, label)`.")
    if reverse:
        image, label = label, image
    shape, kind = shape_of(image), kind_of(image)
    with rule("c"):
        require(
            shape == [1, 28, 28],
            f"The image of sample {i} {f'has shape {shape}' if shape else f'is {described(image)}'}"
            "; expected shape [1, 28, 28], with one channel in front of height and width.",
        )
    with rule("d"):
        require(
            kind == "float32",
            f"The image of sample {i} comes as {kind}. The weights of a network are float32, and "
            "what goes in has to be, too.",
        )
    return image, label


def shape_of(part: Any) -> list[int]:
    """The shape of a tensor or an array; empty for anything else."""
    return list(getattr(part, "shape", ()))


def kind_of(part: Any) -> str:
    """The dtype of a tensor or an array, the class of anything else."""
    return str(getattr(part, "dtype", type(part).__name__)).removeprefix("torch.")


def require_normalised(found: Tensor, pixels: Tensor, others: Tensor) -> None:
    """Refuse images that are not normalised with a mean of 0.3 and a deviation of 0.25."""
    scaled = pixels / 255
    expected = (scaled - 0.3) / 0.25
    by_mistake = {
        "The images are in 0–1 but not normalised.": scaled,
        "You normalised bytes; `mean` and `std` belong to 0–1.": (pixels - 0.3) / 0.25,
        "You added `mean`, which is to be subtracted.": (scaled + 0.3) / 0.25,
        "You multiplied by `std`; divide by it.": (scaled - 0.3) * 0.25,
        "`mean` and `std` have changed places.": (scaled - 0.25) / 0.3,
        "You subtracted `mean / std`: `-` before `/` needs brackets.": scaled - 0.3 / 0.25,
        "These are another object's images: keep yours in `self`.": (others / 255 - 0.3) / 0.25,
    }
    for message, values in by_mistake.items():
        require(not allclose(found, values, rtol=1e-4, atol=1e-4), message)
    for i, k in permutations(range(7), 2):
        mixed_up = allclose(found[i], expected[k], atol=1e-4)
        require(not mixed_up, f"Sample {i} is image {k}: look at what you do with `index`.")
    sample, place = divmod(int((found - expected).abs().argmax()), 784)
    moved = allclose(found.sort()[0], expected.sort()[0], atol=1e-4)
    require(
        allclose(found, expected, atol=1e-4),
        f"Sample {sample}, row {place // 28}, column {place % 28} has {found[sample, place]:.3f}; "
        f"with mean 0.3 and std 0.25 the byte {pixels[sample, place]:.0f} becomes "
        f"{expected[sample, place]:.3f}."
        + moved
        * " All values are there, at other places: is the image turned or flipped?",
    )


def require_classes(classes: list[Any], labels: list[int]) -> None:
    """Refuse what are not these labels, as whole numbers without dimensions."""
    shape, kind = shape_of(classes[0]), kind_of(classes[0])
    require(
        kind in WHOLE and not shape,
        f"A label comes as {kind} of shape {shape}; expected a whole number without dimensions, an "
        "`int` or an int64 tensor.",
    )
    found = [int(label) for label in classes]
    require(found == labels, f"The labels are {found}; expected {labels}.")
