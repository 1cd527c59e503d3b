"""What tests of several files start from."""

import functools
import importlib.metadata
from pathlib import Path

import pytest

# Each Trainer looks into all installed packages for callbacks: longer than all else that it does.
importlib.metadata.entry_points = functools.cache(importlib.metadata.entry_points)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the student's, with a file in it, to work in."""
    (tmp_path / "notes.txt").write_text("mine")
    monkeypatch.chdir(tmp_path)
    return tmp_path
