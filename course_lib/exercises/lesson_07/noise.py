"""Exercise 7.2: samples that gradients can pass through."""

from contextlib import suppress
from typing import Any

from torch import Tensor, bfloat16, device, equal, ones_like, tensor, zeros

from course_lib.exercises.answers import described, listed_numbers, require_function
from course_lib.exercises.engine import exercise, require, rule
from course_lib.exercises.inspection import explain

DRAWS, ROWS, WIDTH = 2, 10_000, 3
MEANS, LOGVARS = (2.0, -1.0, 0.5), (-1.5, 0.5, 2.0)


@exercise(
    "7.2",
    why="With noise in training only, and of exactly the size that the encoder says, the KL term "
    "and the samples speak of the same distribution, and a score is the same tomorrow.",
    hints=(
        "The logarithm of the variance is twice that of the deviation: what is the deviation?",
        "A draw from N(0, 1), times a deviation, plus a mean. Broadcasting puts a new dimension in "
        "front; but one number for all draws is no noise of their own.",
        "`chunk` halves a tensor, along which dimension? `expand` repeats without copying, and the "
        "functions that end in `_like` take shape, dtype and device from a tensor.",
    ),
)
def reparameterize(reparameterize: Any) -> None:
    """Noise that lets gradients through."""
    require_function(reparameterize, "reparameterize")
    _check_evaluation(reparameterize)
    encoded = _encoded()
    sample = _drawn(reparameterize, encoded, True)
    with rule("g"):
        require(
            equal(encoded, _encoded()),
            "`encoded` holds other numbers after the call: is there an operation in place on a "
            "part of it, such as `+=` or one whose name ends in `_`?",
        )
    noise = (sample - tensor(MEANS)).detach()
    with rule("b"):
        require(
            bool(noise.isfinite().all()),
            "The sample is nan where a logarithm is negative, which it may be: `exp` comes first, "
            "then the root.",
        )
    _check_fresh(noise, (_drawn(reparameterize, _encoded(), True) - tensor(MEANS)).detach())
    with rule("b"):
        _check_distribution(noise.flatten(0, 1))
    with rule("e"):
        _check_gradients(reparameterize)
    with rule("f"):
        _check_dtype(reparameterize)
        _check_device(reparameterize)
    _check_single(reparameterize)


def _encoded() -> Tensor:
    """What the encoder says, the same in all rows: `[ROWS, 2 * WIDTH]`."""
    return tensor([*MEANS, *LOGVARS]).repeat(ROWS, 1)


def _drawn(reparameterize: Any, encoded: Tensor, training: bool) -> Tensor:
    """Two draws, refused unless they are a tensor of the right shape."""
    found = reparameterize(encoded, training, DRAWS)
    mode = "training" if training else "evaluation"
    with rule("a"):
        require(
            isinstance(found, Tensor) and found.shape == (DRAWS, ROWS, WIDTH),
            f"With `draws={DRAWS}` and `encoded` {list(encoded.shape)}, in {mode} you return "
            f"{described(found)}; expected a tensor of shape {[DRAWS, ROWS, WIDTH]}.",
        )
    return found


def _check_single(reparameterize: Any) -> None:
    """Refuse a single draw that has another shape."""
    for training in (True, False):
        found = reparameterize(zeros(5, 2 * WIDTH), training)
        with rule("a"):
            require(
                isinstance(found, Tensor) and found.shape == (1, 5, WIDTH),
                f"Without `draws`, you return {described(found)} for 5 rows; expected "
                f"{[1, 5, WIDTH]}, one draw.",
            )


def _check_evaluation(reparameterize: Any) -> None:
    """Refuse anything but the means, which tells where the answer looks for them."""
    found = _drawn(reparameterize, _encoded(), False).detach()
    again = _drawn(reparameterize, _encoded(), False).detach()
    places = {
        "the second half of `encoded`": tensor(LOGVARS),
        "every other number of `encoded`": tensor([*MEANS, *LOGVARS])[::2],
    }
    with rule("d"):
        require(
            equal(found, again),
            "In evaluation, too, each call returns other numbers: there is noise in them.",
        )
        for place, numbers in places.items():
            require(
                not equal(found, numbers.expand_as(found)),
                f"In evaluation you return {place}; the means are the first half of each row.",
            )
        require(
            equal(found, tensor(MEANS).expand_as(found)),
            "In evaluation you return something else than the means.",
        )


