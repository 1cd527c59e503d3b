"""A requeued job goes on exactly, wherever in a step the signal came."""

import os
import signal
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor

from course_lib.data import ImageDataModule
from course_lib.models import CNN, LitClassifier
from course_lib.requeue import RequeueBetweenSteps, newest_checkpoint

STEPS = 10  # two epochs of five


class Signal(pl.Callback):
    """Signals the process, once, in the hook of that name: what Slurm does at any time."""

    def __init__(self, hook: str, step: int) -> None:
        self.step: int | None = step
        setattr(self, hook, self._signal)

    def _signal(self, trainer: pl.Trainer, *args: Any) -> None:
        if trainer.global_step == self.step and not trainer.sanity_checking:
            self.step = None
            os.kill(os.getpid(), signal.SIGUSR1)


@pytest.fixture
def requeued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The environment of a Slurm job, and the file in which its `scontrol` writes what it gets."""
    calls, programs = tmp_path / "calls", tmp_path / "bin"
    programs.mkdir()
    for name in ("scontrol", "srun"):
        (programs / name).write_text(f'#!/bin/sh\necho "$@" >> {calls}\n')
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    values = dict(NTASKS=1, NTASKS_PER_NODE=1, NNODES=1, PROCID=0, LOCALID=0, NODEID=0)
    for name, value in {**values, "JOB_ID": 17, "JOB_NAME": "train"}.items():
        monkeypatch.setenv(f"SLURM_{name}", str(value))
    before = signal.getsignal(signal.SIGUSR1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield calls
    assert signal.getsignal(signal.SIGUSR1) == before


def fit(folder: Path, *callbacks: pl.Callback) -> list[Tensor]:
    """Train for two epochs, from the requeue's checkpoint if there is one; the final weights."""
    torch.manual_seed(1)
    model = LitClassifier(CNN(2, 8), scheduler="OneCycleLR")  # with dropout
    trainer = pl.Trainer(
        default_root_dir=folder,
        accelerator="cpu",
        max_epochs=2,
        limit_train_batches=STEPS // 2,
        limit_val_batches=1,
        callbacks=list(callbacks),
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(model, ImageDataModule("digits", batch_size=16))
    assert trainer.global_step == STEPS
    return [parameter.detach().clone() for parameter in model.parameters()]


def same(first: list[Tensor], second: list[Tensor]) -> bool:
    return all(torch.equal(one, other) for one, other in zip(first, second, strict=True))


@pytest.fixture
def whole(requeued: Path, tmp_path: Path) -> list[Tensor]:
    return fit(tmp_path / "whole")


PLACES = [
    ("on_train_batch_start", 2),
    ("on_before_backward", 2),
    ("on_after_backward", 4),
    ("on_before_zero_grad", 6),
    ("on_validation_start", 5),
    ("on_validation_start", STEPS),  # the last: no step comes after it
]


@pytest.mark.parametrize(("hook", "step"), PLACES)
def test_a_job_signalled_anywhere_goes_on_to_the_same_weights(
    requeued: Path, whole: list[Tensor], tmp_path: Path, hook: str, step: int
) -> None:
    fit(tmp_path, RequeueBetweenSteps(), Signal(hook, step))
    assert requeued.read_text() == "requeue 17\n"
    state = torch.load(tmp_path / "hpc_ckpt_1.ckpt", weights_only=True)
    assert state["global_step"] in (step, step + 1)
    assert same(fit(tmp_path, RequeueBetweenSteps()), whole)


def test_without_it_the_checkpoint_is_of_half_a_step(
    requeued: Path, whole: list[Tensor], tmp_path: Path
) -> None:
    fit(tmp_path, Signal("on_after_backward", 4))
    assert (tmp_path / "hpc_ckpt_1.ckpt").exists()
    assert not same(fit(tmp_path, RequeueBetweenSteps()), whole)


def test_a_job_that_is_not_signalled_is_left_alone(
    requeued: Path, whole: list[Tensor], tmp_path: Path
) -> None:
    assert same(fit(tmp_path, RequeueBetweenSteps()), whole)
    assert not requeued.exists()
    assert not list(tmp_path.glob("*.ckpt"))


def test_outside_slurm_the_signal_stays_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    class Look(pl.Callback):
        def on_train_batch_end(self, *args: Any) -> None:
            seen.append(signal.getsignal(signal.SIGUSR1))

    monkeypatch.delenv("SLURM_NTASKS", raising=False)
    before = signal.getsignal(signal.SIGUSR1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit(tmp_path, RequeueBetweenSteps(), Look())
    assert set(seen) == {before}


def test_a_job_that_is_started_again_goes_on_from_its_newest_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_RESTART_COUNT", "1")
    assert newest_checkpoint(tmp_path) is None
    (tmp_path / "checkpoints").mkdir()
    names = ("checkpoints/b.ckpt", "hpc_ckpt_1.ckpt", "checkpoints/a.ckpt", "metrics.csv")
    for number, name in enumerate(names):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (number, number))
    assert newest_checkpoint(tmp_path) == tmp_path / "checkpoints/a.ckpt"
    monkeypatch.setenv("SLURM_RESTART_COUNT", "0")
    assert newest_checkpoint(tmp_path) is None
    monkeypatch.delenv("SLURM_RESTART_COUNT")
    assert newest_checkpoint(tmp_path) is None


def test_looking_at_a_checkpoint_of_half_an_epoch_leaves_the_next_training_whole(
    tmp_path: Path,
) -> None:
    labels: list[int] = []

    class Look(pl.Callback):
        def on_train_batch_start(self, trainer: Any, module: Any, batch: Any, index: int) -> None:
            labels.extend(batch[1].tolist())

    options: dict[str, Any] = dict(
        accelerator="cpu", logger=False, enable_progress_bar=False, enable_model_summary=False
    )
    quick: dict[str, Any] = dict(limit_train_batches=1.0, limit_val_batches=0, **options)
    model = LitClassifier(CNN(2, 8))
    dm = ImageDataModule("digits", batch_size=200)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first = pl.Trainer(max_steps=3, default_root_dir=tmp_path, **quick)
        first.fit(model, dm)
        first.save_checkpoint(tmp_path / "half.ckpt")
        looking = pl.Trainer(limit_test_batches=1, default_root_dir=tmp_path, **options)
        looking.test(model, dm, ckpt_path=tmp_path / "half.ckpt", verbose=False)
        pl.Trainer(max_epochs=1, callbacks=[Look()], default_root_dir=tmp_path, **quick).fit(
            model, dm
        )
    assert len(labels) == len(dm.train_set)
