"""What Lightning and the course's data cost: one epoch of MNIST, five ways.

The same 48,000 images, the same MLP, batches of 128, Adam. The least it can take is a bare loop
that indexes a tensor of floats; the usual way is torchvision's data set, which transforms one PIL
image after another. The Trainer's start-up is left out: an epoch is timed from its first hook to
its last.

Importing Lightning sets PYTORCH_NVML_BASED_CUDA_CHECK=1, and with a CUDA build of torch on a
machine without a GPU every step of Adam then looks for NVML anew. The bare loops in this process
pay for that too; a script without Lightning would not, which is the row `PLAIN`.
"""

import contextlib
import io
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Subset
from torchvision import transforms
from torchvision.datasets import MNIST

from benchmarks.measure import Target, interleave, repetitions, report
from course_lib import settings
from course_lib.data import ImageDataModule, load_images
from course_lib.data.sources import IDX_FILES, IDX_FOLDER, IMAGE_MAGIC, LABEL_MAGIC
from course_lib.models import MLP, LitClassifier

BATCH_SIZE = 128
SIZES = (60_000, 10_000)  # of MNIST's two parts; a fifth of the first is for validation

NVML_CHECK = "PYTORCH_NVML_BASED_CUDA_CHECK"
TENSORS, LOADER = "bare loop, float tensors", "bare loop, ImageDataModule"
TRAINER, TORCHVISION = "Trainer, ImageDataModule", "bare loop, torchvision"
PLAIN = "bare loop, float tensors, no NVML check"
TARGETS = (Target(TRAINER, 1.5, against=TENSORS), Target(TRAINER, 0.3, against=TORCHVISION))

Batches = Iterable[Any]


class EpochTimer(pl.Callback):
    """Seconds of a training epoch."""

    seconds = float("nan")

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start the clock."""
        self._start = perf_counter()

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Stop it."""
        self.seconds = perf_counter() - self._start


def bare_loop(batches: Batches) -> float:
    """Train for one epoch in plain PyTorch; returns seconds."""
    model = MLP()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    start = perf_counter()
    for images, labels in batches:
        optimizer.zero_grad()
        loss = cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
    return perf_counter() - start


def trainer_epoch(datamodule: ImageDataModule) -> float:
    """Train for one epoch with Lightning; returns seconds."""
    timer = EpochTimer()
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=1,
        limit_train_batches=1.0,
        limit_val_batches=0,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[timer],
    )
    trainer.fit(LitClassifier(MLP()), datamodule=datamodule)
    return timer.seconds


def tensor_batches(images: Tensor, labels: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Shuffled batches of tensors that are ready to use."""
    for index in torch.randperm(len(labels)).split(BATCH_SIZE):
        yield images[index], labels[index]


def without_nvml(batches: Batches) -> float:
    """`bare_loop` as it runs where Lightning was never imported; returns seconds."""
    before = os.environ.pop(NVML_CHECK, None)
    try:
        return bare_loop(batches)
    finally:
        if before is not None:
            os.environ[NVML_CHECK] = before


@contextlib.contextmanager
def mnist_folder() -> Iterator[tuple[Path, str]]:
    """MNIST's files and their name; where there are none, digits written in their form."""
    folder = settings.current().data_dir
    if all((folder / IDX_FOLDER / name).is_file() for pair in IDX_FILES for name in pair):
        yield folder, "MNIST"
        return
    digits = load_images("digits")
    parts = (digits.train_images, digits.train_labels), (digits.test_images, digits.test_labels)
    with tempfile.TemporaryDirectory() as temporary:
        raw = Path(temporary) / IDX_FOLDER
        raw.mkdir(parents=True)
        for size, names, (images, labels) in zip(SIZES, IDX_FILES, parts, strict=True):
            index = torch.arange(size) % len(labels)
            write_idx(raw / names[0], IMAGE_MAGIC, images[index])
            write_idx(raw / names[1], LABEL_MAGIC, labels[index])
        yield Path(temporary), "scikit-learn's digits, repeated (no MNIST in COURSE_DATA_DIR)"


def write_idx(path: Path, magic: int, values: Tensor) -> None:
    """Write whole numbers below 256 as an IDX file."""
    header = np.array([magic, *values.shape], dtype=">i4")
    path.write_bytes(header.tobytes() + values.to(torch.uint8).numpy().tobytes())


def main() -> int:
    """Measure, report, and fail if a target is missed."""
    count = repetitions(7, "One epoch of MNIST, five ways.")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message=".*does not have many workers")
    warnings.filterwarnings("ignore", message=".*LeafSpec.* is deprecated")
    with contextlib.redirect_stdout(io.StringIO()), mnist_folder() as (folder, data):
        datamodule = ImageDataModule(source="mnist", data_dir=str(folder), batch_size=BATCH_SIZE)
        datamodule.setup()
        part = datamodule.train_set
        images = ((part.images / 255 - part.mean) / part.std).unsqueeze(1)  # [48,000, 1, 28, 28]
        steps = transforms.Compose(
            [transforms.ToTensor(), transforms.Normalize((part.mean,), (part.std,))]
        )
        usual = Subset(MNIST(folder, transform=steps), range(len(part)))
        usual_loader = DataLoader(usual, batch_size=BATCH_SIZE, shuffle=True)
        times = interleave(
            {
                TENSORS: lambda: bare_loop(tensor_batches(images, part.labels)),
                PLAIN: lambda: without_nvml(tensor_batches(images, part.labels)),
                LOADER: lambda: bare_loop(datamodule.train_dataloader()),
                TRAINER: lambda: trainer_epoch(datamodule),
                TORCHVISION: lambda: bare_loop(usual_loader),
            },
            count,
        )
    title = f"An epoch of {len(part):,} images, MLP, batches of {BATCH_SIZE}"
    notes = [f"data: {data}", f"{count} interleaved repetitions"]
    return 0 if report("data_path", title, times, TARGETS, notes) else 1


if __name__ == "__main__":
    sys.exit(main())
