"""Exercise 2.8: what is logged when."""

from collections.abc import Iterable
from itertools import chain
from typing import Any

import pytorch_lightning as pl
from torch import Tensor, tensor
from torch.nn.functional import cross_entropy

from course_lib.exercises.answers import close, listed, listed_numbers, require_class
from course_lib.exercises.engine import exercise, require
from course_lib.exercises.probes import (
    Recorder,
    loader,
    quiet_trainer,
    tiny_network,
)


@exercise(
    "2.8",
    why="`on_step` and `on_epoch` decide when a value is logged, `logger` and `prog_bar` where to.",
    hints=(
        "In `training_step` the defaults are on_step=True, on_epoch=False, logger=True, "
        "prog_bar=False; write down for each value which of the four must change.",
        "Once per epoch needs both on_step=False and on_epoch=True; with the first alone nothing "
        "would ever be logged, and Lightning says so.",
    ),
)
def log_when(lit_class: Any) -> None:
    """What is logged when."""
    require_class(lit_class, pl.LightningModule)
    network, recorder = tiny_network(), Recorder()
    trainer = quiet_trainer(max_epochs=2, logger=recorder)
    data = loader(18, 8)
    trainer.fit(lit_class(network, lr=0.0), data)
    batches = [(network(images).detach(), labels) for images, labels in data]
    _check_logger(recorder, batches)
    bar, largest = trainer.progress_bar_metrics, batches[-1][0].max()
    require(
        "largest" in bar,
        f"`largest` does not show on the progress bar; what does is {listed(bar)}.{_suffixes(bar)}",
    )
    require(
        close(tensor(bar["largest"]), largest),
        f"The bar shows {bar['largest']:.3f} as `largest`; the largest logit of the last batch is "
        f"{largest:.3f}.",
    )


def _suffixes(names: Iterable[str]) -> str:
    """Where a name ends so, what Lightning's endings mean."""
    if any(name.endswith(("_step", "_epoch")) for name in names):
        return " Lightning adds `_step` and `_epoch` where on_step and on_epoch are both true."
    return ""


def _check_logger(recorder: Recorder, batches: list[tuple[Tensor, Tensor]]) -> None:
    losses = tensor([float(cross_entropy(*batch)) for batch in batches] * 2)
    right = sum(int((logits.argmax(dim=1) == labels).sum()) for logits, labels in batches)
    names = list(chain.from_iterable(recorder.entries))
    require("largest" not in names, "`largest` was sent to the logger; it is for the bar only.")
    require(
        set(names) == {"train_loss", "train_acc"},
        f"The logger should get `train_loss` and `train_acc`; it got {listed(names)}."
        f"{_suffixes(names)}",
    )
    logged = tensor(recorder.values("train_loss"))
    require(
        close(logged, losses),
        f"In two epochs of three batches `train_loss` was logged {len(logged)} times, as "
        f"{listed_numbers(logged.tolist())}; expected each batch's loss, once.",
    )
    logged = tensor(recorder.values("train_acc"))
    require(
        close(logged, tensor([right / 18] * 2)),
        f"In two epochs of three batches `train_acc` was logged {len(logged)} times, as "
        f"{listed_numbers(logged.tolist())}; expected the share of all images, once per epoch.",
    )
