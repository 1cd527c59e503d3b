"""Exercise 8.2: nothing of the validation has been seen in another wording."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from torch import equal, get_rng_state

from course_lib.exercises import sandbox
from course_lib.exercises.answers import described, require_function, several
from course_lib.exercises.engine import exercise, refuse, require, rule

SIZES = (10, 1, 1, 9, 1, 1, 1, 10, 1, 1, 10, 1, 1, 1, 9, 1, 1, 1, 10, 1)  # of each template
FRACTION = 0.3
SEEDS = range(20)

Parts = tuple[list[int], list[int]]


class Name(str):
    """A string as in another process: of another hash."""

    process = 0

    def __hash__(self) -> int:
        return hash((str(self), Name.process))


@exercise(
    "8.2",
    why="The less the validation has in common with the training, the more its number is worth.",
    hints=(
        "It is the templates that are drawn, and the sentences that are counted: take one template "
        "after another until there are enough.",
        "`random.Random(seed)` is a generator of your own. What it shuffles must have the same "
        "order each time before.",
        "For neither part to be empty, one template is left out of the draw, and at least one is "
        "taken.",
    ),
)
def split_by_template(split_by_template: Any) -> None:
    """Split by template."""
    require_function(split_by_template, "split_by_template")
    names = _names(SIZES)
    splits = [_split(split_by_template, names, FRACTION, seed) for seed in SEEDS]
    for parts in splits:
        _check_parts(names, parts)
    _check_size(names, splits)
    for sizes, fraction in (((4, 4), 0.9), ((4, 4), 0.1), ((30, 1, 1), 0.02), ((5, 5, 5), 0.95)):
        for seed in SEEDS[:5]:
            parts = _split(split_by_template, _names(sizes), fraction, seed)
            _check_not_empty(parts, fraction, sizes)
    _check_seeds(split_by_template, names, splits)


def _names(sizes: tuple[int, ...]) -> list[str]:
    """The name of each sentence's template."""
    names = [f"template {k}" for k, size in enumerate(sizes) for _ in range(size)]
    random.Random(1).shuffle(names)
    return names


def _split(split: Callable[..., Any], names: list[str], fraction: float, seed: int) -> Parts:
    """What the answer returns, as lists of numbers."""
    with rule("a"):
        returned = several(split(list(names), fraction, seed), 2, "two lists of indices")
        try:
            train, val = ([int(index) for index in part] for part in returned)
        except (TypeError, ValueError):
            refuse(
                f"The two parts are {described(returned[0])} and {described(returned[1])}; "
                "expected lists of indices, whole numbers from 0."
            )
    return train, val


def _check_parts(names: list[str], parts: Parts) -> None:
    """Refuse what is no split, and one that goes through a template."""
    count, every = Counter(parts[0] + parts[1]), range(len(names))
    twice = sorted(index for index, times in count.items() if times > 1)
    lost = [index for index in every if index not in count]
    with rule("a"):
        require(not twice, f"{len(twice)} of {len(names)} indices stand there twice or more.")
        require(not lost, f"{len(lost)} of {len(names)} indices are in neither part.")
        require(
            len(count) == len(names),
            f"There are indices that no sentence has, such as {max(count)} with {len(names)} "
            "sentences.",
        )
    both = {names[i] for i in parts[0]} & {names[i] for i in parts[1]}
    with rule("b"):
        require(
            not both,
            f"{len(both)} of {len(SIZES)} templates have sentences in both parts.",
        )


def _check_size(names: list[str], splits: list[Parts]) -> None:
    """Refuse another share than that of the sentences."""
    wanted = FRACTION * len(names)
    found = [len(val) for _, val in splits]
    with rule("c"):
        require(
            any(abs(len(train) - wanted) > max(SIZES) for train, _ in splits),
            f"It is the training that has {FRACTION:.0%} of the sentences; it comes first in what "
            "is returned, and `val_fraction` is for the validation.",
        )
        of_templates = {len({names[i] for i in val}) for _, val in splits}
        furthest = max(found, key=lambda size: abs(size - wanted))
        near = abs(furthest - wanted) < max(SIZES)
        require(
            near or len(of_templates) > 1,
            f"Each time {min(of_templates)} of {len(SIZES)} templates are for the validation, "
            f"with {min(found)} to {max(found)} sentences; {FRACTION:.0%} of all {len(names)} "
            f"sentences are {wanted:.0f}.",
        )
        require(
            near,
            f"The validation has {furthest} of {len(names)} sentences; {FRACTION:.0%} are "
            f"{wanted:.0f}, and the largest template has {max(SIZES)}.",
        )


def _check_not_empty(parts: Parts, fraction: float, sizes: tuple[int, ...]) -> None:
    told = f"With val_fraction={fraction} and templates of {list(sizes)} sentences"
    with rule("d"):
        require(bool(parts[0]), f"{told}, nothing is left for the training.")
        require(bool(parts[1]), f"{told}, the validation is empty.")


def _check_seeds(split: Callable[..., Any], names: list[str], splits: list[Parts]) -> None:
    """Refuse a split that something else than the seed decides."""
    first = [_as_sets(parts) for parts in splits]
    with rule("e"):
        require(
            any(each != first[0] for each in first),
            f"Seeds 0 to {SEEDS[-1]} all split the same way: is `seed` used?",
        )
    sandbox.seed(1)
    before = random.getstate(), str(np.random.get_state()), get_rng_state()
    again = [_as_sets(_split(split, names, FRACTION, seed)) for seed in SEEDS]
    with rule("f"):
        moved = [
            *["`random`"][: random.getstate() != before[0]],
            *["`numpy`"][: str(np.random.get_state()) != before[1]],
            *["`torch`"][: not equal(get_rng_state(), before[2])],
        ]
        require(not moved, f"Each split moves or sets the generator of {', '.join(moved)}.")
    with rule("e"):
        require(again == first, "With the same seed the split is another one the second time.")
        require(
            not _depends_on_process(split, names),
            "In another process the same seed splits in another way: the order of a `set` of "
            "strings, or their `hash`, has a part in it.",
        )


def _as_sets(parts: Parts) -> tuple[set[int], set[int]]:
    return set(parts[0]), set(parts[1])


def _depends_on_process(split: Callable[..., Any], names: list[str]) -> bool:
    """Whether strings of other hashes are split in another way."""
    found = []
    for process in (1, 2, 3):
        Name.process = process
        try:
            ours: list[str] = [Name(name) for name in names]
            found.append([_as_sets(_split(split, ours, FRACTION, seed)) for seed in SEEDS])
        except Exception:  # such strings are not what the answer was promised
            return False
    return any(each != found[0] for each in found)
