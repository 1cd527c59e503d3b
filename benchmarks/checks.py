"""How long a student waits for a check that passes, for each exercise of each lesson.

The answers are those of the solved notebooks, whose cells run in this process, one lesson after
the other. A check is called as its cell calls it, on the answers as they are at that cell, and
shows what came of it as in a terminal. Every check runs on a single thread of torch's.
"""

import ast
import contextlib
import io
import linecache
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

from benchmarks.measure import Target, interleave, repetitions, report
from course_lib.exercises import files
from course_lib.exercises.engine import Result, exercises
from course_lib.kit import notebook_files

LIMIT = 1.0  # seconds after which a wait is felt

Check = Callable[[], Result]


def solved(lesson: int) -> Iterator[tuple[str, Check]]:
    """The checks of a lesson by id and title, each with the answer of the solved notebook.

    A cell that calls its section's check is not run: what it does besides is for the student.
    """
    registry = exercises(lesson)
    names: dict[str, Any] = {"__name__": "__main__"}
    cells = notebook_files.read(files.notebook("solutions", lesson)).cells
    for number, (cell, id) in enumerate(zip(cells, files.sections(cells), strict=True)):
        if cell.cell_type != "code":
            continue
        source = TransformerManager().transform_cell(cell.source)  # the first cell has %pip
        filename = f"<ipython-input-{lesson}-{number}>"  # as a kernel has it: the student's own
        linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
        tree = ast.parse(source)
        call = _call(tree, f"check.{registry[id].name}") if id else None
        if id and call:
            code = compile(ast.Expression(call), filename, "eval")
            yield f"{id} {registry[id].title}", partial(eval, code, dict(names))
        else:
            exec(compile(tree, filename, "exec"), names)


def _call(tree: ast.AST, function: str) -> ast.Call | None:
    """The first call of a function."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return next((call for call in calls if ast.unparse(call.func) == function), None)


def seconds(check: Check) -> float:
    """Seconds that a check takes.

    Raises:
        ValueError: it does not pass.
    """
    start = perf_counter()
    result = check()
    taken = perf_counter() - start
    if not result:
        raise ValueError(str(result))
    return taken


def main() -> int:
    """Measure, report, and fail if a target is missed."""
    count = repetitions(9, "How long a passing check takes, for each exercise.")
    os.environ |= {"COURSE_DATA": "digits", "COURSE_STATE_DIR": os.devnull}  # no progress is kept
    lessons = files.lessons()
    with contextlib.redirect_stdout(io.StringIO()):
        checks = {name: check for lesson in lessons for name, check in solved(lesson)}
        times = interleave({name: partial(seconds, checks[name]) for name in checks}, count)
    missing = sum(len(exercises(lesson)) for lesson in lessons) - len(checks)
    if missing:
        raise ValueError(f"{missing} exercise(s) have no check cell in the solved notebooks.")
    total = sum(median(taken) for taken in times.values())
    title = f"A check that passes: {total:.1f} s for all {len(checks)} exercises together"
    targets = [Target(name, LIMIT, "plain") for name in checks]
    notes = [
        f"sum of the medians: {total:.2f} s",
        f"{count} interleaved repetitions in one process, on a single thread, as every check is",
    ]
    return 0 if report("checks", title, times, targets, notes, mark=LIMIT) else 1


if __name__ == "__main__":
    sys.exit(main())
