"""Running the lessons from start to end, with progress, and a table of what came of it."""

import re
import sys
import time
from typing import NamedTuple

from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode
from tqdm import tqdm

from course_lib import settings
from course_lib.exercises import files, inspection
from course_lib.kit import kernel, live, notebook_files

QUICK = 8  # batches per epoch, unless the run is full or COURSE_LIMIT_BATCHES says otherwise
RESULT_TAG = "result"  # of the cell that ends in the lesson's accuracy on held-out data
_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%")


class LessonRun(NamedTuple):
    """What came of running one lesson."""

    lesson: int
    learnt: str
    seconds: float
    accuracy: float | None  # percent, on held-out data
    error: str | None


def run_lessons(numbers: list[int], full: bool, save: bool) -> list[LessonRun]:
    """Run lessons one after the other, each in a kernel of its own.

    Args:
        numbers: of the lessons.
        full: on whole data, instead of a few batches per epoch.
        save: store the outputs in the notebooks.
    """
    from course_lib.data.sources import find_source  # after the command line has been understood

    environment = {"COURSE_DATA": find_source("auto")}
    limit = settings.current().limit_batches
    if not full:
        environment["COURSE_LIMIT_BATCHES"] = str(limit or QUICK)
    elif limit is not None:
        print(f"COURSE_LIMIT_BATCHES={limit} is set: this is no full run.", file=sys.stderr)
    print(f"Running {len(numbers)} lesson(s) on {environment['COURSE_DATA']}.")
    return [_run(number, environment, save) for number in numbers]


def table(runs: list[LessonRun]) -> str:
    """The closing table."""
    rows = [("lesson", "seconds", "accuracy", "what was learnt")]
    for run in runs:
        accuracy = "–" if run.accuracy is None else f"{run.accuracy:.1f} %"
        rows.append((f"{run.lesson:02d}", f"{run.seconds:.0f}", accuracy, run.error or run.learnt))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), row[1].rjust(widths[1]), row[2].rjust(widths[2]), row[3]]
        )
        for row in rows
    ]
    rule = "─" * max(len(line) for line in lines)
    return "\n".join([rule, lines[0], rule, *lines[1:], rule])


def _run(number: int, environment: dict[str, str], save: bool) -> LessonRun:
    path = files.notebook("notebooks", number)
    notebook = notebook_files.read(path)
    code_cells = sum(cell.cell_type == "code" for cell in notebook.cells)
    start = time.perf_counter()
    error = None
    with tqdm(
        total=code_cells,
        desc=f"lesson {number:02d}",
        unit="cell",
        bar_format="{desc} {bar:30} {n_fmt}/{total_fmt} cells, {elapsed}",
        file=sys.stdout,
    ) as bar:
        try:
            live.run(kernel.execute(notebook, path.parent, environment, lambda cell: bar.update()))
        except CellExecutionError as failure:
            who = f"Code cell {bar.n}"
            error = f"FAILED. {inspection.sentence([], failure.ename, failure.evalue, who)}"
            print(f"\n{failure}", file=sys.stderr)
        except DeadKernelError:
            error = "FAILED. The kernel died."
    seconds = time.perf_counter() - start
    if save and error is None:
        notebook_files.tidy(notebook)
        notebook_files.write(notebook, path)
    return LessonRun(number, _learnt(notebook), seconds, _accuracy(notebook), error)


def _learnt(notebook: NotebookNode) -> str:
    """The lesson's title says it: `# Lesson 01 · what is learnt`."""
    title = notebook.cells[0].source.splitlines()[0]
    return title.partition("·")[2].strip() or title.lstrip("# ")


def _accuracy(notebook: NotebookNode) -> float | None:
    """The last percentage that the cell tagged `result` printed."""
    for cell in notebook.cells:
        if RESULT_TAG in cell.metadata.get("tags", []):
            text = "".join(output.get("text", "") for output in cell.outputs)
            found = _PERCENT.findall(text)
            return float(found[-1]) if found else None
    return None
