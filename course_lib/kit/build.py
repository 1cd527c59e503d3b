"""From the solved notebooks to the exercises: the answers out, everything else as it is."""

import ast
import copy
import re
import tempfile
from pathlib import Path

from nbformat import NotebookNode

from course_lib.exercises import files
from course_lib.kit import kernel, live

_ANSWER = re.compile(
    rf"^(?P<indent>[ \t]*){files.BEGIN}\n(?P<answer>.*?)^[ \t]*{files.END}[ \t]*$",
    re.MULTILINE | re.DOTALL,
)


def student_code(source: str) -> str:
    """Take the answers out of a cell.

    In a function an answer becomes `...`, so that the function is open. At the top of a cell the
    variables that it sets become `name = ...`, unless the cell sets them open before.

    Raises:
        ValueError: a marker has no partner.
        SyntaxError: an answer at the top of a cell is no code by itself.
    """
    given = _ANSWER.sub("", source)
    if files.BEGIN in given or files.END in given:
        raise ValueError(f"A marker without its partner in the cell:\n{source}")

    def open_part(match: re.Match[str]) -> str:
        if match["indent"]:
            return f"{match['indent']}..."
        names = [name for name in _variables(match["answer"]) if f"\n{name} = " not in f"\n{given}"]
        return "\n".join(f"{name} = ..." for name in names)

    return _ANSWER.sub(open_part, source).rstrip("\n")


def _variables(code: str) -> list[str]:
    """The variables that are set in a piece of code, outside functions, in order."""
    names = [
        node.id
        for statement in ast.parse(code).body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    return list(dict.fromkeys(names))


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
    if target != files.student_notebook(lesson):
        raise ValueError("Notebooks are built in a checkout of the course; this is the wheel.")
    solution = kernel.read(source)
    exercise = student_notebook(solution)
    if run:
        with tempfile.TemporaryDirectory() as state:  # the author's own progress is another matter
            environment = {"COURSE_DATA": "digits", "COURSE_STATE_DIR": state}
            for notebook in (solution, exercise):
                live.run(kernel.execute(notebook, source.parent, environment))
                kernel.tidy(notebook)
        kernel.write(solution, source)
    target.parent.mkdir(exist_ok=True)
    kernel.write(exercise, target)
    return target
