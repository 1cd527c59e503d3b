"""Checking a student's notebook from outside: run it in a kernel, read what came out."""

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from course_lib.exercises import files, inspection
from course_lib.kit import live, notebook_files
from course_lib.kit.live import End

CELL_LIMIT = 120.0  # seconds, for a cell that may train
MARGIN = 15.0  # seconds beyond its checks' own limits for a cell of checks: torch is imported once
_MODULE = re.compile(r"\blesson_(\d\d)\b(?:\s+as\s+(\w+))?")
_LINE = re.compile(r"(?:Cell In\[\d+\]|<ipython[^>]*>), line (\d+)")

Report = list[dict[str, str]]


def check_notebook(path: Path) -> Report:
    """Run a notebook in a fresh kernel and say of each exercise of its lesson what came of it.

    It runs on the digits, without limits on batches, and keeps no progress. The file itself is not
    changed.

    Returns:
        `{"id", "title", "outcome", "message"}` per exercise, in the lesson's order.

    Raises:
        FileNotFoundError, ValueError: no such file, no notebook, or none with exercises in it.
        OSError: no kernel could be started.
    """
    examination = Examination(path)

    async def main() -> Report:
        async with live.Kernel(path.absolute().parent) as fresh:
            return await examination.run(fresh)

    return live.run(main())


class Examination:
    """A student's notebook on its way through a kernel, and what came of its exercises.

    Raises:
        FileNotFoundError, ValueError: no such file, no notebook, or none with exercises in it.
    """

    def __init__(self, path: Path) -> None:
        self._notebook = notebook_files.read(path)
        self._cells = self._notebook.cells
        code = "\n".join(cell.source for cell in self._cells if cell.cell_type == "code")
        module = _MODULE.search(code)
        if module is None:
            raise ValueError(
                f"{path} has no exercises: no cell imports `lesson_NN` from course_lib.exercises."
            )
        self.lesson = int(module[1])
        self.titles = files.titles(self.lesson)
        self._name = module[2] or module[0]  # that the checks go by in the notebook
        self._sections = files.sections(self._cells)
        self._lost: dict[int, dict[str, str]] = {}  # cells that did not end by themselves

    async def run(
        self, kernel: live.Kernel, on_section: Callable[[str | None], object] = lambda id: None
    ) -> Report:
        """Run all cells, past errors; a cell that the kernel is lost with is left out next time.

        Args:
            kernel: to run them in.
            on_section: called before each cell with the exercise that it belongs to.
        """
        for _ in range(len(self.titles) + 1):
            if await self._to_the_end(kernel, on_section):
                break
        return [
            {"id": id, "title": title, **self._outcome(id)} for id, title in self.titles.items()
        ]

    async def _to_the_end(
        self, kernel: live.Kernel, on_section: Callable[[str | None], object]
    ) -> bool:
        for cell in self._cells:
            if cell.cell_type == "code":
                cell.outputs = []
        await kernel.begin(self._notebook)
        limits: dict[str, float] | None = None
        settled = {self._sections[index] for index in self._lost} - {None}
        for index, (cell, id) in enumerate(zip(self._cells, self._sections, strict=True)):
            calls = _check_calls(cell, self._name)
            if cell.cell_type != "code" or index in self._lost or (calls and id in settled):
                continue
            on_section(id)
            if calls and limits is None:
                limits = await kernel.ask(f"limits({self.lesson})")
            seconds = _limit(calls, limits or {})
            end = await kernel.run_cell(cell, index, seconds)
            if end is not End.DONE:
                self._lost[index] = _loss(id, end, seconds, bool(calls))
            if end in (End.KILLED, End.DIED):
                return False
        return True

    def _outcome(self, id: str) -> dict[str, str]:
        """Outcome and message of one exercise: its last verdict, wherever that was shown.

        An error counts in the exercise's own section, where the answer is.
        """
        verdicts = [
            output.metadata["course"]
            for cell in self._cells
            for output in cell.get("outputs", [])
            if output.get("metadata", {}).get("course", {}).get("id") == id
        ]
        errors = [output for output in self._outputs(id) if output.output_type == "error"]
        unanswered = not verdicts or verdicts[-1]["outcome"] == "not attempted"
        lost = self._losses(id)
        if lost:
            return lost[0]
        if errors and unanswered:
            return {"outcome": "failed", "message": self._explain(errors[0])}
        if verdicts:
            return {"outcome": verdicts[-1]["outcome"], "message": verdicts[-1]["message"]}
        return {"outcome": "not attempted", "message": "Its check cell was not run."}

    def _losses(self, id: str | None) -> list[dict[str, str]]:
        return [loss for index, loss in self._lost.items() if self._sections[index] == id]

    def _outputs(self, id: str | None) -> list[NotebookNode]:
        """What the section of an exercise put out; for None, the cells outside all sections."""
        return [
            output
            for cell, section in zip(self._cells, self._sections, strict=True)
            if section == id and cell.cell_type == "code"
            for output in cell.outputs
        ]

    def _explain(self, error: Any) -> str:
        """One sentence for an error; a set-up cell that failed explains a name that is missing."""
        if error.ename == "NameError":
            if lost := self._losses(None):
                return f"{lost[0]['message']} {_explain(error)}"
            above = self._cells[: next(i for i, id in enumerate(self._sections) if id)]
            outputs = [output for cell in above for output in cell.get("outputs", [])]
            before = [output for output in outputs if output.output_type == "error"]
            if before:
                return f"A cell above the exercises failed. {_explain(before[0])}"
        return _explain(error)


def _check_calls(cell: NotebookNode, module: str) -> list[str]:
    """The checks that a cell calls, by name, if it does nothing else; else nothing."""
    try:
        tree = ast.parse(cell.source if cell.cell_type == "code" else "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # %magic; what no parser takes
        return []
    nodes = list(ast.walk(tree))
    plain = all(isinstance(statement, ast.Expr | ast.Assign) for statement in tree.body)
    if not plain or any(isinstance(node, ast.comprehension) for node in nodes):
        return []
    functions = [ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)]
    calls = [re.fullmatch(rf"{module}\.(\w+)(\.hint|\.solution)?", name) for name in functions]
    if not all(calls):
        return []
    return [call[1] for call in calls if call and not call[2]]


def _limit(calls: list[str], limits: dict[str, float]) -> float:
    """The seconds for a cell that does nothing but these calls, or for any other."""
    if not calls or not limits.keys() >= set(calls):
        return CELL_LIMIT
    return min(CELL_LIMIT, MARGIN + sum(limits[name] for name in calls))


def _loss(id: str | None, end: End, seconds: float, only_checks: bool) -> dict[str, str]:
    """What to say of an exercise, or of the set-up, whose cell did not end by itself."""
    place = "above the exercises" if id is None else f"of exercise {id}"
    if end is End.DIED:
        return {"outcome": "failed", "message": f"The kernel died in a cell {place}."}
    if only_checks and id is not None:
        message = (
            f"Exercise {id} was stopped after {seconds:g} s. Look for a loop that does not end, or "
            "for far more work than the exercise needs."
        )
    else:
        message = f"A cell {place} was stopped after {seconds:g} s."
    return {"outcome": "timed out", "message": message}


def _explain(error: Any) -> str:
    lines = _LINE.findall(inspection.COLOUR.sub("", "\n".join(error.traceback)))
    return inspection.sentence(lines, error.ename, error.evalue)
