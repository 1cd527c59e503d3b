"""6.6 compare"""

# %% setup
import tempfile
from pathlib import Path

GIVEN = """import subprocess
import sys
from statistics import mean, median, pstdev, stdev, variance

PROGRAM = [sys.executable, "-m", "course_lib", "fit_and_test"]


def commands(networks, seeds, configs):
    runs = {}
    for name, widths in networks.items():
        for seed in seeds:
            command = [*PROGRAM]
            for config in configs:
                command += ["-c", config]
            for key, value in widths.items():
                command += [f"--model.network.{key}", str(value)]
            command += ["--seed_everything", str(seed), "--group", "compare"]
            command += [f"--experiment={name}_{seed}"]
            runs[name, seed] = command
    return runs


def verdict(results):
    (a, first), (b, second) = results.items()
    if first.keys() != second.keys() or len(first) < 3:
        raise ValueError(f"Not the same three seeds or more: {a} {[*first]}, {b} {[*second]}.")
    summary = {a: numbers(first.values()), b: numbers(second.values())}
    if max(first.values()) < min(second.values()):
        return summary, a
    if max(second.values()) < min(first.values()):
        return summary, b
    return summary, None


def numbers(accuracies):
    return mean(accuracies), stdev(accuracies)


if __name__ == "__main__":
    for command in commands({"tiny": {"fc1": 4}}, [1], []).values():
        subprocess.run(command)
"""


def saved(text):
    path = Path(tempfile.mkdtemp(), "compare.py")
    path.write_text(text, "utf-8")
    return path


def changed(*changes):
    text = GIVEN
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return saved(text)


# %% call
check.compare(answer)
# %% right: as given, which the wrong ones are made of
answer = saved(GIVEN)


# %% right: comprehensions, all pairs, numpy, a flag for all, tuples, init_args
answer = saved("""
import itertools
import sys
import numpy as np

PROGRAM = [sys.executable, "-m", "course_lib", "fit_and_test"]


def commands(networks, seeds, configs):
    return {(name, seed): line(name, seed, networks, configs)
            for seed, name in itertools.product(seeds, networks)}


def line(name, seed, networks, configs):
    sizes = networks[name]
    return (
        *PROGRAM,
        "--group=fc", "--data.seed=1", f"--tags=[{name}]",
        *[f"--config={config}" for config in configs],
        "--model.network.init_args.fc1", f"{sizes['fc1']}",
        "--model.network.init_args.fc2", f"{sizes['fc2']}",
        f"--seed_everything={seed}", "--trainer.max_epochs", "3",
        "--experiment", f"{name} with seed {seed}", "--output", f"runs/{seed}",
    )


def verdict(results):
    every = sorted({seed for accuracies in results.values() for seed in accuracies})
    for name in results:
        for seed in every:
            if seed not in results[name]:
                raise ValueError(f"{name} has no run with seed {seed}")
    if len(every) < 3:
        raise ValueError("too few seeds")
    values = {name: np.array([results[name][seed] for seed in every]) for name in results}
    summary = {name: (array.mean(), array.std(ddof=1)) for name, array in values.items()}
    for name, other in itertools.permutations(values):
        if all(x < y for x, y in itertools.product(values[name], values[other])):
            return summary, name
    return [summary, None]
""")


# %% wrong: another name
# says: there is no function `verdict`
answer = changed(("def verdict", "def judge"))


# %% wrong: it starts the runs as soon as it is imported
# says: No program is started
answer = changed(('if __name__ == "__main__"', "if True"))


# %% wrong a: a list
# says: expected a dictionary
answer = changed(("    return runs\n", "    return [*runs.values()]\n"))


# %% wrong a: one seed for each network
# says: expected 8 runs
answer = changed(
    (
        "for name, widths in networks.items():\n        for seed in seeds:",
        "for (name, widths), seed in zip(networks.items(), seeds):\n        if True:",
    )
)


# %% wrong a: one text
# says: A command line is an object of the class `str`
answer = changed(("runs[name, seed] = command", 'runs[name, seed] = " ".join(command)'))


# %% wrong a: a number
# says: an object of the class `int`; every part has to be a text
answer = changed(('"--seed_everything", str(seed)', '"--seed_everything", seed'))


# %% wrong a: fit alone
# says: expected what is in `PROGRAM`
answer = changed(("command = [*PROGRAM]", 'command = [*PROGRAM[:3], "fit"]'))


# %% wrong b: cut at the blanks
# says: has the configurations `my`
answer = changed(
    ("runs[name, seed] = command", 'runs[name, seed] = PROGRAM + " ".join(command[4:]).split()')
)


