"""Exercise 3.2: when early stopping stops."""

from collections.abc import Callable
from functools import cache
from math import inf, isfinite, isnan, nan
from random import Random
from typing import Any, NamedTuple

from pytorch_lightning.callbacks import EarlyStopping

from course_lib.exercises.answers import described, listed, number, require_function
from course_lib.exercises.engine import attempted, exercise, require, rule
from course_lib.exercises.lesson_03.runs import Scripted, trained
from course_lib.exercises.probes import loader, quiet_trainer


class Table(NamedTuple):
    """A training to predict: the losses it sees, and how its epochs are counted, and how not."""

    losses: list[float]
    options: dict[str, Any]
    reason: str
    mistakes: dict[float, str]
    every: int = 1


TABLES = {
    "a": Table(
        [0.9, 0.7, 0.8, 0.75, 0.72, 0.6, 0.65, 0.5],
        dict(patience=2),
        "Count the epochs in a row that are not better than the best so far.",
        {
            2: "That is the best epoch so far; the callback waits for two that are not better.",
            3: "One epoch that is not better does not use up a patience of 2.",
            5: "With `patience=2` the second epoch in a row that is not better is the last.",
            8: "0.75 is lower than 0.8 before it, but it has to be lower than the best, 0.7.",
        },
    ),
    "b": Table(
        [1.0, 0.97, 0.94, 0.91, 0.9, 0.89, 0.8, 0.7],
        dict(patience=2, min_delta=0.05),
        "Write down the best so far after each epoch; it falls only by more than `min_delta`.",
        {
            3: "The best is still 1.0 when 0.94 comes, and that is lower by more than 0.05.",
            6: "In epoch 5 it is the second time in a row that 0.94 is not beaten by 0.05.",
            8: "Not every loss that is lower counts: `min_delta` says by how much it has to be.",
        },
    ),
    "c": Table(
        [0.8, 0.7, 0.75, 0.72, 0.6, 0.5],
        dict(patience=2),
        "Find out after which validation it ends, and then which epoch that is.",
        {
            4: "That is the number of validations, and there is one in every other epoch.",
            6: "The patience counts validations: one in epoch 6 and one in epoch 8.",
            10: "With `patience=2` the second validation in a row that is not better is the last.",
            12: "Two validations in a row do not beat 0.7, and that is what ends it.",
        },
        every=2,
    ),
}


@exercise(
    "3.2",
    why="What looks like one number, the patience, is a rule with a memory: it counts validations, "
    "in a row, against the best so far.",
    hints=(
        "Go through the losses with a pencil: after each one note the best so far, and how many in "
        "a row have not been better.",
        "Two variables go through the loop, `best` and `waited`. Which of them changes in an epoch "
        "that is better, and which in one that is not?",
    ),
    in_order=True,
)
def early_stopping(predicted: Any, epochs_trained: Any) -> None:
    """When does it stop?"""
    attempted(predicted, "predicted")
    _check_predictions(predicted)
    attempted(epochs_trained, "epochs_trained")
    require_function(epochs_trained, "epochs_trained")
    cases = _cases()
    expected = _expected()
    answers = [epochs_trained(list(case.losses), case.patience, case.min_delta) for case in cases]
    through = [e == len(case.losses) for case, e in zip(cases, expected, strict=True)]
    with rule("f"):
        require(
            not any(
                a is None for a, to_the_end in zip(answers, through, strict=True) if to_the_end
            ),
            "You return None where nothing ends the training before its last epoch.",
        )
    found = [number(answer, "What you return") for answer in answers]
    for letter, told, counted in MISTAKES:
        with rule(letter):
            require(found == expected or found != [counted(case) for case in cases], told)
    wrong = [i for i, answer in enumerate(found) if answer != expected[i]]
    told = _told(cases[wrong[0]], expected[wrong[0]], found[wrong[0]]) if wrong else ""
    with rule("g"):
        broken = [not isfinite(cases[i].losses[expected[i] - 1]) for i in wrong]
        require(not wrong or not all(broken), f"All is right until a loss is not finite. {told}")
    with rule("f"):
        require(
            not wrong or not all(through[i] for i in wrong),
            f"All is right but where nothing ends the training before its last epoch. {told}",
        )
    require(not wrong, told)


def _check_predictions(predicted: Any) -> None:
    require(
        isinstance(predicted, dict) and set(predicted) == set(TABLES),
        f"`predicted` should be a dictionary with the keys {', '.join(TABLES)}; it has "
        f"{listed(predicted)}."
        if isinstance(predicted, dict)
        else f"`predicted` should be a dictionary; it is {described(predicted)}.",
    )
    for key, table in TABLES.items():
        given = number(predicted[key], f"`predicted[{key!r}]`")
        with rule(key):
            reason = table.mistakes.get(given, table.reason)
            require(given == _epochs(key), f"It does not train {given:g} epochs. {reason}")


