"""Exercise 1.6: a split into training and validation."""

from collections.abc import Sequence
from math import ceil, floor
from operator import index
from random import getstate, random
from typing import Any

from numpy import ndarray
from numpy.random import get_state, random_sample
from torch import Tensor, get_rng_state, rand

from course_lib.exercises.answers import described, require_function, several
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.lesson_01.data import kind_of, shape_of


@exercise(
    "1.6",
    why="One shared image is enough to make validation a little dishonest, and nothing will ever "
    "tell you.",
    hints=(
        "Shuffle all indices once and cut: then nothing can be lost, and nothing be in both parts.",
        "`torch.randperm` takes a `generator`, and a `torch.Generator` of your own takes the seed, "
        "so nothing global is touched. `round` says where to cut.",
    ),
)
def split(split: Any) -> None:
    """Training and validation."""
    require_function(split, "split")
    rand(99), random(), random_sample()  # no seed alone leads to these states
    before = global_states()
    parts(split, 53, 0.2, seed=1)
    changed = [name for name, state in global_states().items() if state != before[name]]
    with rule("g"):
        require(
            not changed,
            f"The global random state of {' and '.join(changed)} is not what it was, so that all "
            "that is drawn later changes too. Shuffle with a generator of your own.",
        )
    for n, fraction in ((400, 0.5), (51, 0.2), (53, 0.2)):
        train, val = parts(split, n, fraction, seed=1)
        with rule("b"):
            require_partition(train, val, n)
        with rule("c"):
            require_size(len(val), n, fraction)
    with rule("d"):
        require_shuffled(sorted(val))
    chosen, again = (
        [sorted(parts(split, 53, 0.2, seed=s)[1]) for s in range(4)] for _ in ("once", "again")
    )
    for s, reason in ((1, "draw from `seed` and nothing else"), (0, "0 is a seed, too, no `None`")):
        with rule("e"):
            require(
                again[s] == chosen[s], f"Called twice with seed {s}, the splits differ: {reason}."
            )
    same = [s for s in (2, 3, 0) if chosen[s] == chosen[1]]
    with rule("f"):
        require(not same, f"Seeds 1 and {[*same, 0][0]} give the same split: is `seed` used?")


def parts(split: Any, n: int, fraction: float, seed: int) -> tuple[list[int], list[int]]:
    """Both parts of a split as lists, whatever they came as."""
    val_size = round(n * fraction)
    answer = split(n, fraction, seed)
    with rule("a"):
        both = several(answer, 2, "two parts, `(train_indices, val_indices)`")
        train, val = map(whole_numbers, both)
        reverse = len(train) == val_size < len(val) == n - val_size
        require(not reverse, "The larger part comes second; return the training indices first.")
    return (val, train) if reverse else (train, val)


def whole_numbers(part: Any) -> list[int]:
    """A list of the indices in a part."""
    kind, shape = kind_of(part), shape_of(part)
    require(
        isinstance(part, Sequence | ndarray | Tensor),
        f"A part is {described(part)}; expected a list, an array or a tensor of indices.",
    )
    require(len(shape) <= 1, f"A part has shape {shape}; expected one row of indices.")
    require(
        "bool" not in kind and not any(i is True or i is False for i in part),
        "The parts are masks of True and False; expected indices.",
    )
    try:
        return [index(i) for i in part]
    except (TypeError, ValueError, RuntimeError):
        what = f"{described(part[0])} ({kind_of(part[0])})"
        refuse(f"A part holds {what}; expected whole numbers.")


def require_partition(train: list[int], val: list[int], n: int) -> None:
    """Refuse parts that do not hold each index once."""
    both = train + val
    outside = set(both) - set(range(n))
    require(
        not outside,
        f"Index {min(outside, default=0)} does not exist: {n} images are numbered 0 to {n - 1}.",
    )
    shared, missing = set(train) & set(val), set(range(n)) - set(both)
    require(
        not shared,
        f"In both parts: {len(shared)} of {n} images, such as number {min(shared, default=0)}. "
        + ("Look at where you cut." if len(shared) == 1 else "Cut both from one shuffled order."),
    )
    require(len(both) == len(set(both)), "In one of the parts an image is there more than once.")
    require(
        not missing,
        f"In neither part: {len(missing)} of {n} images, such as number {min(missing, default=0)}.",
    )


def require_shuffled(val: list[int]) -> None:
    """Refuse indices below 53 that lie there at regular distances."""
    gaps = sorted((after - i) % 53 for i, after in zip(val, val[1:] + val[:1], strict=True))
    usual = set(gaps[1:-1])
    require(
        len(usual) != 1,
        f"Validation is {'a run of neighbours' if 1 in usual else 'every so many images'}, as they "
        "lie there. Data are often sorted, so shuffle.",
    )


def require_size(found: int, n: int, fraction: float) -> None:
    """Refuse another number of images than `n * fraction`, rounded."""
    share, size = n * fraction, round(n * fraction)
    told = {
        size + 1: "That is one too many.",
        floor(share): "You rounded down.",
        ceil(share): "You rounded up.",
    }
    reason = told.get(found, "Does `val_fraction` say how many?")
    require(
        found == size,
        f"With n = {n} and val_fraction = {fraction}, {found} images are for validation; expected "
        f"{size}, the whole number nearest to {share:.1f}. {reason}",
    )


def global_states() -> dict[str, object]:
    """The global random states, in a form that can be compared."""
    return {
        "torch": get_rng_state().tolist(),
        "NumPy": repr(get_state(legacy=False)),
        "`random`": getstate(),
    }
