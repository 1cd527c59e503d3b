"""A student's way through the course: what is passed, what is next, hints, starting over."""

import shutil
import time
from pathlib import Path
from typing import Any

from course_lib.exercises import files, progress
from course_lib.kit import build, kernel

_SYMBOLS = {"passed": "✓", "failed": "✗", "timed out": "⧗", "not attempted": "○"}


def status() -> dict[str, Any]:
    """The progress over the course, as plain values.

    Returns:
        `lessons` (each with `lesson`, `notebook` and its `exercises`), `passed`, `total`, and
        `next`, the id of the first exercise that is not passed, or None.
    """
    outcomes = progress.outcomes()
    lessons: list[dict[str, Any]] = []
    for lesson in files.lessons():
        exercises = [
            {"id": id, "title": title, "outcome": outcomes.get(id, "not attempted")}
            for id, title in files.titles(lesson).items()
        ]
        path = files.notebook("exercise_files", lesson)
        lessons.append({"lesson": lesson, "notebook": path.name, "exercises": exercises})
    every = [exercise for lesson in lessons for exercise in lesson["exercises"]]
    still_open = [exercise["id"] for exercise in every if exercise["outcome"] != "passed"]
    return {
        "lessons": lessons,
        "passed": len(every) - len(still_open),
        "total": len(every),
        "next": still_open[0] if still_open else None,
    }


def status_text(state: dict[str, Any]) -> str:
    """The same for people, with the next step named."""
    lines: list[str] = []
    for lesson in state["lessons"]:
        done = sum(exercise["outcome"] == "passed" for exercise in lesson["exercises"])
        lines.append(f"{lesson['notebook']}  {done}/{len(lesson['exercises'])}")
        lines += [
            f"  {_SYMBOLS[exercise['outcome']]} {exercise['id']:<5} {exercise['title']}"
            for exercise in lesson["exercises"]
        ]
    filled = round(30 * state["passed"] / max(1, state["total"]))
    lines.append(f"{'█' * filled}{'░' * (30 - filled)} {state['passed']}/{state['total']} passed")
    if state["next"] is None:
        lines.append("All exercises passed: the course is yours.")
    else:
        lesson = int(state["next"].partition(".")[0])
        name = files.notebook("exercise_files", lesson).name
        lines.append(
            f"Next: {state['next']} in exercise_files/{name} · course hint {state['next']}"
        )
    return "\n".join(lines)


def hint(id: str) -> str:
    """The next hint for an exercise; how many were given survives restarts.

    Raises:
        ValueError: there is no such exercise.
    """
    known = [known for lesson in files.lessons() for known in files.titles(lesson)]
    if id not in known:
        raise ValueError(f"There is no exercise {id!r}; there are {', '.join(known)}.")
    import importlib

    from course_lib.exercises.engine import Exercise

    lesson = importlib.import_module(f"course_lib.exercises.lesson_{int(id.partition('.')[0]):02d}")
    exercise = next(e for e in vars(lesson).values() if isinstance(e, Exercise) and e.id == id)
    progress.record(id=id, hint=id)
    return exercise.hint_text(progress.hints_given(id))


def reset(lesson: int) -> tuple[Path, Path | None]:
    """Put the exercise notebook of a lesson back, and forget its progress.

    Returns:
        The notebook, and where the student's copy was kept beside it, if there was one.
    """
    path = student_folder() / files.notebook("solutions", lesson).name
    fresh = build.student_notebook(kernel.read(files.notebook("solutions", lesson)))
    kept = None
    if path.exists():
        kept = path.with_suffix(f".kept-{time.strftime('%Y%m%d-%H%M%S')}.ipynb")
        number = 1
        while kept.exists():
            number += 1
            kept = path.with_suffix(f".kept-{time.strftime('%Y%m%d-%H%M%S')}-{number}.ipynb")
        shutil.copy2(path, kept)
    path.parent.mkdir(parents=True, exist_ok=True)
    kernel.write(fresh, path)
    progress.record(reset=str(lesson))
    return path, kept


def student_folder() -> Path:
    """Where the student's notebooks lie: in the checkout or, with the wheel, where one works."""
    root = files.root()
    return (Path.cwd() if root.name == "_files" else root) / "exercise_files"
