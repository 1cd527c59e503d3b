"""`course watch`, as a student uses it: in a terminal, with a notebook that is saved."""

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import psutil
import pytest

from course_lib.exercises import files, progress
from course_lib.kit import cli, watch
from course_lib.kit.watch import View

COMMAND = (sys.executable, "-c", "from course_lib.kit import cli; raise SystemExit(cli.main())")
DEADLINE = 60  # seconds for a text to appear: a kernel starts and imports torch
SETUP = "import itertools, os, time\nfrom course_lib.exercises import lesson_01 as check"
LIGHT = "import itertools, os  # lesson_01"  # without torch
RIGHT = "def mean_and_std(train, test):\n    x = train / 255\n    return x.mean(), x.std()"
OPEN = "def mean_and_std(train, test):\n    ..."
CHECK = "check.statistics(mean_and_std)"


def save(path: Path, *sources: str, setup: str = SETUP) -> None:
    """Save a notebook as Jupyter does, all at once: a set-up cell, and the cells of 1.1."""
    cells = [nbformat.v4.new_code_cell(setup), nbformat.v4.new_markdown_cell("## 1.1")]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path.with_suffix(".partial"))
    path.with_suffix(".partial").replace(path)


class Watched:
    """`course watch` in a terminal of its own, and what its screen shows."""

    def __init__(self, path: Path) -> None:
        self.terminal, self.theirs = pty.openpty()
        self.modes = termios.tcgetattr(self.theirs)
        self.process = psutil.Popen(
            [*COMMAND, "watch", str(path)],
            stdin=self.theirs,
            stdout=self.theirs,
            stderr=self.theirs,
            preexec_fn=self._take_terminal,
            env=os.environ | {"TERM": "xterm", "NO_COLOR": "1", "COLUMNS": "200"},
        )
        self.written = self.seen = ""
        self.screens: list[str] = []

    def _take_terminal(self) -> None:
        os.login_tty(self.theirs)  # so that Ctrl-C is a signal, and one that is heard
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def wait(self, *texts: str) -> str:
        """Wait for a screen with all of these texts, the present one or a later."""
        end = time.monotonic() + DEADLINE
        while True:
            *screens, self.written = self.written.split("\x1b[J")
            self.screens += [screen.replace("\x1b[K", "").replace("\r", "") for screen in screens]
            while self.screens and not all(text in self.screens[0] for text in texts):
                self.seen = self.screens.pop(0)
            if self.screens:
                return self.screens[0]
            assert time.monotonic() < end, f"no {texts}; the last screen:\n{self.seen}"
            if select.select([self.terminal], [], [], 1)[0]:
                self.written += os.read(self.terminal, 65536).decode(errors="ignore")

    def press(self, key: str) -> None:
        os.write(self.terminal, key.encode())

    def kill(self) -> None:
        """End what a failed test has left."""
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in [*self.process.children(recursive=True), self.process]:
                process.kill()

    def end(self) -> int:
        """Wait for the command's end: it leaves no process, and the terminal as it was."""
        kernels = self.process.children(recursive=True)
        status = self.process.wait(DEADLINE)
        assert psutil.wait_procs(kernels, timeout=5)[1] == []
        assert termios.tcgetattr(self.theirs) == self.modes
        return status


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], Watched]]:
    """Starts `course watch`, and ends what a failed test leaves."""
    monkeypatch.setenv("COURSE_STATE_DIR", str(tmp_path / "state"))
    with contextlib.ExitStack() as stack:

        def start(path: Path) -> Watched:
            command = Watched(path)
            stack.callback(os.close, command.terminal)
            stack.callback(os.close, command.theirs)
            stack.callback(command.kill)
            return command

        yield start


def test_each_save_is_checked_in_one_kernel(
    tmp_path: Path, watched: Callable[[Path], Watched]
) -> None:
    path = tmp_path / "mine.ipynb"
    save(path, OPEN, CHECK)
    command = watched(path)
    command.wait("0/8", "○ 1.1 Mean and standard deviation · not attempted: line 2", watch.KEYS)
    kernels = command.process.children()
    command.press("h")
    command.wait("Hint 1 of 2 for 1.1")
    command.press("n")
    assert "Hint" not in command.wait("○ 1.2 A Dataset · not attempted")
    command.press("N" * 7)  # once around
    command.wait("○ 1.1 Mean and standard deviation · not attempted")
    assert progress.hints_given("1.1") == 1

    save(path, "time.sleep(600)", RIGHT, CHECK)
    command.wait("Running 1.1")
    save(path, RIGHT, "os.chdir('/'); os.environ['STAYS'] = 'yes'", CHECK)  # ends that run
    assert "\x1b[3" not in command.wait("✓ 1.1", "1/8", "○ 1.2 A Dataset · not attempted")

    whole = path.read_text()
    path.write_text(whole[:100])
    command.wait("Waiting for the next save: ", "mine.ipynb is no notebook")
    path.unlink()
    command.wait("mine.ipynb is not there; waiting for it.")
    save(path, f"assert os.getcwd() == {str(tmp_path)!r}\nassert 'STAYS' not in os.environ", CHECK)
    command.wait("✗ 1.1", "0/8", "raised NameError: name 'mean_and_std' is not defined")
    assert command.process.children() == kernels
    command.press("r")
    command.wait("Running")
    command.wait("Checked in", "raised NameError: name 'mean_and_std' is not defined")
    assert command.process.children() != kernels
    assert progress.outcomes() == {}  # somebody else's notebook
    command.press("q")
    assert command.end() == 0


