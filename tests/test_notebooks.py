"""What every notebook keeps, without running any: outputs that are honest, cells that are short."""

import re
import statistics
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
import torch
from nbformat import NotebookNode

from course_lib import models
from course_lib.exercises import files
from course_lib.exercises.engine import exercises
from course_lib.exercises.stripping import BEGIN, END, student_notebook
from course_lib.kit import drawings, platforms

ROOT = Path(__file__).parent.parent
FOLDERS = ("notebooks", "exercise_files", "solutions")
NOTEBOOKS = [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("[0-9]*.ipynb"))]
LESSONS = [path for path in NOTEBOOKS if path.parent.name == "notebooks"]
SOLUTIONS = [path for path in NOTEBOOKS if path.parent.name == "solutions"]

ABSOLUTE_PATH = re.compile(
    r"(?<![\w.:/])/(?:home|root|Users|tmp|var|opt|usr|work|mnt|content)/|[A-Z]:\\"
)
TIMING = re.compile(r"\d ?(?:ms|s|sec|seconds|it/s)\b|\b\d+:\d\d\b")
KEY = re.compile(r"\b[0-9a-f]{40}\b")


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


every = pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
every_lesson = pytest.mark.parametrize("path", LESSONS, ids=name)
every_solution = pytest.mark.parametrize("path", SOLUTIONS, ids=name)


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def texts(output: NotebookNode) -> str:
    data = output.get("data", {})
    return output.get("text", "") + "".join(v for k, v in data.items() if k.startswith("text/"))


def test_there_is_an_exercise_notebook_per_lesson() -> None:
    names = [{path.name for path in (ROOT / folder).glob("[0-9]*.ipynb")} for folder in FOLDERS]
    assert names[0] == names[1] == names[2]
    assert names[0]


