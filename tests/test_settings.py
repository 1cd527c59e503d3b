"""The `COURSE_*` settings: what they default to, what they refuse, and what follows from them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytorch_lightning as pl

from course_lib import settings

LIMITS = [f"PL_TRAINER_LIMIT_{part}_BATCHES" for part in ("TRAIN", "VAL", "TEST", "PREDICT")]


@pytest.fixture(autouse=True)
def environ() -> Iterator["os._Environ[str]"]:
    """The environment without any setting; `apply` writes to it, so it is put back as a whole."""
    before = os.environ.copy()
    prefixes = ("COURSE_", "PL_", "KAGGLE_", "COLAB_")
    for name in [name for name in os.environ if name.startswith(prefixes)]:
        del os.environ[name]
    yield os.environ
    os.environ.clear()
    os.environ.update(before)


def test_defaults_need_no_environment() -> None:
    found = settings.current()
    assert found.data == "auto"
    assert found.limit_batches is None
    assert found.data_dir == Path.home() / ".cache" / "lightning_course"
    assert found.state_dir == Path.home() / ".lightning_course"
    assert found.kaggle_dir == Path("/kaggle/input")


def test_an_empty_variable_counts_as_unset(environ: dict[str, str]) -> None:
    plain = settings.current()
    for name in ("DATA", "DATA_DIR", "KAGGLE_DIR", "STATE_DIR", "LIMIT_BATCHES"):
        environ[f"COURSE_{name}"] = ""
    assert settings.current() == plain


def test_current_follows_the_environment(environ: dict[str, str], tmp_path: Path) -> None:
    environ["COURSE_DATA"] = "digits"
    environ["COURSE_LIMIT_BATCHES"] = "3"
    environ["COURSE_STATE_DIR"] = str(tmp_path)
    environ["COURSE_DATA_DIR"] = "~/mine"
    found = settings.current()
    assert (found.data, found.limit_batches, found.state_dir) == ("digits", 3, tmp_path)
    assert found.data_dir == Path.home() / "mine"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COURSE_DATA", "minst"),
        ("COURSE_LIMIT_BATCHES", "0"),
        ("COURSE_LIMIT_BATCHES", "-1"),
        ("COURSE_LIMIT_BATCHES", "0.5"),
        ("COURSE_LIMIT_BATCHES", "many"),
        ("COURSE_LIMIT_BATCHES", "²"),
    ],
)
def test_a_bad_value_is_named_in_the_error(environ: dict[str, str], name: str, value: str) -> None:
    environ[name] = value
    with pytest.raises(ValueError, match=f"{name} is '{value}'"):
        settings.current()


def test_relative_folders_hold_after_a_change_of_folder(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("COURSE_DATA_DIR", "COURSE_KAGGLE_DIR", "COURSE_STATE_DIR")
    for name in names:
        environ[name] = f"some/{name}"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    settings.apply()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert [environ[name] for name in names] == [str(tmp_path / "some" / name) for name in names]
    assert settings.current().data_dir == tmp_path / "some" / "COURSE_DATA_DIR"


def test_a_limit_on_batches_reaches_a_plain_trainer(environ: dict[str, str]) -> None:
    environ["COURSE_LIMIT_BATCHES"] = "3"
    settings.apply()
    trainer = pl.Trainer(logger=False, enable_checkpointing=False)
    assert trainer.limit_train_batches == 3
    assert trainer.limit_val_batches == 3
    assert trainer.limit_test_batches == 3
    assert trainer.limit_predict_batches == 3
    assert isinstance(trainer.accelerator, pl.accelerators.CPUAccelerator)


def test_explicit_trainer_arguments_win_over_the_limit(environ: dict[str, str]) -> None:
    environ["COURSE_LIMIT_BATCHES"] = "3"
    settings.apply()
    trainer = pl.Trainer(limit_train_batches=5, logger=False, enable_checkpointing=False)
    assert (trainer.limit_train_batches, trainer.limit_val_batches) == (5, 3)


def test_a_trainer_variable_that_is_already_set_stays(environ: dict[str, str]) -> None:
    environ["COURSE_LIMIT_BATCHES"] = "3"
    environ[LIMITS[0]] = "7"
    settings.apply()
    settings.apply()
    assert [environ[name] for name in LIMITS] == ["7", "3", "3", "3"]


def test_without_a_limit_the_trainer_is_left_alone(environ: dict[str, str]) -> None:
    settings.apply()
    assert not [name for name in environ if name.startswith("PL_")]


def test_importing_the_package_imports_no_framework() -> None:
    code = (
        "import course_lib, sys; "
        "print(sorted({'torch', 'pytorch_lightning', 'numpy', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
