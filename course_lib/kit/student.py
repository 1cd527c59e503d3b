"""A student's way through the course: what is passed, what is next, hints, starting over."""

import shutil
import time
from pathlib import Path
from typing import Any

from course_lib.exercises import files, progress, rendering, stripping
from course_lib.kit import notebook_files


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
        name = files.student_notebook(lesson).name
        lessons.append({"lesson": lesson, "notebook": name, "exercises": exercises})
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
            f"  {rendering.symbol(exercise['outcome'])} {exercise['id']:<5} {exercise['title']}"
            for exercise in lesson["exercises"]
        ]
    lines.append(f"{bar(state['passed'], state['total'])} passed")
    if state["next"] is None:
        lines.append("All exercises passed: the course is yours.")
    else:
        lesson = int(state["next"].partition(".")[0])
        name = files.notebook("exercise_files", lesson).name
        lines.append(
            f"Next: {state['next']} in exercise_files/{name} · course hint {state['next']}"
        )
    return "\n".join(lines)


def bar(passed: int, total: int) -> str:
    """A progress bar."""
    filled = round(30 * passed / max(1, total))
    return f"{'█' * filled}{'░' * (30 - filled)} {passed}/{total}"


def next_hint(id: str) -> int:
    """The number of the next hint for an exercise; it counts as given."""
    progress.record(id=id, hint=id)
    return progress.hints_given(id)


def hint(id: str) -> str:
    """The next hint for an exercise; how many were given survives restarts.

    Raises:
        ValueError: there is no such exercise.
    """
    known = [known for lesson in files.lessons() for known in files.titles(lesson)]
    if id not in known:
        raise ValueError(f"There is no exercise {id!r}; there are {', '.join(known)}.")
    from course_lib.exercises.engine import exercises  # torch comes along

    return exercises(int(id.partition(".")[0]))[id].hint_text(next_hint(id))


def reset(lesson: int) -> tuple[Path, list[Path]]:
    """Put the exercise notebook of a lesson and its files back, and forget its progress.

    Returns:
        The notebook, and where the student's copies were kept: of the notebook, and of the folder
        of its files, if there were any.
    """
    path = files.student_notebook(lesson)
    solution = notebook_files.read(files.notebook("solutions", lesson))
    fresh = stripping.student_notebook(solution)
    texts = {path.parent / name: text for name, text in files.student_files(lesson).items()}
    kept = _keep([path, *texts])
    path.parent.mkdir(parents=True, exist_ok=True)
    notebook_files.write(fresh, path)
    for file, text in texts.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8", newline="\n")
    progress.record(reset=str(lesson))
    return path, kept


def _keep(paths: list[Path]) -> list[Path]:
    """Copy a notebook and its files, those that are there, into the folder `kept` beside it."""
    notebook = paths[0]
    folder = notebook.parent / "kept"
    stem = f"{notebook.stem}-{time.strftime('%Y%m%d-%H%M%S')}"
    names = (f"{stem}{suffix}" for suffix in ["", *(f"-{n}" for n in range(2, 1000))])
    name = next(n for n in names if not any(folder.glob(f"{n}*")))
    kept: list[Path] = []
    for path in filter(Path.exists, paths):
        inside = path.relative_to(notebook.parent).parts[1:]
        copy = folder.joinpath(name, *inside) if inside else folder / f"{name}.ipynb"
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
        kept.append(folder / name if inside else copy)
    return list(dict.fromkeys(kept))
