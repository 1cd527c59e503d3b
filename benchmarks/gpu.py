"""What a GPU makes of an epoch of MNIST: precisions, where the data are, and torch.compile.

The CNN in batches of 512, with a Trainer. The loader makes batches on the CPU and copies them from
page-locked memory; data that are resident lie on the device as bytes, and a batch is made there.
Compilation is warmed up by a first epoch, which does not count. Without a GPU nothing is measured;
`--device cpu` tries all the same what a CPU can do, on a few batches, and writes nothing.
"""

import argparse
import contextlib
import io
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from time import perf_counter
from typing import Any, cast

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from benchmarks.measure import Case, interleave, report
from benchmarks.training import mnist_folder, quiet
from course_lib.data import ImageDataModule, ImageDataset
from course_lib.models import CNN, LitClassifier

BATCH_SIZE, FEW = 512, 4  # images; batches on a CPU
PRECISIONS = ("32-true", "bf16-mixed", "bf16-true", "16-mixed")  # the first is the reference
MEMORY = "peak memory"


class Resident:
    """Shuffled batches `[B, 1, H, W]` of a data set whose bytes are on the device."""

    def __init__(self, part: ImageDataset, device: torch.device) -> None:
        self.images, self.labels = part.images.to(device), part.labels.to(device)
        self.mean, self.std = part.mean, part.std

    def __len__(self) -> int:
        return -(-len(self.labels) // BATCH_SIZE)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        order = torch.randperm(len(self.labels), device=self.labels.device)
        for index in order.split(BATCH_SIZE):
            images = self.images[index].unsqueeze(1).float() / 255
            yield (images - self.mean) / self.std, self.labels[index]


class Clock(pl.Callback):
    """Seconds and peak memory of the last epoch, once the device has done all that it was given."""

    seconds = megabytes = float("nan")

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start the clock."""
        if pl_module.device.type == "cuda":
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
        self._start = perf_counter()

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Stop it."""
        if pl_module.device.type == "cuda":
            torch.cuda.synchronize()
            self.megabytes = torch.cuda.max_memory_allocated() / 1e6
        self.seconds = perf_counter() - self._start


def epochs(
    name: str, device: str, data: Any, precision: Any = "32-true", compiled: bool = False
) -> Mapping[str, float]:
    """Train for two epochs; returns the second's seconds and megabytes."""
    clock, network = Clock(), CNN()
    trainer = pl.Trainer(
        accelerator="cpu" if device == "cpu" else "gpu",
        devices=1,
        precision=precision,
        max_epochs=2,
        limit_train_batches=FEW if device == "cpu" else 1.0,
        limit_val_batches=0,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[clock],
    )
    model = LitClassifier(cast(nn.Module, torch.compile(network)) if compiled else network)
    trainer.fit(model, train_dataloaders=data)
    return {name: clock.seconds, f"{name}: {MEMORY}": clock.megabytes}


def cases(device: str, datamodule: ImageDataModule) -> dict[str, Case]:
    """All precisions from the loader; then, in two of them, resident data and compilation."""
    loader = datamodule.train_dataloader()
    resident = Resident(datamodule.train_set, torch.device(device))
    usable = PRECISIONS[:3] if device == "cpu" else PRECISIONS  # 16-mixed needs a GPU
    found: dict[str, Case] = {}
    for precision in usable:
        found[precision] = partial(epochs, precision, device, loader, precision)
    for precision in usable[:2]:
        for words, data, compiled in (
            ("resident", resident, False),
            ("compiled", loader, True),
            ("resident, compiled", resident, True),
        ):
            name = f"{precision}, {words}"
            found[name] = partial(epochs, name, device, data, precision, compiled)
    return found


def main() -> int:
    """Measure and report, where there is a GPU."""
    parser = argparse.ArgumentParser(description="An epoch of MNIST on a GPU.")
    parser.add_argument("--repetitions", type=int, default=5, help="default: 5")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    options = parser.parse_args()
    device: str = options.device
    if device == "cuda" and not torch.cuda.is_available():
        print("\nThere is no GPU here: what it makes of an epoch is not measured.")
        return 0
    quiet()
    with contextlib.redirect_stdout(io.StringIO()), mnist_folder() as (folder, data):
        datamodule = ImageDataModule(
            "mnist", folder, batch_size=BATCH_SIZE, pin_memory=device == "cuda"
        )
        datamodule.setup()
        times = interleave(cases(device, datamodule), options.repetitions)
    if device == "cpu":
        print(*(f"{name}: {values}" for name, values in times.items()), sep="\n")
        return 0
    notes = [
        f"{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}",
        f"data: {data}",
        f"{options.repetitions} interleaved repetitions",
    ]
    units = {name: "MB" for name in times if name.endswith(MEMORY)}
    title = f"An epoch of {len(datamodule.train_set):,} images, CNN, batches of {BATCH_SIZE}"
    return 0 if report("gpu", title, times, (), notes, units=units) else 1


if __name__ == "__main__":
    sys.exit(main())
