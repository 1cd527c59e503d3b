"""What an exercise is, what can come of checking an answer, and how a check says what is wrong.

A check is a function of the student's answer, declared with `@exercise`; it calls `require` for
each thing that must hold, and the first that does not is what the student reads. Everything else
(open answers, the time limit, silence, isolation, no traceback) happens here, for every exercise.
"""

import importlib
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, NamedTuple, NoReturn

from course_lib.exercises import copies, files, inspection, limits, progress, rendering, sandbox


class Outcome(StrEnum):
    """What can come of a check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_ATTEMPTED = "not attempted"
    TIMED_OUT = "timed out"


class Result(NamedTuple):
    """What came of one check; truthy only if the answer passed, so that it can guard a cell."""

    id: str
    title: str
    outcome: Outcome
    message: str

    def __bool__(self) -> bool:
        return self.outcome is Outcome.PASSED

    def __str__(self) -> str:
        return rendering.as_text(**self._asdict())

    def _ipython_display_(self) -> None:
        """Show nothing: the check has shown it, and the end of a cell would show it again."""


class Wrong(Exception):
    """An answer is not right; the message says to the student what is wrong with it."""


class NotAttempted(Exception):
    """An answer is still open."""


def require(condition: bool, message: str) -> None:
    """Refuse the answer with `message` unless the condition holds."""
    if not condition:
        raise Wrong(message)


def refuse(message: str) -> NoReturn:
    """Refuse the answer."""
    raise Wrong(message)


@contextmanager
def rule(letter: str) -> Iterator[None]:
    """Say which of the prompt's rules, `**a.**`, `**b.**`, …, an answer refused in here breaks."""
    try:
        yield
    except Wrong as wrong:
        raise Wrong(f"({letter}) {wrong}") from None


def attempted(answer: object, name: str) -> None:
    """End the check with "not attempted" if this one of several answers is still open."""
    place = inspection.find_open(answer)
    if place:
        raise NotAttempted(f"{name} is still open: {place}.")


class Exercise:
    """One exercise: call it with the answer, ask it for a hint or for the reference solution."""

    def __init__(
        self,
        check: Callable[..., None],
        id: str,
        why: str,
        hints: tuple[str, ...],
        limit: float,
        in_order: bool,
    ) -> None:
        self.id, self.why, self.hints, self.limit = id, why, hints, limit
        self.name = check.__name__
        self.title = (inspect.getdoc(check) or self.name).splitlines()[0].rstrip(".")
        self._check, self._in_order = check, in_order
        self._hints_given = 0

    def __call__(self, *answers: Any, **named: Any) -> Result:
        """Check the answer, show what came of it, and return it; only Ctrl-C comes through."""
        with sandbox.originals():
            outcome, message = self._outcome(answers, named)
            readable = message.encode(errors="replace").decode()
            result = Result(self.id, self.title, outcome, readable)
            progress.record(id=self.id, outcome=outcome.value)
            rendering.show(str(result), **result._asdict())
        return result

    def hint(self) -> None:
        """Show the next hint; each says a little more, and the last stays."""
        self._hints_given = min(self._hints_given + 1, len(self.hints))
        rendering.show_hint(self.hint_text(self._hints_given))

    def hint_text(self, number: int) -> str:
        """Return hint 1, 2, …; beyond the last, the last."""
        number = max(1, min(number, len(self.hints)))
        text = f"Hint {number} of {len(self.hints)} for {self.id}: {self.hints[number - 1]}"
        if number < len(self.hints):
            return text
        return f"{text} (the last one; `check.{self.name}.solution()` shows the reference)"

    def solution(self) -> None:
        """Show the reference solution: the cells and files that the course's own tests run."""
        for name, code in files.solution_parts(self.id).items():
            rendering.show_code(code, name)

    def __repr__(self) -> str:
        return f"<exercise {self.id}: {self.title}>"

    def _outcome(self, answers: tuple[Any, ...], named: dict[str, Any]) -> tuple[Outcome, str]:
        try:
            with sandbox.isolated():
                return limits.run(lambda: self._verdict(answers, named), self.limit)
        except limits.TimeLimitReached:
            return Outcome.TIMED_OUT, (
                f"Exercise {self.id} was stopped after {self.limit:g} s. Look for a loop that does "
                "not end, or for far more work than the exercise needs."
            )
        except Exception as error:  # no room for a folder; the notebook's own folder is gone
            return Outcome.FAILED, f"The check itself could not run: {error}"

    def _verdict(self, answers: tuple[Any, ...], named: dict[str, Any]) -> tuple[Outcome, str]:
        signature = inspect.signature(self._check)
        try:
            bound = signature.bind(*answers, **named)
        except TypeError:
            expected = ", ".join(signature.parameters)
            return Outcome.FAILED, f"Call it as check.{self.name}({expected})."
        bound.apply_defaults()
        try:
            return self._judge(bound.arguments)
        except BaseException as error:  # whatever it is, and if it cannot even be read
            return Outcome.FAILED, inspection.explain(error)

    def _judge(self, given: dict[str, Any]) -> tuple[Outcome, str]:
        try:
            still_open = [p for answer in given.values() if (p := inspection.find_open(answer))]
            if len(still_open) == len(given) or (still_open and not self._in_order):
                return Outcome.NOT_ATTEMPTED, f"{still_open[0]}."
            with sandbox.originals():  # back in their places before anything else is done
                self._check(**copies.private(given))
                patched = sandbox.replaced()
            require(not patched, f"Your answer replaces Python's own {patched}; leave it alone.")
        except Wrong as wrong:
            return Outcome.FAILED, str(wrong)
        except NotAttempted as open_part:
            return Outcome.NOT_ATTEMPTED, str(open_part)
        return Outcome.PASSED, f"{self.why} To compare: `check.{self.name}.solution()`."


def exercise(
    id: str, *, why: str, hints: tuple[str, ...], limit: float = 5.0, in_order: bool = False
) -> Callable[[Callable[..., None]], Exercise]:
    """Declare a check; the first line of its docstring is the exercise's title.

    Args:
        id: lesson and number, `"2.1"`.
        why: one sentence on why it matters, shown once the answer has passed.
        hints: from a nudge to all but the answer.
        limit: seconds that the check may take.
        in_order: the exercise takes several answers that are worked on one after another; the
            check looks at each in turn and says with `attempted` where it got to.
    """
    return lambda check: Exercise(check, id, why, hints, limit, in_order)


def exercises(lesson: int) -> dict[str, Exercise]:
    """The exercises of a lesson, by id.

    Raises:
        ModuleNotFoundError: the lesson has none.
    """
    module = importlib.import_module(f"course_lib.exercises.lesson_{lesson:02d}")
    return {value.id: value for value in vars(module).values() if isinstance(value, Exercise)}