def test_lost_kernel_is_replaced_and_ctrl_c_leaves_none(
    tmp_path: Path, watched: Callable[[Path], Watched]
) -> None:
    path = tmp_path / "mine.ipynb"
    save(path, "os._exit(1)", setup=LIGHT)
    command = watched(path)
    command.wait("✗ 1.1", "The kernel died in a cell of exercise 1.1.")
    save(path, "open('busy', 'w').close()\nsum(itertools.count())", setup=LIGHT)
    command.wait("Running 1.1")
    end = time.monotonic() + DEADLINE
    while not (tmp_path / "busy").exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    command.press("\x03")
    assert command.end() == 0


def test_own_notebook_counts_and_no_terminal_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_STATE_DIR", str(tmp_path / "state"))
    path = tmp_path / "exercise_files" / files.student_notebook(1).name
    path.parent.mkdir()
    save(path, RIGHT, CHECK)
    code = (
        "from course_lib.exercises import files; from course_lib.kit import cli\n"
        f"files.workplace = lambda: files.Path({str(path.parent)!r})\n"
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
        for line in process.stdout:
            shown += line
            if line.startswith("Checked in"):
                break
        kernels = process.children()
        process.send_signal(signal.SIGTERM)  # as when the terminal is closed
        shown += process.stdout.read()
        assert process.wait() == 0
    assert psutil.wait_procs(kernels, timeout=5)[1] == []
    assert "✓ 1.1" in shown
    assert "○ 1.2 A Dataset · not attempted: Its check cell was not run." in shown
    assert "\x1b" not in shown
    assert watch.KEYS not in shown
    assert progress.outcomes()["1.1"] == "passed"


@pytest.mark.parametrize(
    "arguments", [["missing.ipynb"], ["77"], [str(files.root() / "README.md")]]
)
def test_what_is_no_exercise_notebook_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["watch", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("course watch: ")
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def view(*outcomes: str, lesson: int = 1) -> View:
    report = [
        {"id": f"1.{i}", "title": f"Title {i}", "outcome": outcome, "message": f"Message {i}."}
        for i, outcome in enumerate(outcomes, 1)
    ]
    shown = View("mine.ipynb", lesson, [])
    shown.update(report)
    return shown


def test_first_exercise_that_does_not_pass_is_shown() -> None:
    assert view("passed", "timed out", "failed").chosen == "1.2"
    assert view("passed", "passed").chosen is None


def test_next_goes_around_the_exercises_that_do_not_pass() -> None:
    shown = view("failed", "passed", "not attempted", "timed out")
    seen = []
    for _ in range(4):
        seen.append(shown.chosen)
        shown.next()
    assert seen == ["1.1", "1.3", "1.4", "1.1"]


def test_picked_exercise_is_shown_until_it_passes() -> None:
    shown = view("failed", "failed", "failed")
    shown.next()
    shown.hint = "A hint."
    shown.update(view("failed", "failed", "failed").report)
    assert (shown.chosen, shown.hint) == ("1.2", "A hint.")
    shown.update(view("failed", "passed", "failed").report)
    assert (shown.chosen, shown.hint) == ("1.1", "")


def test_every_line_fits_and_says_its_outcome_without_colour() -> None:
    shown = view("passed", "failed", "not attempted", "timed out")
    shown.report[1] |= {"title": "A title that is long " * 5, "message": "Long words " * 20}
    plain = watch.draw(shown, width=40)
    assert max(map(len, plain.splitlines()[1:])) <= 40
    assert [line.strip()[0] for line in plain.splitlines()[2:6]] == ["✓", "✗", "○", "∞"]
    assert watch.KEYS not in plain
    coloured = watch.draw(shown, width=40, colours=True, keys=True)
    assert watch.KEYS in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == f"{plain}\n{watch.KEYS}"


def test_passed_lesson_is_celebrated_and_names_the_next() -> None:
    first, last = files.lessons()[0], files.lessons()[-1]
    assert f"course watch {first + 1:02d}" in watch.draw(view("passed", lesson=first))
    done = watch.draw(view("passed", "passed", lesson=last))
    assert "All 2 exercises" in done
    assert "course watch" not in done
