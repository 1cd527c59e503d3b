"""The map of what the source documents let a student do: it is whole, and all it names is there."""

import ast
import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from catalogue import ANSWERS

from course_lib.exercises import files
from course_lib.exercises.engine import exercises

TESTS = Path(__file__).parent
CAPABILITIES: dict[str, dict[str, Any]] = tomllib.loads((TESTS / "capabilities.toml").read_text())

# The documents' own numbers; 002 says after its list what all of it is for.
ITEMS = {
    "000": [*range(1, 20)],
    "001": [1, 2, 3, 4.1, 4.2, 4.3, 5, 6, 7.1, 7.2, 7.3, *range(8, 17)],
    "002": [*range(1, 26), "anomalies"],
    "003": [*range(1, 11)],
    "004": [*range(1, 14)],
}
COMMAND_LINE = ("000", "003", "004")  # what they do, they do by commands, and so do we

every = pytest.mark.parametrize("id", CAPABILITIES)


@cache
def cells(lesson: int) -> list[dict[str, Any]]:
    return json.loads(files.notebook("notebooks", lesson).read_text("utf-8"))["cells"]


def flat(text: str | list[str]) -> str:
    """Without line breaks, so that a passage is found wherever its lines end."""
    return " ".join("".join(text).split())


def compared_outputs(lesson: int) -> list[str]:
    """What the cells print that a run of the notebook as a test compares."""
    found = []
    for cell in cells(lesson):
        if "nbval-ignore-output" not in cell["metadata"].get("tags", []):
            for output in cell.get("outputs", []):
                found.append(flat(output.get("text", "")))
                found.append(flat(output.get("data", {}).get("text/plain", "")))
    return found


@cache
def functions_of(file: str) -> set[str]:
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    return {name for name in functions if name.startswith("test_")}


def lesson_and_text(place: str) -> tuple[int, str]:
    """The two parts of `02: a text`."""
    lesson, colon, text = place.partition(": ")
    assert colon, place
    assert text.strip(), place
    return int(lesson), flat(text)


def is_exercise(place: str) -> bool:
    return place.replace(".", "").isdigit()


def test_every_item_of_every_document_is_in_the_map_and_nothing_else() -> None:
    assert set(CAPABILITIES) == {f"{document}.{n}" for document in ITEMS for n in ITEMS[document]}


def test_every_item_is_told_in_words_of_its_own() -> None:
    told = [entry["what"] for entry in CAPABILITIES.values()]
    assert len(set(told)) == len(told)
    assert all(10 < len(what) <= 100 for what in told)


@every
def test_what_is_taught_is_found_in_a_lesson_or_an_exercise(id: str) -> None:
    assert CAPABILITIES[id]["taught"]
    for place in CAPABILITIES[id]["taught"]:
        if is_exercise(place):
            assert place in exercises(int(place.partition(".")[0])), place
        else:
            lesson, text = lesson_and_text(place)
            assert any(text in flat(cell["source"]) for cell in cells(lesson)), place


@every
def test_what_is_shown_is_a_test_or_a_compared_output(id: str) -> None:
    assert CAPABILITIES[id]["shown"]
    for place in CAPABILITIES[id]["shown"]:
        file, separator, function = place.partition("::")
        if separator:
            assert function in functions_of(file), place
        else:
            lesson, text = lesson_and_text(place)
            assert any(text in output for output in compared_outputs(lesson)), place


@every
def test_what_the_catalogue_shows_is_an_exercise_with_answers(id: str) -> None:
    entry = CAPABILITIES[id]
    if any(place.startswith("test_catalogue.py") for place in entry["shown"]):
        lesson, number = next(filter(is_exercise, entry["taught"])).split(".")
        assert list(ANSWERS.glob(f"lesson_{int(lesson):02d}/{int(number):02d}_*.py"))


@every
def test_what_documents_do_by_a_command_has_a_command_that_is_tested(id: str) -> None:
    entry = CAPABILITIES[id]
    if id.startswith(COMMAND_LINE):
        assert entry["command"]
        assert any(place.startswith("test_command_line.py::") for place in entry["shown"])
