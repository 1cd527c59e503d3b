"""Answers that are files beside the notebook: built, put there, checked, watched, kept, shown."""

import subprocess
import sys
import threading
from pathlib import Path

import nbformat
import psutil
import pytest

from course_lib.exercises import files
from course_lib.exercises.engine import Outcome, exercise
from course_lib.exercises.programs import read_answer
from course_lib.exercises.stripping import student_file
from course_lib.kit import build, cli, notebook_files, platforms

SOLVED = "rate = 1\n# BEGIN SOLUTION\nprint('answer')\n# END SOLUTION\n"
OPEN = "rate = 1\n...\n"
YAML = "trainer:\n  # BEGIN SOLUTION\n  max_epochs: 1\n  # END SOLUTION\n"
SETUP = """\
from course_lib.exercises.engine import exercise  # lesson_01
from course_lib.exercises.files import put_beside
from course_lib.exercises.programs import read_answer

@exercise("1.1", why="It is.", hints=("a", "b"))
def entry(path):
    '''An entry.'''
    read_answer(path)"""


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course of one lesson with files, built without running it."""
    root = tmp_path / "course"
    cells = [
        nbformat.v4.new_code_cell(SETUP),
        nbformat.v4.new_markdown_cell("## 1.1 An entry"),
        nbformat.v4.new_code_cell('entry("01_tiny/train.py")'),
    ]
    (root / "solutions" / "01_tiny" / "sub").mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), root / "solutions" / "01_tiny.ipynb")
    (root / "notebooks").mkdir()
    nbformat.write(nbformat.v4.new_notebook(), root / "notebooks" / "01_tiny.ipynb")
    (root / "solutions" / "01_tiny" / "train.py").write_text(SOLVED)
    (root / "solutions" / "01_tiny" / "sub" / "all.yaml").write_text(YAML)
    (root / "solutions" / "01_tiny" / "given.py").write_text("x = 'é'\n", "utf-8")
    for rest in ("__pycache__/given.pyc", "lightning_logs/v", ".ipynb_checkpoints/a.py"):
        (root / "solutions" / "01_tiny" / rest).parent.mkdir()
        (root / "solutions" / "01_tiny" / rest).touch()
    monkeypatch.setattr(files, "root", lambda: root)
    monkeypatch.setattr(platforms, "stamp", lambda notebook, place: None)  # it has no bootstrap
    monkeypatch.setenv("COURSE_STATE_DIR", str(tmp_path / "state"))
    build.build(1, run=False)
    return root


def tree(folder: Path) -> dict[str, str]:
    """The texts of all files in a folder."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in found}


STRIPPED = {
    "train.py": OPEN,
    "sub/all.yaml": "trainer:\n  ...\n",
    "given.py": "x = 'é'\n",
}


# --- answers out


@pytest.mark.parametrize(
    ("name", "answer", "left"),
    [
        ("a.py", "def f():\n    # BEGIN SOLUTION\n    return 1\n    # END SOLUTION\n", "    ...\n"),
        ("a.py", "# BEGIN SOLUTION\nlr = width = 1\n# END SOLUTION\n", "lr = ...\nwidth = ...\n"),
        ("a.py", "lr = ...\n# BEGIN SOLUTION\nlr = 1\n# END SOLUTION\n", "lr = ...\n\n"),
        ("a.py", "# BEGIN SOLUTION\nclass A:\n    x = 1\n# END SOLUTION\n", "...\n"),
        ("a.yaml", "# BEGIN SOLUTION\na: 1\nb = 2\n# END SOLUTION\n", "...\n"),
        ("a.yaml", "a:\n  # BEGIN SOLUTION\n  - 1\n  - 2\n  # END SOLUTION\nb: 3\n", "\nb: 3\n"),
        ("a.sbatch", "#!/bin/bash\n# BEGIN SOLUTION\nx=1\n# END SOLUTION\n", "#!/bin/bash\n...\n"),
        ("a.sh", "echo given\n", "echo given\n"),
    ],
)
def test_an_answer_becomes_an_ellipsis_and_the_rest_stays(
    name: str, answer: str, left: str
) -> None:
    text = student_file(name, answer)
    assert text.endswith(left)
    assert "SOLUTION" not in text
    assert ("..." in text) == ("BEGIN" in answer)


def test_what_is_stripped_is_open(tmp_path: Path) -> None:
    def one(path: Path) -> None:
        """One."""
        read_answer(path)

    for name, solved in {"a.py": SOLVED, "a.yaml": YAML, "a.sh": SOLVED}.items():
        (tmp_path / name).write_text(student_file(name, solved))
        ask = exercise("9.1", why="w", hints=("a", "b"))(one)
        assert ask(tmp_path / name).outcome is Outcome.NOT_ATTEMPTED


def test_a_marker_without_partner_names_its_file(course: Path) -> None:
    (course / "solutions" / "01_tiny" / "train.py").write_text("# BEGIN SOLUTION\nx = 1\n")
    with pytest.raises(ValueError, match=r"train\.py: A marker without its partner"):
        build.build(1, run=False)


# --- building


