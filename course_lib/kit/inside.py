"""What runs inside a student's kernel: what is asked of it, and making it as it was at its start.

None of it leaves a name in the notebook's namespace.
"""

import ctypes
import gc
import os
import signal
import sys
from pathlib import Path
from typing import Any

from course_lib.exercises import inspection

_PR_SET_PDEATHSIG = 1  # of Linux
_start: dict[str, Any] = {}


def remember() -> None:
    """Keep how the kernel is now, before any cell has run; and let it not outlive its parent."""
    _start.update(folder=Path.cwd(), environment=os.environ.copy(), path=sys.path[:])
    if sys.platform == "linux":  # ipykernel sees to it, too, unless a cell keeps Python's lock
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def forget() -> bool:
    """Put everything back to how it was then, but keep the libraries that are imported.

    What this cannot undo: threads that still run, and what a cell has changed inside a library.
    """
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    shell.run_line_magic("reset", "-f")
    own = [name for name, module in sys.modules.items() if _is_own(module)]
    for name in own:  # a file beside the notebook may have changed, too
        del sys.modules[name]
    os.chdir(_start["folder"])
    os.environ.clear()
    os.environ.update(_start["environment"])
    sys.path[:] = _start["path"]
    if torch := sys.modules.get("torch"):
        torch.set_default_dtype(torch.float32)
        if torch.get_default_device().type != "cpu":
            torch.set_default_device("cpu")  # None would put an end to Lightning with torch 2.6
        torch.set_grad_enabled(True)
        torch.use_deterministic_algorithms(False)
        torch.seed()
    gc.collect()
    return True


def limits(lesson: int) -> dict[str, float]:
    """The seconds that each check of a lesson may take, by the check's name; imports nothing."""
    checks = sys.modules.get(f"course_lib.exercises.lesson_{lesson:02d}")
    return {name: value.limit for name, value in vars(checks).items() if hasattr(value, "limit")}


def hints(lesson: int) -> dict[str, list[str]]:
    """The hints for each exercise of a lesson, as they are shown."""
    from course_lib.exercises.engine import exercises

    return {
        id: [exercise.hint_text(number + 1) for number in range(len(exercise.hints))]
        for id, exercise in exercises(lesson).items()
    }


def _is_own(module: object) -> bool:
    """Whether a module is a file of the student's, from the folder of the notebook."""
    file = getattr(module, "__file__", None)
    if not isinstance(file, str) or not inspection.is_own(file):
        return False
    return Path(file).is_relative_to(_start["folder"])
