"""A training that is killed, a disk that is full: what there was goes on as if nothing had been."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from torch import Tensor

from course_lib.callbacks import AtomicCheckpointIO, RandomState
from course_lib.data import ImageDataModule
from course_lib.models import CNN, LitClassifier

resource = pytest.importorskip("resource")  # faults are made in the ways of Linux and macOS

EPOCHS, BATCHES = 3, 5  # of 256 images
STEPS = 3  # between two checkpoints


@pytest.fixture(autouse=True)
def quiet() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class KillAfter(pl.Callback):
    """End the process as a power cut would, without a word to anybody."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def on_train_batch_end(self, trainer: pl.Trainer, *args: Any) -> None:
        if trainer.global_step == self.steps:
            os.kill(os.getpid(), signal.SIGKILL)


class LimitFiles(pl.Callback):
    """From the second epoch on, the system lets no file have more than 10 kB."""

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.current_epoch == 1:
            resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))


class FillDisk(pl.Callback):
    """From the second epoch on, the disk with this folder is full."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.current_epoch == 1:
            room = shutil.disk_usage(self.folder).free - 8192  # too little for a checkpoint
            Path(self.folder, "fill").write_bytes(bytes(room))


def train(
    folder: str | Path, *callbacks: pl.Callback, ckpt_path: str | Path | None = None, **options: Any
) -> Tensor:
    """Train a network with dropout on augmented images; returns all its weights."""
    pl.seed_everything(1, verbose=False)
    model = LitClassifier(
        CNN(2, 8), scheduler="StepLR", scheduler_options={"step_size": 1, "gamma": 0.5}
    )
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=EPOCHS,
        limit_train_batches=BATCHES,
        limit_val_batches=1,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=list(callbacks),
        **{"logger": False, "default_root_dir": folder, **options},
    )
    data = ImageDataModule("digits", batch_size=256, augment=True)
    trainer.fit(model, data, ckpt_path=ckpt_path, weights_only=True)
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def keepers(folder: str | Path) -> list[pl.Callback]:
    """Checkpoints at an epoch's end, after its validation, and within it; and random numbers."""
    common: dict[str, Any] = dict(dirpath=folder, save_top_k=-1, auto_insert_metric_name=False)
    return [
        RandomState(),
        ModelCheckpoint(filename="epoch-{epoch}", **common),
        ModelCheckpoint(
            filename="val-{epoch}", monitor="val_loss", save_on_train_epoch_end=False, **common
        ),
        ModelCheckpoint(filename="step-{step}", every_n_train_steps=STEPS, **common),
    ]


