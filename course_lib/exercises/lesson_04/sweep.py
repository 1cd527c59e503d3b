"""Exercise 4.7: what a sweep draws, what it looks at, and what its agent runs."""

import inspect
from collections.abc import Callable
from math import exp, isfinite, log
from typing import Any

import pytorch_lightning as pl

from course_lib.data import ImageDataModule
from course_lib.exercises.answers import described, listed
from course_lib.exercises.engine import exercise, require, rule
from course_lib.models import LitClassifier

LOGGED = ("train_loss", "val_loss", "val_acc")
OBJECTS = {"model": LitClassifier, "data": ImageDataModule, "trainer": pl.Trainer}
ARGUMENTS = {owner: inspect.signature(kind).parameters for owner, kind in OBJECTS.items()}
LOWEST, HIGHEST = 1e-4, 1e-1

# What a distribution makes of a number between its bounds `min` and `max`; those whose names end
# in `_values` are given the bounds of what is drawn, and not of its logarithm.
DRAWS: dict[str, Callable[[float], float]] = {
    "uniform": lambda x: x,
    "int_uniform": round,
    "log_uniform": exp,
    "inv_log_uniform": lambda x: exp(-x),
    "log_uniform_values": exp,
    "inv_log_uniform_values": exp,
}


@exercise(
    "4.7",
    why="A sweep's numbers are only as good as its dictionary: no run raises an error over a "
    "distribution that draws 1.05 for a learning rate.",
    hints=(
        "Go through the rules one by one; the flags are named after the arguments, so look at the "
        "signature of `LitClassifier`.",
        "`log_uniform` takes exponents of e; a sibling of it takes the values themselves. What is "
        "one of a few has `values`, what never changes has a `value`.",
        'The words of `command` stand in a list, one each, as in `["python", "-m", …]`; the last '
        "is the one that the drawn values take the place of.",
    ),
)
def sweep(sweep: Any) -> None:
    """A sweep that is right."""
    require(isinstance(sweep, dict), f"`sweep` should be a dictionary and is {described(sweep)}.")
    _check_method(sweep.get("method"))
    _check_metric(sweep.get("metric"))
    parameters = sweep.get("parameters")
    require(
        isinstance(parameters, dict),
        "`parameters` should be a dictionary, with a key for each of the parameters.",
    )
    plain = [name for name, spec in parameters.items() if not isinstance(spec, dict)]
    require(
        not plain,
        f"What stands behind {listed(plain)} is no dictionary: say with keys such as `value` and "
        "`values` what is drawn.",
    )
    with rule("f"):
        for name in parameters:
            _check_flag(name)
    with rule("c"):
        _check_rates(_parameter(parameters, "model.lr"))
    with rule("d"):
        _check_sizes(_parameter(parameters, "data.batch_size"))
    with rule("e"):
        _check_epochs(_parameter(parameters, "trainer.max_epochs"))
    with rule("g"):
        _check_command(sweep, list(parameters))


def _parameter(parameters: dict[str, Any], name: str) -> Any:
    require(name in parameters, f"`{name}` is missing; there is {listed(parameters)}.")
    return parameters[name]


def _check_method(method: object) -> None:
    with rule("a"):
        require(
            method != "grid",
            '"grid" goes through all combinations, and between 0.0001 and 0.1 there is no end of '
            "learning rates.",
        )
        require(
            method in ("random", "bayes"),
            f'The method is {method!r:.40}; W&B knows "random" and "bayes", in small letters.',
        )


def _check_metric(metric: Any) -> None:
    with rule("b"):
        require(
            isinstance(metric, dict),
            "`metric` should be a dictionary, with the name of what is logged and the goal.",
        )
        name, goal = metric.get("name"), metric.get("goal")
        require(
            name in LOGGED,
            f"No run logs {name!r:.40}, so that the sweep would wait for it in vain; "
            f"`LitClassifier` logs {listed(LOGGED)}.",
        )
        require(name == "val_acc", f"The metric is `{name}`; expected `val_acc`.")
        require(goal is not None, "No goal is given, and without one W&B looks for the smallest.")
        require(goal != "minimize", "This sweep looks for the model that is wrong most often.")
        require(
            goal == "maximize",
            f'The goal is {goal!r:.40}; W&B knows "minimize" and "maximize", and nothing else.',
        )


def _check_flag(name: object) -> None:
    owner, _, rest = str(name).partition(".")
    argument = rest.partition(".")[0]
    dashed = str(name).startswith("-")
    require(not dashed, f"`{name}`: the agent puts the two dashes in front itself.")
    if owner in OBJECTS:
        require(
            bool(argument),
            f"`{name}` is no flag by itself. Write the names in full, as in `model.lr`, instead of "
            "nesting them.",
        )
        require(
            argument in ARGUMENTS[owner],
            f"There is no `--{name}`: `{OBJECTS[owner].__name__}` has no argument `{argument}`.",
        )
    else:
        homes = [owner for owner, arguments in ARGUMENTS.items() if name in arguments]
        meant = f" Is `{homes[0]}.{name}` meant?" if homes else ""
        require(
            name == "seed_everything",
            f"There is no `--{name}`: flags begin with {listed(OBJECTS)}, and a dot.{meant}",
        )


