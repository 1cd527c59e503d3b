"""Fault 4: a folder for each run, named by the time at which it begins."""

import time
from pathlib import Path


def broken_run_folder(root):
    """Make a folder below `root`, a Path."""
    folder = root / time.strftime("%Y%m%d-%H%M%S")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def run_folder(root: Path) -> Path:
    """Make a folder below `root` that no other run has."""
    ...
