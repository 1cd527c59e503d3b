"""Each assertion of each check has a reason: without it, some planted answer gets another verdict."""

import ast
from pathlib import Path
from types import ModuleType

import pytest
from catalogue import ANSWERS, Answer, answers, lesson_module

ASSERTIONS = ("require", "refuse")


def assertion_statements(tree: ast.AST) -> list[ast.Expr]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id in ASSERTIONS
    ]


def without(source: str, number: int, filename: str) -> ModuleType:
    """The lesson's module, with assertion `number` taken out."""
    tree = ast.parse(source)
    statement = assertion_statements(tree)[number]
    statement.value = ast.copy_location(ast.Constant(None), statement.value)
    module = ModuleType("mutant")
    exec(compile(tree, filename, "exec"), vars(module))
    return module


def verdict(answer: Answer, module: ModuleType) -> tuple[str, str]:
    result = answer.check(module)
    return result.outcome, result.message


def mutants() -> list[tuple[int, int, str]]:
    found = []
    for folder in sorted(ANSWERS.glob("lesson_*")):
        lesson = int(folder.name[-2:])
        source = Path(lesson_module(lesson).__file__ or "").read_text("utf-8")
        for number, statement in enumerate(assertion_statements(ast.parse(source))):
            found.append((lesson, number, f"lesson_{lesson:02d}.py:{statement.lineno}"))
    return found


def exercises_reached(tree: ast.Module, line: int, lesson: int) -> set[str] | None:
    """The exercise whose check holds this line; None for a helper that several share."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0):
            exercise = getattr(lesson_module(lesson), node.name)
            return {exercise.id} if hasattr(exercise, "hints") else None
    return None


@pytest.mark.parametrize(("lesson", "number", "place"), mutants(), ids=lambda value: str(value))
def test_assertion_has_a_reason(lesson: int, number: int, place: str) -> None:
    original = lesson_module(lesson)
    source = Path(original.__file__ or "").read_text("utf-8")
    tree = ast.parse(source)
    line = assertion_statements(tree)[number].lineno
    reached = exercises_reached(tree, line, lesson)
    mutant = without(source, number, place)
    for answer in answers(lesson):
        if answer.kind == "wrong" and (reached is None or answer.exercise in reached):
            if verdict(answer, mutant) != verdict(answer, original):
                return
    pytest.fail(f"{place}: no verdict depends on this assertion; plant an answer that does.")
