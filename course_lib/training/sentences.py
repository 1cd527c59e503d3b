"""What is wrong with a command line, in one sentence that says what to do.

jsonargparse reports every type that a value could have had; a person wants to know which value is
wrong, what was expected, and what there is.
"""

import difflib
import importlib
import inspect
import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from jsonargparse import SUPPRESS, ArgumentParser
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning.loggers import Logger

from course_lib.models.networks import Network
from course_lib.training.links import linked
from course_lib.training.usage import UsageError, config_files, given, plain

KINDS = {  # what goes by a class's name, and what that has to be
    "model": pl.LightningModule,
    "data": pl.LightningDataModule,
    "network": Network,
    "callbacks": pl.Callback,
    "logger": Logger,
}


PREFIXES = {"model": "model", "network": "model.network", "data": "data"}


WORDS = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text"}
WORDS |= {"list": "a list like [a, b]", "dict": "names with values like {a: 1}"}


def sentence(message: str, words: list[str], flags: Iterable[str]) -> str:
    """Put an error of jsonargparse's into one sentence.

    Args:
        message: the error, usually of many lines.
        words: the command line.
        flags: what the subcommand takes, without dashes.
    """
    lines = [line.strip(" -") for line in message.splitlines() if line.strip(" -")]
    keys: list[str] = []
    kind = ""
    for line in lines:
        if found := re.match(r'Parser key "([^"]+)":', line):
            keys.append(found[1])
        if found := re.match(r"Problem with given class_path '([^']+)'", line):
            kind = found[1]
        for pattern, explain in _LEAVES:
            if found := re.search(pattern, line):
                return explain(found[1], ".".join(keys), kind, list(flags), words)
    return _wrong_value(lines, ".".join(keys), words) or _one_line(message)


def sentence_of(error: Exception) -> str:
    """Put what went wrong while running into one sentence."""
    message = str(error)
    where = " (--traceback shows where.)"
    if "Does not validate against any" in message:  # the words of a class that was to be built
        lines = [line.strip() for line in message.splitlines()]
        reasons = [line.removeprefix("- ") for line in lines[lines.index("Errors:") + 1 :]]
        empty = ("Expected a <", "Problem with given class_path", "Parser key")
        return next((line for line in reasons if not line.startswith(empty)), message)
    if isinstance(error, OSError) and error.filename and error.strerror:
        return (
            f"{error.filename}: {error.strerror}; make room, or go elsewhere (--output, --archive)."
        )
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: make room, or go elsewhere with --output."
    if isinstance(error, UsageError):
        return message
    if "loading state_dict" in message:
        detail = next((x for x in message.splitlines() if "mismatch" in x or "key" in x), "")
        return (
            f"The checkpoint's weights do not fit this model ({_one_line(detail)}): use the model "
            "that it was saved from; config.yaml in its run's folder has it."
        )
    for pattern, advice in _ADVICE:
        if found := re.search(pattern, message):
            return advice.format(*found.groups())
    plain = isinstance(error, ValueError | FileNotFoundError | MisconfigurationException)
    return _one_line(message) + ("" if plain and message else f" [{type(error).__name__}]{where}")


def print_class_help(words: list[str]) -> None:
    """Print the flags of the classes that a command line names, or of all that the course has.

    `--help` ends with the flags that every run has; what a class takes is known with its name.
    """
    text = " ".join(
        [*words, *(Path(file).expanduser().read_text() for file in config_files(words))]
    )
    for section, prefix in PREFIXES.items():
        known = course_classes(section)
        named = [kind for kind in known if re.search(rf"\b{kind.__name__}\b", text)]
        for kind in named or known:
            parser = ArgumentParser(usage=SUPPRESS, add_help=False)
            parser.add_class_arguments(kind, prefix, skip={"network", *linked(prefix)})
            print(f"\n--{prefix} {kind.__name__}:")
            parser.print_help()


def subclasses(kind: type[Any]) -> list[str]:
    """The names of the classes of a kind that may be given by name, without the private ones."""
    found: set[str] = set()
    for child in kind.__subclasses__():
        own = child.__module__.startswith(("course_lib", "pytorch_lightning", "__main__"))
        other = {"demos", "exercises"} & set(child.__module__.split("."))
        if own and not other and not child.__name__.startswith("_"):
            found.add(child.__name__)
        found |= set(subclasses(child))
    return sorted(found)


