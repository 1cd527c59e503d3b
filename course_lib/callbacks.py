"""What the lessons hand to a Trainer beside Lightning's own callbacks and plugins."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from lightning_fabric.plugins.io.torch_io import TorchCheckpointIO
from pytorch_lightning.loggers import WandbLogger
from pytorch_lightning.trainer.states import TrainerFn

from course_lib import samples
from course_lib.models.guard import MonitorGuard
from course_lib.samples import Moments, Sample, Statistics

__all__ = ["AtomicCheckpointIO", "LogPredictionsCallback", "MonitorGuard", "RandomState"]

TABLE = ["image", "true", "predicted", "confidence", "correct"]


class LogPredictionsCallback(pl.Callback):
    """Show validation images with what the model makes of them: a mistake tells more than a mean.

    Every `every_n_epochs`-th epoch, and in each `trainer.validate`, the first images of the first
    validation batch are shown with true and predicted class; wrong ones have a ✗. A WandbLogger
    gets them as captioned images under `key` and as a table under `key + "_table"`. For any other
    logger, or none, a figure is written to `<key>/epoch=000.png` in the logger's folder, or in
    `default_root_dir`. Of several validation loaders each has its own, with Lightning's suffix
    `/dataloader_idx_0`.

    Predictions are what `validation_step` returns: logits or probabilities `[N, C]`, classes
    `[N]`, or a dict with one of these under `logits`, `probs`, `probabilities` or `preds`. If it
    returns anything else, the model is called once more. Images are `[N, 1, H, W]` or
    `[N, 3, H, W]`, in a batch `(images, labels)` or under the keys `image(s)` and `label(s)`;
    labels may be missing.

    A failure in here is a warning, once per kind and run, and never ends the training. Nothing is
    shown in a `fast_dev_run`.

    Args:
        num_samples: how many images.
        every_n_epochs: with 2, the second epoch, the fourth, …, as in ModelCheckpoint.
        class_names: by class number; by default the data module's `class_names`, or the numbers.
        mean, std: what the images were normalised with, in all or per channel; by default those of
            the data module or of the validation data set. Without any, the smallest and the
            largest value of the images are black and white.
        key: the name in the logger.

    Raises:
        ValueError: an argument has no meaning; says which, and what was expected.
    """

    def __init__(
        self,
        num_samples: int = 20,
        every_n_epochs: int = 1,
        class_names: Sequence[str] | None = None,
        mean: Statistics | None = None,
        std: Statistics | None = None,
        key: str = "predictions",
    ) -> None:
        for name, count in (("num_samples", num_samples), ("every_n_epochs", every_n_epochs)):
            if not isinstance(count, int) or isinstance(count, bool) or count < 1:
                raise ValueError(f"{name} is {count!r}; expected a whole number of at least 1.")
        if (mean is not None or std is not None) and not samples.usable((mean, std)):
            raise ValueError(
                f"mean is {mean!r} and std is {std!r}; expected both, finite, and std above 0."
            )
        if isinstance(class_names, str) or not isinstance(class_names, Sequence | None):
            raise ValueError(f"class_names is {class_names!r}; expected a list of names.")
        if not isinstance(key, str) or not key:
            raise ValueError(f"key is {key!r}; expected a name.")
        self.num_samples, self.every_n_epochs, self.key = num_samples, every_n_epochs, key
        self.class_names, self.mean, self.std = class_names, mean, std
        self._warned: set[tuple[str, str]] = set()

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Begin a run: what the last one warned of is new again."""
        self._warned.clear()

    def on_validation_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Show the first batch of each loader."""
        if batch_idx > 0 or not trainer.is_global_zero or not self._due(trainer):
            return
        with self._failing_softly("no images of predictions"):
            names = self.class_names or getattr(_datamodule(trainer), "class_names", None) or ()
            moments = self._moments(trainer, dataloader_idx)
            shown = samples.read(batch, outputs, pl_module, self.num_samples, names, moments)
            several = len(trainer.num_val_batches) > 1
            self._log(trainer, shown, f"/dataloader_idx_{dataloader_idx}" if several else "")

    def _due(self, trainer: pl.Trainer) -> bool:
        if trainer.sanity_checking or trainer.fast_dev_run:  # type: ignore[attr-defined]
            return False
        fitting = trainer.state.fn == TrainerFn.FITTING
        return not fitting or (trainer.current_epoch + 1) % self.every_n_epochs == 0

    @contextmanager
    def _failing_softly(self, fault: str) -> Iterator[None]:
        """Turn any exception into a warning, when it comes for the first time."""
        try:
            yield
        except Exception as error:
            kind = (fault, type(error).__name__)
            if kind not in self._warned:
                self._warned.add(kind)
                warnings.warn(
                    f"LogPredictionsCallback: {fault}, the run goes on without: "
                    f"{type(error).__name__}: {error}",
                    stacklevel=2,
                )

    def _moments(self, trainer: pl.Trainer, dataloader_idx: int) -> Moments | None:
        """Mean and standard deviation, wherever they are known."""
        loaders = trainer.val_dataloaders
        loader = loaders[dataloader_idx] if isinstance(loaders, list | tuple) else loaders
        places = (self, _datamodule(trainer), getattr(loader, "dataset", None))
        found: Iterator[Any] = ((getattr(p, "mean", None), getattr(p, "std", None)) for p in places)
        return next((moments for moments in found if samples.usable(moments)), None)

    def _log(self, trainer: pl.Trainer, shown: list[Sample], suffix: str) -> None:
        """Hand the samples to every logger; one that fails does not keep them from the next."""
        folders = {} if trainer.loggers else {trainer.default_root_dir: "no logger"}
        for logger in trainer.loggers:
            kind = type(logger).__name__
            if isinstance(logger, WandbLogger):
                with self._failing_softly(f"no images of predictions in {kind}"):
                    self._log_to_wandb(logger, shown, suffix, _step(trainer))
            else:
                folder = logger.log_dir or logger.save_dir or trainer.default_root_dir
                folders[str(folder)] = kind
        if folders:
            chart = samples.figure(shown, f"{self.key}{suffix}, epoch {trainer.current_epoch}")
        name = f"epoch={trainer.current_epoch:03d}{suffix.replace('/', '-')}.png"
        for folder, kind in folders.items():
            with self._failing_softly(f"no figure of predictions for {kind}"):
                path = Path(folder) / self.key / name
                path.parent.mkdir(parents=True, exist_ok=True)
                chart.savefig(path)

    def _log_to_wandb(
        self, logger: WandbLogger, shown: list[Sample], suffix: str, step: int
    ) -> None:
        import wandb

        captions = [", ".join(sample.lines) for sample in shown]
        images: list[Any] = [sample.image for sample in shown]
        logger.log_image(f"{self.key}{suffix}", images, step, caption=captions)
        rows = [[wandb.Image(sample.image), *sample[1:]] for sample in shown]
        logger.log_table(f"{self.key}_table{suffix}", columns=TABLE, data=rows, step=step)


def _datamodule(trainer: pl.Trainer) -> pl.LightningDataModule | None:
    return getattr(trainer, "datamodule", None)


def _step(trainer: pl.Trainer) -> int:
    """The step that Lightning gives to what this validation logs; in training it lags by one."""
    lag = trainer.state.fn == TrainerFn.FITTING
    return max(0, trainer.global_step - lag)


class RandomState(pl.Callback):
    """Keep torch's random state in checkpoints: dropout goes on as it would have.

    Lightning keeps weights, optimizers, schedulers and counters, but not this one.
    """

    def __init__(self) -> None:
        self._loaded: dict[str, Any] | None = None

    def state_dict(self) -> dict[str, Any]:
        """The state of the CPU's generator, and of each GPU's."""
        return {"cpu": torch.get_rng_state(), "cuda": torch.cuda.get_rng_state_all()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Keep the state until training starts, since setting a run up draws numbers, too."""
        self._loaded = state_dict

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Go on from the state that was loaded, if there is one."""
        if self._loaded is not None:
            torch.set_rng_state(self._loaded["cpu"])
            torch.cuda.set_rng_state_all(self._loaded["cuda"])
            self._loaded = None


class AtomicCheckpointIO(TorchCheckpointIO):
    """Write a checkpoint beside its place and rename it when it is whole.

    Lightning writes to the folder for temporary files and moves the file; if that folder is on
    another disk, the move is a copy, and a full disk or a kill leaves half a file under the
    checkpoint's name, maybe over the last good one. `Trainer(plugins=[AtomicCheckpointIO()])`.

    Raises:
        OSError: the checkpoint cannot be written; what was there before is still there.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None
    ) -> None:
        """Save to `<path>.part`, then rename."""
        part = Path(f"{path}.part")
        try:
            super().save_checkpoint(checkpoint, part, storage_options)
            part.replace(path)
        except OSError as error:
            fault = f"{error.strerror}: the checkpoint is not written, earlier ones are untouched"
            raise OSError(error.errno, fault, str(path)) from error
        finally:
            part.unlink(missing_ok=True)
