"""What is wrong with a command line, in one sentence that says what to do.

jsonargparse reports every type that a value could have had; a person wants to know which value is
wrong, what was expected, and what there is.
"""

import difflib
import importlib
import inspect
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import yaml
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning.loggers import Logger

from course_lib.models.networks import Network

CONFIG = re.compile(r"^(?:-c|--config)(?:=(.*))?$")
KINDS = {  # what goes by a class's name, and what that has to be
    "model": pl.LightningModule,
    "data": pl.LightningDataModule,
    "network": Network,
    "callbacks": pl.Callback,
    "logger": Logger,
}
LINKED = ("num_classes", "image_size")  # of a network: set by the data
WORDS = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text"}
WORDS |= {"list": "a list like [a, b]", "dict": "names with values like {a: 1}"}


class UsageError(Exception):
    """A command line that cannot be run as it is; the message is one sentence with the fix."""


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
    return _wrong_value(lines, ".".join(keys)) or _one_line(message)


def sentence_of(error: Exception) -> str:
    """Put what went wrong while running into one sentence."""
    message = str(error)
    where = " (--traceback shows where.)"
    if "Does not validate against any" in message:  # the words of a class that was to be built
        lines = [line.strip() for line in message.splitlines()]
        reasons = [line[2:] for line in lines if line.startswith("- ")]
        return next((line for line in reasons if not line.startswith("Expected a <")), message)
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}; name another place or make room for it."
    if isinstance(error, UsageError):
        return message
    if "loading state_dict" in message:
        detail = next((x for x in message.splitlines() if "mismatch" in x or "key" in x), "")
        return (
            f"The checkpoint's weights do not fit this model ({_one_line(detail)}): use the model "
            "that it was saved from; config.yaml in its run's folder has it."
        )
    plain = isinstance(error, ValueError | FileNotFoundError | MisconfigurationException)
    return _one_line(message) + ("" if plain and message else f" [{type(error).__name__}]{where}")


def refuse_files(words: list[str]) -> None:
    """Look at the configuration files first: which of several is wrong, jsonargparse cannot say.

    Raises:
        UsageError: a file is missing, is no YAML, or does not hold names with values.
    """
    for name in config_files(words):
        path = Path(name).expanduser()
        if not path.is_file():
            fault = "is a folder" if path.is_dir() else "does not exist"
            raise UsageError(f"The file {name} {fault}: -c takes a YAML file{_beside(path)}.")
        try:
            content = yaml.safe_load(path.read_text("utf-8"))
        except UnicodeDecodeError:
            raise UsageError(f"{name} is no text in UTF-8: -c takes a YAML file.") from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = f", line {mark.line + 1}" if mark else ""
            raise UsageError(
                f"{name}{line} is no YAML ({error.problem}): look at the indentation, brackets and "
                "quotes there, or whether the file was saved whole."
            ) from None
        if not isinstance(content, dict):
            found = "is empty" if content is None else "holds no names with values"
            raise UsageError(f"{name} {found}; expected sections like trainer:, model: or data:.")


def refuse_targets(words: list[str], sources: dict[str, str]) -> None:
    """Refuse a value that would be overwritten without a word.

    Args:
        words: the command line.
        sources: for each value that is set by another, like `data.image_size`, what sets it.

    Raises:
        UsageError: the command line or a file sets such a value itself.
    """
    for key, place in _given(words):
        if key in sources:
            raise UsageError(
                f"{key} in {place} has no effect, since it follows another value: {sources[key]}."
            )


def config_files(words: list[str]) -> list[str]:
    """The configuration files of a command line, in order."""
    files: list[str] = []
    for word, following in pairwise([*words, ""]):
        if found := CONFIG.match(word):
            files.append(found[1] if found[1] is not None else following)
    return [file for file in files if not file.lstrip().startswith("{")]