def _where(key: str, words: list[str]) -> str:
    """A value as the person who gave it knows it: a flag, or a name in a file."""
    places = [place for name, place in given(words) if name == plain(key)]
    file = places and places[-1] in config_files(words)
    return f"{key} in {places[-1]}" if file else f"--{key}"


def _no_option(name: str, key: str, kind: str, flags: list[str], words: list[str]) -> str:
    module, _, owner = kind.rpartition(".")
    known = list(inspect.signature(getattr(importlib.import_module(module), owner)).parameters)
    known = [argument for argument in known if argument not in {"args", "kwargs", *linked(key)}]
    return f"{owner} ({key}) has no {name!r}{_guess(name, known)}; it takes {', '.join(known)}."


def _required(names: str, key: str, kind: str, flags: list[str], words: list[str]) -> str:
    plain = [name.partition(".")[2] or name for name in names.split(", ")]
    if kind:
        wanted = " and ".join(f"--{key}.{name}" for name in plain)
        return f"{kind.rpartition('.')[2]} needs {' and '.join(plain)}: give {wanted}, or a file."
    wanted = " and ".join(f"--{name}" for name in plain)
    return (
        f"{' and '.join(plain)} missing: give {wanted} by class name, or files that do, like "
        "-c configs/digits_data.yaml -c configs/mlp_model.yaml."
    )


def _no_class(name: str, key: str, kind: str, flags: list[str], words: list[str]) -> str:
    last = key.rpartition(".")[2]
    value = name or _after(words, key)
    known = subclasses(KINDS[last]) if last in KINDS else []
    there = f"{', '.join(known)}, or a class's full path" if known else "a class's full path"
    noun = {"data": "data module"}.get(last, last.removesuffix("s"))
    near = _guess(value, known)
    if "." in value and not near:
        return f"{_where(key, words)} is {value!r}: no {noun} can be imported by that path."
    return f"{_where(key, words)} is {value!r}, which is no {noun}{near}; expected {there}."


def _wrong_type(found: str, key: str, kind: str, flags: list[str], words: list[str]) -> str:
    wanted, _, value = found.partition("'>. Got value: ")
    return f"{_where(key, words)} is {value!r}; expected {WORDS.get(wanted, wanted)}."


def _no_flag(name: str, key: str, kind: str, flags: list[str], words: list[str]) -> str:
    name = name.split()[0]
    if name in words and not name.startswith("-"):
        if name.startswith(("—", "–")):
            return f"{name} begins with a long dash, from a page perhaps: type two short ones, --."
        if name.endswith((".yaml", ".yml")):
            return f"{name} stands alone: -c belongs before each file."
        return f"{name!r} stands alone: a value follows its flag, as in --model.lr 0.01."
    if name in words and not name.startswith("--"):
        return f"{name} has one dash: flags have two, like -{name}; only -c and -h have one."
    bare = name.lstrip("-").partition("=")[0]
    known = [*flags, *_class_flags(), "config", "help", "print_config"]
    near = _guess(bare, known) or _guess(bare.partition(".")[0], ["trainer", "model", "data"])
    places = (place for key, place in given(words) if key == bare and place in words)
    file = next((f" (in {place})" for place in places), "")
    return f"There is no {bare!r}{file}{near}; --help lists what there is."


def _class_flags() -> list[str]:
    """What the course's own classes take, as flags."""
    return [
        f"{prefix}.{name}"
        for section, prefix in PREFIXES.items()
        for kind in course_classes(section)
        for name in inspect.signature(kind).parameters
    ]


def course_classes(section: str) -> list[type[Any]]:
    """The course's classes of a kind, like the networks, that go by a bare name."""
    children = [KINDS[section]]
    for child in children:
        children += child.__subclasses__()
    public = ("course_lib.data", "course_lib.models")
    return [child for child in children if child.__module__.startswith(public)][
        1 if section == "network" else 0 :
    ]


def _no_subcommand(name: str, key: str, kind: str, flags: list[str], words: list[str]) -> str:
    if name.lower() in flags:
        return f"{name} is {name.lower()}, in small letters."
    if name.startswith("-") or words[:1] != [name]:
        return "The subcommand comes first: python -m course_lib fit …, then flags and files."
    return f"There is no subcommand {name!r}{_guess(name, flags)}; there are {', '.join(flags)}."