@every
def test_notebook_is_valid_and_small(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert path.stat().st_size < 500_000
    assert "widgets" not in notebook.metadata
    assert notebook.metadata["kernelspec"]["name"] == "python3"


@every
def test_stored_outputs_are_of_one_run_from_top_to_bottom(path: Path) -> None:
    counts = [cell.execution_count for cell in code_cells(read(path))]
    assert counts == list(range(1, len(counts) + 1))


@every
def test_stored_outputs_are_quiet_and_tell_nothing_of_the_machine(path: Path) -> None:
    for cell in code_cells(read(path)):
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", output.text
            kinds = set(output.get("data", {}))
            assert kinds <= {"text/plain", "text/html", "text/markdown", "image/png"}, kinds
            assert not ABSOLUTE_PATH.search(texts(output)), texts(output)
            assert not KEY.search(texts(output)), texts(output)


@every
def test_compared_outputs_hold_no_timings(path: Path) -> None:
    for cell in code_cells(read(path)):
        if "nbval-ignore-output" not in tags(cell):
            for output in cell.outputs:
                assert not TIMING.search(texts(output)), texts(output)


@every
def test_few_outputs_are_ignored_and_each_is_followed_by_a_check(path: Path) -> None:
    cells = code_cells(read(path))
    assert not any("nbval-skip" in tags(cell) for cell in cells)
    with_output = [cell for cell in cells if cell.outputs]
    ignored = [cell for cell in with_output if "nbval-ignore-output" in tags(cell)]
    assert len(ignored) <= 0.2 * len(with_output)
    for index, cell in enumerate(cells):
        if "nbval-ignore-output" in tags(cell):
            following = cells[index + 1]
            assert following.outputs, following.source
            assert "nbval-ignore-output" not in tags(following), following.source


@every
def test_cells_are_short(path: Path) -> None:
    lengths = [len(cell.source.splitlines()) for cell in code_cells(read(path))]
    assert max(lengths) <= 30
    assert path not in LESSONS or statistics.median(lengths) <= 8


@every
def test_bootstrap_is_the_same_everywhere_and_replaces_no_torch(path: Path) -> None:
    first = code_cells(read(path))[0].source
    assert first == platforms.bootstrap()
    assert len([line for line in first.splitlines() if line]) <= 8
    assert 'torch=={version("torch")}' in first
    assert "--upgrade" not in first


@every
def test_badges_open_the_notebook_at_the_tag(path: Path) -> None:
    """`course build` writes bootstrap and badges; a solution's badges open its exercises."""
    notebook = read(path)
    place = "notebooks" if path in LESSONS else "exercise_files"
    platforms.stamp(notebook, f"{place}/{path.name}")
    assert notebook == read(path)


@every
def test_links_lead_somewhere(path: Path) -> None:
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(([^)#:]+)\)", cell.source):
                assert (path.parent / target).exists(), target


@every_lesson
def test_lesson_explains_more_than_it_codes(path: Path) -> None:
    notebook = read(path)
    words = {
        kind: sum(
            len(drawings.prose(cell.source).split())
            for cell in notebook.cells
            if cell.cell_type == kind
        )
        for kind in ("markdown", "code")
    }
    assert 1.3 <= words["markdown"] / words["code"] <= 2


@every_lesson
def test_take_aways_mirror_the_objectives(path: Path) -> None:
    cells = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    closing = next(source for source in cells if "## Take-aways" in source)
    numbered = re.compile(r"^(\d)\. .*?\*\*(\w+)\*\*", re.MULTILINE)
    objectives = numbered.findall(cells[0])
    take_aways = numbered.findall(closing.partition("## Take-aways")[2])
    assert 3 <= len(objectives) <= 5
    assert [number for number, _ in objectives] == [number for number, _ in take_aways]
    assert "## Your turn" in closing


@every_lesson
def test_lesson_asks_for_predictions_and_shows_pictures(path: Path) -> None:
    notebook = read(path)
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    plots = [
        output
        for cell in code_cells(notebook)
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    drawn = drawings.DEFINITION.findall(prose)
    assert prose.count("*Predict") >= 2
    assert len(plots) >= 2
    assert drawn
    assert len(plots) + len(drawn) >= 3


@every_lesson
def test_drawings_are_those_of_figures_and_are_told_to_those_who_cannot_see_them(
    path: Path,
) -> None:
    notebook = read(path)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"\]\([^)]*\.(svg|png)\)", cell.source), "seen in a checkout only"
            shown = drawings.SHOWN.findall(cell.source)
            assert [name for _, name in shown] == drawings.DEFINITION.findall(cell.source)
            assert all(len(told.split()) >= 8 for told, _ in shown), shown
    stored = [cell.source for cell in notebook.cells]
    drawings.fill(notebook, ROOT / "figures")
    assert [cell.source for cell in notebook.cells] == stored


@every_lesson
def test_lesson_names_the_cell_with_its_result(path: Path) -> None:
    (cell,) = [cell for cell in code_cells(read(path)) if "result" in tags(cell)]
    assert re.search(r"\d+\.\d ?%", "".join(texts(output) for output in cell.outputs))


def test_networks_of_lesson_01_are_those_of_the_library() -> None:
    names: dict[str, Any] = {"nn": torch.nn}
    for cell in code_cells(read(ROOT / "notebooks" / "01_plain_pytorch.ipynb")):
        if cell.source.startswith(("class MLP", "class CNN")):
            exec(cell.source, names)
    for kind in ("MLP", "CNN"):
        written, imported = names[kind](), getattr(models, kind)()
        shapes = [
            {key: value.shape for key, value in network.state_dict().items()}
            for network in (written, imported)
        ]
        assert shapes[0] == shapes[1]
        assert [type(layer) for layer in written.layers] == [type(x) for x in imported.layers]


@every_solution
def test_exercises_are_built_from_the_solutions(path: Path) -> None:
    fresh = student_notebook(read(path))
    committed = read(ROOT / "exercise_files" / path.name)
    assert [(c.cell_type, c.source, c.metadata) for c in committed.cells] == [
        (c.cell_type, c.source, c.metadata) for c in fresh.cells
    ]
    lesson = int(path.name[:2])
    beside = (ROOT / "exercise_files" / path.stem).rglob("*")
    there = {file for file in beside if file.is_file() and "__pycache__" not in file.parts}
    assert {
        file.relative_to(ROOT / "exercise_files"): file.read_text("utf-8") for file in there
    } == (files.student_files(lesson))


@every_solution
def test_no_line_of_an_answer_is_in_the_exercises(path: Path) -> None:
    """But in bug hunts, which show the faulty code, and for what lesson or given files show."""
    number = int(path.name[:2])
    given = files.student_files(number)
    solved = {name: (path.parent / name).read_text("utf-8") for name in given}
    lesson = [cell.source for cell in read(LESSONS[0].parent / path.name).cells]
    known = lines([*lesson, *(text for name, text in given.items() if solved[name] == text)])
    hunts = {id for id, title in files.titles(number).items() if title == "Bug hunt"}
    student = with_files(read(ROOT / "exercise_files" / path.name), given)
    shown = lines(source for section, source in student if section not in hunts)
    for section, source in with_files(read(path), solved):
        for answer in re.findall(rf"{BEGIN}\n(.*?){END}", source, re.DOTALL):
            for line in lines([answer]):
                telling = len(line.split()) >= 3 and line not in known
                assert section in hunts or not telling or line not in shown, line


def lines(sources: Iterable[str]) -> set[str]:
    """All lines of some texts."""
    return {line.strip() for source in sources for line in source.splitlines()}


def with_files(notebook: NotebookNode, texts: dict[Path, str]) -> Iterator[tuple[str | None, str]]:
    """The cells of a notebook and the files that they name, each with its exercise."""
    for cell, section in zip(notebook.cells, files.sections(notebook.cells), strict=True):
        yield section, cell.source
        for name, text in texts.items():
            if cell.cell_type == "code" and name.as_posix() in cell.source:
                yield section, text


@every_solution
def test_every_file_with_an_answer_is_named_by_its_exercise(path: Path) -> None:
    """Else neither `solution()` shows it nor any test compares it."""
    cells = [cell.source for cell in code_cells(read(path))]
    number = int(path.name[:2])
    named = files.named_files("\n".join(cells), number)
    for name in files.lesson_files(number):
        assert BEGIN not in (path.parent / name).read_text("utf-8") or name.as_posix() in named


@every_solution
def test_every_exercise_has_a_section_and_every_section_its_check(path: Path) -> None:
    lesson = int(path.name[:2])
    registry = exercises(lesson)
    assert files.titles(lesson) == {id: exercise.title for id, exercise in registry.items()}
    cells = read(path).cells
    used: dict[str | None, set[str]] = {}
    for cell, section in zip(cells, files.sections(cells), strict=True):
        if cell.cell_type == "code":
            used.setdefault(section, set()).update(re.findall(r"\bcheck\.(\w+)", cell.source))
    names = {exercise.name for exercise in registry.values()}
    for id, exercise in registry.items():
        assert used[id] & names == {exercise.name}