def _check_fresh(noise: Tensor, again: Tensor) -> None:
    """Refuse noise that numbers, rows, draws or calls share."""
    scaled = noise / noise.std((0, 1))
    with rule("c"):
        require(
            not equal(noise, again),
            "Two calls return the same sample: either nothing is drawn in training, or always the "
            "same.",
        )
        require(
            not equal(noise[0], noise[1]),
            "All draws of a row are the same: it is drawn once, and repeated.",
        )
        require(
            float((noise - noise[:, :1]).abs().max()) > 1e-4,
            "All rows have the same noise: as many numbers are drawn as a row has.",
        )
        require(
            float((scaled[..., :1] - scaled).abs().max()) > 1e-2,
            "All numbers of a row have the same noise, but for its size: one number is drawn for "
            "each row.",
        )


def _check_distribution(noise: Tensor) -> None:
    """Refuse noise of another mean or another size than the encoder says."""
    logvar = tensor(LOGVARS)
    std, mean, found = (logvar / 2).exp(), noise.mean(0), noise.std(0)
    both = f"{listed_numbers(found.tolist())}; expected {listed_numbers(std.tolist())}"
    require(
        float(((mean + tensor(MEANS)) / std).abs().max()) > 0.05,
        "The sample's mean is 0: the means have no part in it.",
    )
    require(
        float((mean / std).abs().max()) < 0.05,
        "The sample's means are not those of `encoded`: the noise itself should have the mean 0, "
        "as that of `torch.randn` has.",
    )
    mistakes = (
        (logvar.exp(), "`exp(logvar)` is the variance, and its root the deviation"),
        (logvar.abs(), "those are the logarithms as they are"),
        ((-logvar / 2).exp(), "the exponent's sign is wrong"),
        (ones_like(std), "the logarithms have no part in it"),
    )
    for wrong, reason in mistakes:
        require(not _near(found, wrong), f"The sample's deviations are {both}: {reason}.")
    ratio = found / std
    require(
        _near(found, std) or not _near(ratio, ratio.mean().expand(3)),
        f"The noise is {float(ratio.mean()):.2g} times as large as `encoded` says: nothing else "
        "should scale it.",
    )
    require(_near(found, std), f"The sample's deviations are {both}, the root of `exp(logvar)`.")
    tails = (noise / std).pow(4).mean(0)
    require(
        float((tails - 3).abs().max()) < 0.5,
        "Mean and deviation are right, but the noise is not normal: draw it from N(0, 1), as "
        "`torch.randn` does.",
    )


def _near(found: Tensor, expected: Tensor) -> bool:
    """Equal to 5 %, which is ten times what chance does to so many rows."""
    return bool(((found - expected).abs() <= 0.05 * expected).all())


def _check_gradients(reparameterize: Any) -> None:
    """Refuse a sample that is drawn from the distribution, and not computed."""
    leaf = tensor([[*MEANS, *LOGVARS]], requires_grad=True)
    sample = reparameterize(leaf * 1, True, DRAWS)
    require(
        sample.requires_grad,
        "The sample does not require gradients: it is drawn from the distribution, or detached, "
        "and the encoder learns nothing from it.",
    )
    sample.sum().backward()
    gradient = zeros(1, 2 * WIDTH) if leaf.grad is None else leaf.grad
    for name, part in zip(("means", "logarithms"), gradient.chunk(2, dim=1), strict=True):
        require(bool(part.any()), f"No gradient reaches the {name}, or one of 0.")


def _check_dtype(reparameterize: Any) -> None:
    sample = reparameterize(zeros(4, 2, dtype=bfloat16), True, DRAWS)
    require(
        sample.dtype == bfloat16,
        f"With `encoded` in bfloat16 the sample is {sample.dtype}: the noise has a dtype of its "
        "own.",
    )


def _check_device(reparameterize: Any) -> None:
    """Refuse noise on the CPU for what is elsewhere; "meta" is a device without memory."""
    elsewhere = zeros(4, 2, device=device("meta"))
    with suppress(NotImplementedError):  # what meta tensors cannot do says nothing of the device
        try:
            reparameterize(elsewhere, True, DRAWS)
        except RuntimeError as error:
            require(
                "expected device" not in f"{error}" and "same device" not in f"{error}",
                "With `encoded` on another device, as on a GPU, there is an error: the noise is "
                f"made on the CPU. {explain(error)}",
            )
