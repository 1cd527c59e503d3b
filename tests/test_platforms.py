"""Bootstrap and badges follow from one address and one version."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest

import course_lib
from course_lib.exercises import files
from course_lib.kit import build, notebook_files, platforms

ADDRESS = "https://github.com/ada/course"
PLACE = "notebooks/02_lightning_module.ipynb"


@pytest.fixture
def notebook() -> nbformat.NotebookNode:
    cells = [
        nbformat.v4.new_markdown_cell("# Lesson\n\nWhat it is about.\n\n1. An objective"),
        nbformat.v4.new_markdown_cell("## First"),
        nbformat.v4.new_code_cell("import course_lib"),
        nbformat.v4.new_code_cell("1 + 1"),
    ]
    return nbformat.v4.new_notebook(cells=cells)


def test_address_and_version_are_written_wherever_they_belong(
    notebook: nbformat.NotebookNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    platforms.stamp(notebook, PLACE)
    monkeypatch.setattr(platforms, "address", lambda: ADDRESS)
    monkeypatch.setattr(course_lib, "__version__", "7.8.9")
    platforms.stamp(notebook, PLACE)
    title, badges, rest = notebook.cells[0].source.split("\n\n", 2)
    assert (title, rest) == ("# Lesson", "What it is about.\n\n1. An objective")
    colab, kaggle = re.findall(r"\]\((https://[^)]*)\)", badges)
    assert urlsplit(colab).netloc == "colab.research.google.com"
    assert urlsplit(colab).path == f"/github/ada/course/blob/v7.8.9/{PLACE}"
    assert parse_qs(urlsplit(kaggle).query) == {"src": [f"{ADDRESS}/blob/v7.8.9/{PLACE}"]}
    assert f'"git+{ADDRESS}@v7.8.9"' in notebook.cells[2].source
    assert notebook.cells[3].source == "1 + 1"


def test_build_writes_both_into_lesson_solution_and_exercises(
    notebook: nbformat.NotebookNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("notebooks", "solutions"):
        (tmp_path / folder).mkdir()
        notebook_files.write(notebook, tmp_path / folder / "01_tiny.ipynb")
    monkeypatch.setattr(files, "root", lambda: tmp_path)
    monkeypatch.setattr(platforms, "address", lambda: ADDRESS)
    build.build(1, run=False)
    for folder, opened in [
        ("notebooks", "notebooks"),
        ("solutions", "exercise_files"),
        ("exercise_files", "exercise_files"),
    ]:
        cells = notebook_files.read(tmp_path / folder / "01_tiny.ipynb").cells
        assert platforms.badges(f"{opened}/01_tiny.ipynb") in cells[0].source
        assert cells[2].source == platforms.bootstrap()


def test_badges_are_seen_without_a_network() -> None:
    assert re.findall(r"\]\((\w+):", platforms.badges(PLACE)) == ["data", "https"] * 2


@pytest.mark.parametrize(
    "line",
    ["", "Homepage = 'https://example.org'", "Repository = 'git@github.com:ada/course.git'"],
)
def test_an_address_that_is_none_is_refused_with_what_to_write(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[project]\n[project.urls]\n{line}\n")
    monkeypatch.setattr(files, "root", lambda: tmp_path)
    with pytest.raises(ValueError, match=r"https://github.com/<name>/<repository>"):
        platforms.address()


def test_the_address_is_that_of_pyproject() -> None:
    assert f'Repository = "{platforms.address()}"' in (files.root() / "pyproject.toml").read_text()


def test_the_placeholder_is_nobodys() -> None:
    """GitHub's names are of letters, digits and hyphens."""
    assert not re.fullmatch(r"https://github\.com/[A-Za-z0-9-]+/", platforms.PLACEHOLDER)