def _say_what(found: str, key: str, kind: str, flags: list[str], words: list[str]) -> str:
    return f"Say what to do: python -m course_lib, then one of {', '.join(flags)}."


def _no_value(name: str, key: str, kind: str, flags: list[str], words: list[str]) -> str:
    def alone(word: str, following: str) -> bool:
        return word.startswith("--") and "=" not in word and following.startswith("--")

    bare = (a for a, b in pairwise([*words, "--"]) if alone(a, b))
    return f"{next(bare, name)} lacks a value: give one after it."


_LEAVES = (
    (r"Option '([^']+)' is not accepted", _no_option),
    (r"the following arguments are required: (.+)", _required),
    (r"Expected a dot import path string: (.+)", _no_class),
    (r"(?:Import path )?(\S*) ?does not correspond to a subclass", _no_class),
    (r"Expected a <class '(.+'>\. Got value: .*)", _wrong_type),
    (r"does not accept option '([^']+)'", _no_flag),
    (r"unrecognized arguments: (.+)", _no_flag),
    (r"argument subcommand: invalid choice: '([^']*)'", _no_subcommand),
    (r'(expected "subcommand" to be one of)', _say_what),
    (r"argument (\S+): expected one argument", _no_value),
)


_ADVICE = (
    ("No supported gpu backend", "There is no GPU here that torch can use: say cpu, or auto."),
    (r"^(\S+) is not in bounds, numpy", "--seed_everything is {0}; expected 0 to 4294967295."),
    (r"`devices` selected|Trainer\(devices=", "--trainer.devices: expected 1 or more, or auto."),
    (
        r"You selected an invalid strategy name: `strategy='(\w+)'`",
        "--trainer.strategy is {0!r}; expected auto, ddp, fsdp or another of Lightning's.",
    ),
    (
        r"Early stopping conditioned on metric `(\w+)` which is not available.*following: `(.+)`",
        "EarlyStopping waits for {0!r}, which nobody logs; there are {1}.",
    ),
    (
        r"Early stopping conditioned on metric `(\w+)` which is not available",
        "EarlyStopping waits for {0}, and the run ended before any was logged: train for longer, "
        "or leave the callback out.",
    ),
    (
        r"ReduceLROnPlateau conditioned on metric (\w+) which is not available.*: (\[.*\])",
        "--model.monitor is {0!r}, which nobody logs; expected one of {1}.",
    ),
)


def _wrong_value(lines: list[str], key: str, words: list[str]) -> str:
    """For a value that is of none of several types."""
    wanted: list[str] = []
    for line in lines:
        if found := re.match(r"Expected a <class '(\w+)'>$", line):
            wanted.append(WORDS.get(found[1], found[1]))
        elif found := re.match(r"Expected a typing\.Literal\[(.+)\]$", line):
            wanted += found[1].replace("'", "").split(", ")
    value = next((x.partition(": ")[2] for x in lines if x.startswith("Given value: ")), "")
    wanted = [word if word != "NoneType" else "null" for word in dict.fromkeys(wanted)]
    listed = " or ".join(filter(None, [", ".join(wanted[:-1]), *wanted[-1:]]))
    if nested := re.match(r"NestedArg\(key='(.+)', val='(.*)'\)$", value):
        key, value = f"{key.removesuffix(f'.{nested[1]}')}.{nested[1]}", nested[2]
        if key.rpartition(".")[2] in KINDS:
            return _no_class(value, key, "", [], words)
        return f"--{key} is {value!r}; a value of another kind is expected, see --help."
    return f"{_where(key, words)} is {value!r}; expected {listed}." if wanted and key else ""


def _guess(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1) or [
        word for word in known if name and word.endswith(f".{name}")
    ]
    return f" (did you mean {near[0]}?)" if near else ""


def _after(words: list[str], key: str) -> str:
    values = [b for a, b in pairwise(words) if a == f"--{key}"]
    return values[-1] if values else ""


def _one_line(message: str) -> str:
    text = " ".join(message.split())
    return text if len(text) < 400 else f"{text[:400]} …"