def test_the_files_are_built_without_answers_and_nothing_else_is_left(course: Path) -> None:
    folder = course / "exercise_files" / "01_tiny"
    assert tree(folder) == STRIPPED
    (folder / "old" / "older").mkdir(parents=True)
    (folder / "old" / "older" / "gone.py").touch()
    (folder / "__pycache__").mkdir()
    (folder / "train.py").write_text("changed")
    build.build(1, run=False)
    assert tree(folder) == STRIPPED
    assert {path.name for path in folder.rglob("*")} == {"train.py", "given.py", "sub", "all.yaml"}


def test_a_lesson_that_has_no_files_any_more_has_no_folder(course: Path) -> None:
    for path in files.lesson_files(1):
        (course / "solutions" / path).unlink()
    build.build(1, run=False)
    assert not (course / "exercise_files" / "01_tiny").exists()
    assert (course / "exercise_files" / "01_tiny.ipynb").exists()


def test_each_notebook_runs_with_its_own_files(course: Path) -> None:
    solved = files.notebook("solutions", 1)
    cells = [nbformat.v4.new_code_cell("print(open('01_tiny/train.py').read())")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), solved)
    outputs = [
        notebook_files.read(path).cells[0].outputs[0].text for path in (build.build(1), solved)
    ]
    assert outputs == [f"{OPEN}\n", f"{SOLVED}\n"]


# --- in the student's hands


def test_missing_files_are_put_beside_the_notebook_and_none_is_overwritten(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the wheel is installed: the student has the notebook alone."""
    monkeypatch.chdir(tmp_path)
    files.put_beside(1)
    assert tree(tmp_path / "01_tiny") == STRIPPED
    (tmp_path / "01_tiny" / "train.py").write_text("mine")
    (tmp_path / "01_tiny" / "given.py").unlink()
    files.put_beside(1)
    assert tree(tmp_path / "01_tiny") == STRIPPED | {"train.py": "mine"}
    files.put_beside(1, tmp_path / "elsewhere")
    assert tree(tmp_path / "elsewhere" / "01_tiny") == STRIPPED


def test_reset_keeps_the_students_files_and_puts_fresh_ones_back(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = course / "exercise_files"
    (folder / "01_tiny" / "train.py").write_text("my work")
    (folder / "01_tiny" / "sub" / "all.yaml").unlink()
    (folder / "01_tiny" / "notes.txt").write_text("mine, and no part of the lesson")
    assert cli.main(["reset", "01"]) == 0
    notes = {"notes.txt": "mine, and no part of the lesson"}
    assert tree(folder / "01_tiny") == STRIPPED | notes
    (kept,) = (path for path in (folder / "kept").iterdir() if path.is_dir())
    assert tree(kept) == {"train.py": "my work", "given.py": STRIPPED["given.py"]}
    shown = capsys.readouterr().out
    assert f"Your copy: {kept}.ipynb\nYour copy: {kept}\n" in shown
    assert cli.main(["reset", "01"]) == 0  # twice in one second: nothing is kept over another
    assert len(list((folder / "kept").iterdir())) == 4
    assert (kept / "train.py").read_text() == "my work"


def test_reset_where_there_is_nothing_brings_all(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "workplace", lambda: tmp_path / "new")
    assert cli.main(["reset", "01"]) == 0
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"01_tiny.ipynb", "01_tiny"}
    assert tree(tmp_path / "new" / "01_tiny") == STRIPPED


def test_the_solution_is_each_file_that_the_section_names(course: Path) -> None:
    parts = files.solution_parts("1.1")
    assert parts == {"01_tiny/train.py": "rate = 1\nprint('answer')"}
    assert files.solution_code("1.1") == parts["01_tiny/train.py"]


def test_the_solution_is_shown_with_its_path(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exercise("1.1", why="w", hints=("a", "b"))(lambda path: None).solution()
    assert capsys.readouterr().out == "# 01_tiny/train.py\nrate = 1\nprint('answer')\n"


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("f('01_tiny/train.py', \"01_tiny/sub/all.yaml\")", ["train.py", "sub/all.yaml"]),
        ("f(x='01_tiny/given.py')\nf('01_tiny/given.py')", ["given.py"]),
        ("%magic\nf('01_tiny/missing.py', '01_tiny', 'train.py')", []),
    ],
)
def test_files_are_named_by_the_strings_in_the_code(
    course: Path, code: str, named: list[str]
) -> None:
    assert files.named_files(code, 1) == [f"01_tiny/{name}" for name in named]


def test_the_files_are_checked_and_again_when_one_is_saved(course: Path) -> None:
    mine = files.student_notebook(1)
    code = (
        "from course_lib.exercises import files; from course_lib.kit import cli\n"
        f"files.root = lambda: files.Path({str(course)!r})\n"
        "raise SystemExit(cli.main(['watch', '01']))"
    )
    with psutil.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as process:
        shown = ""
        patience = threading.Timer(120, process.kill)
        patience.start()
        for line in process.stdout:
            shown += line
            if line.startswith("Checked in") and "0/1" in shown:
                (mine.parent / "01_tiny" / "train.py").write_text("answered = True")
            if line.startswith("Checked in") and "1/1" in shown:
                break
        patience.cancel()
        process.terminate()
        assert process.wait() == 0
    assert "Line 2 of `train.py` is still `...`." in shown
