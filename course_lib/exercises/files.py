"""Where the course's notebooks lie, and what of a solution answers which exercise.

In a notebook each exercise begins with a heading, `## 2.1 …`; the cells up to the next heading are
its own, and what a student has to write stands between `# BEGIN SOLUTION` and `# END SOLUTION`.

Where a lesson's answers are files, they lie in a folder beside the notebook that has its name. The
files that belong to an exercise are those whose paths stand, as strings, in its cells of code:
`check.entry_point("06_lightning_cli/train.py")`.
"""

import contextlib
import json
import re
from pathlib import Path
from typing import Any

from course_lib.exercises.stripping import BEGIN, student_file, unmarked

_BUNDLED = Path(__file__).parent.parent / "_files"  # only where the wheel is installed

_STRING = re.compile(r"""["']([^"'\n]+)["']""")
_NO_FILES = ("__pycache__", "lightning_logs")  # left by somebody who has run one
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


def lesson_files(lesson: int) -> list[Path]:
    """The files beside the notebook of a lesson, as paths relative to the notebook's folder."""
    path = notebook("solutions", lesson)
    found = [file.relative_to(path.parent) for file in path.with_suffix("").rglob("*")]
    return sorted(
        file
        for file in found
        if (path.parent / file).is_file()
        and not any(part in _NO_FILES or part.startswith(".") for part in file.parts)
    )


def student_files(lesson: int) -> dict[Path, str]:
    """The files beside the notebook of a lesson without the answers, path and text.

    Raises:
        ValueError: a file is no text, or a marker in it has no partner.
    """
    folder = notebook("solutions", lesson).parent
    found: dict[Path, str] = {}
    for path in lesson_files(lesson):
        try:
            found[path] = student_file(path.name, (folder / path).read_text("utf-8"))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
    return found


def put_beside(lesson: int, folder: Path | None = None) -> None:
    """Put the files of a lesson beside its notebook, where they are missing; none is overwritten.

    Where the course is installed as a wheel the student has the notebook alone.

    Args:
        lesson: its number.
        folder: of the notebook; by default the present one, which is the kernel's.
    """
    for path, text in student_files(lesson).items():
        target = (folder or Path.cwd()) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            contextlib.suppress(FileExistsError),
            target.open("x", encoding="utf-8", newline="\n") as file,
        ):
            file.write(text)


def solution_parts(id: str) -> dict[str, str]:
    """The reference solution of an exercise, as the course's own tests run it.

    Returns:
        The code of its cells under the name "", and the text of each of its files under its path;
        only those in which there is something to answer.

    Raises:
        FileNotFoundError: the solutions are not installed here.
    """
    path = notebook("solutions", int(id.partition(".")[0]))
    cells = json.loads(path.read_text("utf-8"))["cells"]
    code = [
        "".join(cell["source"])
        for cell, section in zip(cells, sections(cells), strict=True)
        if section == id and cell["cell_type"] == "code"
    ]
    parts = {"": "\n\n".join(source for source in code if BEGIN in source)}
    for name in named_files("\n".join(code), int(id.partition(".")[0])):
        parts[name] = (path.parent / name).read_text("utf-8")
    return {name: unmarked(part) for name, part in parts.items() if BEGIN in part}


def solution_code(id: str) -> str:
    """The same in one piece."""
    return "\n\n".join(solution_parts(id).values())


def named_files(code: str, lesson: int) -> list[str]:
    """The files of a lesson whose paths stand as strings in a piece of code, in order."""
    known = {path.as_posix() for path in lesson_files(lesson)}
    return [name for name in dict.fromkeys(_STRING.findall(code)) if name in known]


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
