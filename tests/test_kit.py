"""The `course` command, as a student, an instructor or a maintainer uses it."""

import base64
import io
import json
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import nbformat
import numpy as np
import psutil
import pytest
from catalogue import WHOLE
from PIL import Image

from course_lib.exercises import files, progress
from course_lib.exercises.stripping import student_code
from course_lib.kit import build, check, cli, client, live, notebook_files, run, student

ROOT = Path(__file__).parent.parent
LESSONS = files.lessons()


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress of its own for each test."""
    monkeypatch.setenv("COURSE_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the course's notebooks that a test may write to."""
    root = tmp_path / "course"
    for folder in ("notebooks", "solutions", "exercise_files"):
        shutil.copytree(
            ROOT / folder,
            root / folder,
            ignore=lambda _, names: [n for n in names if n[0] not in "01"],
        )
    for name in ("figures", "pyproject.toml"):
        (root / name).symlink_to(ROOT / name)
    monkeypatch.setattr(files, "root", lambda: root)
    return root


def notebook(path: Path, *sources: str) -> Path:
    """Write a notebook: sources that begin with # are headings."""
    cells = [
        nbformat.v4.new_markdown_cell(source)
        if source.startswith("#")
        else nbformat.v4.new_code_cell(source)
        for source in sources
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def outcomes(report: list[dict[str, str]]) -> set[str]:
    return {exercise["outcome"] for exercise in report}


# nbval runs all of these notebooks, too; here it is `course check` that is looked at.
by_command = pytest.mark.parametrize("lesson", LESSONS if WHOLE else [1, 6])


@by_command
def test_unanswered_exercises_are_not_attempted(
    lesson: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        cli.main(
            [
                "check",
                str(ROOT / "exercise_files" / files.notebook("solutions", lesson).name),
                "--json",
            ]
        )
        == 1
    )
    report = json.loads(capsys.readouterr().out)
    assert [exercise["id"] for exercise in report] == list(files.titles(lesson))
    assert outcomes(report) == {"not attempted"}


@by_command
def test_solutions_pass(lesson: int, capsys: pytest.CaptureFixture[str]) -> None:
    path = files.notebook("solutions", lesson)
    before = path.read_bytes()
    assert cli.main(["check", str(path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert outcomes(report) == {"passed"}
    assert all(set(exercise) == {"id", "title", "outcome", "message"} for exercise in report)
    assert path.read_bytes() == before
    assert progress.outcomes() == {}  # somebody else's work is not my progress


def test_cell_that_fails_is_reported_with_its_line(tmp_path: Path) -> None:
    path = notebook(
        tmp_path / "mine.ipynb",
        "from course_lib.exercises import lesson_01 as check",
        "## 1.1 a name that does not exist",
        "def mean_and_std(train_images, test_images):\n    ...",
        "x = 1\ny = undefined_name",
        "check.statistics(mean_and_std)",
        "## 1.2 a syntax error",
        "x = 1\nclass Digits(:\n    pass",
        "check.dataset(Digits)",
    )
    report = {exercise["id"]: exercise for exercise in check.check_notebook(path)}
    assert report["1.1"]["outcome"] == report["1.2"]["outcome"] == "failed"
    assert report["1.1"]["message"] == (
        "Your line 2 raised NameError: name 'undefined_name' is not defined"
    )
    assert report["1.2"]["message"].startswith("Your line 2 raised SyntaxError")
    assert report["1.3"]["outcome"] == "not attempted"


def test_check_that_runs_twice_counts_with_its_last_verdict(tmp_path: Path) -> None:
    path = notebook(
        tmp_path / "mine.ipynb",
        "from course_lib.exercises import lesson_01 as check",
        "## 1.1 first wrong, then right",
        "check.statistics(None)",
        "## My notes, under a heading of my own",
        "def mean_and_std(train, test):\n    x = train / 255\n    return x.mean(), x.std()",
        "check.statistics(mean_and_std)",
    )
    assert check.check_notebook(path)[0]["outcome"] == "passed"


def test_endless_cell_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "CELL_LIMIT", 3)
    path = notebook(
        tmp_path / "mine.ipynb",
        "from course_lib.exercises import files  # lesson_01",
        "## 1.1 never ends",
        "while True: pass",
        "## 1.2 comes after it",
        "print('still alive')",
    )
    report = check.check_notebook(path)
    assert report[0]["outcome"] == "timed out"
    assert report[1]["outcome"] == "not attempted"


def test_dead_kernel_is_reported(tmp_path: Path) -> None:
    path = notebook(
        tmp_path / "mine.ipynb",
        "from course_lib.exercises import files  # lesson_01",
        "## 1.1 kills the kernel",
        "import os; os._exit(1)",
    )
    report = check.check_notebook(path)
    assert report[0]["outcome"] == "failed"
    assert "kernel died" in report[0]["message"]


def test_error_without_a_message_is_reported(tmp_path: Path) -> None:
    path = notebook(
        tmp_path / "mine.ipynb",
        "from course_lib.exercises import files  # lesson_01",
        "## 1.1 an empty message",
        "assert 1 == 2",
    )
    assert check.check_notebook(path)[0]["message"] == (
        "Your line 1 raised AssertionError: no message"
    )


def test_failed_set_up_is_named_where_it_shows(tmp_path: Path) -> None:
    path = notebook(
        tmp_path / "mine.ipynb",
        "import numpyy\nfrom course_lib.exercises import lesson_01 as check",
        "## 1.1 the check is not there",
        "check.statistics(None)",
    )
    message = check.check_notebook(path)[0]["message"]
    assert message.startswith("A cell above the exercises failed.")
    assert "numpyy" in message


def test_cell_that_swallows_interrupts_is_stopped_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "CELL_LIMIT", 3)
    path = notebook(
        tmp_path / "mine.ipynb",
        "from course_lib.exercises import files  # lesson_01",
        "## 1.1 never ends, and raises something else in the end",
        "try:\n    while True: pass\nexcept KeyboardInterrupt:\n    raise SystemExit(1)",
    )
    assert check.check_notebook(path)[0]["outcome"] == "timed out"


@pytest.mark.usefixtures("cold")
def test_cell_that_blocks_or_ends_the_kernel_costs_its_own_exercise_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "CELL_LIMIT", 3)
    monkeypatch.setattr(live, "GRACE", 1)
    cells = {
        "sum(itertools.count())": "A cell of exercise 2.1 was stopped after 3 s.",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass": (
            "A cell of exercise 2.2 was stopped after 3 s."
        ),
        "os._exit(1)": "The kernel died in a cell of exercise 2.3.",
        "os.kill(os.getpid(), 9)": "The kernel died in a cell of exercise 2.4.",
        "exit()": "The kernel died in a cell of exercise 2.5.",
        "sys.exit()": "Your answer raised SystemExit: no message",
        "input()": "Your line 1 raised StdinNotImplementedError: ",
        "x = 1": "Its check cell was not run.",
        "raise KeyError('the end')": "Your line 1 raised KeyError: 'the end'",
    }
    sections = [
        text
        for number, source in enumerate(cells, 1)
        for text in (f"## 2.{number} exercise", source)
    ]
    path = notebook(
        tmp_path / "mine.ipynb",
        "import itertools, os, sys\nfrom course_lib.exercises import files  # lesson_02",
        *sections,
    )
    before = psutil.Process().children()  # W&B's service, where a check has been run before
    report = check.check_notebook(path)
    for exercise, expected in zip(report, cells.values(), strict=False):
        assert exercise["message"].startswith(expected)
    timed_out = [exercise["id"] for exercise in report if exercise["outcome"] == "timed out"]
    assert timed_out == ["2.1", "2.2"]
    left = [child for child in psutil.Process().children() if child not in before]
    assert left == []


