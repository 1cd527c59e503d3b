"""Exercise 6.6: two networks, compared as fairly as three seeds can."""

import math
import sys
from collections.abc import Callable
from statistics import mean, median, pstdev, stdev, variance
from typing import Any

from course_lib.exercises.answers import (
    described,
    listed,
    listed_numbers,
    number,
    require_function,
    several,
)
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.inspection import explain
from course_lib.exercises.leaks import no_programs
from course_lib.exercises.lesson_06.reading import Line, read
from course_lib.exercises.programs import read_answer, run_program

Key = tuple[str, int]
Results = dict[str, dict[int, float]]

PROGRAM = [sys.executable, "-m", "course_lib", "fit_and_test"]
NETWORKS = {"wide": {"fc1": 100, "fc2": 50}, "narrow": {"fc1": 5, "fc2": 6}}
SEEDS = [7, 11, 13, 17]
CONFIGS = ["my base.yaml", "network.yaml"]
OWN = ["--model.network.fc1", "--model.network.fc2", "--seed_everything"]
NAMING = {"--experiment", "--tags", "--output"}  # these change nothing in a training

CLEAR = {7: 0.95, 11: 0.975, 13: 0.96, 17: 0.94}
WORSE = {7: 0.90, 11: 0.935, 13: 0.88, 17: 0.91}
# Worse by every seed, by its mean, and by intervals of one spread; yet one of its runs is better.
MOSTLY = {7: 0.92, 11: 0.941, 13: 0.915, 17: 0.91}
# Intervals of one spread overlap, and so do ranges around the mean; yet no run reaches the other.
FAR = {7: 0.93, 11: 0.70, 13: 0.935, 17: 0.935}
LEVEL = {7: 0.94, 11: 0.90, 13: 0.91, 17: 0.92}  # its best run is as good as the other's worst


@exercise(
    "6.6",
    why="If both were equally good, all of three runs of the one would still be below all of three "
    "of the other in 1 of 20 comparisons, by luck alone; with one run each, in every second.",
    hints=(
        "Two loops, one in the other: over the networks, and for each of them over the seeds.",
        "A later part of the command line wins over an earlier one, and a file is a part like any "
        "other: what belongs last?",
        "`statistics` has the mean and two kinds of standard deviation; which one is for a sample?",
        "No run of the one reaches any run of the other if the best of the one does not reach the "
        "worst of the other.",
    ),
)
def compare(path: Any) -> None:
    """Clearly worse, shown fairly."""
    file = read_answer(path)
    with no_programs():
        names = run_program(file, name="compare").names
        for name in ("commands", "verdict"):
            require(name in names, f"In {file.name} there is no function `{name}`.")
            require_function(names[name], name)
        _check_commands(names["commands"])
        _check_verdict(names["verdict"])


def _check_commands(commands: Callable[..., Any]) -> None:
    found = commands({name: {**sizes} for name, sizes in NETWORKS.items()}, [*SEEDS], [*CONFIGS])
    keys = {(name, seed) for name in NETWORKS for seed in SEEDS}
    with rule("a"):
        require(
            isinstance(found, dict),
            f"`commands` returns {described(found)}; expected a dictionary, for each "
            "`(name, seed)` its command line.",
        )
        require(
            found.keys() == keys,
            f"For {len(NETWORKS)} networks and {len(SEEDS)} seeds expected {len(keys)} runs, "
            f"`('narrow', 7)` one of them; there are {len(found)}, {listed(found)[:100]}.",
        )
        for arguments in found.values():
            _check_list(arguments)
    lines = {key: read(arguments[3:]) for key, arguments in found.items()}
    for key, line in lines.items():
        _check_line(key, line)
    _check_equal(list(lines.values()))


def _check_list(arguments: Any) -> None:
    """Refuse what `subprocess.run` does not take as it is."""
    parts = arguments if isinstance(arguments, list | tuple) else []
    require(
        bool(parts),
        f"A command line is {described(arguments)}; expected a list of texts, which needs no "
        "quotation marks and no shell.",
    )
    wrong = [part for part in parts if not isinstance(part, str)]
    require(
        not wrong,
        f"In a command line there is {described((wrong or [0])[0])}; every part has to be a text.",
    )
    require(
        [*parts[:4]] == PROGRAM,
        f"A command line begins with {listed_in_order(parts[:4])}; expected what is in `PROGRAM`.",
    )


def listed_in_order(parts: Any) -> str:
    """The parts of a command line, as code."""
    return f"`{' '.join(str(part).rpartition('/')[2] for part in parts)}`"


def _check_line(key: Key, line: Line) -> None:
    """Refuse a command line that is another run than its key says."""
    name, seed = key
    run = f"The run `{key}`"
    with rule("b"):
        require(
            line.files == CONFIGS,
            f"{run} has the configurations {listed_in_order(line.files)}; expected those of "
            "`configs`, each with `--config` and in their order.",
        )
        for part, size in NETWORKS[name].items():
            flag = f"--model.network.{part}"
            require(flag in line.flags, f"{run} does not have the flag `{flag}`.")
            require(
                line.flags[flag] == str(size),
                f"{run} has `{flag} {line.flags[flag]}`; expected {size}.",
            )
        early = line.early & {*OWN}
        require(
            not early,
            f"{run} has {listed(early)} in front of a configuration: if that says something else, "
            "it wins.",
        )
    with rule("c"):
        found = line.flags.get("--seed_everything", "no value")
        require(found == str(seed), f"{run} has {found} for `--seed_everything`; expected {seed}.")