def _check_rates(spec: Any) -> None:
    require(
        not {"value", "values"} & spec.keys(),
        "The learning rate is one of a few values; expected all that lie between two bounds.",
    )
    bounds = spec.get("min"), spec.get("max")
    require(
        all(_is_number(bound) for bound in bounds),
        f"The bounds of the learning rate, `min` and `max`, are {bounds[0]!r:.40} and "
        f"{bounds[1]!r:.40}; expected two numbers.",
    )
    low, high = bounds
    require(low < high, f"`min` is {low:g} and `max` {high:g}: there is nothing in between.")
    whole = isinstance(low, int) and isinstance(high, int)
    name = str(spec.get("distribution", "int_uniform" if whole else "uniform"))
    require(
        name in DRAWS,
        f"{name!r:.40} is no distribution of W&B's that keeps to two bounds and rounds nothing.",
    )
    if name.endswith("_values"):
        require(
            low > 0,
            f"`{name}` takes the bounds themselves, not their logarithms, and {low:g} is no "
            "learning rate.",
        )
        low, high = log(low), log(high)
    first, middle, last = sorted(
        DRAWS[name](min(low + (high - low) * p, 700.0))  # beyond, e**x is no float any more
        for p in (0, 0.5, 1)
    )
    span = f"from {first:.4g} to {last:.4g}"
    require(
        last < 1 or not name.endswith("log_uniform"),
        f"`{name}` takes exponents of e: with these bounds it draws learning rates {span}.",
    )
    near_bounds = _near(first, LOWEST) and _near(last, HIGHEST)
    require(
        near_bounds or not (_near(low, log(LOWEST, 10)) and name.endswith("log_uniform")),
        f"`{name}` takes exponents of e, and these are exponents of 10: it draws learning rates "
        f"{span}.",
    )
    wanted = f"expected from {LOWEST:g} to {HIGHEST:g}."
    require(near_bounds, f"It draws learning rates {span}; {wanted}")
    require(
        _near(middle, (LOWEST * HIGHEST) ** 0.5),
        f"Half of the learning rates are above {middle:.2g}: drawn like this, nearly all of them "
        "have the size of the largest.",
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _near(value: float, expected: float) -> bool:
    return abs(value - expected) <= 0.02 * abs(expected)


def _check_sizes(spec: Any) -> None:
    require(
        not {"min", "max"} & spec.keys() or "values" in spec,
        "With `min` and `max` the batch size may be any number between them, such as 96.",
    )
    values = spec.get("values", [spec["value"]] if "value" in spec else None)
    require(
        isinstance(values, list | tuple), "`values` of the batch size should be a list of numbers."
    )
    require(
        not any(isinstance(value, str) for value in values),
        "The batch sizes stand in quotes, which makes texts of them.",
    )
    found = ", ".join(map(str, values))
    require(
        {repr(value) for value in values} == {"32", "64", "128"},
        f"The batch size is one of {found:.60}; expected 32, 64, 128.",
    )


def _check_epochs(spec: Any) -> None:
    values = [spec["value"]] if "value" in spec else spec.get("values")
    require(
        isinstance(values, list | tuple),
        "The number of epochs has no single `value`. Drawn anew for each run, more epochs would "
        "win, and nothing else be compared.",
    )
    found = ", ".join(map(repr, values))
    require(
        {*map(repr, values)} == {"5"}, f"The number of epochs is {found:.60}; expected 5, always."
    )


def _check_command(sweep: Any, names: list[str]) -> None:
    command, program = sweep.get("command"), sweep.get("program")
    require(
        command is not None,
        f"Without `command` the agent runs `python {program or '${program}'}` and the flags; "
        "expected a command of its own.",
    )
    require(
        isinstance(command, list) and all(isinstance(word, str) for word in command),
        "`command` should be a list of texts, one word each; anything else is not run as it "
        "stands.",
    )
    whole = [word for word in command if " " in word.strip()]
    require(
        not whole,
        f"The words of `command` are handed on as they are, and {(whole or [''])[0]!r:.60} would "
        "be a single one: split it.",
    )
    words = _agent_words(command, program, dict.fromkeys(names, "1"))
    before, after = _around(words)
    require(
        after is not None,
        f"The agent would run `{' '.join(words):.80}`; expected `python -m course_lib fit` first.",
    )
    pythons = [word for word in before if "python" in word]
    require(bool(pythons), "`-m` is an option of `python`, which should stand in front of it.")
    require(
        len(pythons) == 1,
        f"The agent would run `{' '.join(before):.60} -m …`: python, with a program called python.",
    )
    flags = " ".join(after or []).replace("=", " ")
    require(
        all(f"--{name} 1" in flags for name in names),
        "The drawn values do not get onto the command line as flags like `--model.lr=0.01`, so "
        "that all runs are the same, or none starts.",
    )


def _agent_words(command: list[str], program: object, values: dict[str, Any]) -> list[str]:
    """The command line for these values, put together by the functions that the agent uses."""
    from wandb.sdk.launch.sweeps.utils import create_sweep_command, create_sweep_command_args

    drawn = {"args": {name: {"value": value} for name, value in values.items()}}
    macros = create_sweep_command_args(drawn) | {
        "env": ["/usr/bin/env"],
        "interpreter": ["python"],
        "program": [str(program)],
    }
    words: list[str] = []
    for word in create_sweep_command(list(command)):
        is_macro = word.startswith("${") and word.endswith("}")
        words += map(str, macros.get(word[2:-1]) or []) if is_macro else [word]
    return words


def _around(words: list[str]) -> tuple[list[str], list[str] | None]:
    """What stands before and after `-m course_lib fit`; nothing after if that is not there."""
    words = [word for word in words if word != "/usr/bin/env"]
    for start in range(len(words)):
        if words[start : start + 3] == ["-m", "course_lib", "fit"]:
            return words[:start], words[start + 3 :]
    return words, None
