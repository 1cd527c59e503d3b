"""A student's file is read with care, and runs as a program that leaves nothing behind."""

import dataclasses
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch

import course_lib.settings
from course_lib.exercises.engine import Exercise, NotAttempted, Outcome, Wrong, exercise
from course_lib.exercises.programs import File, Run, read_answer, run_program

TRAIN = Path(__file__).parent / "no folder" / "train.py"


@pytest.fixture
def write(home: Path) -> Callable[[str, str], Path]:
    """Writes a file into the student's folder."""

    def write(name: str, text: str) -> Path:
        path = home / "lesson" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return write


@pytest.fixture
def compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have Python keep what it compiles, as it does where nobody says otherwise."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def checking(check: Callable[[Any], object], limit: float = 20.0) -> Exercise:
    """A check of one answer."""

    def one(answer: Any) -> None:
        """One."""
        check(answer)

    return exercise("9.1", why="w", hints=("a", "b"), limit=limit)(one)


def run(text: str, *arguments: str, **options: Any) -> Run:
    return run_program(File(TRAIN, text), *arguments, **options)


# --- reading


def test_a_relative_path_counts_from_the_folder_of_the_notebook(
    write: Callable[[str, str], Path],
) -> None:
    path = write("train.py", "x = 1\n")
    for given in ("lesson/train.py", Path("lesson/train.py"), str(path)):
        seen: list[File] = []
        assert checking(lambda answer, seen=seen: seen.append(read_answer(answer)))(given)
        assert seen == [File(path, "x = 1\n")]
    assert read_answer("lesson/train.py").name == "`train.py`"  # also outside a check


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (3, "Expected the path of your file, as a text, and got an object of the class `int`."),
        (b"lesson/train.py", "as a text, and got an object of the class `bytes`"),
        ("lesson", "`lesson` is a folder; expected the path of a file."),
        ("lesson/missing.py", "There is no file `lesson/missing.py`; looked in the folder"),
        ("notes.txt/x.py", "There is no file `notes.txt/x.py`"),
        ("two\nlines\0`.py", "There is no file `two lines\0'.py`"),
        ("x" * 5000, "xxx` cannot be read: File name too long."),
        (os.devnull, "There is no file"),
        ("lesson/blank.py", "The file `lesson/blank.py` is empty."),
        ("lesson/latin.py", "The file `lesson/latin.py` is no text in UTF-8"),
        ("lesson/huge.py", "is far too large"),
        ("lesson/wrong.py", "Line 2 of `wrong.py` is no Python: unmatched ')'."),
        ("lesson/null.py", "is no Python: source code string cannot contain null bytes"),
        ("lesson/deep.py", "`deep.py` is no Python: "),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_line(
    write: Callable[[str, str], Path], answer: object, says: str
) -> None:
    write("blank.py", " \n\n")
    write("latin.py", "").write_bytes(b"x = '\xe9'")
    write("huge.py", "#" * 1_000_001)
    write("wrong.py", "x = 1\ny = )\n")
    write("null.py", "x = '\0'")
    write("deep.py", "-" * 100_000 + "1")
    result = checking(read_answer)(answer)
    assert result.outcome is Outcome.FAILED
    assert says in result.message
    assert "\n" not in result.message


def test_the_folder_that_was_looked_in_is_named(home: Path) -> None:
    with pytest.raises(Wrong, match="looked in the folder ") as wrong:
        read_answer("a.py")
    assert str(home)[-50:] in str(wrong.value)


