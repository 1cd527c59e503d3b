"""Reading an answer's own code: what is still open in it, and which of its lines went wrong."""

import ast
import contextlib
import dis
import inspect
import os
import re
import site
import sysconfig
import traceback
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from types import CodeType, FrameType, FunctionType, MethodType
from typing import Any

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")  # another one in each run, and of no use to anybody
_LIBRARIES = tuple(
    f"{folder}{os.sep}"
    for folder in {
        str(Path(__file__).parent.parent),  # the course's own code
        *(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        *site.getsitepackages(),
        site.getusersitepackages(),
    }
)


def find_open(answer: object) -> str | None:
    """Say where an answer is still `...`: the value itself, or a place in a function or class.

    An ellipsis in a subscript, as in `images[..., 0]` or `tuple[int, ...]`, is code like any other.

    Returns:
        A phrase for the student, or None if nothing is open.
    """
    if answer is ...:
        return "the answer is still `...`"
    values: Any = answer.values() if isinstance(answer, dict) else answer
    if isinstance(answer, dict | list | tuple | set) and any(value is ... for value in values):
        return "a value in the answer is still `...`"
    kind = answer if isinstance(answer, type) else type(answer)
    if any(value is ... for value in vars(kind).values()):
        return f"an attribute of {kind.__name__} is still `...`"
    for function in _own_functions(answer, kind):
        line = _open_line(function)
        if line is not None:
            return f"line {line} of your cell is still `...`"
    return None


def explain(error: BaseException) -> str:
    """Put any exception into one sentence, with the line of the student's own that raised it."""
    frames = traceback.walk_tb(error.__traceback__)
    lines = [_place(f, line) for f, line in frames if is_own(f.f_code.co_filename)]
    try:
        text = f"{error}"
        with contextlib.suppress(OSError):  # the folder of the check says nothing, or is gone
            text = text.replace(f"{Path.cwd()}{os.sep}", "")
        text = ADDRESS.sub("", text)
        return sentence(lines, type(error).__name__, text)
    except BaseException:
        return sentence(lines, "an error", "it cannot be read")


def _place(frame: FrameType, line: int) -> str:
    """A line of a cell by its number; one of a file says so."""
    file = frame.f_code.co_filename
    in_file = frame.f_globals.get("__file__") == file
    return f"{line} of `{Path(file).name}`" if in_file else f"{line}"


def sentence(lines: Sequence[object], kind: str, text: str, who: str = "Your answer") -> str:
    """An error as one sentence: the last of the student's lines, or who; the kind, its text."""
    plain = COLOUR.sub("", text)
    first = " ".join((plain.strip() or "no message").splitlines()[0].split())
    shortened = first if len(first) <= 200 else f"{first[:199]}…"
    return f"{f'Your line {lines[-1]}' if lines else who} raised {kind}: {shortened}"


def _own_functions(answer: object, kind: type) -> Iterator[FunctionType]:
    """The functions that the student wrote and that make up the answer."""
    for member in [answer, *vars(kind).values()]:
        function = _unwrapped(member)
        if isinstance(function, FunctionType) and is_own(function.__code__.co_filename):
            yield function


def _unwrapped(member: object) -> object:
    """What a method, a property or a decorator is made from; asks nothing of the member itself."""
    if isinstance(member, property):
        member = member.fget
    elif isinstance(member, cached_property):
        member = member.func
    elif isinstance(member, staticmethod | classmethod | MethodType):
        member = member.__func__
    while (inner := inspect.getattr_static(member, "__wrapped__", None)) is not None:
        member = inner
    return member


def is_own(filename: str) -> bool:
    """Whether a file is the student's: no library, nothing frozen, none of the course's own."""
    if filename.startswith("<"):
        return filename.startswith("<ipython") or filename == "<stdin>"
    return not filename.startswith(_LIBRARIES)


def _open_line(function: FunctionType) -> int | None:
    """The line, in the student's cell, of an ellipsis that stands where code should."""
    try:
        lines, first = inspect.getsourcelines(function)
        # In a block of its own an indented method stands right, whatever its texts look like.
        above = ["if True:\n"] if lines[0][0].isspace() else []
        tree = ast.parse("".join(above + lines))
    except (OSError, SyntaxError, TypeError):
        return function.__code__.co_firstlineno if _only_returns_none(function.__code__) else None
    line = open_line(tree)
    return None if line is None else first + line - 1 - len(above)


def open_line(tree: ast.AST) -> int | None:
    """The line of the first ellipsis in a piece of code that stands where code should."""
    in_subscripts = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        for inner in ast.walk(node.slice)
    }
    return min(
        (
            node.lineno
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and node.value is ...
            and id(node) not in in_subscripts
        ),
        default=None,
    )


def _only_returns_none(code: CodeType) -> bool:
    """Whether a function without readable source does nothing, as one whose body is `...`."""
    idle = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
    return set(code.co_consts) <= {None, ...} and all(
        instruction.opname in idle for instruction in dis.get_instructions(code)
    )
