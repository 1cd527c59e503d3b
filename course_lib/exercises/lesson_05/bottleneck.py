"""Exercise 5.1: what a training waits for, by its profile."""

from collections.abc import Callable
from copy import deepcopy
from math import isclose
from typing import Any

from course_lib.exercises.answers import described, number, require_function, several
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.inspection import explain
from course_lib.exercises.lesson_05.profiles import (
    DATA,
    HOOKS,
    INNER,
    PROFILES,
    Durations,
    Total,
    hooks,
    parts,
    time_in,
)

Answer = tuple[str, float]

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
    found = [answer_for(bottleneck, durations) for durations in PROFILES]
    for letter, message, mistake in MISTAKES:
        if all(same(pair, mistake(profile)) for pair, profile in zip(found, PROFILES, strict=True)):
            with rule(letter):
                refuse(message)
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
            f"parts are these: {seconds}, in {sum(durations['run_training_epoch']):.3g} s.",
        )
    with rule("f"):
        require_missing(bottleneck)


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


def largest(times: dict[str, float], whole: float) -> Answer:
    """The part that takes longest, and its share."""
    part = max(times, key=lambda part: times[part])
    return part, times[part] / whole


def right(durations: Durations, total: Total = sum, **changed: float) -> Answer:
    """The answer; `total` and `changed` parts make mistakes of it."""
    times = parts(durations, total) | changed
    return largest(times, total(durations["run_training_epoch"]))


def _per_call(calls: list[float]) -> float:
    return sum(calls) / len(calls)


def _in_one_hook(durations: Durations) -> float:
    """Seconds in that hook of a callback that takes longest."""
    names = [name for name in durations if name.startswith("[Callback]")]
    return max(hooks({name: durations[name]}, HOOKS) for name in names)


def _step(durations: Durations) -> float:
    return time_in(durations, "[LightningModule]", (".optimizer_step",))


def _all_of(durations: Durations, word: str) -> float:
    return sum(sum(calls) for name, calls in durations.items() if word in name)


def _share_of(durations: Durations, whole: float) -> Answer:
    return largest(parts(durations), whole)


def _epochs(which: Callable[[list[float]], float]) -> Callable[[Durations], Answer]:
    """The answer with a share of some epochs."""
    return lambda durations: _share_of(durations, which(durations["run_training_epoch"]))


def _without(action: str) -> Callable[[Durations], Answer]:
    """The answer to what does not find an action of another strategy."""
    return lambda durations: right({n: t for n, t in durations.items() if action not in n})


ONE_EPOCH = "Your share is that of a single epoch: `run_training_epoch` was recorded once in each."
FIXED = (
    "With two devices the strategy is called `DDPStrategy`, and you miss its actions: what stands "
    "between `]` and the dot is another name in another training."
)
MISTAKES: tuple[tuple[str, str, Callable[[Durations], Answer]], ...] = (
    (
        "a",
        "You compare single calls, the mean of each action: 40 short ones may take longer than one "
        "long one. Add them up.",
        lambda d: right(d, _per_call),
    ),
    (
        "a",
        "You compare the longest call of each action: one slow batch is no bottleneck. Add up all "
        "calls.",
        lambda d: right(d, max),
    ),
    (
        "a",
        "You compare the longest call of each action, and then its share of all epochs: 40 short "
        "calls may take longer.",
        lambda d: largest(parts(d, max), sum(d["run_training_epoch"])),
    ),
    (
        "b",
        "The whole `run_training_batch` counts as the optimizer's, though forward and backward run "
        "inside it.",
        lambda d: right(d, optimizer=sum(d["run_training_batch"])),
    ),
    (
        "b",
        "The whole `optimizer_step` counts as the optimizer's, though Lightning runs forward and "
        "backward inside it.",
        lambda d: right(d, optimizer=_step(d)),
    ),
    (
        "b",
        "The optimizer still has the time of those callbacks that run inside `run_training_batch`, "
        "in hooks such as `on_before_optimizer_step`.",
        lambda d: right(d, optimizer=parts(d)["optimizer"] + hooks(d, INNER)),
    ),
    (
        "b",
        "The optimizer's part is the rest of `optimizer_step`; what is asked for is the rest of "
        "`run_training_batch`.",
        lambda d: right(
            d, optimizer=parts(d)["optimizer"] + _step(d) - sum(d["run_training_batch"])
        ),
    ),
    (
        "c",
        "No callback is ever the bottleneck in your answer, whatever it takes.",
        lambda d: right(d, callbacks=0.0),
    ),
    (
        "c",
        "You look at each hook of a callback by itself; what they take together is what counts.",
        lambda d: right(d, callbacks=_in_one_hook(d)),
    ),
    (
        "c",
        "The callbacks' hooks before and after backward and the optimizer's step are missing.",
        lambda d: right(d, callbacks=hooks(d, HOOKS[:1])),
    ),
    (
        "c",
        "Of the hooks around a batch one is missing: callbacks may work at its start, too.",
        lambda d: right(d, callbacks=hooks(d, ("on_train_batch_end", *INNER))),
    ),
    (
        "c",
        "You count all hooks of callbacks, those of the validation, of the sanity check and of the "
        "epoch's end included.",
        lambda d: right(d, callbacks=hooks(d, ("",))),
    ),
    (
        "c",
        "You count every `on_train_batch_end`, though that of the `[LightningModule]` is no "
        "callback's.",
        lambda d: right(
            d,
            callbacks=hooks(d, HOOKS)
            + time_in(d, "[LightningModule]", ("on_train_batch_start", "on_train_batch_end")),
        ),
    ),
    (
        "d",
        'You count every action with "backward" in its name, hooks such as `on_after_backward` '
        "included.",
        lambda d: right(d, backward=_all_of(d, "backward")),
    ),
    (
        "d",
        "Your forward pass includes the `validation_step`.",
        lambda d: right(
            d, forward=time_in(d, "[Strategy]", (".training_step", ".validation_step"))
        ),
    ),
    (
        "d",
        "Your data includes `val_next`: those batches are validated on.",
        lambda d: right(d, data=time_in(d, "[_", ("_next",))),
    ),
    *(("d", FIXED, _without(f"DDPStrategy{end}")) for end in ("", ".training_step", ".backward")),
    (
        "e",
        "Your share is that of the five parts together. An epoch is longer: its validation, say, "
        "belongs to none of them.",
        lambda d: _share_of(d, sum(parts(d).values())),
    ),
    (
        "e",
        "Your share is that of all actions added up: as they are nested, most seconds are in there "
        "several times.",
        lambda d: _share_of(d, _all_of(d, "")),
    ),
    (
        "e",
        "Your share is that of `run_training_batch`, where the data, for one, is not.",
        lambda d: _share_of(d, sum(d["run_training_batch"])),
    ),
    *(("e", ONE_EPOCH, _epochs(which)) for which in (min, max, _per_call)),
    (
        "e",
        "Your share is in percent; expected a number from 0 to 1.",
        lambda d: _share_of(d, sum(d["run_training_epoch"]) / 100),
    ),
    (
        "e",
        "You return the seconds of the part; expected its share.",
        lambda d: _share_of(d, 1.0),
    ),
)
