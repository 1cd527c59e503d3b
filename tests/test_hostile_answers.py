"""No answer to any exercise, however hostile, is more than an answer, or goes on for ever.

The tests run over the registry and the catalogue: a new exercise is covered by being there.
"""

import ast
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
import torch
import torch.nn.functional as F
from catalogue import WHOLE, Answer, Armed, every, first_right, with_code
from hostile import HOSTILE, MISCHIEF, TOGETHER, state

from course_lib.exercises.engine import Exercise, Outcome, Result


def arguments(answer: Answer) -> list[Any]:
    """What the call of the check passes, evaluated."""
    names = answer.namespace()
    call = ast.parse(answer.call.strip(), mode="eval").body
    assert isinstance(call, ast.Call)
    return [eval(compile(ast.Expression(a), "<call>", "eval"), names) for a in call.args]


def opposite(value: object) -> object:
    """A class for an instance, an instance for a class, the result for a function."""
    return object.__new__(value) if isinstance(value, type) and value is not type else type(value)


def things(exercise: Exercise, position: int, count: int) -> list[Any]:
    """What is put in the place of one of so many answers: a quarter of all that there is.

    Exercises take the quarters in turn. To get to the later of several answers, a check runs the
    earlier ones; so these share theirs.
    """
    all_things = list(HOSTILE.values())
    if WHOLE:
        return all_things
    part = all_things[int(exercise.id.split(".")[1]) % 4 :: 4]
    return part if position == 0 else part[position - 1 :: count - 1]


@every
@pytest.mark.usefixtures("home")
def test_no_thing_in_the_place_of_an_answer_escapes_or_leaves_a_trace(exercise: Exercise) -> None:
    right = arguments(first_right(exercise))
    exercise(*right)  # what libraries set up once
    before = state()
    for position, answer in enumerate(right):
        for thing in (*things(exercise, position, len(right)), opposite(answer)):
            given = [thing if i == position else value for i, value in enumerate(right)]
            result = exercise(*given)
            assert type(result) is Result
            assert result.outcome is not Outcome.PASSED
            assert result.message
            assert "\n" not in result.message
            assert "Traceback" not in result.message
    assert [name for name, value in state().items() if value != before[name]] == []


class Interfering(NamedTuple):
    """A right answer that does something else on its way, once a check calls it."""

    call: str
    names: dict[str, Any]
    happens: Armed

    def check(self) -> Result:
        self.happens.armed = True
        return eval(self.call, self.names)


def has_functions(exercise: Exercise) -> bool:
    tree = ast.parse(first_right(exercise).source)
    return any(isinstance(node, ast.FunctionDef) for node in ast.walk(tree))


def interfering(exercise: Exercise, act: Callable[[], object]) -> Interfering:
    happens = Armed(act)
    answer = with_code(first_right(exercise), "happens()")
    return Interfering(answer.call, answer.namespace(happens=happens), happens)


@every
@pytest.mark.usefixtures("home")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_no_mischief_of_an_answer_escapes_or_leaves_a_trace(
    exercise: Exercise, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exercise, "limit", 60)  # two threads of torch's on a busy core are slow
    for mischief in MISCHIEF if WHOLE else TOGETHER:
        answer = interfering(exercise, mischief)
        before = state()
        capfd.readouterr()
        result = answer.check()
        captured = capfd.readouterr()
        assert result.outcome in (Outcome.PASSED, Outcome.FAILED), (mischief, result)
        assert "\n" not in result.message
        assert not answer.happens.armed or result.outcome is Outcome.PASSED
        assert (captured.out, captured.err) == (f"{result}\n", "")
        changed = [name for name, value in state().items() if value != before[name]]
        assert changed == [], mischief
        if not has_functions(exercise):  # a file, say: then nothing can happen in it
            break


# --- answers without end


over = threading.Event()  # so that nothing that a stop has missed slows what comes later


@pytest.fixture
def bounded(ended_anywhere: None) -> Iterator[None]:
    over.clear()
    yield
    over.set()


def loop_in_torch() -> None:
    x = torch.ones(50, 50)
    while not over.is_set():
        try:  # noqa: SIM105
            x = x @ x / 50
        except Exception:
            pass


def loop_that_nothing_ends() -> None:
    while not over.is_set():
        try:  # noqa: SIM105
            F.relu(torch.ones(3))
        except:  # noqa: E722
            pass


@every
@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize("loop", [loop_in_torch, loop_that_nothing_ends])
def test_an_answer_without_end_is_stopped_and_the_exercise_is_named(
    exercise: Exercise, loop: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert exercise.limit <= 20
    monkeypatch.setattr(exercise, "limit", 0.3)
    start = time.monotonic()
    answer = interfering(exercise, loop)
    result = answer.check()
    if not answer.happens.armed:
        assert result.outcome is Outcome.TIMED_OUT
        assert result.message.startswith(f"Exercise {exercise.id} was stopped after 0.3 s.")
        assert time.monotonic() - start < 10  # seconds, on any machine
