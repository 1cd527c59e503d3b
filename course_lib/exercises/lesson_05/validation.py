"""Exercise 5.8, fault 4: a validation whose steps take longer and longer."""

from typing import Any

import pytorch_lightning as pl
from torch import cat, stack
from torch.utils.data import DataLoader

from course_lib.exercises.answers import near
from course_lib.exercises.engine import require, rule
from course_lib.exercises.lesson_05.counting import Handled
from course_lib.exercises.probes import Recorder, dataset, loader, quiet_trainer, tiny_network


class Work(pl.Callback):
    """Notes how much was counted in each batch of the validation."""

    def __init__(self, handled: Handled) -> None:
        self._handled = handled
        self.batches: list[int] = []

    def on_validation_batch_start(self, *_: Any) -> None:
        """Count anew."""
        self._handled.count = 0

    def on_validation_batch_end(self, *_: Any) -> None:
        """A batch is over."""
        self.batches.append(self._handled.count)


def check_fix_4(fix: Any) -> None:
    """Refuse another share, and a step that looks at more images than those of its batch."""
    size, batches = 4, 12
    data, recorder = dataset(size * batches - 3), Recorder()
    model = fix(tiny_network())
    shares = [
        (model(images).topk(2).indices == labels.unsqueeze(1)).any(dim=1).float()
        for images, labels in DataLoader(data, batch_size=size)
    ]
    with Handled() as handled:
        work = Work(handled)
        trainer = quiet_trainer(logger=recorder, callbacks=[work])
        trainer.validate(model, loader(12, 4), verbose=False)
        work.batches.clear()
        trainer.validate(model, DataLoader(data, batch_size=size), verbose=False)
    found = recorder.values("val_top2")
    with rule("j"):
        require(
            len(found) == 2,
            f"Fix4: in two validations `val_top2` is logged {len(found)} times; expected once in "
            "each.",
        )
        require(
            not near(found[-1], stack([share.mean() for share in shares]).mean()),
            "Fix4: `val_top2` is a mean of the batches, in which the short last one counts as much "
            "as each other.",
        )
        expected = cat(shares).mean()
        require(
            near(found[-1], expected),
            f"Fix4: in the second validation {expected:.3f} of all images are right; `val_top2` is "
            f"{found[-1]:.3f}.",
        )
    early, late = work.batches[2], work.batches[batches - 2]
    with rule("k"):
        require(
            late <= early + size,
            f"Fix4: in batch 2 the functions of torch work on {early} numbers, and in batch "
            f"{batches - 2}, of the same size, on {late}: the work still grows.",
        )
