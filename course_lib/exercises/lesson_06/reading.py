"""Exercises 6.6 to 6.8: what a command line says to the course, and a script's header to Slurm."""

import re
import shlex
from collections.abc import Sequence
from typing import NamedTuple

PROGRAM = ["-m", "course_lib"]
SHORT = {"J": "job-name", "o": "output", "e": "error", "N": "nodes", "n": "ntasks", "a": "array"}
FILES = ("-c", "--config")


class Line(NamedTuple):
    """The arguments of one call.

    Attributes:
        subcommand: `fit`, say, or nothing.
        files: the configurations, in order.
        flags: of each flag its last value; without `.init_args`, which may be left out.
        early: the flags that stand in front of a file, which may say something else.
    """

    subcommand: str
    files: list[str]
    flags: dict[str, str]
    early: set[str]


def read(arguments: Sequence[str]) -> Line:
    """Read what follows `python -m course_lib`: `--flag value` and `--flag=value` are the same."""
    rest = [*arguments]
    subcommand = rest.pop(0) if rest and not rest[0].startswith("-") else ""
    line = Line(subcommand, [], {}, set())
    while rest:
        flag, equals, value = rest.pop(0).partition("=")
        if not equals and rest and not rest[0].startswith("--"):
            value = rest.pop(0)
        if flag in FILES:
            line.files.append(value)
            line.early.update(line.flags)
        elif flag.startswith("-"):
            flag = flag.replace(".init_args", "")
            line.flags[flag] = value
            line.early.discard(flag)
    return line


def after_program(arguments: Sequence[str]) -> list[str] | None:
    """What follows `python -m course_lib`, or None if this is not there."""
    for index in range(len(arguments) - 1):
        if [*arguments[index : index + 2]] == PROGRAM:
            return [*arguments[index + 2 :]]
    return None


def header(text: str) -> dict[str, str]:
    """The options of a batch script's `#SBATCH` lines, by their long names.

    Slurm reads them down to the first line that is no comment, and takes nothing for a variable.
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            break
        if not re.match(r"#SBATCH\s", line):
            continue
        parts = shlex.split(line.removeprefix("#SBATCH"), comments=True)
        while parts:
            name, equals, value = parts.pop(0).partition("=")
            if name.startswith("-") and not name.startswith("--") and len(name) > 2:
                parts.insert(0, name[2:] + equals + value)  # -N1
                name, equals = name[:2], ""
            if not equals and parts and not parts[0].startswith("-"):
                value = parts.pop(0)
            name = name.lstrip("-")
            found[SHORT.get(name, name)] = value
    return found