def test_windows_line_ends_and_a_byte_order_mark_are_no_fault(
    write: Callable[[str, str], Path],
) -> None:
    path = write("a.yaml", "")
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert read_answer(path).text == "a: 1\nb: 2\n"


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.py", "import os\n\n...\n", 3),
        ("a.py", "def f():\n    '''Do.'''\n    ...\n\n\nx = 1\n", 3),
        ("a.py", "class A:\n    lr = ...\n", 2),
        ("a.py", "x: tuple[int, ...] = (1,)\ny = [...]\n", 2),
        ("a.yaml", "a:\n  ...\nb: 1\n", 2),
        ("a.yaml", "a: 1\nb: ...  # here\n", 2),
        ("a.yaml", "a:\n- 1\n- ...\n", 3),
        ("a.yaml", "a:\n- b.c: '...'\n", 2),
        ("a.yaml", "...\n", 1),
        ("a.sh", "set -e\nX=...\n", 2),
        ("a.sh", 'export X="..."\n', 1),
        ("a.sbatch", "#!/bin/bash\n#SBATCH --output=...\n", 2),
    ],
)
def test_an_open_file_is_not_attempted(
    write: Callable[[str, str], Path], name: str, text: str, line: int
) -> None:
    result = checking(read_answer)(str(write(name, text)))
    assert result.outcome is Outcome.NOT_ATTEMPTED
    assert result.message == f"Line {line} of `{name}` is still `...`."


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", "def f(x: tuple[int, ...]):\n    # ...\n    return x[..., 0], '...'\n"),
        ("a.yaml", "a: wait ...\nb: ....\n# ...\nc: [1, 2]\n"),
        ("a.sh", 'echo "..."\necho working ...\necho x: ...\n'),
    ],
)
def test_other_ellipses_leave_a_file_closed(
    write: Callable[[str, str], Path], name: str, text: str
) -> None:
    assert read_answer(write(name, text)).text == text


# --- running


def test_a_program_runs_as_the_main_module_with_its_command_line() -> None:
    program = (
        "import sys\n"
        "class Net: pass\n"
        "if __name__ == '__main__':\n"
        "    assert sys.modules['__main__'].Net is Net\n"
        "    print(sys.argv[1:], file=sys.stderr)\n"
        "    print(__file__)\n"
    )
    ended = run(program, "fit", "--x=a b")
    assert (ended.status, ended.error) == (0, "['fit', '--x=a b']\n")
    assert ended.output == f"{TRAIN}\n"
    assert ended.names["Net"].__module__ == "__main__"


def test_another_name_imports_it() -> None:
    ended = run("ran = __name__ == '__main__'\nname = __name__", name="train")
    assert (ended.names["ran"], ended.names["name"]) == (False, "train")
    assert "train" not in sys.modules