# %% wrong b: flags of the model
# says: does not have the flag `--model.network.fc1`
answer = changed(("--model.network.{key}", "--model.{key}"))


# %% wrong b: the first network's sizes for all
# says: has `--model.network.fc1 100`; expected 5
answer = changed(("in widths.items()", "in networks['wide'].items()"))


# %% wrong b: files last, as if they were least
# says: in front of a configuration
answer = changed(
    ("for config in configs:", "for config in []:"),
    (
        "runs[name, seed] = command",
        'runs[name, seed] = command + [x for config in configs for x in ("-c", config)]',
    ),
)


# %% wrong c: seeds of its own for each network
# says: for `--seed_everything`; expected
answer = changed(('"--seed_everything", str(seed)', '"--seed_everything", str(seed + len(runs))'))


# %% wrong d: the split changes with the seed
# says: `--data.seed` is not the same for all
answer = changed(('"--group", "compare"', '"--group", "compare", "--data.seed", str(seed)'))


# %% wrong d: the small network is given more time
# says: The runs differ in `--trainer.max_epochs`, too
answer = changed(
    (
        "runs[name, seed] = command",
        'runs[name, seed] = command + ["--trainer.max_epochs=9"] * (widths["fc1"] < 9)',
    )
)


# %% wrong e: a group for each network
# says: As `--group` the runs have `narrow`, `wide`
answer = changed(('"--group", "compare"', '"--group", name'))


# %% wrong e: an experiment for each network
# says: The 8 runs have 2 values for `--experiment`
answer = changed(("{name}_{seed}", "{name}"))


# %% wrong: the conclusion alone
# says: Expected two values
answer = changed(("return summary, ", "return "))


# %% wrong f: no summary of each network
# says: The summary is a tuple of 2
answer = changed(
    ("summary = {a: numbers(first.values()), b: ", "summary = (numbers(first.values()), "),
    ("numbers(second.values())}", "numbers(second.values()))"),
)


# %% wrong f: divided by n
# says: divided by n
answer = changed(("return mean(accuracies), stdev", "return mean(accuracies), pstdev"))


# %% wrong f: the median
# says: is the median
answer = changed(("return mean", "return median"))


# %% wrong f: the error of the mean
# says: Of 0.95, 0.975, 0.96, 0.94 the mean
answer = changed(("stdev(accuracies)\n", "stdev(accuracies) / len(accuracies) ** 0.5\n"))


# %% wrong g: means alone
# says: but its best run is better than
answer = changed(
    ("max(first.values()) < min(second.values())", "summary[a] < summary[b]"),
    ("max(second.values()) < min(first.values())", "summary[b] < summary[a]"),
)


# %% wrong g: intervals must be apart, too
# says: runs far apart, but all below those of `wide`: the worse one is 'narrow'
answer = changed(
    (
        "max(second.values()) < min(first.values())",
        "max(second.values()) < min(first.values()) and sum(summary[b]) < min(first.values())",
    ),
)


# %% wrong g: the second is always taken for the worse
# says: `narrow` comes first
answer = changed(("return summary, a", "return summary, b"))


# %% wrong g: as good is taken for worse
# says: as good as the worst of `wide`
answer = changed((") < min(", ") <= min("))


# %% wrong h: missing runs are left out
# says: Where the run of `narrow` with the seed 13 is missing, there is a verdict
answer = changed(("first.keys() != second.keys() or len(first) < 3", "len(first) < 3"))


# %% wrong h: as many, so all is well
# says: Where `narrow` lacks the seed 13, and `wide` another, there is
answer = changed(("first.keys() != second.keys()", "len(first) != len(second)"))


# %% wrong h: two will do
# says: Where there are two seeds for each, there is
answer = changed((" or len(first) < 3", ""))


# %% wrong h: another error
# says: is missing, expected a ValueError. Your line
answer = changed(("raise ValueError(", "raise KeyError("))


# %% wrong h: which run is missing it does not say
# says: the ValueError does not name it
answer = changed(
    (
        'raise ValueError(f"Not the same three seeds or more: {a} {[*first]}, {b} {[*second]}.")',
        "raise ValueError",
    )
)


# %% wrong h: too few is said first, and hides which run is missing
# says: Where of three seeds `narrow` lacks one, 13, the ValueError does not name it
answer = changed(
    (
        "    if first.keys() != second.keys()",
        "    if min(len(first), len(second)) < 3:\n"
        '        raise ValueError("three seeds or more")\n'
        "    if first.keys() != second.keys()",
    )
)