def subclasses(kind: type[Any]) -> list[str]:
    """The names of the classes of a kind that may be given by name, without the private ones."""
    found: set[str] = set()
    for child in kind.__subclasses__():
        own = child.__module__.startswith(("course_lib", "pytorch_lightning", "__main__"))
        if own and "demos" not in child.__module__ and not child.__name__.startswith("_"):
            found.add(child.__name__)
        found |= set(subclasses(child))
    return sorted(found)


def _given(words: list[str]) -> Iterator[tuple[str, str]]:
    """All keys that a command line sets, with where, without `init_args`."""
    for file in config_files(words):
        content = yaml.safe_load(Path(file).expanduser().read_text("utf-8"))
        yield from ((key, file) for key in _flat(content, ""))
    for word, following in pairwise([*words, ""]):
        if word.startswith("--") and not CONFIG.match(word):
            flag, sign, value = word[2:].partition("=")
            yield _plain(flag), "the command line"
            value = value if sign else following
            if value.lstrip().startswith("{"):
                yield from ((key, f"--{flag}") for key in _flat(yaml.safe_load(value), flag))


def _flat(content: Any, prefix: str) -> Iterator[str]:
    if isinstance(content, dict):
        for name, value in content.items():
            key = f"{prefix}.{name}" if prefix else str(name)
            yield _plain(key)
            yield from _flat(value, key)


def _plain(key: str) -> str:
    parts = key.rstrip("+").split(".")
    return ".".join(part for part in parts if part not in ("init_args", "dict_kwargs"))


def _no_option(name: str, key: str, kind: str, flags: list[str], words: list[str]) -> str:
    module, _, owner = kind.rpartition(".")
    known = list(inspect.signature(getattr(importlib.import_module(module), owner)).parameters)
    known = [argument for argument in known if argument not in ("args", "kwargs", *LINKED)]
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
    given = name or _after(words, key)
    known = subclasses(KINDS[last]) if last in KINDS else []
    there = f"{', '.join(known)}, or a class's full path" if known else "a class's full path"
    noun = {"data": "data module"}.get(last, last.removesuffix("s"))
    return f"--{key} is {given!r}, which is no {noun}{_guess(given, known)}; expected {there}."


def _wrong_type(found: str, key: str, kind: str, flags: list[str], words: list[str]) -> str:
    wanted, _, value = found.partition("'>. Got value: ")
    return f"--{key} is {value!r}; expected {WORDS.get(wanted, wanted)}."


def _no_flag(name: str, key: str, kind: str, flags: list[str], words: list[str]) -> str:
    name = name.split()[0]
    if not name.startswith("-") and name in words:
        return f"{name!r} stands alone: a value follows its flag, as in --model.lr 0.01."
    bare = name.lstrip("-").partition("=")[0]
    near = _guess(bare, flags)
    file = next((file for key, file in _given(words) if key == bare and file in words), "")
    return f"There is no {bare!r}{f' ({file})' if file else ''}{near}; --help lists what there is."


def _no_subcommand(name: str, key: str, kind: str, flags: list[str], words: list[str]) -> str:
    if name.startswith("-") or name[:1].isupper() or words[:1] != [name]:
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


def _wrong_value(lines: list[str], key: str) -> str:
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
    return f"--{key} is {value!r}; expected {listed}." if wanted and key else ""


def _guess(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1) or [
        word for word in known if name and word.endswith(f".{name}")
    ]
    return f" (did you mean {near[0]}?)" if near else ""


def _after(words: list[str], key: str) -> str:
    values = [b for a, b in pairwise(words) if a == f"--{key}"]
    return values[-1] if values else ""


def _beside(path: Path) -> str:
    near = sorted(file.name for file in path.parent.glob("*.yaml"))[:8]
    return f", and {path.parent} has {', '.join(near)}" if near else ""


def _one_line(message: str) -> str:
    text = " ".join(message.split())
    return text if len(text) < 400 else f"{text[:400]} …"
