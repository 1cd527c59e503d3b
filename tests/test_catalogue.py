"""Every planted answer gets the verdict, and the message, that it must get."""

import pytest
from catalogue import ANSWERS, Answer, answers, read

from course_lib.exercises.engine import Outcome, exercises

ALL = answers()
LESSONS = sorted({int(path.name[-2:]) for path in ANSWERS.glob("lesson_*")})


@pytest.mark.parametrize("answer", [a for a in ALL if a.kind == "right"], ids=str)
def test_right_answer_is_accepted(answer: Answer) -> None:
    result = answer.check()
    assert result.outcome is Outcome.PASSED, result.message


@pytest.mark.parametrize("answer", [a for a in ALL if a.kind == "wrong"], ids=str)
def test_wrong_answer_is_refused_for_what_is_wrong_with_it(answer: Answer) -> None:
    result = answer.check()
    assert result.outcome in (Outcome.FAILED, Outcome.TIMED_OUT)
    assert answer.says
    assert answer.says in result.message


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_exercise_has_a_catalogue(lesson: int) -> None:
    for exercise in exercises(lesson).values():
        mine = [answer for answer in answers(lesson) if answer.exercise == exercise.id]
        assert sum(answer.kind == "wrong" for answer in mine) >= 3, exercise.id
        assert sum(answer.kind == "right" for answer in mine) >= 2, exercise.id
        assert len(exercise.hints) >= 2, exercise.id


@pytest.mark.parametrize("path", sorted(ANSWERS.glob("lesson_*/*.py")), ids=lambda p: p.stem)
def test_no_two_mistakes_share_a_message(path: object) -> None:
    messages = [answer.check().message for answer in read(path) if answer.kind == "wrong"]
    assert len(set(messages)) == len(messages), messages
