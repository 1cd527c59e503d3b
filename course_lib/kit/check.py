"""Checking a student's notebook from outside: run it in a fresh kernel, read what came out."""

import os
import re
import time
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from course_lib.exercises import files, inspection
from course_lib.kit import kernel

CELL_LIMIT = 120  # seconds
_LESSON = re.compile(r"\blesson_(\d\d)\b")
_LINE = re.compile(r"(?:Cell In\[\d+\]|<ipython[^>]*>), line (\d+)")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

Report = list[dict[str, str]]


def check_notebook(path: Path) -> Report:
    """Run a notebook and say of each exercise of its lesson what came of it.

    It runs on the digits, without limits on batches, and keeps no progress. The file itself is not
    changed.

    Returns:
        `{"id", "title", "outcome", "message"}` per exercise, in the lesson's order.

    Raises:
        FileNotFoundError, ValueError: no such file, no notebook, or none with exercises in it.
    """
    notebook = kernel.read(path)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    lesson = _LESSON.search(code)
    if lesson is None:
        raise ValueError(
            f"{path} has no exercises: no cell imports `lesson_NN` from course_lib.exercises."
        )
    run = _Run(notebook)
    run.execute(path.absolute().parent)
    titles = files.titles(int(lesson.group(1)))
    return [{"id": id, "title": title, **run.report(id)} for id, title in titles.items()]


class _Run:
    """One run of a student's notebook: which cells ended, how, and which took too long."""

    def __init__(self, notebook: NotebookNode) -> None:
        self.notebook = notebook
        self.current: NotebookNode | None = None  # the cell that is running
        self.started = 0.0
        self.overdue: list[NotebookNode] = []
        self.died = False

    def execute(self, folder: Path) -> None:
        """Run all cells, past errors; what the kernel dies of ends the run."""
        limits = [name for name in os.environ if name.startswith("PL_TRAINER_")]
        settings = {
            "COURSE_DATA": "digits",
            "COURSE_LIMIT_BATCHES": None,
            "COURSE_STATE_DIR": os.devnull,
        }
        try:
            kernel.execute(
                self.notebook,
                folder,
                settings | dict.fromkeys(limits),
                on_cell=lambda cell: self._end(),
                on_cell_start=lambda cell, cell_index: self._start(cell),
                allow_errors=True,
                timeout=CELL_LIMIT,
                interrupt_on_timeout=True,
            )
        except Exception:  # the kernel is gone: nbclient says so in several ways
            if self.current is None:
                raise
            self.died = True
            self._end()

    def report(self, id: str) -> dict[str, str]:
        """Outcome and message of one exercise, from the cells of its section."""
        cells = self._cells(id)
        outputs = [output for cell in cells for output in cell.outputs]
        verdicts = [
            output.metadata["course"]
            for output in outputs
            if output.get("metadata", {}).get("course", {}).get("id") == id
        ]
        errors = [output for output in outputs if output.output_type == "error"]
        unanswered = not verdicts or verdicts[-1]["outcome"] == "not attempted"
        if any(cell is late for cell in cells for late in self.overdue):
            outcome = "timed out"
            message = f"A cell of exercise {id} was stopped after {CELL_LIMIT} s."
        elif self.died and any(cell is self.current for cell in cells):
            outcome, message = "failed", "The kernel died in a cell of this exercise."
        elif errors and unanswered:
            outcome, message = "failed", self._explain(errors[0])
        elif verdicts:
            outcome, message = verdicts[-1]["outcome"], verdicts[-1]["message"]
        else:
            outcome, message = "not attempted", "Its check cell was not run."
        return {"outcome": outcome, "message": message}

    def _start(self, cell: NotebookNode) -> None:
        self.current, self.started = cell, time.monotonic()

    def _end(self) -> None:
        if self.current is not None and time.monotonic() - self.started >= CELL_LIMIT:
            self.overdue.append(self.current)

    def _cells(self, id: str | None) -> list[NotebookNode]:
        """The code cells in the section of an exercise; for None, those outside all sections."""
        cells = self.notebook.cells
        sections = files.sections(cells)
        return [
            cell
            for cell, section in zip(cells, sections, strict=True)
            if section == id and cell.cell_type == "code"
        ]

    def _explain(self, error: Any) -> str:
        """One sentence for an error; a set-up cell that failed explains a name that is missing."""
        outputs = [output for cell in self._cells(None) for output in cell.outputs]
        before = [output for output in outputs if output.output_type == "error"]
        if error.ename == "NameError" and before:
            return f"A cell above the exercises failed. {self._explain_one(before[0])}"
        return self._explain_one(error)

    def _explain_one(self, error: Any) -> str:
        lines = _LINE.findall(_COLOUR.sub("", "\n".join(error.traceback)))
        return inspection.sentence(lines[-1] if lines else None, error.ename, error.evalue)
