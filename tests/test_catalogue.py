"""Every planted answer gets the verdict, and the message, that it must get."""

import re
from collections.abc import Iterator
from functools import cache

import pytest
from catalogue import Answer, answers, every, mine, verdict

from course_lib.exercises import engine, files
from course_lib.exercises.engine import Exercise, Outcome, Result
from course_lib.kit import notebook_files

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
ALL = answers()


def broken_rule(result: Result) -> str:
    """The letter of the rule that a message names, or nothing."""
    letter = re.match(r"\((\w)\) ", result.message)
    return letter.group(1) if letter else ""


@cache
def prompt(id: str) -> str:
    """The text of an exercise in its notebook."""
    cells = notebook_files.read(files.notebook("solutions", int(id.partition(".")[0]))).cells
    sections = zip(cells, files.sections(cells), strict=True)
    texts = (cell.source for cell, at in sections if at == id and cell.cell_type == "markdown")
    return "\n".join(texts)


def rules(id: str) -> set[str]:
    """The letters of the rules in an exercise's prompt."""
    return set(re.findall(r"\*\*([A-Za-z])\.\*\*", prompt(id)))


@pytest.mark.parametrize("answer", [a for a in ALL if a.kind == "right"], ids=str)
def test_right_answer_is_accepted(answer: Answer) -> None:
    result = verdict(answer)
    assert result.outcome is Outcome.PASSED, result.message


@pytest.mark.parametrize("answer", [a for a in ALL if a.kind == "wrong"], ids=str)
def test_wrong_answer_is_refused_for_what_is_wrong_with_it(answer: Answer) -> None:
    result = verdict(answer)
    assert result.outcome in (Outcome.FAILED, Outcome.TIMED_OUT)
    assert answer.says
    assert answer.says in result.message
    assert answer.rule == broken_rule(result), result.message


@every
def test_every_exercise_has_a_catalogue(exercise: Exercise) -> None:
    assert len(mine(exercise, "wrong")) >= 3
    assert len(mine(exercise, "right")) >= 2


@every
def test_every_rule_of_the_prompt_has_a_wrong_answer_that_breaks_it(exercise: Exercise) -> None:
    assert rules(exercise.id), "The prompt has no rules: mark them **a.**, **b.**, …"
    assert rules(exercise.id) == {a.rule for a in mine(exercise, "wrong")} - {""}


@pytest.fixture
def suspended(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Rules that refuse nothing: their letters."""
    letters: list[str] = []

    def lenient(letter: str) -> Iterator[None]:
        try:
            yield
        except Wrong as wrong:  # type: ignore[name-defined] # noqa: F821
            if letter not in SUSPENDED:  # type: ignore[name-defined] # noqa: F821
                raise Wrong(f"({letter}) {wrong}") from None  # type: ignore[name-defined] # noqa: F821

    monkeypatch.setattr(engine, "SUSPENDED", letters, raising=False)
    monkeypatch.setattr(engine.rule.__wrapped__, "__code__", lenient.__code__)
    return letters


@every
def test_every_rule_is_broken_alone_by_some_answer(
    exercise: Exercise, suspended: list[str]
) -> None:
    """With the rule suspended that answer passes or, at the least, no other rule refuses it."""
    for letter in rules(exercise.id):
        suspended[:] = [letter]
        breaking = [answer for answer in mine(exercise, "wrong") if answer.rule == letter]
        assert any(not broken_rule(answer.check()) for answer in breaking), letter


@every
def test_no_two_mistakes_share_a_message(exercise: Exercise) -> None:
    messages = [NUMBER.sub("#", verdict(answer).message) for answer in mine(exercise, "wrong")]
    assert len(set(messages)) == len(messages), messages
