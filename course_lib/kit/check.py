"""Checking a student's notebook from outside: run it in a fresh kernel, read what came out."""

import re
from pathlib import Path
from typing import Any

from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode

from course_lib.exercises import files
from course_lib.kit import kernel

CELL_LIMIT = 120  # seconds
_LESSON = re.compile(r"\blesson_(\d\d)\b")
_LINE = re.compile(r"(?:Cell In\[\d+\]|<ipython[^>]*>), line (\d+)")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

Report = list[dict[str, str]]


def check_notebook(path: Path) -> Report:
    """Run a notebook and say of each exercise of its lesson what came of it.

    The file itself is not changed.

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
    environment = {"COURSE_DATA": "digits", "COURSE_LIMIT_BATCHES": "8"}
    finished: list[NotebookNode] = []
    died = False
    try:
        kernel.execute(
            notebook,
            path.absolute().parent,
            environment,
            on_cell=finished.append,
            allow_errors=True,
            timeout=CELL_LIMIT,
            interrupt_on_timeout=True,
        )
    except DeadKernelError:
        died = True
    exercises = files.titles(int(lesson.group(1)))
    report = []
    for id, title in exercises.items():
        cells = _cells(notebook, id)
        fatal = died and any(all(cell is not done for done in finished) for cell in cells)
        report.append(_report(id, title, cells, fatal))
    return report


def _cells(notebook: NotebookNode, id: str) -> list[NotebookNode]:
    """The code cells in the section of an exercise."""
    sections = files.sections(notebook.cells)
    return [
        cell
        for cell, section in zip(notebook.cells, sections, strict=True)
        if section == id and cell.cell_type == "code"
    ]


def _report(id: str, title: str, cells: list[NotebookNode], fatal: bool) -> dict[str, str]:
    """What the section's own cells say: the last verdict, unless a cell failed before it."""
    outputs = [output for cell in cells for output in cell.outputs]
    verdicts = [
        output.metadata["course"]
        for output in outputs
        if output.output_type == "display_data"
        and output.metadata.get("course", {}).get("id") == id
    ]
    errors = [output for output in outputs if output.output_type == "error"]
    verdict = verdicts[-1] if verdicts else None
    if errors and (verdict is None or verdict["outcome"] == "not attempted"):
        outcome, message = _explain(errors[0])
    elif verdict is not None:
        outcome, message = verdict["outcome"], verdict["message"]
    elif fatal:
        outcome, message = "failed", "The kernel died before this check; run the notebook by hand."
    else:
        outcome, message = "not attempted", "Its check cell was not run."
    return {"id": id, "title": title, "outcome": outcome, "message": message}


def _explain(error: Any) -> tuple[str, str]:
    """One sentence for an error that a cell ended in."""
    if error.ename == "KeyboardInterrupt":
        return "timed out", f"A cell of this exercise was stopped after {CELL_LIMIT} s."
    lines = _LINE.findall(_COLOUR.sub("", "\n".join(error.traceback)))
    where = f"Your line {lines[-1]}" if lines else "A cell of this exercise"
    return "failed", f"{where} raised {error.ename}: {error.evalue.splitlines()[0]}"
