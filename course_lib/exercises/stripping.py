"""Taking the answers out of a solution: what stands between the two markers becomes `...`."""

import ast
import copy
import re

from nbformat import NotebookNode

BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"

_ANSWER = re.compile(
    rf"^(?P<indent>[ \t]*){BEGIN}\n(?P<answer>.*?)^[ \t]*{END}[ \t]*$", re.MULTILINE | re.DOTALL
)


def student_code(source: str) -> str:
    """Take the answers out of a cell.

    In a function an answer becomes `...`, so that the function is open. At the top of a cell the
    variables that it sets become `name = ...`, unless the cell sets them open before.

    Raises:
        ValueError: a marker has no partner.
        SyntaxError: an answer at the top of a cell is no code by itself.
    """
    return _opened(source).rstrip("\n")


def student_file(name: str, text: str) -> str:
    """Take the answers out of a file.

    In Python as in a cell, but an answer at the left margin that sets no variable becomes `...`,
    too: no other cell tells that it is missing. In any other file an answer becomes a line `...`.

    Args:
        name: of the file; its ending says what is in it.
        text: the solution.

    Raises:
        ValueError: a marker has no partner.
        SyntaxError: an answer at the left margin is no code by itself.
    """
    return _opened(text, in_file=True, is_python=name.endswith(".py"))


def student_notebook(solution: NotebookNode) -> NotebookNode:
    """The exercise notebook of a solved one, without answers and without outputs."""
    notebook = copy.deepcopy(solution)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = student_code(cell.source)
            cell.outputs, cell.execution_count = [], None
    return notebook


def unmarked(source: str) -> str:
    """The solution itself: all lines but the markers."""
    lines = source.splitlines()
    return "\n".join(line for line in lines if line.strip() not in (BEGIN, END))


def _opened(source: str, in_file: bool = False, is_python: bool = True) -> str:
    given = _ANSWER.sub("", source)
    if BEGIN in given or END in given:
        raise ValueError(f"A marker without its partner in:\n{source}")

    def open_part(match: re.Match[str]) -> str:
        if match["indent"] or not is_python:
            return f"{match['indent']}..."
        names = _variables(match["answer"])
        if in_file and not names:
            return "..."
        names = [name for name in names if f"\n{name} = " not in f"\n{given}"]
        return "\n".join(f"{name} = ..." for name in names)

    return _ANSWER.sub(open_part, source)


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
