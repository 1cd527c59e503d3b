"""The page for authors is true: who follows it gets what it says, when it says so."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FOLDERS = ("course_lib", "tests", "notebooks", "solutions", "exercise_files")
IGNORED = shutil.ignore_patterns("__pycache__", "lightning_logs", "wandb")
TESTS = ("test_catalogue.py", "test_hostile_answers.py", "test_verdicts.py", "test_messages.py")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the course, with prompt, answer and check of the page added."""
    root = tmp_path_factory.mktemp("course")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, root / folder, ignore=IGNORED)
    for name in ("pyproject.toml", "conftest.py"):
        shutil.copy(ROOT / name, root)
    path = root / "solutions" / "01_plain_pytorch.ipynb"
    notebook = nbformat.read(path, 4)
    for kind, target, text in BLOCK.findall(PAGE):
        if target == "cell":
            new = {"markdown": nbformat.v4.new_markdown_cell, "python": nbformat.v4.new_code_cell}
            notebook.cells.append(new[kind](text.rstrip()))
        elif target.startswith("course_lib"):
            with (root / target).open("a", encoding="utf-8") as file:
                file.write(text)
    nbformat.write(notebook, path)
    return root


def failed(root: Path) -> set[str]:
    """The tests of the new exercise that fail in the copy."""
    command = [sys.executable, "-m", "pytest", "-q", "-rf", "-p", "no:cacheprovider", "-k", "1.9"]
    found = subprocess.run(
        [*command, *(f"tests/{name}" for name in TESTS)],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert "passed" in found.stdout, found.stdout + found.stderr
    return set(re.findall(r"^FAILED \S+::(\w+)", found.stdout, re.MULTILINE))


def test_a_new_exercise_is_red_until_its_catalogue_is_complete(copy: Path) -> None:
    assert {
        "test_every_exercise_has_a_catalogue",
        "test_every_rule_of_the_prompt_has_a_wrong_answer_that_breaks_it",
        "test_every_rule_is_broken_alone_by_some_answer",
    } <= failed(copy)
    for _, target, text in BLOCK.findall(PAGE):
        if target.startswith("tests"):
            (copy / target).write_text(text, "utf-8")
    assert failed(copy) == set()
