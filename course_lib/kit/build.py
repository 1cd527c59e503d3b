"""From the solved notebooks to the exercises: the answers out, everything else as it is."""

import tempfile
from pathlib import Path

from course_lib.exercises import files
from course_lib.exercises.stripping import student_notebook
from course_lib.kit import drawings, kernel, live, notebook_files, platforms


def build(lesson: int, run: bool = True) -> Path:
    """Write the exercise notebook of a lesson, and run it and its solution to store outputs.

    All notebooks of the lesson get what they carry for Kaggle and Colab, and the lesson its
    drawings; a solution's badges open the exercises. The files beside the solution are written
    without their answers, and nothing else is left there.

    Args:
        lesson: its number.
        run: False to write the exercise notebook and its files only, without outputs.
    """
    source = files.notebook("solutions", lesson)
    target = files.root() / "exercise_files" / source.name
    if target != files.student_notebook(lesson):
        raise ValueError("Notebooks are built in a checkout of the course; this is the wheel.")
    _stamp_lesson(files.notebook("notebooks", lesson))
    solution = notebook_files.read(source)
    platforms.stamp(solution, f"exercise_files/{source.name}")
    exercise = student_notebook(solution)
    target.parent.mkdir(exist_ok=True)
    _write_files(lesson, target.parent)
    if run:
        with tempfile.TemporaryDirectory() as state:  # the author's own progress is another matter
            environment = {"COURSE_DATA": "digits", "COURSE_STATE_DIR": state}
            for notebook, folder in ((solution, source.parent), (exercise, target.parent)):
                live.run(kernel.execute(notebook, folder, environment))
                notebook_files.tidy(notebook)
    notebook_files.write(solution, source)
    notebook_files.write(exercise, target)
    return target


def _stamp_lesson(path: Path) -> None:
    lesson = notebook_files.read(path)
    platforms.stamp(lesson, f"notebooks/{path.name}")
    drawings.fill(lesson, files.root() / "figures")
    notebook_files.write(lesson, path)


def _write_files(lesson: int, folder: Path) -> None:
    """Write the files of a lesson without answers, and remove what else lies in their folder."""
    written = {folder / path: text for path, text in files.student_files(lesson).items()}
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    beside = folder / files.notebook("solutions", lesson).stem
    for path in sorted(beside.rglob("*"), reverse=True):
        if not path.is_dir() and path not in written:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    if beside.is_dir() and not written:
        beside.rmdir()
