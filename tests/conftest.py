"""What tests of several files start from."""

import functools
import importlib.metadata
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import warm

# Each Trainer looks into all installed packages for callbacks: longer than all else that it does.
importlib.metadata.entry_points = functools.cache(importlib.metadata.entry_points)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the student's, with a file in it, to work in."""
    (tmp_path / "notes.txt").write_text("mine")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cold() -> Iterator[None]:
    """Kernels start as they do at a student's, where it is their processes that are looked at."""
    with warm.cold():
        yield


@pytest.fixture
def ended_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends a loop may come in a callback of the garbage collector.

    There nobody can catch it; and it may come again while pytest notes that it came.
    """
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: None)
