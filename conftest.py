"""What every test and every notebook cell runs under, from whichever folder pytest is started."""

import os
import tempfile

import pytest

# Set before anything imports torch; notebook kernels inherit it.
os.environ.update(
    COURSE_DATA="digits",
    COURSE_LIMIT_BATCHES="8",
    COURSE_STATE_DIR=tempfile.mkdtemp(prefix="course-state-"),
    OMP_NUM_THREADS="1",  # with xdist there is a worker per core already
    WANDB_MODE="offline",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fit nbval to notebooks that train: stderr is no result, and a cell may think for a while."""
    for item in items:
        if hasattr(item, "output_timeout"):
            item.output_timeout = 120
            item.parent.skip_compare += ("stderr",)
