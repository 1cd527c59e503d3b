"""A run that watches a metric nobody logs ends after its first epoch, with the metric's name."""

import re
from collections.abc import Iterator
from difflib import get_close_matches

import pytorch_lightning as pl
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning.callbacks import Checkpoint, ModelCheckpoint


class MonitorGuard(pl.Callback):
    """Check early that every metric that a callback watches is one that the run logs.

    With a misspelt `monitor`, or one that only validation logs in a run without validation,
    Lightning's ModelCheckpoint may train to the end and save nothing; a metric in its `filename`
    that is not logged becomes `0.00`. Neither is an error there.

    In `Trainer.fit`, a metric has to be logged by the time when an epoch of training and a
    validation are over, or the epoch alone if no validation will come, at the latest when training
    ends. `validate`, `test` and `predict` are left alone.

    Raises:
        MisconfigurationException: names the callback, its metric, the metrics there are and the
            likely reason.
    """

    def __init__(self) -> None:
        self._first_step = 0
        self._trained = self._validated = False

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Stand after the callbacks that may log a metric and before those that watch one."""
        self._trained = False  # nothing is checked in a sanity check, or without a fit
        trainer.callbacks = sorted(trainer.callbacks, key=self._place)  # type: ignore[attr-defined]

    def _place(self, callback: pl.Callback) -> int:
        if isinstance(callback, Checkpoint):  # last, as Lightning has them
            return 3
        return 1 if callback is self else 2 if _monitor(callback) else 0

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Begin anew with each fit, which may be a resumed one."""
        self._first_step = trainer.global_step
        self._trained = self._validated = False

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Check, unless training has yet to log what it logs at an epoch's end."""
        self._validated = True
        self._check(trainer)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Check, unless the model's own hook, which is called next, may log more."""
        if type(pl_module).on_train_epoch_end is pl.LightningModule.on_train_epoch_end:
            self._end_epoch(trainer, trainer.current_epoch + 1)

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Check what had to wait for the model's `on_train_epoch_end`."""
        self._end_epoch(trainer, trainer.current_epoch)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Check a training that ended before the validation that it was to wait for."""
        self._end_epoch(trainer, None)

    def _end_epoch(self, trainer: pl.Trainer, epochs: int | None) -> None:
        """Check after so many epochs; None if there will be no other."""
        # A run resumed from the very end of an epoch ends that epoch without a step.
        self._trained = trainer.global_step > self._first_step
        if self._validated or epochs is None or not _validation_will_come(trainer, epochs):
            self._check(trainer)

    def _check(self, trainer: pl.Trainer) -> None:
        if not self._trained:
            return
        logged = sorted(trainer.callback_metrics)
        for use, metric in _metrics_in_use(trainer.callbacks):  # type: ignore[attr-defined]
            if metric not in logged:
                names = f"only {', '.join(map(repr, logged))}" if logged else "nothing"
                raise MisconfigurationException(
                    f"{use}, but this run has logged {names}. {self._reason(trainer, metric)}"
                )

    def _reason(self, trainer: pl.Trainer, metric: str) -> str:
        if metric.startswith("test"):
            return "Test metrics are logged by trainer.test alone: watch one of validation."
        if self._validated or not metric.startswith("val"):
            near = _nearest(metric, list(trainer.callback_metrics))
            return f"Did you mean {near!r}?" if near else f"Log it with self.log({metric!r}, …)."
        if trainer.limit_val_batches == 0:
            return "There is no validation with limit_val_batches=0."
        if not _has_validation(trainer):
            return "There was no validation: pass validation data, and define validation_step."
        every, epochs = trainer.check_val_every_n_epoch, trainer.max_epochs
        if every and epochs and 0 < epochs < every:
            return (
                f"There is no validation: check_val_every_n_epoch={every} is more than "
                f"max_epochs={epochs}."
            )
        return "Training ends before its first validation."


def _monitor(callback: pl.Callback) -> str | None:
    name = getattr(callback, "monitor", None)
    return name if isinstance(name, str) else None


def _metrics_in_use(callbacks: list[pl.Callback]) -> Iterator[tuple[str, str]]:
    """Who asks for a metric, in words, and its name."""
    for callback in callbacks:
        kind, monitor = type(callback).__name__, _monitor(callback)
        if monitor is not None:
            yield f"{kind} has monitor={monitor!r}", monitor
        if isinstance(callback, ModelCheckpoint):
            filename = callback.filename or ""
            for field in re.findall(r"\{(.*?)[:}]", filename):  # as Lightning finds them
                if field not in ("epoch", "step"):
                    yield f"{kind} has filename={filename!r}", field


def _nearest(metric: str, logged: list[str]) -> str | None:
    """The name that was meant, if there is one: with several loaders, names have a suffix."""
    longer = [name for name in logged if name.startswith(metric)]
    return next(iter(longer or get_close_matches(metric, logged, n=1)), None)


def _has_validation(trainer: pl.Trainer) -> bool:
    batches = trainer.num_val_batches  # empty before the loaders are asked for
    return trainer.enable_validation and (not batches or sum(batches) > 0)


def _validation_will_come(trainer: pl.Trainer, epochs: int) -> bool:
    """Tell whether a training that has run so many epochs is to reach a validation."""
    every, end = trainer.check_val_every_n_epoch, trainer.max_epochs
    if not _has_validation(trainer):
        return False
    if end is None or end == -1:
        return True
    if every is None:  # every so many batches, across epochs, or so many minutes
        interval = trainer.val_check_batch
        return interval is None or bool(interval <= end * trainer.num_training_batches)
    return end // every > epochs // every