def test_interrupt_that_comes_before_the_cell_begins_costs_no_kernel(tmp_path: Path) -> None:
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("import time; time.sleep(600)")]
    )

    async def stopped_at_once() -> live.End:
        async with live.Kernel(tmp_path) as kernel:
            await kernel.begin(book)
            return await kernel.run_cell(book.cells[0], 0, limit=0)

    assert live.run(stopped_at_once()) is live.End.INTERRUPTED


def test_a_kernel_that_is_used_again_forgets_how_torch_was_set(tmp_path: Path) -> None:
    """A `LightningModule` asks torch for its defaults."""
    setting = "import torch; torch.set_default_device('meta'); torch.set_default_dtype(torch.half)"
    asking = "import torch, pytorch_lightning as pl; made = pl.LightningModule()\n"
    asking += "assert (made.device.type, made.dtype) == ('cpu', torch.float32)\n"
    asking += "assert torch.empty(0).device == made.device"

    async def one_after_the_other() -> list[nbformat.NotebookNode]:
        seen = []
        async with live.Kernel(tmp_path) as kernel:
            for source in (asking, setting, asking):
                book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
                await kernel.begin(book)
                assert await kernel.run_cell(book.cells[0], 0, limit=60) is live.End.DONE
                seen += book.cells[0].outputs
        return seen

    assert live.run(one_after_the_other()) == []


