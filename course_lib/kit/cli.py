"""The `course` command line: what there is, and which function does it.

The functions are imported once it is clear which is meant, so that `course --help` is instant.
"""

import contextlib
import io
import json
import sys
from pathlib import Path

from jsonargparse import ArgumentParser, Namespace

from course_lib.exercises import files

# Notebooks do without it; Kaggle's image has one that is too old for us, and that it needs itself.
_NO_NBCLIENT = "Running notebooks takes nbclient, which is not installed; `pip install nbclient`."


def main(arguments: list[str] | None = None) -> int:
    """Run `course`; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # Windows' own encoding has no ✓
    config = _parser().parse_args(arguments)
    command = config.subcommand
    try:
        return _COMMANDS[command](config[command])
    except BrokenPipeError:  # `course status | head`
        sys.stdout = None  # nothing more is to be flushed
        return 0
    except ModuleNotFoundError as error:
        if error.name != "nbclient":
            raise
        print(f"course {command}: {_NO_NBCLIENT}", file=sys.stderr)
        return 2
    except (OSError, ValueError) as error:
        print(f"course {command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="course", description="Work with the course's notebooks.")
    commands = parser.add_subcommands()

    run = ArgumentParser(description="Run lessons from start to end, and show what came of it.")
    run.add_argument("lessons", nargs="*", default=[], help="numbers, like 01 02; all by default")
    run.add_argument("--full", action="store_true", help="whole data, not a few batches per epoch")
    run.add_argument("--save", action="store_true", help="store the outputs in the notebooks")
    commands.add_subcommand("run", run, help="run lessons from start to end")

    build = ArgumentParser(description="Write exercise_files/ from solutions/, and store outputs.")
    build.add_argument("lessons", nargs="*", default=[], help="numbers, like 01 02; all by default")
    build.add_argument("--no_run", action="store_true", help="only write; do not run, no outputs")
    commands.add_subcommand("build", build, help="generate the exercises from the solutions")

    check = ArgumentParser(description="Run a student's notebook in a fresh kernel and check it.")
    check.add_argument("notebook", help="a lesson's number, like 02, or an .ipynb file")
    check.add_argument("--json", action="store_true", help="print JSON and nothing else")
    commands.add_subcommand("check", check, help="check an exercise notebook")

    watch = ArgumentParser(description="Check a student's notebook at each save.")
    watch.add_argument("notebook", help="a lesson's number, like 02, or an .ipynb file")
    commands.add_subcommand("watch", watch, help="check an exercise notebook at each save")

    status = ArgumentParser(description="Show the progress over the course, and what is next.")
    status.add_argument("--json", action="store_true", help="print JSON and nothing else")
    commands.add_subcommand("status", status, help="show the progress")

    hint = ArgumentParser(description="Give the next hint for an exercise.")
    hint.add_argument("exercise", help="its id, like 2.3")
    commands.add_subcommand("hint", hint, help="give the next hint for an exercise")

    reset = ArgumentParser(
        description="Put an exercise notebook back; your copy is kept beside it."
    )
    reset.add_argument("lesson", help="its number, like 02")
    commands.add_subcommand("reset", reset, help="start an exercise notebook over")

    publish = ArgumentParser(
        description="Write what Kaggle needs into build/kaggle/: the course as a data set, and "
        "its notebooks."
    )
    publish.add_argument("platform", choices=["kaggle"], help="where to")
    publish.add_argument("lessons", nargs="*", default=[], help="numbers; all by default")
    publish.add_argument("--user", required=True, help="your user name on Kaggle")
    publish.add_argument("--push", action="store_true", help="send it, with Kaggle's client")
    publish.add_argument("--public", action="store_true", help="for everybody to see")
    commands.add_subcommand("publish", publish, help="bring the notebooks to Kaggle")
    return parser


def _run(config: Namespace) -> int:
    from course_lib.kit import run

    runs = run.run_lessons(_lessons(config.lessons), config.full, config.save)
    print(run.table(runs))
    return int(any(lesson.error for lesson in runs))


def _build(config: Namespace) -> int:
    from course_lib.kit import build

    for lesson in _lessons(config.lessons):
        print(build.build(lesson, run=not config.no_run))
    return 0


def _check(config: Namespace) -> int:
    from course_lib.exercises import progress, rendering
    from course_lib.kit import check

    path, mine = _exercises(config.notebook)
    print(f"Running {path.name} …", file=sys.stderr)
    report = check.check_notebook(path)
    for exercise in report if mine else []:  # somebody else's notebook is not my progress
        progress.record(id=exercise["id"], outcome=exercise["outcome"])
    if config.json:
        print(json.dumps(report, indent=2))
    else:
        print("\n".join(rendering.as_text(**exercise) for exercise in report))
    return int(any(exercise["outcome"] != "passed" for exercise in report))


def _watch(config: Namespace) -> int:
    from course_lib.kit import watch

    path, mine = _exercises(config.notebook)
    with contextlib.suppress(KeyboardInterrupt):  # one of the ways to end it
        watch.watch(path, mine)
    return 0


def _status(config: Namespace) -> int:
    from course_lib.kit import student

    state = student.status()
    print(json.dumps(state, indent=2) if config.json else student.status_text(state))
    return 0


def _hint(config: Namespace) -> int:
    from course_lib.kit import student

    print(student.hint(config.exercise))
    return 0


def _reset(config: Namespace) -> int:
    from course_lib.kit import student

    path, kept = student.reset(_lesson(config.lesson))
    print(f"{path} is without answers again.")
    for copy in kept:
        print(f"Your copy: {copy}")
    return 0


def _publish(config: Namespace) -> int:
    from course_lib.kit import kaggle_client, platforms, publish

    if config.push:
        publish.check_address()  # before anything is built
    folder = publish.kaggle(_lessons(config.lessons), config.user, config.public)
    print(f"{folder}: a data set, and {len(list(folder.glob('*_*')))} notebooks.")
    if config.push:
        notes = f"Version {platforms.tag()}"
        print(*kaggle_client.push(folder, config.user, config.public, notes), sep="\n")
    return 0


def _exercises(text: str) -> tuple[Path, bool]:
    """The notebook that is meant, and whether it is the student's own, whose progress counts."""
    mine = text.isdecimal()
    path = files.student_notebook(_lesson(text)) if mine else Path(text)
    if mine and not path.exists():
        raise FileNotFoundError(f"There is no {path}; course reset {text} puts it there.")
    if not path.is_file():
        raise ValueError(
            f"There is no file {text!r}; expected a lesson's number, like 02, or an .ipynb file."
        )
    return path, mine


def _lessons(texts: list[str]) -> list[int]:
    return [_lesson(text) for text in texts] or files.lessons()


def _lesson(text: str) -> int:
    known = files.lessons()
    if not text.isdecimal() or int(text) not in known:
        there_are = ", ".join(f"{number:02d}" for number in known)
        raise ValueError(f"There is no lesson {text!r}; there are: {there_are}.")
    return int(text)


_COMMANDS = {
    "run": _run,
    "build": _build,
    "check": _check,
    "watch": _watch,
    "status": _status,
    "hint": _hint,
    "reset": _reset,
    "publish": _publish,
}