def child(code: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run code of this file in a process of its own, which another command may start."""
    return subprocess.run(
        [*command, sys.executable, "-c", f"import test_faults as f; {code}"],
        cwd=Path(__file__).parent,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=120,
    )


# --- killed and resumed


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Tensor:
    folder = tmp_path_factory.mktemp("whole")
    return train(folder, *keepers(folder))


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a training leaves that is killed in the middle of its second epoch."""
    folder = tmp_path_factory.mktemp("killed")
    found = child(f"f.train({str(folder)!r}, f.KillAfter(9), *f.keepers({str(folder)!r}))")
    assert found.returncode == -signal.SIGKILL, found.stderr
    return folder


def test_a_kill_leaves_whole_checkpoints_and_nothing_else(killed: Path) -> None:
    names = sorted(path.name for path in killed.iterdir())
    assert names == ["epoch-0.ckpt", "step-3.ckpt", "step-6.ckpt", "val-0.ckpt"]
    for path in killed.iterdir():
        assert torch.load(path, weights_only=True)["state_dict"]


@pytest.mark.parametrize("name", ["epoch-0", "val-0", "step-3", "step-6"])
def test_a_resumed_training_ends_with_the_very_same_weights(
    killed: Path, uninterrupted: Tensor, name: str, tmp_path: Path
) -> None:
    torch.rand(7)  # whatever the process did before
    resumed = train(tmp_path, *keepers(tmp_path), ckpt_path=killed / f"{name}.ckpt")
    assert torch.equal(resumed, uninterrupted)


def test_without_the_random_state_dropout_goes_another_way(
    killed: Path, uninterrupted: Tensor, tmp_path: Path
) -> None:
    """What RandomState is for: Lightning itself does not keep it."""
    resumed = train(tmp_path, *keepers(tmp_path)[1:], ckpt_path=killed / "epoch-0.ckpt")
    assert not torch.equal(resumed, uninterrupted)


# --- a full disk


def loads(path: Path) -> bool:
    return bool(torch.load(path, weights_only=True)["state_dict"])


@pytest.mark.parametrize("plugins", [[], [AtomicCheckpointIO()]], ids=["Lightning", "atomic"])
def test_a_checkpoint_that_cannot_be_written_leaves_the_last_one_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plugins: list[Any]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / "run"
    best = ModelCheckpoint(folder, "best", enable_version_counter=False)  # always the same file
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            train(folder, LimitFiles(), best, plugins=plugins)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    if plugins:
        assert "not written, earlier ones are untouched" in str(caught.value)
        assert caught.value.filename == str(folder / "best.ckpt")
    assert loads(folder / "best.ckpt")
    assert list(tmp_path.iterdir()) == [folder]  # no half of a file anywhere
    assert [path.name for path in folder.iterdir()] == ["best.ckpt"]


def fill_up(folder: str, plugins: Sequence[Any]) -> None:
    """Train until the disk is full; print the error, and which checkpoints can be loaded."""
    fault = "none"
    try:
        train(folder, FillDisk(folder), ModelCheckpoint(folder), plugins=list(plugins))
    except OSError as error:
        fault = str(error)
    whole = {}
    for path in Path(folder).glob("*.ckpt"):
        with contextlib.suppress(Exception):
            whole[path.name] = False
            whole[path.name] = loads(path)
    print(json.dumps([fault, whole]))


def test_on_a_full_disk_no_half_checkpoint_has_a_checkpoints_name(tmp_path: Path) -> None:
    """Lightning's move from another disk is a copy; half of one would be taken for good."""
    script = f'mount -t tmpfs -o size=1m none "{tmp_path}" || exit 77; exec "$@"'
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
    if shutil.which("unshare") is None or subprocess.run([*command, "true"]).returncode:
        pytest.skip("no disk of a test's own can be made here")
    found = child(f"f.fill_up({str(tmp_path)!r}, [f.AtomicCheckpointIO()])", *command)
    assert found.returncode == 0, found.stderr
    fault, whole = json.loads(found.stdout.splitlines()[-1])
    assert "No space left on device: the checkpoint is not written" in fault
    assert whole == {"epoch=0-step=5.ckpt": True}


# --- the order of the data


def order(loader: Any, *epochs: int) -> list[list[int]]:
    """The labels of an epoch's batches, after the Trainer's call or without it."""
    found = []
    for epoch in epochs:
        if epoch >= 0:
            loader.sampler.set_epoch(epoch)
        found.append(torch.cat([labels for _, labels in loader]).tolist())
    return found


@pytest.mark.parametrize("workers", [0, 2])
def test_an_epochs_order_depends_on_seed_and_number_alone(workers: int) -> None:
    data = ImageDataModule("digits", num_workers=workers)
    data.setup()
    first, second, third = order(data.train_dataloader(), 0, 1, 2)
    assert len({tuple(first), tuple(second), tuple(third)}) == 3
    assert order(data.train_dataloader(), 2, 1) == [third, second]
    assert order(data.train_dataloader(), -1)[0] == first
    other = ImageDataModule("digits", seed=7)
    other.setup()
    assert order(other.train_dataloader(), 0)[0] != first


def test_loading_data_draws_no_number_of_the_models() -> None:
    data = ImageDataModule("digits")
    data.setup()
    before = torch.get_rng_state()
    for loader in (data.train_dataloader(), data.val_dataloader(), data.test_dataloader()):
        next(iter(loader))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_loader_goes_on_within_the_epoch_it_was_in_and_only_there() -> None:
    data = ImageDataModule("digits", batch_size=256)
    data.setup()
    loader = data.train_dataloader()
    loader.sampler.set_epoch(3)  # type: ignore[attr-defined]
    batches = iter(loader)
    next(batches), next(batches)
    state = loader.state_dict()
    rest = [labels.tolist() for _, labels in batches]

    again = data.train_dataloader()
    again.load_state_dict(state)
    again.sampler.set_epoch(3)  # type: ignore[attr-defined]
    assert [labels.tolist() for _, labels in again] == rest
    assert len(list(again)) == len(loader)  # once
    again.load_state_dict(state)
    again.sampler.set_epoch(4)  # type: ignore[attr-defined]
    assert len(list(again)) == len(loader)
