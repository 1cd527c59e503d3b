"""Each assertion of each check has a reason: without it some planted answer gets another verdict.

An assertion is a call of `require` or `refuse`. Each wrong answer ends at one of them; a mutant is
a check without one, and those are the answers that have to notice.
"""

import ast
import importlib
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import NamedTuple

import pytest
from catalogue import Answer, answers

from course_lib import exercises
from course_lib.exercises import engine

FOLDER = Path(exercises.__file__).parent


class Assertion(NamedTuple):
    """One call of `require` or `refuse`, and the module's function that it stands in."""

    file: str
    function: str
    first_line: int
    last_line: int

    def __str__(self) -> str:
        return f"{Path(self.file).relative_to(FOLDER)}:{self.first_line}"


def statements(tree: ast.AST) -> Iterator[ast.Expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = node.value.func
            if isinstance(called, ast.Name) and called.id in ("require", "refuse"):
                yield node


def assertions() -> list[Assertion]:
    found = []
    for path in sorted(FOLDER.rglob("*.py")):
        for function in ast.parse(path.read_text("utf-8")).body:
            if isinstance(function, ast.FunctionDef):
                for node in statements(function):
                    last = node.end_lineno or node.lineno
                    found.append(Assertion(str(path), function.name, node.lineno, last))
    return found


@pytest.fixture(scope="module")
def ends_at() -> dict[tuple[str, int], list[Answer]]:
    """The wrong answers, by file and line of the assertion that refuses them."""
    found: dict[tuple[str, int], list[Answer]] = defaultdict(list)
    places: list[tuple[str, int]] = []

    def remember(self: Exception, *arguments: object) -> None:
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_code.co_filename == engine.__file__:
            frame = frame.f_back
        places.append((frame.f_code.co_filename, frame.f_lineno))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.Wrong, "__init__", remember, raising=False)
        for answer in answers():
            if answer.kind == "wrong":
                places.clear()
                answer.check()
                if places:
                    found[places[-1]].append(answer)
    return found


def without(assertion: Assertion) -> CodeType:
    """The code of the assertion's function, with the assertion taken out."""
    tree = ast.parse(Path(assertion.file).read_text("utf-8"))
    for node in statements(tree):
        if node.lineno == assertion.first_line:
            node.value = ast.copy_location(ast.Constant(None), node.value)
    constants = compile(tree, assertion.file, "exec").co_consts
    codes = [code for code in constants if isinstance(code, CodeType)]
    return next(code for code in codes if code.co_name == assertion.function)


def function(assertion: Assertion) -> FunctionType:
    path = Path(assertion.file).relative_to(FOLDER.parent.parent).with_suffix("")
    value = getattr(importlib.import_module(".".join(path.parts)), assertion.function)
    return getattr(value, "_check", value)


@pytest.mark.parametrize("assertion", assertions(), ids=str)
def test_assertion_has_a_reason(
    assertion: Assertion, ends_at: dict[tuple[str, int], list[Answer]]
) -> None:
    lines = range(assertion.first_line, assertion.last_line + 1)
    refused = [answer for line in lines for answer in ends_at[assertion.file, line]]
    before = [answer.check()[2:] for answer in refused]
    target = function(assertion)
    original = target.__code__
    try:
        target.__code__ = without(assertion)
        after = [answer.check()[2:] for answer in refused]
    finally:
        target.__code__ = original
    assert before != after, f"{assertion}: no planted answer ends here; plant one."