def test_check_that_blocks_the_kernel_is_ended_by_its_own_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "MARGIN", 4)
    monkeypatch.setattr(live, "GRACE", 1)
    path = notebook(
        tmp_path / "mine.ipynb",
        "import itertools\nfrom course_lib.exercises import lesson_01 as check",
        "## 1.1 keeps Python's lock, and is checked twice",
        "def endless(train, test):\n    return sum(itertools.count())",
        "check.statistics.limit = 1",
        "check.statistics(endless)",
        "check.statistics(endless)",
        "## 1.2 comes after it",
        "verdict = check.dataset(None)",
        "## 1.3 needs what was left out",
        "print(never)",
    )
    report = check.check_notebook(path)
    assert report[0]["outcome"] == "timed out"
    assert report[0]["message"] == (
        "Exercise 1.1 was stopped after 5 s. Look for a loop that does not end, or for far more "
        "work than the exercise needs."
    )
    assert report[1]["outcome"] == "failed"
    assert "kernel" not in report[1]["message"]
    assert "name 'never' is not defined" in report[2]["message"]


@pytest.mark.usefixtures("cold")
@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux")
def test_endless_allocation_ends_in_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "MEMORY", 0.05)
    monkeypatch.setattr(client, "_GPUS", ())
    path = notebook(
        tmp_path / "mine.ipynb",
        "from course_lib.exercises import files  # lesson_01",
        "## 1.1 takes all there is",
        "taken = []\nwhile True: taken.append(bytearray(10**8))",
        "## 1.2 goes on in the same kernel",
        "raise KeyError(len(taken) > 0)",
    )
    report = check.check_notebook(path)
    assert report[0]["message"] == "Your line 2 raised MemoryError: no message"
    assert report[1]["message"] == "Your line 1 raised KeyError: True"


def test_noise_old_formats_and_moves_change_no_verdict(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = (
        "import os, sys, warnings\n"
        "def mean_and_std(train, test):\n"
        "    print('noise', file=sys.stderr); warnings.warn('noise')\n"
        "    x = train / 255\n"
        "    return x.mean(), x.std()"
    )
    path = notebook(
        tmp_path / "mine.ipynb",
        "from course_lib.exercises import lesson_01 as check",
        "## 1.1 noise",
        answer,
        "os.chdir(os.sep)\nwarnings.warn('noise')\nos.system('echo noise')",
        "os.write(1, b'noise'); print('noise', file=sys.__stdout__, flush=True)",
        "for i in range(100_000): print('noise', i)\ncheck.statistics(mean_and_std)",
        "check.statistics(mean_and_std)",
        "## 1.2 printed one by one",
        "for i in range(5_000): print(i, flush=True)\ncheck.dataset(...)",
    )
    old = nbformat.convert(nbformat.read(path, 4), 3)
    assert "kernelspec" not in old.metadata
    with warnings.catch_warnings(action="ignore"):
        path.write_text(nbformat.v3.writes_json(old), "utf-8")
    assert cli.main(["check", str(path), "--json"]) == 1
    shown, told = capfd.readouterr()
    report = json.loads(shown)
    assert report[0]["outcome"] == "passed"
    assert report[1]["message"].startswith("the answer is still")
    assert told == "Running mine.ipynb …\n"


@pytest.mark.parametrize(
    ("source", "seconds"),
    [
        ("check.a(f)", 16),
        ("check.a(f)\ncheck.a.hint()\ncheck.a.solution()", 16),
        ("pieces = [check.a(f), check.b(g, x=1)]", 18),
        ("check.huge(f)", 120),  # never more than a cell that trains
        ("check.a(train())", 120),
        ("check.unknown()", 120),
        ("torch.a(f)", 120),
        ("if check.a(f): pass", 120),
        ("[check.a(f) for f in many]", 120),
        ("%time check.a(f)", 120),
        ("x = 1", 120),
        ("", 120),
    ],
)
def test_cell_of_checks_has_their_limits(source: str, seconds: float) -> None:
    calls = check._check_calls(nbformat.v4.new_code_cell(source), "check")
    assert check._limit(calls, {"a": 1, "b": 2, "huge": 1e9}) == seconds


@pytest.mark.parametrize("cell", [{}, {"cell_type": "code"}, {"cell_type": "code", "source": 1}])
def test_cell_that_is_none_is_refused(tmp_path: Path, cell: dict[str, object]) -> None:
    whole = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]}
    (tmp_path / "odd.ipynb").write_text(json.dumps(whole), "utf-8")
    with pytest.raises(ValueError, match=r"odd\.ipynb is no notebook"):
        notebook_files.read(tmp_path / "odd.ipynb")


