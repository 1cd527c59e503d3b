"""Exercise 5.1: what a training waits for, by its profile."""

from collections.abc import Callable
from copy import deepcopy
from math import isclose
from typing import Any

from course_lib.exercises.answers import described, number, require_function, several
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.inspection import explain
from course_lib.exercises.lesson_05.misreadings import Answer, epochs, largest, mistake_in
from course_lib.exercises.lesson_05.profiles import DATA, PROFILES, Durations, parts

PARTS = ("data", "forward", "backward", "optimizer", "callbacks")
MISSING: dict[str, Callable[[str], bool]] = {
    "callbacks": lambda name: name.startswith("[Callback]"),
    "`train_dataloader_next`": lambda name: name.endswith("train_dataloader_next"),
    "`backward`": lambda name: name.endswith(".backward"),
}


@exercise(
    "5.1",
    why="Only the part that takes longest is worth an afternoon: a backward pass of no time at all "
    "leaves an epoch that waits for its data as slow as it is.",
    hints=(
        "Go once through `durations.items()`, and add up a number of seconds for each part.",
        "An action's hook is what follows its last dot, and its owner what stands in brackets in "
        "front: `startswith` and `endswith` tell which part it belongs to, whatever is between.",
        "Subtract from `run_training_batch` whatever of the other parts runs inside it: forward, "
        "backward, and those hooks of callbacks that come before or after a step of it.",
    ),
)
def bottleneck(bottleneck: Any) -> None:
    """Read a profile: name the bottleneck."""
    require_function(bottleneck, "bottleneck")
    found = [answer_for_strategy(bottleneck, durations) for durations in PROFILES]
    correct = all(map(same, found, map(right, PROFILES)))
    mistake = None if correct else mistake_in(found)
    if mistake:
        with rule(mistake[0]):
            refuse(mistake[1])
    for pair, durations in zip(found, PROFILES, strict=True):
        expected = right(durations)
        seconds = ", ".join(f"{part} {time:.3g} s" for part, time in parts(durations).items())
        require(
            pair[0] == expected[0],
            f"You name {pair[0]!r:.20} in a profile whose parts are these: {seconds}.",
        )
        require(
            same(pair, expected),
            f"{pair[0]!r} is right, with a share of {pair[1]:.3g}; expected {expected[1]:.3g}. The "
            f"parts are these: {seconds}, in {epochs(durations):.3g} s.",
        )
    with rule("f"):
        require_missing(bottleneck)


def answer_for_strategy(bottleneck: Callable[[Durations], Any], durations: Durations) -> Answer:
    """The answer for a profile, refused if it looks for the strategy of another one."""
    try:
        return answer_for(bottleneck, durations)
    except LookupError as error:
        name = f"{error}".strip("'")
        if not name.startswith("[Strategy]") or name in durations:
            raise
        with rule("d"):
            refuse(
                f"There is no `{name:.60}` with another strategy: the name between `[Strategy]` "
                f"and the last dot differs. {explain(error)}"
            )


def answer_for(bottleneck: Callable[[Durations], Any], durations: Durations) -> Answer:
    """The answer for a profile, refused unless it is a part and a number."""
    found = several(bottleneck(deepcopy(durations)), 2, "a tuple of two, `(part, share)`")
    part, share = found
    require(
        isinstance(part, str),
        f"The part is {described(part)}; expected a text, and the share behind it.",
    )
    require(
        not part.startswith("run_training_"),
        f"{part!r} contains all the others, so it always takes longest; expected a part of it.",
    )
    require(
        part in PARTS,
        f"{part!r:.60} is no part; expected one of {', '.join(map(repr, PARTS))}.",
    )
    return part, number(share, "The share")


def same(found: Answer, expected: Answer) -> bool:
    """Whether two answers agree."""
    return found[0] == expected[0] and isclose(found[1], expected[1], rel_tol=1e-6)


def require_missing(bottleneck: Callable[[Durations], Any]) -> None:
    """Refuse an answer that needs all the actions to be there."""
    for missing, is_missing in MISSING.items():
        durations = {name: calls for name, calls in DATA.items() if not is_missing(name)}
        try:
            found = answer_for(bottleneck, durations)
        except (ArithmeticError, LookupError, StopIteration, TypeError, ValueError) as error:
            refuse(f"In a profile without {missing} there is an error. {explain(error)}")
        require(
            same(found, right(durations)),
            f"In a profile without {missing} you answer {found[0]!r}, {found[1]:.3g}; what was not "
            "recorded took no time.",
        )


def right(durations: Durations) -> Answer:
    """The answer."""
    return largest(parts(durations), epochs(durations))
