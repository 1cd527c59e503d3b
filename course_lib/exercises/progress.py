"""What a student has passed so far, kept over restarts as a log that is only ever appended to.

One short line per event, written in one go: two kernels at once, or a power cut, lose nothing but
a last line, and reading skips what it cannot parse.
"""

import contextlib
import json
import os
from collections.abc import Iterator

from course_lib import settings

FILE = "progress.jsonl"


def record(**event: str) -> None:
    """Append an event: `id` and `outcome`, `id` and `hint`, or `reset`.

    A disk that is full or read-only, or a bad setting, costs the record, not the lesson.
    """
    # ValueError: a setting has lost its meaning; RuntimeError: nobody knows where home is.
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        folder = settings.current().state_dir
        folder.mkdir(parents=True, exist_ok=True)
        line = b"\n" + json.dumps(event).encode()  # in front: the line before may be a broken one
        file = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(file, line)
        finally:
            os.close(file)


def outcomes() -> dict[str, str]:
    """The outcome per exercise: passed stays passed, until its lesson is reset."""
    found: dict[str, str] = {}
    for event in _events():
        if "reset" in event:
            lesson = event["reset"] + "."
            found = {id: outcome for id, outcome in found.items() if not id.startswith(lesson)}
        elif {"id", "outcome"} <= event.keys() and found.get(event["id"]) != "passed":
            found[event["id"]] = event["outcome"]
    return found


def hints_given(id: str) -> int:
    """How many hints `course hint` has given for an exercise since its lesson was reset."""
    count = 0
    for event in _events():
        if event.get("hint") == id:
            count += 1
        elif event.get("reset") == id.partition(".")[0]:
            count = 0
    return count


def _events() -> Iterator[dict[str, str]]:
    try:
        lines = (settings.current().state_dir / FILE).read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        with contextlib.suppress(json.JSONDecodeError):
            event = json.loads(line)
            if isinstance(event, dict) and all(isinstance(v, str) for v in event.values()):
                yield event
