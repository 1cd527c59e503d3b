"""What holds for every exercise of every lesson, whoever wrote it and whatever the answer is.

The tests run over the registry and the catalogue: a new exercise is covered by being there.
"""

import ast
import builtins
import copy
import random
import re
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from catalogue import Answer, answers
from hostile import HOSTILE, MISCHIEF, state

from course_lib import exercises as package
from course_lib.exercises import files
from course_lib.exercises.engine import Exercise, Outcome, Result, exercises

ALL = answers()
REGISTRY = [exercise for n in files.lessons() for exercise in exercises(n).values()]
CHECKS = sorted(Path(package.__file__).parent.glob("lesson_*/*.py"))
# Functions and classes that the answers to all exercises define.
HELPERS = {
    node.name
    for answer in ALL
    for node in ast.parse(answer.source).body
    if isinstance(node, ast.FunctionDef | ast.ClassDef)
}
# What the catalogue's wrong answers get; computed once, in the order of the files.
verdicts: dict[Answer, Result] = {}

every = pytest.mark.parametrize("exercise", REGISTRY, ids=lambda exercise: exercise.id)


def some(exercise: Exercise) -> list[Answer]:
    """All right answers to an exercise, and a few of the wrong ones."""
    mine = [answer for answer in ALL if answer.exercise == exercise.id]
    right = [answer for answer in mine if answer.kind == "right"]
    return right + [answer for answer in mine if answer.kind == "wrong"][::4]


def verdict(answer: Answer) -> Result:
    if answer not in verdicts:
        verdicts[answer] = answer.check()
    return verdicts[answer]


def same(result: Result, expected: Result) -> bool:
    """Whether two verdicts agree, but for a temporary folder that an answer has made."""
    plain = [r._replace(message=re.sub(r"/tmp\w+", "", r.message)) for r in (result, expected)]
    return plain[0] == plain[1]


def first_right(exercise: Exercise) -> Answer:
    return next(a for a in ALL if a.exercise == exercise.id and a.kind == "right")


def arguments(answer: Answer) -> list[Any]:
    """What the call of the check passes, evaluated."""
    names = answer.namespace()
    call = ast.parse(answer.call.strip(), mode="eval").body
    assert isinstance(call, ast.Call)
    return [eval(compile(ast.Expression(a), "<call>", "eval"), names) for a in call.args]


def opposite(value: object) -> object:
    """A class for an instance, an instance for a class, the result for a function."""
    return object.__new__(value) if isinstance(value, type) and value is not type else type(value)


# --- hostile answers


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the student's, with a file in it."""
    (tmp_path / "notes.txt").write_text("mine")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@every
@pytest.mark.usefixtures("home")
def test_no_thing_in_the_place_of_an_answer_escapes_or_leaves_a_trace(exercise: Exercise) -> None:
    right = arguments(first_right(exercise))
    exercise(*right)  # what libraries set up once
    before = state()
    for position, answer in enumerate(right):
        for thing in (*HOSTILE.values(), opposite(answer)):
            given = [thing if i == position else value for i, value in enumerate(right)]
            result = exercise(*given)
            assert type(result) is Result
            assert result.outcome is not Outcome.PASSED
            assert result.message
            assert "\n" not in result.message
            assert "Traceback" not in result.message
    assert [name for name, value in state().items() if value != before[name]] == []


class AtEveryCall(ast.NodeTransformer):
    """Puts statements in front of the body of each function of an answer."""

    def __init__(self, code: str) -> None:
        self.body = ast.parse(code).body

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.body = copy.deepcopy(self.body) + node.body
        return node


def with_code(answer: Answer, code: str) -> Answer:
    """The answer with code in front of the body of each of its functions, in their first lines."""
    tree = AtEveryCall(code).visit(ast.parse(answer.source))
    return answer._replace(source=ast.unparse(ast.fix_missing_locations(tree)))


