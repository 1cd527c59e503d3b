"""A Slurm job that is about to be stopped saves its state and goes on later, exactly."""

import os
import signal
from pathlib import Path
from types import FrameType
from typing import Any

import pytorch_lightning as pl
from lightning_fabric.plugins.environments.slurm import SLURMEnvironment

from course_lib.callbacks import RandomState


class RequeueBetweenSteps(RandomState):
    """Have Lightning's requeue of a Slurm job wait for the end of a step, on all ranks.

    With `#SBATCH --signal=SIGUSR1@90`, Slurm sends SIGUSR1 before the time is up; Lightning then
    saves a checkpoint, has the job put back into the queue, and loads the checkpoint when the job
    starts again. By itself it does so in the signal's handler, so in the midst of whatever is going
    on: an optimizer may have updated half of the weights, and one rank may wait for the gradients
    of another that already waits for it to save, until the time is up
    (https://github.com/Lightning-AI/pytorch-lightning/issues/21406).

    Validation is not interrupted: with the step after it, it has to take less time than Slurm
    leaves. Checkpoints also hold the random state, so that dropout goes on as it would have.
    Outside a Slurm job that is all.
    """

    def __init__(self) -> None:
        super().__init__()
        self._asked = False
        self._requeue: Any = None

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Take the place of Lightning's handler, which Lightning itself takes away at the end."""
        super().on_train_start(trainer, pl_module)
        self._asked, self._requeue = False, None
        if SLURMEnvironment.detect():
            handler = signal.getsignal(signal.SIGUSR1)
            if callable(handler):
                self._requeue = handler
                signal.signal(signal.SIGUSR1, self._note)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, *args: Any
    ) -> None:
        """Save and requeue if any rank was asked to: they do not hear of it in the same step."""
        self._requeue_if_asked(trainer)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Do so also after the last validation: the test may take longer than there is time."""
        self._requeue_if_asked(trainer)

    def _note(self, signum: int, frame: FrameType | None) -> None:
        self._asked = True

    def _requeue_if_asked(self, trainer: pl.Trainer) -> None:
        if self._requeue is not None and trainer.strategy.reduce_boolean_decision(
            self._asked, all=False
        ):
            self._asked = False
            self._requeue(signal.SIGUSR1, None)


def newest_checkpoint(folder: str | Path) -> Path | None:
    """Say from which file a Slurm job is to go on when it starts again; None at its first start.

    Without a signal, as when a node dies, there is no checkpoint of Lightning's requeue, but most
    often one of a ModelCheckpoint.

    Args:
        folder: the run's; of the checkpoints in it and below, the newest is taken.
    """
    if int(os.environ.get("SLURM_RESTART_COUNT", "0")) == 0:
        return None
    found = Path(folder).rglob("*.ckpt")
    return max(found, key=lambda path: path.stat().st_mtime_ns, default=None)
