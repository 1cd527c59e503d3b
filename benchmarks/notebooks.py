"""How long each notebook takes as the tests run it: a kernel with its imports, and the rest.

Lessons and solutions run cell by cell in a fresh kernel, on scikit-learn's digits, with eight
batches an epoch and one thread, as nbval runs them. Start-up is the kernel's and that of the first
code cells, which import everything; the rest is what the lesson itself does.
"""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from time import perf_counter

from nbclient import NotebookClient

from benchmarks.measure import Case, Target, interleave, repetitions, report
from course_lib.exercises import files
from course_lib.kit import kernel, notebook_files

LIMIT = 60.0  # seconds for a notebook: a suite that takes longer is not run
FOLDERS = ("notebooks", "solutions")
IMPORTS = ("try:\n    import ", "import ")  # how the cells begin that count as start-up
START_UP = "start-up"


async def cells(client: NotebookClient, folder: Path) -> tuple[float, float]:
    """Seconds of the start-up, and seconds in all."""
    variables = {
        "COURSE_DATA": "digits",
        "COURSE_LIMIT_BATCHES": "8",
        "COURSE_STATE_DIR": str(folder),
        "OMP_NUM_THREADS": "1",
    }
    start, ready = perf_counter(), 0.0
    async with client.async_setup_kernel(env=kernel.merged(variables)):
        for index, cell in enumerate(client.nb.cells):
            if cell.cell_type == "code":
                await client.async_execute_cell(cell, index)
                if cell.source.startswith(IMPORTS):
                    ready = perf_counter() - start
        seconds = perf_counter() - start
    return ready, seconds


def notebook(name: str, path: Path) -> Mapping[str, float]:
    """Run a notebook in a copy of its own; returns seconds, those of the start-up apart.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell raised.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / path.parent.name
        folder.mkdir()
        shutil.copy(path, folder)
        client = NotebookClient(notebook_files.read(path), **kernel.defaults(folder))
        ready, seconds = asyncio.run(cells(client, folder))
    return {name: seconds, f"{name}, {START_UP}": ready, f"{name}, the rest": seconds - ready}


def main() -> int:
    """Measure, report, and fail if a target is missed."""
    count = repetitions(3, "Seconds for each notebook, as the tests run it.")
    cases: dict[str, Case] = {}
    for number in files.lessons():
        for folder in FOLDERS:
            name = f"{folder}/{number:02d}"
            cases[name] = partial(notebook, name, files.notebook(folder, number))
    times = interleave(cases, count, warm_up=False)
    targets = [Target(name, LIMIT, "plain") for name in cases]
    notes = [f"{count} interleaved repetitions, each in a fresh kernel"]
    title = "A notebook, as the tests run it"
    return 0 if report("notebooks", title, times, targets, notes, mark=LIMIT) else 1


if __name__ == "__main__":
    sys.exit(main())