@cache
def _epochs(key: str) -> int:
    """How many epochs Lightning trains with a table."""
    table = TABLES[key]
    losses = [loss for loss in table.losses for _ in range(table.every)]
    trainer = quiet_trainer(
        max_epochs=len(losses),
        check_val_every_n_epoch=table.every,
        callbacks=[EarlyStopping("val_loss", **table.options)],
    )
    trainer.fit(Scripted(val_loss=losses), loader(1, 1), loader(1, 1))
    return trainer.current_epoch


class Case(NamedTuple):
    """The losses that a training would see, and what early stopping is told."""

    losses: tuple[float, ...]
    patience: int
    min_delta: float


def _cases() -> list[Case]:
    """Trainings of all kinds, short ones first; each number has few binary digits, so is exact."""
    chance, cases = Random(4), []
    for i in range(12):
        losses = [1.5]
        for _ in range(2 + i // 2):
            losses.append(losses[-1] + chance.choice([-0.25, -0.125, -0.125, 0.0, 0.125]))
        if i % 3 == 0:
            losses[chance.randrange(len(losses) - 1)] = [nan, inf, -inf][i // 3 % 3]
        for patience, min_delta in ((1, 0.125), (2, 0.125 * (i % 2)), (3, 0.25)):
            cases.append(Case(tuple(losses), patience, min_delta))
    return [*cases, Case((1.5, 1.5, 1.5, 1.0, 1.25, 1.25, 1.25, 0.5), 3, 0.125)]


@cache
def _expected() -> list[int]:
    """How many epochs Lightning trains in each case."""
    return trained([(case.losses, case.patience, case.min_delta) for case in _cases()])


def _told(case: Case, expected: float, found: float) -> str:
    losses = ", ".join(f"{loss:g}" for loss in case.losses)
    return (
        f"For the losses {losses} with patience {case.patience} and min_delta {case.min_delta:g}, "
        f"Lightning ends after epoch {expected:g}; you return {found:g}."
    )


def _counted(
    case: Case,
    *,
    better: Callable[[float, float, float], bool] = lambda loss, best, by: loss < best - by,
    kept: Callable[[float, float], float] = lambda loss, best: best,
    ends: Callable[[float], bool] = lambda loss: not isfinite(loss),
    first: float = inf,
    total: bool = False,
    more: int = 0,
    late: int = 0,
    last: int = 0,
) -> int:
    """Count a case's epochs, with one thing done otherwise than Lightning does it."""
    best, waited = first, 0
    for epoch, loss in enumerate(case.losses, start=1):
        if ends(loss):
            return epoch + last
        if better(loss, best, case.min_delta):
            best, waited = loss, waited if total else 0
        else:
            best, waited = kept(loss, best), waited + 1
            if waited >= case.patience + more:
                return epoch + late
    return len(case.losses)


MISTAKES: tuple[tuple[str, str, Callable[[Case], int]], ...] = (
    (
        "d",
        "You count every loss that is lower than the best as better, whatever `min_delta` is.",
        lambda case: _counted(case, better=lambda loss, best, by: loss < best),
    ),
    (
        "d",
        "A loss that is lower by just `min_delta` is not better yet: it takes more than that.",
        lambda case: _counted(case, better=lambda loss, best, by: loss <= best - by),
    ),
    (
        "d",
        "You count a loss as better that is higher than the best by less than `min_delta`; it has "
        "to be lower, and by more.",
        lambda case: _counted(case, better=lambda loss, best, by: loss < best + by),
    ),
    (
        "d",
        "You compare each loss with that of the epoch before; early stopping compares it with the "
        "best so far.",
        lambda case: _counted(case, kept=lambda loss, best: loss),
    ),
    (
        "d",
        "You let the best follow a loss that is lower by too little to count. It stays where it "
        "is, so that small steps can add up to more than `min_delta`.",
        lambda case: _counted(case, kept=min),
    ),
    (
        "d",
        "You count the first epoch as one without a better loss; there is nothing before it that "
        "it would have to beat.",
        lambda case: _counted(case, first=case.losses[0]),
    ),
    (
        "e",
        "You count the epochs without a better loss in total; one that is better starts the count "
        "anew.",
        lambda case: _counted(case, total=True),
    ),
    (
        "e",
        "You wait one epoch too long: the `patience`-th in a row without a better loss is the "
        "last.",
        lambda case: _counted(case, more=1),
    ),
    (
        "e",
        "Where the patience ends the training, you leave out its last epoch: it was trained, too.",
        lambda case: _counted(case, late=-1),
    ),
    (
        "e",
        "Where the patience ends the training, you return the best epoch; the training goes on for "
        "`patience` more.",
        lambda case: _counted(case, late=-case.patience),
    ),
    (
        "e",
        "Where the training ends early, you return one epoch less: that is its number counted "
        "from 0, and not how many there were.",
        lambda case: _counted(case, late=-1, last=-1),
    ),
    (
        "g",
        "You treat a loss that is not finite like any other; it ends the training at once.",
        lambda case: _counted(case, ends=lambda loss: False),
    ),
    (
        "g",
        "NaN ends the training in your count, but an infinite loss does not, and it should.",
        lambda case: _counted(case, ends=isnan),
    ),
    (
        "g",
        "You leave out the epoch whose loss is not finite: it was trained, too.",
        lambda case: _counted(case, last=-1),
    ),
)
