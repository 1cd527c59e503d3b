"""What is still open in an answer, and which line of it went wrong."""

import functools
import linecache
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from course_lib.exercises.inspection import explain, find_open

HERE = "`test_inspection.py`"


def line_of(function: Callable[..., Any], offset: int) -> int:
    """The number of a line of this file, counted from the function's first."""
    return function.__code__.co_firstlineno + offset  # type: ignore[attr-defined, no-any-return]


def typed(source: str) -> dict[str, Any]:
    """The names that a notebook cell defines."""
    filename = f"<ipython-input-{abs(hash(source))}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    names: dict[str, Any] = {"__name__": "cell"}
    exec(compile(source, filename, "exec"), names)
    return names


# --- what is open


@pytest.mark.parametrize(
    "answer", [..., [1, ...], (..., 2), {"a": ...}, {1, ...}], ids=lambda value: str(value)
)
def test_an_ellipsis_as_value_is_open(answer: object) -> None:
    assert "still `...`" in (find_open(answer) or "")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        0,
        "...",
        [],
        {},
        torch.zeros(3),
        np.zeros(3),
        len,
        nn.Linear(1, 1),
        nn.Linear,
        math,
        functools.partial(print, "..."),
        [torch.zeros(3), np.zeros(3)],
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_value_that_is_there_is_not_open(answer: object) -> None:
    assert find_open(answer) is None


def test_an_open_body_is_found_with_its_line() -> None:
    def answer(x: int) -> Any:
        """Say something."""
        ...

    assert find_open(answer) == f"line {line_of(answer, 2)} of your cell is still `...`"


def test_an_open_expression_is_found_with_its_line() -> None:
    def answer(x: int) -> Any:
        y = x + 1
        z: Any = ...
        return y + z

    assert find_open(answer) == f"line {line_of(answer, 2)} of your cell is still `...`"


def test_an_open_nested_function_is_found() -> None:
    def answer(x: int) -> Any:
        def inner() -> Any: ...

        return inner()

    assert find_open(answer)


def test_an_open_lambda_is_found() -> None:
    assert find_open(lambda x: ...)


def test_an_open_decorated_function_is_found() -> None:
    @torch.no_grad()
    def answer(x: Tensor) -> Any: ...

    @functools.cache
    def cached(x: int) -> Any: ...

    assert find_open(answer)
    assert find_open(cached)


class Complete:
    """Nothing is open here, in spite of `...` in this docstring."""

    rate = 0.1

    def method(self, images: Tensor, shape: tuple[int, ...]) -> Tensor:
        first: Callable[..., Tensor] = torch.clone
        return first(images[..., 0]) + images[(..., 0)]


def open_classes() -> list[type]:
    class Method:
        def method(self) -> Any: ...

    class Property:
        @property
        def value(self) -> Any: ...

    class Static:
        @staticmethod
        def value() -> Any: ...

    class Cached:
        @functools.cached_property
        def value(self) -> Any: ...

    class Class:
        @classmethod
        def value(cls) -> Any: ...

    class Decorated:
        @torch.no_grad()
        def value(self) -> Any: ...

    class Attribute:
        value = ...

    return [Method, Property, Static, Cached, Class, Decorated, Attribute]


@pytest.mark.parametrize("kind", open_classes(), ids=lambda kind: kind.__name__)
def test_an_open_member_is_found_in_the_class_and_in_an_instance(kind: type) -> None:
    assert find_open(kind)
    assert find_open(kind())


def test_an_ellipsis_in_a_subscript_or_an_annotation_is_code() -> None:
    def answer(images: Tensor, shape: tuple[int, ...]) -> Callable[..., Tensor]:
        pair: tuple[Tensor, ...] = (images[..., 0], images[0, ..., 1:])
        return pair[0].reshape

    assert find_open(answer) is None
    assert find_open(Complete) is None
    assert find_open(Complete()) is None


