"""The `COURSE_*` environment, read in this one place.

COURSE_DATA           where images come from: auto (the default), mnist, kaggle or digits
COURSE_DATA_DIR       the folder that holds, or will hold, MNIST/raw; ~/.cache/lightning_course
COURSE_KAGGLE_DIR     where Kaggle mounts its inputs; /kaggle/input
COURSE_LIMIT_BATCHES  batches per epoch, for a quick run of everything; no limit
COURSE_STATE_DIR      where progress is kept; ~/.lightning_course
"""

import os
from pathlib import Path
from typing import Literal, NamedTuple

SOURCES = ("auto", "mnist", "kaggle", "digits")

_PATHS = ("COURSE_DATA_DIR", "COURSE_KAGGLE_DIR", "COURSE_STATE_DIR")
_TRAINER_LIMITS = ("TRAIN", "VAL", "TEST", "PREDICT")


class Settings(NamedTuple):
    """The course's settings as the environment has them now."""

    data: str
    data_dir: Path
    kaggle_dir: Path
    state_dir: Path
    limit_batches: int | None


def current() -> Settings:
    """Read the environment.

    Raises:
        ValueError: a variable holds a value that has no meaning; the message names it.
    """
    environ = os.environ
    data = environ.get("COURSE_DATA") or "auto"
    if data not in SOURCES:
        raise ValueError(f"COURSE_DATA is {data!r}; expected one of {', '.join(SOURCES)}.")
    return Settings(
        data=data,
        data_dir=_path(environ.get("COURSE_DATA_DIR") or "~/.cache/lightning_course"),
        kaggle_dir=_path(environ.get("COURSE_KAGGLE_DIR") or "/kaggle/input"),
        state_dir=_path(environ.get("COURSE_STATE_DIR") or "~/.lightning_course"),
        limit_batches=_limit(environ.get("COURSE_LIMIT_BATCHES")),
    )


def platform() -> Literal["kaggle", "colab", "local"]:
    """Say which of the notebook services this is, by what they put into the environment."""
    if os.environ.get("KAGGLE_KERNEL_RUN_TYPE"):
        return "kaggle"
    return "colab" if os.environ.get("COLAB_RELEASE_TAG") else "local"


def apply() -> None:
    """Make the settings hold for the whole process, whichever folder it moves to.

    Relative folders become absolute, and a limit on batches becomes Lightning's own
    `PL_TRAINER_LIMIT_*_BATCHES`, on the CPU, so that notebooks show a plain `Trainer`. Explicit
    arguments of a `Trainer` still win, and so does a `PL_TRAINER_*` variable that is already set.
    """
    for name in _PATHS:
        if os.environ.get(name):
            os.environ[name] = str(_path(os.environ[name]))
    try:
        limit = current().limit_batches
    except ValueError:  # said by whoever reads the settings to use them
        return
    if limit is not None:
        os.environ.setdefault("PL_TRAINER_ACCELERATOR", "cpu")
        for part in _TRAINER_LIMITS:
            os.environ.setdefault(f"PL_TRAINER_LIMIT_{part}_BATCHES", str(limit))


def _path(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _limit(text: str | None) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or int(text) == 0:
        raise ValueError(
            f"COURSE_LIMIT_BATCHES is {text!r}; expected a whole number of at least 1 "
            "(unset it for a full run)."
        )
    return int(text)
