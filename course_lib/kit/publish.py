"""Everything that Kaggle needs, in folders: the course as a data set, and a kernel per notebook.

The data set holds the course's wheel, the few wheels that Kaggle's image lacks, and a list of what
to install, which the notebooks' bootstrap reads: it works without a network.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import course_lib
from course_lib.exercises import files
from course_lib.kit import kaggle_client, platforms

# Kaggle's image has torch, wandb, pandas …; what it lacks, or may have too old, is pure Python.
LACKING = (
    "docstring-parser",
    "jsonargparse",
    "lightning-utilities",
    "pytorch-lightning",
    "torchmetrics",
    "typeshed-client",
)
WITH_IMAGES = range(1, 7)  # lessons on MNIST, which is the Digit Recognizer competition's data
WITH_GPU = (5, 8)  # lessons that gain from one: precision, and a transformer

_USER = r"[a-z0-9]+(?:[_-][a-z0-9]+)*"
_TITLE = range(5, 51)  # characters


def kaggle(lessons: list[int], user: str, public: bool = False, target: Path | None = None) -> Path:
    """Write the folders for Kaggle, all of them or, if something fails, none.

    Args:
        lessons: the numbers of the lessons; their exercises come along.
        user: the Kaggle user who will own data set and kernels.
        public: whether everybody may see them.
        target: the folder to write, `build/kaggle` of the checkout; what was there is replaced.

    Returns:
        The folder: `dataset`, and `lesson_NN` and `exercises_NN` for each lesson.

    Raises:
        ValueError: something is missing or not as Kaggle wants it.
    """
    if not re.fullmatch(_USER, user):
        raise ValueError(
            f"{user!r} is no Kaggle user; expected what stands after kaggle.com/ in the address of "
            "your profile: small letters, digits and hyphens."
        )
    if not (files.root() / "pyproject.toml").exists():
        raise ValueError("The course is published from a checkout; this is the wheel.")
    target = target or files.root() / "build" / "kaggle"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".kaggle-") as unfinished:
        folder = Path(unfinished) / "kaggle"
        _write_dataset(folder / "dataset", user, earlier=target / "dataset")
        for lesson in lessons:
            for kind in ("lesson", "exercises"):
                _write_kernel(folder / f"{kind}_{lesson:02d}", kind, lesson, user, public)
        kaggle_client.validate(folder)
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
    return target


def check_address() -> None:
    """See that the notebooks say where the course lies, before anybody else opens them.

    Raises:
        ValueError: they name the placeholder.
    """
    if platforms.address().startswith(platforms.PLACEHOLDER):
        raise ValueError(
            "The notebooks still name a placeholder as the course's address; set [project.urls] "
            "Repository in pyproject.toml, run `course build`, and publish again."
        )


def _dataset_id(user: str) -> str:
    return f"{user}/lightning-course-kit"


def _write_dataset(folder: Path, user: str, earlier: Path) -> None:
    folder.mkdir(parents=True)
    _build_wheel(folder)
    _add_wheels(folder, earlier)
    version = course_lib.__version__
    (folder / platforms.REQUIREMENTS).write_text(
        f"--no-index\n--find-links .\nlightning-course-kit=={version}\n", "utf-8", newline="\n"
    )
    _write_json(
        folder / "dataset-metadata.json",
        {
            "title": "Lightning course kit",
            "subtitle": "What the notebooks of the PyTorch Lightning course install",
            "description": (
                "The Python package of a course on PyTorch Lightning, and the wheels that it needs "
                "beside those of Kaggle's image. Attach it to the course's notebooks: they install "
                "it themselves, without internet."
            ),
            "id": _dataset_id(user),
            "licenses": [{"name": "MIT"}],
        },
    )


def _write_kernel(folder: Path, kind: str, lesson: int, user: str, public: bool) -> None:
    source = files.notebook({"lesson": "notebooks", "exercises": "exercise_files"}[kind], lesson)
    title = f"Lightning {kind} {source.stem.replace('_', ' ')}"
    if len(title) not in _TITLE:
        raise ValueError(
            f"Kaggle's title for {source.name} would be {title!r}, {len(title)} characters; "
            f"expected at most {_TITLE[-1]}. Shorten the notebook's name."
        )
    folder.mkdir(parents=True)
    shutil.copyfile(source, folder / source.name)
    _write_json(
        folder / "kernel-metadata.json",
        {
            "id": f"{user}/{title.lower().replace(' ', '-')}",
            "title": title,
            "code_file": source.name,
            "language": "python",
            "kernel_type": "notebook",
            "is_private": not public,
            "enable_gpu": lesson in WITH_GPU,
            "enable_internet": False,
            "dataset_sources": [_dataset_id(user)],
            "competition_sources": ["digit-recognizer"] if lesson in WITH_IMAGES else [],
            "kernel_sources": [],
            "model_sources": [],
        },
    )


def _build_wheel(folder: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=files.root(), capture_output=True, text=True)
    if built.returncode:
        raise ValueError(
            f"The course's wheel could not be built: {_last_line(built.stderr)} (is `pip install "
            '-c constraints.txt -e ".[publish]"` done?)'
        )


def _add_wheels(folder: Path, earlier: Path) -> None:
    """Download what the image lacks, in the versions of `constraints.txt`; keep what is there."""
    pinned = _pinned()
    missing: list[str] = []
    for name in LACKING:
        version = pinned[name]
        found = list(earlier.glob(f"{name.replace('-', '_')}-{version}-py3-none-any.whl"))
        for wheel in found:
            shutil.copyfile(wheel, folder / wheel.name)
        missing += [] if found else [f"{name}=={version}"]
    if not missing:
        return
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", *options, "-d", str(folder), *missing]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise ValueError(
            f"These wheels could not be downloaded: {', '.join(missing)}; a network is needed the "
            f"first time. ({_last_line(done.stderr)})"
        )


def _pinned() -> dict[str, str]:
    lines = (files.root() / "constraints.txt").read_text("utf-8").splitlines()
    pairs = (line.partition("==") for line in lines)
    return {name.strip().lower().replace("_", "-"): version.strip() for name, _, version in pairs}


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason was given"])[-1]


def _write_json(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=2) + "\n", "utf-8", newline="\n")