def test_own_notebook_is_checked_by_number_and_counts(
    workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook(
        files.student_notebook(1),
        "from course_lib.exercises import lesson_01 as check",
        "## 1.1",
        "def mean_and_std(train, test):\n    x = train / 255\n    return x.mean(), x.std()",
        "check.statistics(mean_and_std)",
    )
    assert cli.main(["check", "01"]) == 1
    assert capsys.readouterr().out.startswith("✓ 1.1 Mean and standard deviation · passed")
    assert student.status()["passed"] == 1


def test_missing_own_notebook_says_how_to_get_it(
    workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files.student_notebook(1).unlink()
    assert cli.main(["check", "01"]) == 2
    assert "course reset 01" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check", "missing.ipynb"], "missing.ipynb"),
        (["check", "77"], "There is no lesson '77'"),
        (["check", "notebooks"], "There is no file 'notebooks'"),
        (["check", "README.md"], "no notebook"),
        (["check", "notebooks/01_plain_pytorch.ipynb"], "no exercises"),
        (["run", "one"], "There is no lesson 'one'"),
        (["reset", "9"], "There is no lesson '9'"),
        (["hint", "9.9"], "There is no exercise '9.9'"),
    ],
)
def test_wrong_arguments_are_refused_in_one_line(
    arguments: list[str],
    says: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert says in captured.err
    assert captured.err.strip().splitlines()[-1].startswith(f"course {arguments[0]}: ")
    assert "Traceback" not in captured.err
    assert captured.out == ""


def test_broken_notebook_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = files.notebook("solutions", 1).read_text("utf-8")
    (tmp_path / "cut.ipynb").write_text(whole[: len(whole) // 2], "utf-8")
    assert cli.main(["check", str(tmp_path / "cut.ipynb")]) == 2
    assert "cut.ipynb is no notebook" in capsys.readouterr().err


def test_json_of_something_else_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list.ipynb").write_text("[]", "utf-8")
    assert cli.main(["check", str(tmp_path / "list.ipynb")]) == 2
    assert "list.ipynb is no notebook" in capsys.readouterr().err


@pytest.mark.parametrize(("opacity", "small"), [(255, True), (128, False)])
def test_stored_pictures_are_small_but_where_that_would_show(opacity: int, small: bool) -> None:
    gradient = np.arange(60_000, dtype=np.uint8).reshape(150, 100, 4).copy()
    gradient[..., 3] = opacity
    file = io.BytesIO()
    Image.fromarray(gradient, "RGBA").save(file, "PNG")
    png = base64.b64encode(file.getvalue()).decode()
    output = nbformat.v4.new_output("display_data", data={"image/png": png})
    cell = nbformat.v4.new_code_cell("plot()", outputs=[output])
    notebook_files.tidy(nbformat.v4.new_notebook(cells=[cell]))
    stored = cell.outputs[0].data["image/png"]
    assert (len(stored) < len(png)) == small
    assert (stored == png) != small
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(stored))).convert("RGB"), dtype=int)
    assert np.abs(shown - gradient[..., :3]).max() < 32


