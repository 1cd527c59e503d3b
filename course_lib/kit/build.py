"""From the solved notebooks to the exercises: the answers out, everything else as it is."""

import copy
import re
from pathlib import Path

from nbformat import NotebookNode

from course_lib.exercises import files
from course_lib.kit import kernel

_ANSWER = re.compile(
    rf"^(?P<indent>[ \t]*){files.BEGIN}\n.*?^[ \t]*{files.END}[ \t]*$", re.MULTILINE | re.DOTALL
)


def student_code(source: str) -> str:
    """Replace each answer in a cell by `...`.

    Raises:
        ValueError: a marker has no partner.
    """
    result = _ANSWER.sub(r"\g<indent>...", source)
    if files.BEGIN in result or files.END in result:
        raise ValueError(f"A marker without its partner in the cell:\n{source}")
    return result


def student_notebook(solution: NotebookNode) -> NotebookNode:
    """The exercise notebook of a solved one, without answers and without outputs."""
    notebook = copy.deepcopy(solution)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = student_code(cell.source)
            cell.outputs, cell.execution_count = [], None
    return notebook


def build(lesson: int, run: bool = True) -> Path:
    """Write the exercise notebook of a lesson, and run it and its solution to store outputs.

    Args:
        lesson: its number.
        run: False to write the exercise notebook only, without outputs.
    """
    source = files.notebook("solutions", lesson)
    target = files.root() / "exercise_files" / source.name
    solution = kernel.read(source)
    exercise = student_notebook(solution)
    if run:
        for notebook, path in ((solution, source), (exercise, target)):
            kernel.execute(notebook, path.parent, {"COURSE_DATA": "digits"})
            kernel.tidy(notebook)
        kernel.write(solution, source)
    target.parent.mkdir(exist_ok=True)
    kernel.write(exercise, target)
    return target