def test_library_code_is_never_open() -> None:
    class Model(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x

    assert find_open(Model()) is None
    assert find_open(nn.functional.relu) is None


def test_class_attributes_of_any_kind_do_not_stop_the_search() -> None:
    class Hostile:
        def __bool__(self) -> bool:
            raise RuntimeError

        def __getattr__(self, name: str) -> Any:
            raise RuntimeError

    class Answer:
        weights = torch.ones(3)
        table = np.ones((2, 2))
        hostile = Hostile()

        def last(self) -> Any: ...

    assert "still `...`" in (find_open(Answer) or "")


def test_without_readable_source_only_an_empty_function_is_open() -> None:
    names: dict[str, Any] = {}
    source = "def empty(x):\n    ...\n\ndef same(x):\n    return x\n\n"
    source += "def pair(x, y):\n    return x * y\n"
    exec(compile(source, "<ipython-input-no-source>", "exec"), names)
    assert find_open(names["empty"]) == "line 1 of your cell is still `...`"
    assert find_open(names["same"]) is None
    assert find_open(names["pair"]) is None


def test_a_lambda_whose_line_is_no_statement_is_not_called_open() -> None:
    found = typed("answer = [1,\n    lambda x: x][1]\n")["answer"]
    assert find_open(found) is None


def test_text_at_the_left_margin_does_not_hide_what_is_open() -> None:
    source = 'class Answer:\n    def method(self):\n        """Say\nsomething."""\n        ...\n'
    assert find_open(typed(source)["Answer"]) == "line 5 of your cell is still `...`"


# --- what went wrong


def failure(answer: Callable[[], object]) -> BaseException:
    try:
        answer()
    except BaseException as error:
        return error
    raise AssertionError("it did not raise")


def test_the_line_is_the_students_own_not_the_librarys() -> None:
    def answer() -> Tensor:
        x = torch.zeros(2, 3)
        return torch.nn.functional.cross_entropy(x, torch.tensor([1.0]))

    message = explain(failure(answer))
    assert message.startswith(f"Your line {line_of(answer, 2)} of {HERE} raised ")


def test_the_innermost_of_the_students_lines_is_named() -> None:
    def inner() -> None:
        raise KeyError("a")

    def answer() -> None:
        inner()

    line = line_of(inner, 1)
    assert explain(failure(answer)) == f"Your line {line} of {HERE} raised KeyError: 'a'"


def test_an_error_outside_the_students_code_names_no_line() -> None:
    error = failure(lambda: None) if False else ValueError("text")
    assert explain(error) == "Your answer raised ValueError: text"


def test_long_and_many_lined_messages_become_one_short_line() -> None:
    message = explain(ValueError("first\nsecond"))
    assert message == "Your answer raised ValueError: first"
    assert len(explain(ValueError("many words " * 1000))) < 260
    assert "aaa" in explain(ValueError("a" * 1000))
    assert len(explain(ValueError("a" * 1000))) < 260


def test_an_error_without_a_message_says_so() -> None:
    assert explain(ValueError()) == "Your answer raised ValueError: no message"
    assert explain(ValueError(" \n ")) == "Your answer raised ValueError: no message"


@pytest.mark.parametrize("raised", [ValueError, SystemExit, KeyboardInterrupt])
def test_a_message_that_cannot_be_read_is_no_obstacle(raised: type[BaseException]) -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            raise raised

    assert explain(Odd()) == "Your answer raised an error: it cannot be read"


def test_endless_recursion_is_explained() -> None:
    def answer() -> object:
        return answer()

    assert "RecursionError" in explain(failure(answer))


def test_colours_and_the_folder_of_the_check_are_left_out() -> None:
    missing = Path.cwd() / "runs" / "last.ckpt"
    message = explain(FileNotFoundError(f"\x1b[1mNo such file\x1b[0m: {missing}"))
    assert (
        message == f"Your answer raised FileNotFoundError: No such file: {Path('runs/last.ckpt')}"
    )


def test_addresses_of_objects_are_left_out() -> None:
    error = ValueError(f"no place for {object()!r}, nor for <Histogram object at 0x7F84E8>")
    assert explain(error).endswith("no place for <object object>, nor for <Histogram object>")
