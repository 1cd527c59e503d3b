"""What mistakes make of a profile in exercise 5.1, so that its check can tell which one it was."""

from collections.abc import Callable, Iterable
from itertools import product
from math import inf
from typing import NamedTuple

from course_lib.exercises.lesson_05.profiles import (
    HOOKS,
    INNER,
    PROFILES,
    Durations,
    hooks,
    parts,
    time_in,
)

Answer = tuple[str, float]
Times = dict[str, float]

ROUNDED = 0.005  # a share of 0.2 that is given as 20.1 % is still explained


class Mistake(NamedTuple):
    """A rule, what to say to those who break it, and the times of the parts that they may find."""

    letter: str
    message: str
    times: Callable[[Durations], list[Times]]


def largest(times: Times, whole: float) -> Answer:
    """The part that takes longest, and its share."""
    part = max(times, key=lambda part: times[part])
    return part, times[part] / whole


def mistake_in(answers: list[Answer]) -> tuple[str, str] | None:
    """The letter and message of the mistake that explains the answers to all `PROFILES` best."""
    found = [
        (error(map(parts, PROFILES), whole, answers), letter, message)
        for letter, message, whole in WHOLES
    ]
    for letter, message, times in MISTAKES:
        variants = zip(*map(times, PROFILES), strict=True)
        wholes = (epochs, *(whole for _, _, whole in WHOLES))
        errors = [error(v, whole, answers) for v, whole in product(variants, wholes)]
        found.append((min(errors), letter, message))
    least, letter, message = min(found, key=lambda each: each[0])
    return (letter, message) if least < ROUNDED else None


def error(
    times: Iterable[Times], whole: Callable[[Durations], float], answers: list[Answer]
) -> float:
    """How far off answers are, at most, if these are the times, and the shares are of this."""
    expected = [largest(each, whole(d)) for each, d in zip(times, PROFILES, strict=True)]
    return max(
        abs(mine[1] / theirs[1] - 1) if mine[0] == theirs[0] else inf
        for mine, theirs in zip(answers, expected, strict=True)
    )


# --- shares of something else


def epochs(durations: Durations) -> float:
    """Seconds of all epochs."""
    return sum(durations["run_training_epoch"])


ONE_EPOCH = "Your share is that of a single epoch: `run_training_epoch` was recorded once in each."
WHOLES: tuple[tuple[str, str, Callable[[Durations], float]], ...] = (
    (
        "e",
        "Your share is that of the five parts together. An epoch is longer: its validation, say, "
        "belongs to none of them.",
        lambda d: sum(parts(d).values()),
    ),
    (
        "e",
        "Your share is that of all actions added up: as they are nested, most seconds are in there "
        "several times.",
        lambda d: sum(map(sum, d.values())),
    ),
    (
        "e",
        "Your share is that of `run_training_batch`, where the data, for one, is not.",
        lambda d: sum(d["run_training_batch"]),
    ),
    ("e", ONE_EPOCH, lambda d: min(d["run_training_epoch"])),
    ("e", ONE_EPOCH, lambda d: max(d["run_training_epoch"])),
    ("e", ONE_EPOCH, lambda d: epochs(d) / len(d["run_training_epoch"])),
    (
        "e",
        "The share goes from 0 to 1; yours is in percent.",
        lambda d: epochs(d) / 100,
    ),
    ("e", "You return the seconds of the part; expected its share.", lambda d: 1.0),
)


# --- other times of the parts


def per_call(calls: list[float]) -> float:
    """Seconds of a call, on average."""
    return sum(calls) / len(calls)


def optimizer(*times: Callable[[Durations], float]) -> Callable[[Durations], list[Times]]:
    """Other times of the optimizer, and the right ones of everything else."""
    return lambda d: [parts(d) | {"optimizer": time(d)} for time in times]


def callbacks(time: Callable[[Durations], float]) -> Callable[[Durations], list[Times]]:
    """Another time of the callbacks, which is or is not taken off the optimizer's, too."""

    def variants(durations: Durations) -> list[Times]:
        right, mine = parts(durations), time(durations)
        inner = right["optimizer"] + hooks(durations, INNER)
        rest = (right["optimizer"], inner, inner - mine)
        return [right | {"callbacks": mine, "optimizer": each} for each in rest]

    return variants


def in_one_hook(durations: Durations) -> float:
    """Seconds in that hook of a callback that takes longest."""
    names = [name for name in durations if name.startswith("[Callback]")]
    return max(hooks({name: durations[name]}, HOOKS) for name in names)


def of_module(durations: Durations, *hooks: str) -> float:
    """Seconds in hooks of the LightningModule."""
    return time_in(durations, "[LightningModule]", hooks)


def rest_of_step(durations: Durations) -> float:
    """What is left of the `optimizer_step`, where the batch's is asked for."""
    step = of_module(durations, ".optimizer_step")
    return parts(durations)["optimizer"] + step - sum(durations["run_training_batch"])


