"""What every test and every notebook cell runs under, from whichever folder pytest is started."""

import os
import shutil
import tempfile
from typing import Any

import nbval.kernel
import pytest
import warm
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

STATE = tempfile.mkdtemp(prefix="course-state-")

# Set before anything imports torch; notebook kernels inherit it.
os.environ.update(
    COURSE_DATA="digits",
    COURSE_LIMIT_BATCHES="8",
    COURSE_STATE_DIR=STATE,
    OMP_NUM_THREADS="1",  # make test starts two workers
    WANDB_MODE="offline",
    WANDB_CACHE_DIR=f"{STATE}/wandb",
    WANDB_CONFIG_DIR=f"{STATE}/wandb",
    WANDB_DATA_DIR=f"{STATE}/wandb",
    WANDB_X_STATS_SAMPLING_INTERVAL="1",  # seconds, not 15: a short run is measured, too
)
os.environ.setdefault("COURSE_VERDICTS", f"{STATE}/verdicts")  # the workers inherit the first one


start_kernel = nbval.kernel.start_new_kernel


def start_kernel_again(*args: Any, **options: Any) -> Any:
    """Start a notebook's kernel, once more if it dies before its first word.

    Jupyter looks for five free ports and leaves them to the kernel, which takes them a second
    later; in between, the other worker's kernel may have taken one. And a notebook has a W&B
    service of its own: that of the tests may end, or work in a folder that is no more.
    """
    options["env"] = {name: v for name, v in os.environ.items() if name != "WANDB_SERVICE"}
    try:
        return start_kernel(*args, **options)
    except RuntimeError:
        return start_kernel(*args, **options)


nbval.kernel.start_new_kernel = start_kernel_again
warm.use()


class ByFile(LoadScopeScheduling):
    """Keeps a file on one worker: a notebook's cells share a kernel, and tests may share a fixture.

    Tests over the catalogue share verdicts alone, through a folder: they go to whichever is free.
    """

    SPREAD = ("catalogue", "hostile_answers", "messages", "mutants", "verdicts")

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return nodeid if file.endswith(tuple(f"/test_{name}.py" for name in self.SPREAD)) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Have `make test`'s two workers equally long at work."""
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fit nbval to notebooks that train: stderr is no result, and a cell may think for a while."""
    for item in items:
        if hasattr(item, "output_timeout"):
            item.output_timeout = 120
            item.parent.skip_compare += ("stderr",)


def pytest_unconfigure() -> None:
    """Leave no progress of ours behind."""
    shutil.rmtree(STATE, ignore_errors=True)