def test_status_names_the_next_step_and_survives_restarts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["status", "--json"]) == 0
    state = json.loads(capsys.readouterr().out)
    assert (state["passed"], state["next"]) == (0, "1.1")
    progress.record(id="1.1", outcome="passed")
    progress.record(id="1.1", outcome="failed")  # passed stays passed
    shown = subprocess.run(
        [sys.executable, "-c", "from course_lib.kit.cli import main; main(['status'])"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    ).stdout
    assert "✓ 1.1" in shown
    assert "Next: 1.2 in exercise_files/01_plain_pytorch.ipynb" in shown


def test_hints_go_on_where_they_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    shown = []
    for _ in range(4):
        assert cli.main(["hint", "1.1"]) == 0
        shown.append(capsys.readouterr().out)
    assert shown[0].startswith("Hint 1 of")
    assert shown[1].startswith("Hint 2 of")
    assert "the last one" in shown[3]


def test_reset_restores_the_exercise_and_keeps_the_copy(
    workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = files.student_notebook(1)
    fresh = [cell.source for cell in notebook_files.read(mine).cells]
    mine.write_text("my work", "utf-8")
    progress.record(id="1.1", outcome="passed")
    assert cli.main(["reset", "01"]) == 0
    assert cli.main(["reset", "01"]) == 0  # twice in one second
    assert [cell.source for cell in notebook_files.read(mine).cells] == fresh
    kept = sorted((mine.parent / "kept").glob("01_*.ipynb"))
    assert len(kept) == 2
    assert "my work" in [path.read_text("utf-8") for path in kept]
    assert student.status()["passed"] == 0
    assert student.status()["lessons"][0]["notebook"] == mine.name
    assert str(kept[0].name) in capsys.readouterr().out


def test_run_reports_accuracy_and_stores_outputs(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(workplace / "notebooks")
    path = notebook(
        workplace / "notebooks" / "01_tiny.ipynb",
        "# Lesson 01 · Tiny: count to one",
        "import os\nprint('limit', os.environ['COURSE_LIMIT_BATCHES'])",
        "from tqdm.auto import tqdm\nfor _ in tqdm(range(3), desc='bar'): pass",
        "print('accuracy 12.5 %')",
    )
    tiny = nbformat.read(path, 4)
    tiny.cells[3].metadata["tags"] = ["result"]
    nbformat.write(tiny, path)
    assert cli.main(["run", "--save"]) == 0
    shown = capsys.readouterr().out
    assert "12.5 %" in shown
    assert "Tiny: count to one" in shown
    stored = nbformat.read(path, 4)
    assert stored.cells[1].outputs[0].text == "limit 8\n"
    assert stored.cells[2].outputs[0].text.startswith("bar: 100%")
    assert "widgets" not in stored.metadata


def test_failing_lesson_is_told_and_not_stored(
    workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(workplace / "notebooks")
    path = notebook(workplace / "notebooks" / "01_bad.ipynb", "# Lesson 01 · Bad", "1 / 0")
    before = path.read_bytes()
    assert cli.main(["run", "--save"]) == 1
    captured = capsys.readouterr()
    assert "FAILED. Code cell 1 raised ZeroDivisionError" in captured.out
    assert "1 / 0" in captured.err
    assert path.read_bytes() == before


def test_full_run_sets_no_limit(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COURSE_LIMIT_BATCHES")
    shutil.rmtree(workplace / "notebooks")
    notebook(
        workplace / "notebooks" / "01_tiny.ipynb",
        "# Lesson 01 · Tiny",
        "import os\nassert 'COURSE_LIMIT_BATCHES' not in os.environ",
    )
    assert run.run_lessons([1], full=True, save=False)[0].error is None


def test_build_runs_solution_and_exercise_and_keeps_progress_out(workplace: Path) -> None:
    for folder in ("notebooks", "solutions", "exercise_files"):
        shutil.rmtree(workplace / folder)
    lesson = workplace / "notebooks" / "01_tiny.ipynb"
    notebook(lesson, "# Tiny", "1", "## See\n\n![Seen][vae]\n\n[vae]: <data:>")
    notebook(
        workplace / "solutions" / "01_tiny.ipynb",
        *("# Tiny", "the bootstrap comes here"),
        "from course_lib.exercises import progress",
        "x = ...\n# BEGIN SOLUTION\nx = 1\n# END SOLUTION",
        "progress.record(id='1.1', outcome='passed')\nprint(x)",
    )
    built = notebook_files.read(build.build(1))
    solved = notebook_files.read(workplace / "solutions" / "01_tiny.ipynb")
    assert solved.cells[4].outputs[0].text == "1\n"
    assert built.cells[4].outputs[0].text == "Ellipsis\n"
    assert built.cells[3].source == "x = ..."
    assert progress.outcomes() == {}
    cells = notebook_files.read(lesson).cells
    assert "[vae]: <data:image/svg+xml;base64," in cells[2].source
    assert "import course_lib" in built.cells[1].source == solved.cells[1].source == cells[1].source


def test_a_drawing_that_is_not_there_is_named(workplace: Path) -> None:
    lesson = workplace / "notebooks" / "01_plain_pytorch.ipynb"
    notebook(lesson, "# Tiny\n\n![A cat][cat]\n\n[cat]: <data:>", "1")
    with pytest.raises(ValueError, match="shows the drawing 'cat', but there is no "):
        build.build(1, run=False)


def test_terminal_without_our_signs_gets_question_marks() -> None:
    shown = subprocess.run(
        [sys.executable, "-c", "from course_lib.kit.cli import main; main(['status'])"],
        capture_output=True,
        check=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )
    assert b"? 1.1" in shown.stdout


WITHOUT_NBCLIENT = """
import sys
class Without:
    def find_spec(name, path=None, target=None):
        if name == "nbclient":
            raise ModuleNotFoundError(name=name)
sys.meta_path.insert(0, Without)
from course_lib.kit.cli import main
"""


def test_only_what_runs_notebooks_takes_nbclient() -> None:
    """Kaggle's image has one that is older than what the kit takes, and keeps it."""
    commands = [["status"]]
    commands += [[command, "01"] for command in ("run", "build", "check", "watch")]
    code = f"{WITHOUT_NBCLIENT}\nprint([main(command) for command in {commands}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == str([0, 2, 2, 2, 2])
    assert done.stderr.count("not installed; `pip install nbclient`.\n") == 4


def test_answers_are_taken_out_at_their_indentation() -> None:
    source = (
        "def f(x):\n"
        "    # BEGIN SOLUTION\n"
        "    y = x + 1\n\n"
        "    return y\n"
        "    # END SOLUTION\n\n"
        "# BEGIN SOLUTION\n"
        "z = 2\n"
        "# END SOLUTION"
    )
    assert student_code(source) == "def f(x):\n    ...\n\nz = ..."


@pytest.mark.parametrize("source", ["# BEGIN SOLUTION\nx = 1", "x = 1\n# END SOLUTION"])
def test_marker_without_partner_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="without its partner"):
        student_code(source)


def test_interrupted_write_leaves_the_notebook_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = notebook(tmp_path / "mine.ipynb", "print(1)")
    before = path.read_bytes()

    def fail(_: object, partial: Path) -> None:
        partial.write_text("half")
        raise OSError("No space left on device")

    monkeypatch.setattr(notebook_files.nbformat, "write", fail)
    with pytest.raises(OSError, match="No space"):
        notebook_files.write(notebook_files.read(path), path)
    assert path.read_bytes() == before


def test_variable_that_the_cell_gives_open_is_left_as_given() -> None:
    source = 'y = {"a": ...}\n# BEGIN SOLUTION\ny = {"a": 1}\n# END SOLUTION\nprint(y)'
    assert student_code(source) == 'y = {"a": ...}\n\nprint(y)'


def test_outputs_that_are_no_verdicts_are_none(tmp_path: Path) -> None:
    made_up = "from IPython.display import display\nfor course in ({}, 'x', {'id': '1.1'}):\n"
    path = notebook(
        tmp_path / "mine.ipynb",
        "from course_lib.exercises import files  # lesson_01",
        "## 1.1 dressed up as a verdict",
        made_up + "    display({'text/plain': ''}, raw=True, metadata={'course': course})",
        "## 1.2 a name that is missing below a cell that failed elsewhere",
        "undefined_name",
        "## All together",
        "1 / 0",
    )
    report = check.check_notebook(path)
    assert report[0]["message"] == "Its check cell was not run."
    assert report[1]["message"].startswith("Your line 1 raised NameError")
