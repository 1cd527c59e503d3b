"""How long the course's CNN takes to 99 % of MNIST's test images, with a Trainer and without.

Both follow the recipe below on the 48,000 images that ImageDataModule leaves for training, and are
tested after each epoch. Seconds are those of training alone. A run that does not get there counts
as one epoch more than it had. The accuracy is shown, not used: the last epoch's weights count.
"""

import contextlib
import io
import math
import sys
from collections.abc import Iterator, Mapping
from itertools import count
from time import perf_counter

import pytorch_lightning as pl
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from benchmarks.measure import Case, Target, interleave, repetitions, report
from benchmarks.training import NVML_CHECK, environment, mnist_folder, quiet
from course_lib.data import ImageDataModule
from course_lib.models import CNN, LitClassifier

ACCURACY, EPOCHS, BATCH_SIZE, LR = 0.99, 4, 64, 5e-3  # with Adam and OneCycleLR
SHARE = 0.9  # of the seeds has to get there
EPOCHS_NEEDED, TEST_ACCURACY = "epochs", "test accuracy"


class Watch(pl.Callback):
    """Tests after each epoch, with the clock stopped; for a bare loop, too."""

    def __init__(self, datamodule: ImageDataModule) -> None:
        self.datamodule = datamodule
        self.seconds = self.accuracy = 0.0
        self.epochs = 0
        self.needed: tuple[float, float] | None = None  # epochs and seconds

    def start(self) -> None:
        """Begin an epoch."""
        self._start = perf_counter()

    def stop(self, model: nn.Module) -> None:
        """End an epoch."""
        self.seconds += perf_counter() - self._start
        self.epochs += 1
        model.eval()
        with torch.no_grad():
            right = sum(
                int((model(images).argmax(1) == labels).sum())
                for images, labels in self.datamodule.test_dataloader()
            )
        model.train()
        self.accuracy = right / len(self.datamodule.test_set)
        if self.accuracy >= ACCURACY and self.needed is None:
            self.needed = self.epochs, self.seconds

    def figures(self, case: str) -> Mapping[str, float]:
        """Seconds and epochs that were needed, and the accuracy in the end."""
        missed = self.epochs + 1, self.seconds * (self.epochs + 1) / self.epochs
        epochs, seconds = self.needed or missed
        return {
            case: seconds,
            f"{case}: {EPOCHS_NEEDED}": epochs,
            f"{case}: {TEST_ACCURACY}": 100 * self.accuracy,
        }

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Begin an epoch."""
        self.start()

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """End an epoch."""
        self.stop(pl_module)


def with_trainer(watch: Watch) -> None:
    """Train as a student does."""
    with environment(NVML_CHECK, "1"):
        trainer = pl.Trainer(
            accelerator="cpu",
            max_epochs=EPOCHS,
            limit_train_batches=1.0,
            limit_val_batches=0,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            callbacks=[watch],
        )
        model = LitClassifier(CNN(), lr=LR, scheduler="OneCycleLR")
        trainer.fit(model, datamodule=watch.datamodule)


def bare(watch: Watch) -> None:
    """Train in a loop, as a script without Lightning would."""
    network, loader = CNN(), watch.datamodule.train_dataloader()
    optimizer = torch.optim.Adam(network.parameters(), lr=LR)
    steps = EPOCHS * len(loader)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=steps)
    with environment(NVML_CHECK, None):
        for _ in range(EPOCHS):
            watch.start()
            for images, labels in loader:
                optimizer.zero_grad()
                cross_entropy(network(images), labels).backward()
                optimizer.step()
                scheduler.step()
            watch.stop(network)


def case(name: str, folder: str) -> Case:
    """A case that takes another seed each time it is called."""
    train = {"bare loop": bare, "Trainer": with_trainer}[name]

    def runs() -> Iterator[Mapping[str, float]]:
        for seed in count(10):  # the recipe was chosen with those below
            datamodule = ImageDataModule("mnist", folder, BATCH_SIZE, seed=seed)
            datamodule.setup()
            torch.manual_seed(seed)
            watch = Watch(datamodule)
            train(watch)
            yield watch.figures(name)

    return runs().__next__


def most(values: list[float]) -> float:
    """What that share of the values does not exceed."""
    return sorted(values)[math.ceil(SHARE * len(values)) - 1]


def main() -> int:
    """Measure, report, and fail if the target is missed."""
    seeds = repetitions(10, "Time to 99 % of MNIST's test images; a repetition is a seed.")
    quiet()
    with contextlib.redirect_stdout(io.StringIO()), mnist_folder() as (folder, data):
        cases = {name: case(name, str(folder)) for name in ("bare loop", "Trainer")}
        times = interleave(cases, seeds, warm_up=False)
    units = {name: EPOCHS_NEEDED for name in times if name.endswith(EPOCHS_NEEDED)}
    units |= {name: "%" for name in times if name.endswith(TEST_ACCURACY)}
    words = f"in {SHARE:.0%} of the seeds"
    target = Target(f"Trainer: {EPOCHS_NEEDED}", EPOCHS, "plain", statistic=most, words=words)
    recipe = f"Adam, OneCycleLR, lr {LR:g}, {EPOCHS} epochs, batches of {BATCH_SIZE}"
    notes = [f"data: {data}", f"recipe: {recipe}", f"{seeds} seeds, which took turns"]
    title = f"The CNN to {ACCURACY:.0%} of the test images"
    return 0 if report("to_99_percent", title, times, [target], notes, units=units) else 1


if __name__ == "__main__":
    sys.exit(main())