def named_backward(durations: Durations) -> list[Times]:
    """Everything with backward in its name, and what is then left of callbacks and optimizer."""
    right = parts(durations)
    hooked = hooks(durations, ("on_before_backward", "on_after_backward"))
    found = []
    for callback in (right["callbacks"], right["callbacks"] - hooked):
        for hook in (0.0, -hooked, hooks(durations, INNER) - hooked, hooks(durations, INNER)):
            changed = {"callbacks": callback, "optimizer": right["optimizer"] + hook}
            found.append(right | changed | {"backward": right["backward"] + hooked})
    return found


def without(*lost: str) -> Callable[[Durations], list[Times]]:
    """The times of those who know one strategy alone; the optimizer's may be right all the same."""

    def variants(durations: Durations) -> list[Times]:
        right = parts(durations)
        fixed = any("SingleDeviceStrategy" in name for name in durations)
        mine = right | ({} if fixed else dict.fromkeys(lost, 0.0))
        rest = right["optimizer"] + sum(right[part] - mine[part] for part in lost)
        return [mine, mine | {"optimizer": rest}]

    return variants


EMPTY = (
    "With another strategy your {} empty: the name between `[Strategy]` and the last dot differs."
)
MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "a",
        "It is the mean of the calls that you compare: 40 short ones may take longer than one "
        "long one. Add them up.",
        lambda d: [parts(d, per_call)],
    ),
    Mistake(
        "a",
        "You compare the longest call of each action: one slow batch is no bottleneck. Add up all "
        "calls.",
        lambda d: [parts(d, max)],
    ),
    Mistake(
        "b",
        "The whole `run_training_batch` counts as the optimizer's, though forward and backward run "
        "inside it.",
        optimizer(lambda d: sum(d["run_training_batch"])),
    ),
    Mistake(
        "b",
        "The whole `optimizer_step` counts as the optimizer's, though it holds forward and "
        "backward.",
        optimizer(
            lambda d: of_module(d, ".optimizer_step"),
            lambda d: time_in(d, "[", ("optimizer_step",)),
            lambda d: time_in(d, "[", ("optimizer_step", "zero_grad")),
            lambda d: of_module(d, ".optimizer_step", "zero_grad"),
        ),
    ),
    Mistake(
        "b",
        "The optimizer still has the time of those callbacks that run inside `run_training_batch`, "
        "in hooks such as `on_before_optimizer_step`.",
        optimizer(lambda d: parts(d)["optimizer"] + hooks(d, INNER)),
    ),
    Mistake(
        "b",
        "`on_train_batch_…` runs outside `run_training_batch`: it is nothing to take off the "
        "optimizer.",
        optimizer(lambda d: parts(d)["optimizer"] - hooks(d, HOOKS[:1])),
    ),
    Mistake(
        "b",
        "The optimizer's part is the rest of `optimizer_step`; what is asked for is the rest of "
        "`run_training_batch`.",
        optimizer(rest_of_step, lambda d: rest_of_step(d) + hooks(d, INNER)),
    ),
    Mistake(
        "c",
        "No callback is ever the bottleneck in your answer, whatever it takes.",
        callbacks(lambda d: 0.0),
    ),
    Mistake(
        "c",
        "You look at each hook of a callback by itself; what they take together is what counts.",
        callbacks(in_one_hook),
    ),
    Mistake(
        "c",
        "The callbacks' hooks before and after backward and the optimizer's step are missing.",
        callbacks(lambda d: hooks(d, HOOKS[:1])),
    ),
    Mistake(
        "c",
        "Of the hooks around a batch one is missing: callbacks may work at its start, too.",
        callbacks(lambda d: hooks(d, ("on_train_batch_end", *INNER))),
    ),
    Mistake(
        "c",
        "You count the callbacks' hooks of the validation, which is no part of the training.",
        callbacks(lambda d: hooks(d, (*HOOKS, "on_validation"))),
    ),
    Mistake(
        "c",
        "You count all hooks of callbacks, those of the validation, of the sanity check and of the "
        "epoch's end included.",
        callbacks(lambda d: hooks(d, ("",))),
    ),
    Mistake(
        "c",
        "You count every `on_train_batch_end`, though that of the `[LightningModule]` is no "
        "callback's.",
        callbacks(
            lambda d: hooks(d, HOOKS) + of_module(d, "on_train_batch_start", "on_train_batch_end")
        ),
    ),
    Mistake(
        "d",
        "`[Callback]….on_after_backward` is no backward pass; it is a callback's.",
        named_backward,
    ),
    Mistake(
        "d",
        "Your forward pass includes the `validation_step`.",
        lambda d: [
            parts(d) | {"forward": time_in(d, "[S", (".training_step", ".validation_step"))}
        ],
    ),
    Mistake(
        "d",
        "Your data includes `val_next`: those batches are validated on.",
        lambda d: [parts(d) | {"data": time_in(d, "[_", ("_next",))}],
    ),
    Mistake("d", EMPTY.format("forward pass is"), without("forward")),
    Mistake("d", EMPTY.format("backward pass is"), without("backward")),
    Mistake("d", EMPTY.format("forward and backward passes are"), without("forward", "backward")),
)
