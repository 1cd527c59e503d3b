"""Trainings whose course is known beforehand."""

from collections.abc import Sequence
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import EarlyStopping

from course_lib.exercises.probes import Bystander, loader, quiet_trainer


class Scripted(Bystander):
    """Logs, in the validation of each epoch, what is scripted for that epoch."""

    def __init__(self, **curves: Sequence[float]) -> None:
        super().__init__()
        self._curves = curves

    def validation_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
        """Log the next number of each curve under the curve's name."""
        self.log_dict({name: curve[self.current_epoch] for name, curve in self._curves.items()})


class Stopper(EarlyStopping):
    """Early stopping that notes when it would end a training, and lets it go on."""

    def __init__(self, losses: Sequence[float], patience: int, min_delta: float) -> None:
        options: dict[str, Any] = dict(patience=patience, min_delta=min_delta)
        super().__init__(str(losses), check_on_train_epoch_end=False, **options)
        self.trained = len(losses)

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Look at the loss of the epoch."""
        trainer.should_stop = False
        super().on_validation_end(trainer, pl_module)
        if trainer.should_stop:
            self.trained = min(self.trained, trainer.current_epoch + 1)
        trainer.should_stop = False


class Stoppers(pl.Callback):
    """Many of them in one training, which is quicker than a training for each."""

    def __init__(self, stoppers: list[Stopper]) -> None:
        self._stoppers = stoppers

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Have each of them look."""
        for stopper in self._stoppers:
            stopper.on_validation_end(trainer, pl_module)


def trained(cases: Sequence[tuple[Sequence[float], int, float]]) -> list[int]:
    """How many epochs Lightning trains for these losses, patience and min_delta, case by case."""
    longest = max(len(losses) for losses, _, _ in cases)
    stoppers = [Stopper(*case) for case in cases]
    curves = {str(losses): [*losses, *[0.0] * longest] for losses, _, _ in cases}
    trainer = quiet_trainer(max_epochs=longest, callbacks=Stoppers(stoppers))
    trainer.fit(Scripted(**curves), loader(1, 1), loader(1, 1))
    return [stopper.trained for stopper in stoppers]
