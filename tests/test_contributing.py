"""The page for authors is true: who follows it gets what it says, when it says so."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FOLDERS = ("course_lib", "tests", "notebooks", "solutions", "exercise_files")
IGNORED = shutil.ignore_patterns("__pycache__", "lightning_logs", "wandb")
TESTS = ("test_catalogue.py", "test_hostile_answers.py", "test_verdicts.py", "test_messages.py")


# Importing the frameworks takes most of the time: that is done once, and then pytest forked.
FORKS = """
import os, sys
import pytest, pytorch_lightning, sklearn.datasets, torchvision
for root in sys.argv[1:]:
    if os.fork() == 0:
        break
    os.wait()
else:
    sys.exit()
os.chdir(root)
os.dup2(os.open("told.txt", os.O_CREAT | os.O_WRONLY), 1)
os.environ["PYTHONPATH"] = root
sys.path.insert(0, root)
sys.exit(pytest.main(["-q", "-rf", "-p", "no:cacheprovider", "-k", "1.9", *TESTS]))
"""


def copy(root: Path, with_catalogue: bool) -> Path:
    """A copy of the course, with prompt, answer and check of the page added."""
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
        elif target.startswith("course_lib") or (with_catalogue and target.startswith("tests")):
            with (root / target).open("a", encoding="utf-8") as file:
                file.write(text)
    nbformat.write(notebook, path)
    return root


def failed(root: Path) -> set[str]:
    """The tests of the new exercise that have failed in a copy."""
    told = (root / "told.txt").read_text("utf-8")
    assert "passed" in told, told
    return set(re.findall(r"^FAILED \S+::(\w+)", told, re.MULTILINE))


def test_a_new_exercise_is_red_until_its_catalogue_is_complete(tmp_path: Path) -> None:
    without = copy(tmp_path / "without", with_catalogue=False)
    complete = copy(tmp_path / "complete", with_catalogue=True)
    code = FORKS.replace("*TESTS", ", ".join(f"'tests/{name}'" for name in TESTS))
    subprocess.run([sys.executable, "-c", code, without, complete], timeout=300, check=True)
    assert {
        "test_every_exercise_has_a_catalogue",
        "test_every_rule_of_the_prompt_has_a_wrong_answer_that_breaks_it",
        "test_every_rule_is_broken_alone_by_some_answer",
    } <= failed(without)
    assert failed(complete) == set()
