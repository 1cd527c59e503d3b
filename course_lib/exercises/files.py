"""Where the course's notebooks lie, and which cells of a solution answer which exercise.

In a notebook each exercise begins with a heading, `## 2.1 …`; the cells up to the next heading are
its own, and what a student has to write stands between `# BEGIN SOLUTION` and `# END SOLUTION`.
"""

import json
import re
from pathlib import Path
from typing import Any

_BUNDLED = Path(__file__).parent.parent / "_files"  # only where the wheel is installed

BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"
_HEADING = re.compile(r"^##\s+(\d+\.\d+)\b(.*)$", re.MULTILINE)


def root() -> Path:
    """The folder of `notebooks/` and `solutions/`: the wheel's own, or the checkout."""
    return _BUNDLED if _BUNDLED.is_dir() else _BUNDLED.parent.parent


def workplace() -> Path:
    """Where the student's notebooks lie: in the checkout or, with the wheel, where one works."""
    return (Path.cwd() if root() == _BUNDLED else root()) / "exercise_files"


def student_notebook(lesson: int) -> Path:
    """The student's notebook of a lesson, whether it is there or not."""
    return workplace() / notebook("solutions", lesson).name


def notebook(folder: str, lesson: int) -> Path:
    """The notebook of a lesson in `notebooks` or `solutions`.

    Raises:
        FileNotFoundError: there is none; says which lessons there are.
    """
    for path in sorted((root() / folder).glob(f"{lesson:02d}_*.ipynb")):
        return path
    known = ", ".join(f"{number:02d}" for number in lessons()) or "none"
    raise FileNotFoundError(f"There is no lesson {lesson:02d} in {folder}; there are: {known}.")


def lessons() -> list[int]:
    """The numbers of the lessons there are."""
    return sorted(int(path.name[:2]) for path in (root() / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def sections(cells: list[Any]) -> list[str | None]:
    """For each cell of a notebook, the exercise whose section it stands in."""
    current: str | None = None
    found: list[str | None] = []
    for cell in cells:
        if cell["cell_type"] == "markdown":
            source = "".join(cell["source"])
            heading = _HEADING.search(source)
            if heading:
                current = heading.group(1)
            elif re.match(r"^##?\s", source):
                current = None
        found.append(current)
    return found


def solution_code(id: str) -> str:
    """The reference solution of an exercise, as the course's own tests run it.

    Raises:
        FileNotFoundError: the solutions are not installed here.
    """
    path = notebook("solutions", int(id.partition(".")[0]))
    cells = json.loads(path.read_text("utf-8"))["cells"]
    code = [
        "".join(cell["source"])
        for cell, section in zip(cells, sections(cells), strict=True)
        if section == id and cell["cell_type"] == "code" and BEGIN in "".join(cell["source"])
    ]
    markers = (BEGIN, END)
    lines = [line for line in "\n\n".join(code).splitlines() if line.strip() not in markers]
    return "\n".join(lines)


def titles(lesson: int) -> dict[str, str]:
    """The exercises of a lesson, id and title, in order, as the headings of its notebook say."""
    cells = json.loads(notebook("solutions", lesson).read_text("utf-8"))["cells"]
    found: dict[str, str] = {}
    for cell, section in zip(cells, sections(cells), strict=True):
        if section is not None and section not in found:
            heading = _HEADING.search("".join(cell["source"]))
            if heading:
                found[section] = heading.group(2).strip().strip("`")
    return found
