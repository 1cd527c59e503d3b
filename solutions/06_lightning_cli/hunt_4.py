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
    # BEGIN SOLUTION
    now, number = time.strftime("%Y%m%d-%H%M%S"), 1
    while True:
        folder = root / f"{now}-{number}"
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            number += 1
    # END SOLUTION