@pytest.mark.parametrize(
    ("end", "status", "error"),
    [
        ("", 0, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("sys.exit(-1)", 255, ""),
        ("sys.exit(True)", 1, ""),
        ("sys.exit('no such data')", 1, "no such data\n"),
        ("argparse.ArgumentParser('train.py').error('bad')", 2, "train.py: error: bad\n"),
    ],
)
def test_an_exit_is_a_status(end: str, status: int, error: str) -> None:
    ended = run(f"import argparse, sys\nbefore = 1\n{end}")
    assert (ended.status, ended.names["before"]) == (status, 1)
    assert ended.error.endswith(error)


def test_relative_paths_count_from_a_given_folder(home: Path) -> None:
    program = "text = open('notes.txt').read()"
    with pytest.raises(FileNotFoundError):
        run_program(File(home / "a.py", program), folder=home.parent)
    assert run(program, folder=home).names["text"] == "mine"


def process() -> list[object]:
    """What a program could change of this process."""
    kept = (sys.argv, sys.path, sys.stdout, sys.stderr, sys.dont_write_bytecode)
    main = sys.modules["__main__"]
    return [*kept, list(sys.path), Path.cwd(), dict(os.environ), main, set(sys.modules)]


@pytest.mark.parametrize("end", ["", "raise KeyError('x')", "sys.exit(1)"])
@pytest.mark.usefixtures("compiling")
def test_everything_is_put_back(write: Callable[[str, str], Path], end: str) -> None:
    path = write("helper.py", "value = 1")
    program = (
        "import os, sys, helper\n"
        "assert os.environ['GIVEN'] == 'yes'\n"
        "os.environ['SEED'] = '1'; os.chdir(os.sep); sys.path.clear(); sys.argv.append('x')\n"
        f"sys.modules['__main__'] = None; print('shown')\n{end}\n"
    )
    before = process()
    try:
        run_program(File(path.parent / "train.py", program), environment={"GIVEN": "yes"})
    except KeyError:
        assert "raise" in end
    assert process() == before
    assert list(path.parent.iterdir()) == [path]  # not even compiled modules


def test_modules_beside_the_program_are_imported_as_they_are_now(
    write: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = File(write("helper.py", "value = 1").parent / "train.py", "from helper import value")
    assert run_program(program).names["value"] == 1
    write("helper.py", "value = 2")
    assert run_program(program).names["value"] == 2
    monkeypatch.syspath_prepend(program.path.parent)
    import helper  # type: ignore[import-not-found]  # as a cell of the notebook may have done

    write("helper.py", "value = 3")
    assert run_program(program).names["value"] == 3
    assert sys.modules["helper"] is helper
    assert helper.value == 2
    del sys.modules["helper"]


def test_libraries_that_lie_below_the_program_are_not_imported_again() -> None:
    program = "import torch, course_lib.settings"
    for folder in (Path(pl.__file__).parents[1], Path(course_lib.__file__).parents[1]):
        names = run_program(File(folder / "train.py", program)).names
        assert names["torch"] is torch
        assert names["course_lib"] is course_lib


def test_an_error_names_the_line_of_the_file() -> None:
    program = "def fail():\n    raise KeyError('x')\n\n\nfail()\n"
    assert checking(lambda _: run(program))(1).message == (
        "Your line 2 of `train.py` raised KeyError: 'x'"
    )


@pytest.mark.usefixtures("compiling")
def test_an_endless_program_is_stopped_and_everything_put_back() -> None:
    over = threading.Event()
    program = "def wait(over):\n    while not over.is_set():\n        try: over.wait(1)\n"
    program += "        except: pass\nimport threading\nwait(threading.over)\n"
    threading.over = over  # type: ignore[attr-defined]
    before = process()
    try:
        assert checking(lambda _: run(program), limit=0.3)(1).outcome is Outcome.TIMED_OUT
        assert process() == before
    finally:
        over.set()
        del threading.over  # type: ignore[attr-defined]


CLI = """
import pytorch_lightning as pl
from pytorch_lightning.cli import LightningCLI

class Base(pl.LightningModule):
    def __init__(self, width: int = 1):
        super().__init__()

class {name}(Base):
    pass

if __name__ == "__main__":
    model = LightningCLI(pl.LightningModule, subclass_mode_model=True, run=False).model
"""


def test_a_command_line_finds_the_classes_of_this_program_alone() -> None:
    first = run(CLI.format(name="Net"), "--model", "Net", "--model.width", "2")
    assert type(first.names["model"]) is first.names["Net"]
    other = run(CLI.format(name="Other"), "--model", "Other")
    assert type(other.names["model"]) is other.names["Other"]
    late = run(CLI.format(name="Other"), "--model", "Net")
    assert late.status == 2
    assert "Net" in late.error.rpartition("error: ")[2]
    assert first.names["Net"].__qualname__ == "Net"  # once it is over


def test_a_class_of_the_notebook_does_not_hide_one_of_the_program() -> None:
    main = sys.modules["__main__"]
    main.Base = type("Base", (pl.LightningModule,), {"__module__": "__main__"})  # type: ignore[attr-defined]
    try:
        ended = run(CLI.format(name="Net"), "--model", "Net")
        assert type(ended.names["model"]) is ended.names["Net"]
        assert main.Base.__qualname__ == "Base"  # type: ignore[attr-defined]
    finally:
        del main.Base  # type: ignore[attr-defined]


def test_another_text_runs_in_the_place_of_the_file(write: Callable[[str, str], Path]) -> None:
    file = read_answer(write("train.py", "x = 1"))
    changed = dataclasses.replace(file, text="x = 2")
    assert run_program(changed).names["x"] == 2
    assert file.path.read_text() == "x = 1"


def test_open_parts_of_several_files_are_told_in_order(write: Callable[[str, str], Path]) -> None:
    write("a.yaml", "a: 1\n")
    write("b.yaml", "b: ...\n")
    assert read_answer("lesson/a.yaml").text
    with pytest.raises(NotAttempted, match=r"Line 1 of `b\.yaml`"):
        read_answer("lesson/b.yaml")
