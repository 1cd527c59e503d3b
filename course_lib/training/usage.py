"""The words of a command line: which files they name, and which values they set.

Looked at before anything is built, so that what is wrong is said with the name of the file.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

TWICE = "is set twice"
CONFIG = re.compile(r"^(?:-c|--config)(?:=(.*))?$")


class UsageError(Exception):
    """A command line that cannot be run as it is; the message is one sentence with the fix."""


def refuse_files(words: list[str]) -> None:
    """Look at the configuration files first: which of several is wrong, jsonargparse cannot say.

    Raises:
        UsageError: a file is missing, is no YAML, or does not hold names with values.
    """
    for name in config_files(words):
        path = Path(name).expanduser()
        if not name:
            raise UsageError("-c lacks a value: give a YAML file after it.")
        if not path.is_file():
            fault = "is a folder" if path.is_dir() else "does not exist"
            raise UsageError(f"The file {name} {fault}: -c takes a YAML file{_beside(path)}.")
        try:
            content = yaml.load(path.read_text("utf-8"), _NoDoubles)
        except UnicodeDecodeError:
            raise UsageError(f"{name} is no text in UTF-8: -c takes a YAML file.") from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = f", line {mark.line + 1}" if mark else ""
            if TWICE in str(error.problem):
                raise UsageError(f"{name}{line}: {error.problem}; keep one of the two.") from None
            raise UsageError(
                f"{name}{line} is no YAML ({error.problem}): look at the indentation, brackets and "
                "quotes there, or whether the file was saved whole."
            ) from None
        if not isinstance(content, dict):
            found = "is empty" if content is None else "holds no names with values"
            raise UsageError(f"{name} {found}; expected sections like trainer:, model: or data:.")
        for section in ("trainer", "model", "data"):
            _refuse_section(name, section, content.get(section))


def _refuse_section(file: str, section: str, content: Any) -> None:
    if section == "trainer" and not isinstance(content, dict | None):
        raise UsageError(
            f"trainer in {file} is {content!r}; expected names with values, like max_epochs: 10."
        )
    if isinstance(content, dict) and "class_path" in content:
        for name in sorted(content.keys() - {"class_path", "init_args", "dict_kwargs"}):
            raise UsageError(
                f"{section}.{name} in {file} stands beside class_path: the arguments of a class go "
                "under init_args, one level deeper."
            )


class _NoDoubles(yaml.SafeLoader):  # type: ignore[misc]  # yaml has no types
    """YAML in which a name may be set once: by itself it would keep the last, without a word."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """Refuse the second of two equal names."""
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                problem = f"{key.value} {TWICE}"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def refuse_targets(words: list[str], sources: dict[str, str]) -> None:
    """Refuse a value that would be overwritten without a word.

    Args:
        words: the command line.
        sources: for each value that is set by another, like `data.image_size`, what sets it.

    Raises:
        UsageError: the command line or a file sets such a value itself.
    """
    for key, place in given(words):
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


def given(words: list[str]) -> Iterator[tuple[str, str]]:
    """All keys that a command line sets, in order, without `init_args`, and what sets each."""
    for word, following in pairwise([*words, ""]):
        if found := CONFIG.match(word):
            file = following if found[1] is None else found[1]
            yield from ((key, file) for key in _flat(_load(file), ""))
        elif word.startswith("--"):
            flag, sign, value = word[2:].partition("=")
            yield plain(flag), "the command line"
            value = value if sign else following
            if value.lstrip().startswith("{"):
                yield from ((key, f"--{flag}") for key in _flat(yaml.safe_load(value), flag))


def _load(file: str) -> Any:
    text = file if file.lstrip().startswith("{") else Path(file).expanduser().read_text("utf-8")
    return yaml.safe_load(text)


def _flat(content: Any, prefix: str) -> Iterator[str]:
    if isinstance(content, dict):
        for name, value in content.items():
            key = f"{prefix}.{name}" if prefix else str(name)
            yield plain(key)
            yield from _flat(value, key)


def plain(key: str) -> str:
    """A key as it is said on the command line: without `init_args`."""
    parts = key.rstrip("+").split(".")
    return ".".join(part for part in parts if part not in ("init_args", "dict_kwargs"))


def _beside(path: Path) -> str:
    near = sorted(file.name for file in path.parent.glob("*.yaml"))[:8]
    return f", and {path.parent} has {', '.join(near)}" if near else ""