class Armed:
    """Something that happens once, in the first of an answer's functions that a check calls."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.act, self.armed = act, False

    def __call__(self) -> None:
        if self.armed:
            self.armed = False
            self.act()

    def __deepcopy__(self, memo: object) -> "Armed":
        return self


class Interfering(NamedTuple):
    """A right answer that does something else on its way, once a check calls it."""

    call: str
    names: dict[str, Any]
    happens: Armed

    def check(self) -> Result:
        self.happens.armed = True
        return eval(self.call, self.names)


def interfering(exercise: Exercise, act: Callable[[], object]) -> Interfering:
    happens = Armed(act)
    answer = with_code(first_right(exercise), "happens()")
    return Interfering(answer.call, answer.namespace(happens=happens), happens)


@every
@pytest.mark.usefixtures("home")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_no_mischief_of_an_answer_escapes_or_leaves_a_trace(
    exercise: Exercise, capfd: pytest.CaptureFixture[str]
) -> None:
    for mischief in MISCHIEF:
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


# --- answers without end


def loop_in_torch() -> None:
    x = torch.ones(50, 50)
    while True:
        try:  # noqa: SIM105
            x = x @ x / 50
        except Exception:
            pass


def loop_that_nothing_ends() -> None:
    while True:
        try:  # noqa: SIM105
            F.relu(torch.ones(3))
        except:  # noqa: E722
            pass


@every
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


# --- an oracle of its own


def fooled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put functions in the place of torch's and Python's that find everything right."""
    always = ("allclose", "equal", "isclose", "all", "any", "is_tensor", "isfinite")
    for name in always:
        monkeypatch.setattr(torch, name, lambda *_, **__: True)
    monkeypatch.setattr(F, "cross_entropy", lambda *_, **__: torch.zeros((), requires_grad=True))
    monkeypatch.setattr(torch.testing, "assert_close", lambda *_, **__: None)
    monkeypatch.setattr(np, "allclose", lambda *_, **__: True)


@every
def test_patched_libraries_and_shadowed_names_change_no_verdict(exercise: Exercise) -> None:
    """Of any answer: the check has functions of its own, and so has an answer while it is checked.

    The names of everything that checks use, and of the answers to the other exercises, are set to
    something that agrees with everything; only what the answer itself uses is left.
    """
    agreeing = {"allclose", "equal", "isinstance", "close", "near", "require", "cross_entropy"}
    for answer in some(exercise):
        expected, names = verdict(answer), answer.namespace()
        nodes = ast.walk(ast.parse(answer.source))
        used = {node.id for node in nodes if isinstance(node, ast.Name)} | names.keys()
        names.update({name: lambda *_, **__: True for name in (agreeing | HELPERS) - used})
        with pytest.MonkeyPatch.context() as patch:
            fooled(patch)
            patch.setattr(builtins, "isinstance", lambda *_: True)
            patch.setattr(builtins, "abs", lambda _: 0)
            patch.setattr(builtins, "all", lambda _: True)
            result = eval(answer.call, names)
        assert same(result, expected), answer


@every
def test_an_answer_that_patches_libraries_while_it_is_checked_is_not_accepted_for_it(
    exercise: Exercise,
) -> None:
    for answer in (answer for answer in some(exercise) if answer.kind == "wrong"):
        try:
            patching = with_code(answer, "fool()")
        except SyntaxError:
            continue
        patch = pytest.MonkeyPatch()
        fool = Armed(lambda patch=patch: fooled(patch))
        names = patching.namespace(fool=fool)
        fool.armed = True
        result = eval(answer.call, names)
        patch.undo()
        assert result.outcome is not Outcome.PASSED, answer


# --- determinism


@pytest.mark.parametrize("seed", range(20))
def test_verdicts_depend_on_nothing_but_the_answer(seed: int) -> None:
    """Another seed, another order, another part of the catalogue; every cell twice."""
    chance = random.Random(seed)
    for answer in chance.sample(ALL, len(ALL) // 30):
        expected = verdict(answer)
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        names = answer.namespace()
        assert same(eval(answer.call, names), expected), answer
        # An answer may remember its first check, so that another of its faults shows.
        assert eval(answer.call, names).outcome is expected.outcome, answer
        answer.run(names)
        assert same(eval(answer.call, names), expected), answer


@every
def test_warnings_and_noise_change_no_verdict(exercise: Exercise) -> None:
    def noise() -> None:
        warnings.warn("careful", stacklevel=1)
        print("noise", file=sys.stderr)

    for answer in (a for a in ALL if a.exercise == exercise.id and a.kind == "right"):
        names = with_code(answer, "noise()").namespace(noise=noise)
        assert same(eval(answer.call, names), verdict(answer)), answer


# --- messages and hints


def sentences(text: str) -> list[str]:
    without_code = re.sub(r"`[^`]*`|\([^()]*\)", "x", text)
    return [part for part in re.split(r"(?<=[.?!])\s+(?=[A-Z`])", without_code) if part]


@every
def test_messages_are_short_whole_sentences(exercise: Exercise) -> None:
    for answer in (a for a in ALL if a.exercise == exercise.id):
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
