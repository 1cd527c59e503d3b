"""Every message of every exercise is short and whole, and every hint helps."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from catalogue import every, first_right, mine, verdict

from course_lib import exercises as package
from course_lib.exercises import files
from course_lib.exercises.engine import Exercise

CHECKS = sorted(Path(package.__file__).parent.glob("lesson_*/*.py"))


def sentences(text: str) -> list[str]:
    without_code = re.sub(r"`[^`]*`|\([^()]*\)", "x", text)
    return [part for part in re.split(r"(?<=[.?!])\s+(?=[A-Z`])", without_code) if part]


@every
def test_messages_are_short_whole_sentences(exercise: Exercise) -> None:
    for answer in mine(exercise, "right") + mine(exercise, "wrong"):
        message = verdict(answer).message
        assert len(message) <= 400, message
        assert len(sentences(message)) <= 4, message
        if not re.search(r"raised \w+: |It says: ", message):  # a library ends as it likes
            assert message[-1] in ".?!`", message


@every
def test_a_pass_says_why_it_matters_and_offers_the_reference(exercise: Exercise) -> None:
    message = verdict(first_right(exercise)).message
    assert message == f"{exercise.why} To compare: `check.{exercise.name}.solution()`."
    assert len(sentences(exercise.why)) <= 2
    assert files.solution_code(exercise.id)


@every
def test_hints_go_further_each_and_give_no_line_of_the_answer_away(
    exercise: Exercise, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(exercise.hints) >= 2
    assert len(set(exercise.hints)) == len(exercise.hints)
    for _ in range(len(exercise.hints) + 2):
        exercise.hint()
    shown = capsys.readouterr().out
    assert all(hint in shown for hint in exercise.hints)
    lines = {"".join(line.split()) for line in files.solution_code(exercise.id).splitlines()}
    told = "".join("".join(exercise.hints).split())
    for line in lines:
        assert len(line) < 25 or line not in told, line


def attributes(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            yield ast.unparse(node)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("torch"):
            yield from (alias.name for alias in node.names if alias.name.startswith("_"))


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_checks_read_no_private_attribute(path: Path) -> None:
    private = [a for a in attributes(path) if not a.endswith("__") and not a.startswith("self._")]
    assert private == []
