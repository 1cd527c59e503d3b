"""What every test and every notebook cell runs under, from whichever folder pytest is started."""

import os
import shutil
import tempfile

import pytest

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
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fit nbval to notebooks that train: stderr is no result, and a cell may think for a while."""
    for item in items:
        if hasattr(item, "output_timeout"):
            item.output_timeout = 120
            item.parent.skip_compare += ("stderr",)


def pytest_unconfigure() -> None:
    """Leave no progress of ours behind."""
    shutil.rmtree(STATE, ignore_errors=True)