def _check_equal(lines: list[Line]) -> None:
    """Refuse runs that differ in more than they should, or that cannot be told apart."""
    differing = {
        flag
        for line in lines
        for flag in line.flags
        if len({other.flags.get(flag) for other in lines}) > 1
    }
    with rule("d"):
        require(
            "--data.seed" not in differing,
            "`--data.seed` is not the same for all: it draws the images for the validation, and "
            "each run would be measured by others.",
        )
        more = differing - {*OWN} - NAMING - {"--group"}
        require(not more, f"The runs differ in {listed(more)}, too, not in the network alone.")
    with rule("e"):
        groups = {line.flags.get("--group") for line in lines}
        require(
            len(groups) == 1 and None not in groups,
            f"As `--group` the runs have {listed(groups):.80}; expected the same for all.",
        )
        experiments = {line.flags.get("--experiment") for line in lines}
        require(
            len(experiments) == len(lines),
            f"The {len(lines)} runs have {len(experiments)} values for `--experiment`; expected "
            "one for each.",
        )


def _verdict(verdict: Callable[..., Any], results: Results) -> tuple[Any, Any]:
    found = verdict({name: {**accuracies} for name, accuracies in results.items()})
    return several(found, 2, "two values, the summary and the name of the worse network or None")


def _check_verdict(verdict: Callable[..., Any]) -> None:
    _check_summary(_verdict(verdict, {"wide": CLEAR, "narrow": WORSE})[0])
    cases: dict[str, tuple[Results, str | None]] = {
        "All runs of `narrow` are below all of `wide`": (
            {"wide": CLEAR, "narrow": WORSE},
            "narrow",
        ),
        "`narrow` comes first, and its runs are below": (
            {"narrow": WORSE, "wide": CLEAR},
            "narrow",
        ),
        "`narrow` has the lower mean, and is lower by each seed, but its best run is better than "
        "the worst of `wide`": ({"wide": CLEAR, "narrow": MOSTLY}, None),
        "`narrow` has runs far apart, but all below those of `wide`": (
            {"wide": CLEAR, "narrow": FAR},
            "narrow",
        ),
        "The best run of `narrow` is as good as the worst of `wide`": (
            {"wide": CLEAR, "narrow": LEVEL},
            None,
        ),
    }
    with rule("g"):
        for case, (results, expected) in cases.items():
            _, worse = _verdict(verdict, results)
            require(
                worse == expected,
                f"{case}: the worse one is {expected!r}; you say {worse!r:.40}.",
            )
    _check_missing(verdict)


def _check_summary(summary: Any) -> None:
    """Refuse other numbers than the mean and the spread of a sample."""
    with rule("f"):
        require(
            isinstance(summary, dict) and summary.keys() == NETWORKS.keys(),
            f"The summary is {described(summary)}; expected a dictionary, by the networks' names.",
        )
        for name, accuracies in {"wide": CLEAR, "narrow": WORSE}.items():
            pair = several(summary[name], 2, "for each network two numbers, mean and spread")
            found = [number(value, "A number of the summary") for value in pair]
            values = [*accuracies.values()]
            for what, wrong in MISTAKES.items():
                require(not math.isclose(found[1], wrong(values)), f"The spread is {what}.")
            require(
                not math.isclose(found[0], median(values)),
                "What you give as the mean is the median.",
            )
            require(
                math.isclose(found[0], mean(values)) and math.isclose(found[1], stdev(values)),
                f"Of {listed_numbers(values)} the mean and the spread are {mean(values):.4f} and "
                f"{stdev(values):.4f}; you have {found[0]:.4f} and {found[1]:.4f}.",
            )


MISTAKES: dict[str, Callable[[list[float]], float]] = {
    "that of these runs alone, divided by n; they are a sample of all possible runs: n - 1": pstdev,
    "the variance; its root has the unit of an accuracy": variance,
    "the range from the worst to the best; with more seeds it only grows": lambda values: (
        max(values) - min(values)
    ),
}


def _check_missing(verdict: Callable[..., Any]) -> None:
    """Refuse a verdict without all runs."""
    crashed = {seed: accuracy for seed, accuracy in WORSE.items() if seed != 13}
    other = {seed: accuracy for seed, accuracy in CLEAR.items() if seed != 17}
    three = {seed: CLEAR[seed] for seed in SEEDS[:3]}
    few = {seed: CLEAR[seed] for seed in SEEDS[:2]}
    cases: dict[str, tuple[Results, list[str]]] = {
        "the run of `narrow` with the seed 13 is missing": (
            {"wide": CLEAR, "narrow": crashed},
            ["narrow", "13"],
        ),
        "`narrow` lacks the seed 13, and `wide` another": (
            {"wide": other, "narrow": crashed},
            [],
        ),
        "of three seeds `narrow` lacks one, 13": (
            {"wide": three, "narrow": {seed: WORSE[seed] for seed in three if seed != 13}},
            ["narrow", "13"],
        ),
        "there are two seeds for each": ({"wide": few, "narrow": few}, []),
    }
    with rule("h"):
        for case, (results, parts) in cases.items():
            try:
                verdict({name: {**accuracies} for name, accuracies in results.items()})
            except ValueError as error:
                require(
                    all(part in f"{error}" for part in parts),
                    f"Where {case}, the ValueError does not name it: {f'{error}'!r:.100}.",
                )
                continue
            except (Exception, SystemExit) as error:
                refuse(f"Where {case}, expected a ValueError. {explain(error)}")
            refuse(f"Where {case}, there is a verdict all the same; expected a ValueError.")
