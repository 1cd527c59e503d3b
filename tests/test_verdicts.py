"""A verdict depends on nothing but the answer, for every exercise.

The tests run over the registry and the catalogue: a new exercise is covered by being there.
"""

import ast
import builtins
import random
import re
import sys
import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from catalogue import Armed, answers, every, mine, some, verdict, with_code

from course_lib.exercises.engine import Exercise, Outcome, Result

ALL = answers()
SEEDS = 20
# Functions and classes that the answers to all exercises define.
HELPERS = {
    node.name
    for answer in ALL
    for node in ast.parse(answer.source).body
    if isinstance(node, ast.FunctionDef | ast.ClassDef)
}


def same(result: Result, expected: Result) -> bool:
    """Whether two verdicts agree, but for a temporary folder that an answer has made."""
    plain = [r._replace(message=re.sub(r"/tmp\w+", "", r.message)) for r in (result, expected)]
    return plain[0] == plain[1]


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


@pytest.mark.parametrize("seed", range(SEEDS))
def test_verdicts_depend_on_nothing_but_the_answer(seed: int) -> None:
    """Another seed, another order, another part of a quarter of the catalogue; every cell twice."""
    quarter = random.Random(0).sample(ALL, len(ALL) // 4)
    for answer in quarter[seed::SEEDS]:
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

    for answer in mine(exercise, "right"):
        names = with_code(answer, "noise()").namespace(noise=noise)
        assert same(eval(answer.call, names), verdict(answer)), answer
