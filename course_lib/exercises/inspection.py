"""Reading an answer's own code: what is still open in it, and which of its lines went wrong."""

import ast
import inspect
import sys
import sysconfig
import textwrap
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType

_LIBRARIES = tuple(
    {
        str(Path(__file__).parent.parent),  # the course's own code
        *(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")),
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
    if isinstance(answer, dict):
        answer = list(answer.values())
    if isinstance(answer, list | tuple | set) and any(value is ... for value in answer):
        return "a value in the answer is still `...`"
    for function in _own_functions(answer):
        line = _open_line(function)
        if line is not None:
            return f"line {line} of your cell is still `...`"
    return None


def explain(error: BaseException) -> str:
    """Put any exception into one sentence, with the line of the student's own that raised it."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if _is_own(frame.filename)
    ]
    where = f"Your line {lines[-1]}" if lines else "Your answer"
    try:
        first = (str(error).strip() or "no message").splitlines()[0]
    except Exception:
        first = "its message cannot be read"
    return f"{where} raised {type(error).__name__}: {textwrap.shorten(first, 200)}"


def _own_functions(answer: object) -> Iterator[FunctionType]:
    """The functions that the student wrote and that make up the answer."""
    if isinstance(answer, FunctionType):
        if _is_own(answer.__code__.co_filename):
            yield answer
        return
    kind = answer if isinstance(answer, type) else type(answer)
    for member in list(vars(kind).values()):
        if isinstance(member, property):
            member = member.fget
        function = inspect.unwrap(getattr(member, "__func__", member)) if member else None
        if isinstance(function, FunctionType) and _is_own(function.__code__.co_filename):
            yield function


def _is_own(filename: str) -> bool:
    """Whether a file is the student's: no library, nothing frozen, none of the course's own."""
    if filename.startswith("<"):
        return filename.startswith("<ipython") or filename == "<stdin>"
    return not filename.startswith(_LIBRARIES)


def _open_line(function: FunctionType) -> int | None:
    """The line, in the student's cell, of an ellipsis that stands where code should."""
    try:
        lines, first = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, SyntaxError, TypeError):
        return function.__code__.co_firstlineno if _only_returns_none(function.__code__) else None
    in_subscripts = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        for inner in ast.walk(node.slice)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value is ... and id(node) not in in_subscripts:
            return first + node.lineno - 1
    return None


def _only_returns_none(code: CodeType) -> bool:
    """Whether a function without readable source does nothing, as one whose body is `...`."""
    return not code.co_names and set(code.co_consts) <= {None, ...} and sys.flags.optimize < 2
