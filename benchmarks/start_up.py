"""How long one waits before anything happens: imports, and the command's help.

`import course_lib` heads every notebook and `course` is typed often, so neither may import torch;
`course_lib.data` and `course_lib.models` need Lightning, whose own import is shown beside theirs.
"""

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from time import perf_counter

from benchmarks.measure import Target, interleave, repetitions, report

PYTHON, PACKAGE, HELP = "python", "import course_lib", "course --help"
IMPORTS = ("import pytorch_lightning", "import course_lib.data", "import course_lib.models")
HELP_CODE = "import sys; from course_lib.kit.cli import main; sys.argv[1:] = ['--help']; main()"


def python(code: str) -> float:
    """Seconds until a fresh interpreter has run `code` and ended."""
    start = perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - start


def main() -> int:
    """Measure, report, and fail if a target is missed."""
    count = repetitions(9, "Start-up times.")
    cases: dict[str, Callable[[], float]] = {
        PYTHON: partial(python, "pass"),
        PACKAGE: partial(python, PACKAGE),
        HELP: partial(python, HELP_CODE),
    }
    targets = (Target(PACKAGE, 0.02, "over", PYTHON), Target(HELP, 0.3, "plain"))
    notes = [f"{count} interleaved repetitions, each in a fresh interpreter"]
    cases |= {code: partial(python, code) for code in IMPORTS}
    return 0 if report("start_up", "Start-up", interleave(cases, count), targets, notes) else 1


if __name__ == "__main__":
    sys.exit(main())
