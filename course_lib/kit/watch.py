"""Watching a student's notebook: each save is checked, and the terminal shows what came of it."""

import asyncio
import shutil
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

from course_lib.exercises import files, progress, rendering
from course_lib.kit import check, live, student, terminal
from course_lib.kit.check import Report

TICK = 0.1  # seconds between two looks at the keyboard and at the file
KEYS = "h hint · n next · r run again in a new kernel · q quit"
Stamp = tuple[int, int] | None
_COLOURS = {"passed": 32, "failed": 31, "timed out": 33}


@dataclass
class View:
    """What there is to see."""

    name: str
    lesson: int
    report: Report  # before the first run its outcomes are empty
    chosen: str | None = None  # the exercise that is shown in full
    picked: bool = False  # by the student, who stays there until it passes
    hint: str = ""
    state: str = ""  # what is going on

    @property
    def open(self) -> list[str]:
        """The exercises that do not pass."""
        return [exercise["id"] for exercise in self.report if exercise["outcome"] != "passed"]

    def update(self, report: Report) -> None:
        """Take a new report, and show the first exercise that does not pass."""
        self.report = report
        self.picked = self.picked and self.chosen in self.open
        if not self.picked:
            self._choose(next(iter(self.open), None))

    def next(self) -> None:
        """Go on to the next exercise that does not pass, from the last to the first."""
        ids = [exercise["id"] for exercise in self.report]
        start = ids.index(self.chosen) + 1 if self.chosen in ids else 0
        self._choose(next((id for id in ids[start:] + ids[:start] if id in self.open), None))
        self.picked = True

    def _choose(self, id: str | None) -> None:
        if id != self.chosen:
            self.chosen, self.hint = id, ""


def draw(view: View, width: int = 100, colours: bool = False, keys: bool = False) -> str:
    """The view as text: the bar, the exercises, one of them in full, and what can be done."""
    passed = len(view.report) - len(view.open)
    lines = [f"{view.name}  {student.bar(passed, len(view.report))}", ""]
    lines += [_line(exercise, width, colours) for exercise in view.report]
    shown = [exercise for exercise in view.report if exercise["id"] == view.chosen]
    full = [rendering.as_text(**exercise) for exercise in shown if exercise["outcome"]]
    if not view.open:
        full = [celebration(view.lesson, len(view.report))]
    for text in (*full, view.hint, view.state):
        lines += ["", *textwrap.wrap(text, width)] if text else []
    return "\n".join([*lines, *([KEYS] if keys else [])])


def celebration(lesson: int, count: int) -> str:
    """The last word on a lesson, and the way to the next."""
    done = f"All {count} exercises of lesson {lesson:02d} pass: well done!"
    later = [number for number in files.lessons() if number > lesson]
    return f"{done} On to the next: course watch {later[0]:02d}" if later else done


def _line(exercise: dict[str, str], width: int, colours: bool) -> str:
    outcome = exercise["outcome"]
    sign = rendering.symbol(outcome) if outcome else " "
    rest = f" {exercise['id']:<5}{exercise['title']}"[: width - 3]
    if colours and outcome in _COLOURS:
        sign = f"\x1b[{_COLOURS[outcome]}m{sign}\x1b[0m"
    return f"  {sign}{rest}"


def watch(path: Path, mine: bool) -> None:
    """Check a notebook now and at each save, until `q` or Ctrl-C.

    Args:
        path: of the notebook.
        mine: whether what passes counts as progress.

    Raises:
        FileNotFoundError, ValueError: no such file, no notebook, or none with exercises in it.
    """
    with terminal.keys() as keys:
        live.run(_Watch(path, mine, keys).run())


class _Watch:
    def __init__(self, path: Path, mine: bool, keys: terminal.Keys) -> None:
        first = check.Examination(path)  # refuses what is no exercise notebook
        self._path, self._mine, self._keys = path, mine, keys
        self._files = [path.parent / file for file in files.lesson_files(first.lesson)]
        self._kernel = live.Kernel(path.absolute().parent)
        self._anew = False  # the next run gets a new kernel
        self._hints: dict[str, list[str]] = {}
        empty = [dict(id=id, title=t, outcome="", message="") for id, t in first.titles.items()]
        self._view = View(path.name, first.lesson, empty)

    async def run(self) -> None:
        """Check again and again, until `q`."""
        async with self._kernel:
            while await self._until_changed():
                pass

    async def _until_changed(self) -> bool:
        """Check once, and serve keys until there is a reason to check again; False for `q`."""
        before = self._stamp()
        running = asyncio.create_task(self._check())
        try:
            while (now := self._stamp()) in (before, None):
                pressed = self._keys().lower()
                if "q" in pressed or "r" in pressed:
                    self._anew = True
                    return "q" not in pressed
                for key in pressed:
                    self._press(key)
                if running.done():
                    running.result()
                    if now is None:
                        before = None
                        self._say(f"{self._path.name} is not there; waiting for it.")
                await asyncio.sleep(TICK)
            return True
        finally:
            running.cancel()  # what has been saved is out of date
            await asyncio.gather(running, return_exceptions=True)

    async def _check(self) -> None:
        """One run, from the file to the screen."""
        begun = time.monotonic()
        self._at(None)
        if self._anew:
            await self._kernel.close()
            self._anew = False
        try:
            examination = check.Examination(self._path)
            report = await examination.run(self._kernel, self._at)
        except (OSError, ValueError) as problem:  # a save that is not complete yet, say
            self._say(f"Waiting for the next save: {problem}")
            return
        self._hints = await self._kernel.ask(f"hints({examination.lesson})") or self._hints
        for exercise in report if self._mine else []:
            progress.record(id=exercise["id"], outcome=exercise["outcome"])
        self._view.update(report)
        self._say(f"Checked in {time.monotonic() - begun:.1f} s; waiting for the next save.")

    def _press(self, key: str) -> None:
        if key == "n":
            self._view.next()
        elif key == "h" and self._view.chosen:
            texts = self._hints.get(self._view.chosen, [])
            if texts:
                number = student.next_hint(self._view.chosen)
                self._view.hint = texts[min(number, len(texts)) - 1]
        self._show()

    def _at(self, id: str | None) -> None:
        title = next((e["title"] for e in self._view.report if e["id"] == id), None)
        self._say(f"Running {id} {title} …" if title else "Running …", passing=True)

    def _say(self, state: str, passing: bool = False) -> None:
        self._view.state = state
        if terminal.is_live() or not passing:
            self._show()

    def _show(self) -> None:
        if terminal.is_live():
            width = shutil.get_terminal_size().columns
            terminal.draw(draw(self._view, width, terminal.has_colours(), keys=True))
        else:
            print(draw(self._view), flush=True)

    def _stamp(self) -> list[Stamp] | None:
        """What differs after a save of the notebook or a file; None while there is no notebook."""
        notebook = _stamp(self._path)
        return notebook and [notebook, *map(_stamp, self._files)]


def _stamp(path: Path) -> Stamp:
    """What differs after a save; None while there is no such file."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
