"""What the benchmarks train: an epoch in a bare loop, and the same epoch with a Trainer."""

import contextlib
import logging
import os
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.loggers import CSVLogger
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from course_lib import settings
from course_lib.data import ImageDataModule, load_images
from course_lib.data.download import IDX_FOLDER
from course_lib.data.sources import IDX_FILES, IMAGE_MAGIC, LABEL_MAGIC
from course_lib.models import LitClassifier

SIZES = (60_000, 10_000)  # of MNIST's two parts; a fifth of the first is for validation
NVML_CHECK = "PYTORCH_NVML_BASED_CUDA_CHECK"

Batches = Iterable[Any]


class EpochTimer(pl.Callback):
    """Seconds of a training of one epoch, from its first step until all is logged and saved."""

    seconds = float("nan")

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start the clock."""
        self._start = perf_counter()

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Stop it."""
        self.seconds = perf_counter() - self._start


def bare_loop(
    network: Callable[[], nn.Module], batches: Batches, nvml_check: bool = False
) -> float:
    """Train for one epoch in plain PyTorch; returns seconds.

    A script without Lightning does not have NVML_CHECK set; `nvml_check` sets it.
    """
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    with environment(NVML_CHECK, "1" if nvml_check else None):
        start = perf_counter()
        for images, labels in batches:
            optimizer.zero_grad()
            loss = cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()
        return perf_counter() - start


def trainer_epoch(
    network: Callable[[], nn.Module],
    datamodule: ImageDataModule,
    steps: int | float = 1.0,
    logs: bool = False,
    checkpoints: bool = False,
) -> float:
    """Train for one epoch, or for some steps of one, with Lightning; returns seconds."""
    timer = EpochTimer()
    with tempfile.TemporaryDirectory() as folder, environment(NVML_CHECK, "1"):
        trainer = pl.Trainer(
            accelerator="cpu",
            max_epochs=1,
            limit_train_batches=steps,
            limit_val_batches=0,
            log_every_n_steps=50,
            logger=CSVLogger(folder) if logs else False,
            default_root_dir=folder,
            enable_checkpointing=checkpoints,
            enable_progress_bar=False,
            enable_model_summary=False,
            callbacks=[timer],
        )
        trainer.fit(LitClassifier(network()), datamodule=datamodule)
    return timer.seconds


def tensor_batches(images: Tensor, labels: Tensor, size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Shuffled batches of tensors that are ready to use."""
    for index in torch.randperm(len(labels)).split(size):
        yield images[index], labels[index]


@contextlib.contextmanager
def environment(name: str, value: str | None) -> Iterator[None]:
    """Set a variable of the environment for a while; None takes it away."""
    before = os.environ.pop(name, None)
    if value is not None:
        os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name, None)
        if before is not None:
            os.environ[name] = before


def quiet() -> None:
    """Keep Lightning's advice out of the tables."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message=".*does not have many workers")
    warnings.filterwarnings("ignore", message=".*LeafSpec.* is deprecated")
    warnings.filterwarnings("ignore", message=".*have no `val_dataloader`")


@contextlib.contextmanager
def mnist_folder(repeat: int = 1) -> Iterator[tuple[Path, str]]:
    """MNIST's files and their name; where there are none, digits written in their form.

    Args:
        repeat: how often the training part is repeated.
    """
    folder = settings.current().data_dir
    here = all((folder / IDX_FOLDER / name).is_file() for pair in IDX_FILES for name in pair)
    name = "MNIST" if here else "scikit-learn's digits, repeated (no MNIST in COURSE_DATA_DIR)"
    if here and repeat == 1:
        yield folder, name
        return
    data = load_images("mnist", folder) if here else load_images("digits")
    parts = (data.train_images, data.train_labels), (data.test_images, data.test_labels)
    with tempfile.TemporaryDirectory() as temporary:
        raw = Path(temporary) / IDX_FOLDER
        raw.mkdir(parents=True)
        sizes = (repeat * SIZES[0], SIZES[1])
        for size, names, (images, labels) in zip(sizes, IDX_FILES, parts, strict=True):
            write_idx(raw / names[0], IMAGE_MAGIC, images, size)
            write_idx(raw / names[1], LABEL_MAGIC, labels, size)
        yield Path(temporary), name


def write_idx(path: Path, magic: int, values: Tensor, size: int) -> None:
    """Write whole numbers below 256 as an IDX file, repeated until it has so many entries."""
    with path.open("wb") as file:
        file.write(np.array([magic, size, *values.shape[1:]], dtype=">i4").tobytes())
        for start in range(0, size, len(values)):
            file.write(values[: size - start].to(torch.uint8).numpy().tobytes())
