"""Exercise 2.8: what is logged when; and the witness of what is logged, which 2.11 needs too."""

from collections.abc import Iterable
from itertools import chain
from typing import Any

import pytorch_lightning as pl
from torch import Tensor, int64, nn, randn, stack, tensor, zeros
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from course_lib.exercises.answers import (
    close,
    described,
    listed,
    listed_numbers,
    near,
    require_class,
)
from course_lib.exercises.engine import exercise, require, rule
from course_lib.exercises.probes import (
    CLASSES,
    Recorder,
    quiet_trainer,
    tiny_network,
    watched,
)
from course_lib.exercises.sandbox import seed

SIZES = tensor([8.0, 8.0, 2.0])  # of the batches
RIGHT = ([0, 3, 9, 16, 17], [1, 2, 4, 5, 7, 10, 16])  # which of the 18 images, in two epochs


@exercise(
    "2.8",
    why="`on_step` and `on_epoch` decide when a value is logged, `logger` and `prog_bar` where to.",
    hints=(
        "In `training_step` the defaults are on_step=True, on_epoch=False, logger=True, "
        "prog_bar=False; write down for each value which of the four must change.",
        "One of the three values needs none of them changed, each of the others needs two: to "
        "switch one place or time off does not switch another on.",
    ),
)
def log_when(lit_class: Any) -> None:
    """What is logged when."""
    require_class(lit_class, pl.LightningModule)
    journal = two_epochs(lit_class, "g")
    names = listed(journal.names())
    steps, ends = journal.logged("train_loss")
    with rule("a"):
        require(
            bool(steps) or not ends,
            "`train_loss` gets to the logger at the end of an epoch; expected at each of its "
            "steps, which is what `self.log` in `training_step` does by default.",
        )
        require(bool(steps), f"The logger gets {names}; expected `train_loss` there, at each step.")
        losses = journal.losses.flatten()
        known = all(
            near(v, x) or v == old for v, x, old in zip(steps, losses, [0.0, *steps], strict=False)
        )
        require(
            close(tensor(steps), losses) or not known,
            "The logger gets some losses twice, in place of the next: is `self.log` called for "
            "`train_loss` in every step? What is logged stays until the next call.",
        )
        require(
            close(tensor(steps), losses),
            f"In six steps `train_loss` is logged as {listed_numbers(steps)}; expected the losses "
            f"of the batches, {listed_numbers(losses.tolist())}.",
        )
    with rule("b"):
        require(
            not (steps and ends),
            "`train_loss` gets to the logger at each step and once more at the end of the epoch; "
            f"under all its names, it gets {names}.{_endings(journal.names())}",
        )
    steps, ends = journal.logged("train_acc")
    with rule("c"):
        require(
            bool(ends) or not steps,
            f"`train_acc` gets to the logger at {len(steps)} steps and never at the end of an "
            "epoch, where alone it is expected.",
        )
        require(
            not steps,
            "`train_acc` gets to the logger at the end of the epoch, but at its steps too; under "
            f"all its names, it gets {names}.{_endings(journal.names())}",
        )
        require(
            len(ends) == 2,
            f"At the ends of two epochs the logger gets `train_acc` {len(ends)} times (all names "
            f"that it gets: {names}); expected once per epoch.",
        )
    with rule("d"):
        require_means("train_acc", ends, journal.shares)
    _check_bar(journal)
    with rule("f"):
        require(
            not any(journal.logged("largest")),
            f"`largest` is for the progress bar alone, but the logger gets it too: {names}.",
        )


def _check_bar(journal: "Journal") -> None:
    after_one, at_the_end = journal.bars[0], journal.bars[-1]
    with rule("e"):
        require(
            "largest" in at_the_end,
            f"The progress bar shows {listed(at_the_end)}; expected `largest` there, after each "
            f"step.{_endings(at_the_end)}",
        )
        require(
            "largest" in after_one,
            "`largest` shows on the progress bar only when an epoch is over; expected after each "
            "step.",
        )
        shown, largest = [bar["largest"] for bar in journal.bars], journal.largest
        require(
            close(tensor(shown), largest),
            f"After the six steps the bar shows {listed_numbers(shown)} as `largest`; the largest "
            f"logits of these batches are {listed_numbers(largest.tolist())}.",
        )


def _endings(names: Iterable[str]) -> str:
    """Where a name ends so, what Lightning's endings mean."""
    if any(name.endswith(("_step", "_epoch")) for name in names):
        return " Lightning adds `_step` and `_epoch` where on_step and on_epoch are both true."
    return ""


def require_means(name: str, found: list[float], values: Tensor) -> None:
    """Refuse what, at the end of an epoch, is not the mean over all of the epoch's images.

    Args:
        name: what was logged.
        found: what was logged at the ends of the epochs, if anything.
        values: the means over the batches, one row for each epoch.
    """
    means = (values * SIZES).sum(dim=1) / SIZES.sum()
    mistakes = (
        ("the plain mean of three batches, of which the last is shorter", values.mean(dim=1)),
        ("that of the last batch alone", values[:, -1]),
        ("that of the first batch alone", values[:, 0]),
        ("the sum over the batches", values.sum(dim=1)),
        ("a mean over both epochs: start anew with each", tensor([means[0], means.mean()])),
    )
    seen = [f" It is {what}." for what, wrong in mistakes if close(tensor(found), wrong)]
    require(
        not found or close(tensor(found), means),
        f"At the ends of two epochs `{name}` is logged as {listed_numbers(found)}; expected "
        f"{listed_numbers(means.tolist())}, where each image of the epoch counts the same."
        f"{''.join(seen[:1])}",
    )


def labelled(network: nn.Module, images: Tensor, right: list[int]) -> Tensor:
    """Labels that make the network right about these images and wrong about all others."""
    best = network(images).argmax(dim=1)
    labels = (best + 1) % CLASSES
    labels[right] = best[right]
    return labels


def two_epochs(lit_class: Any, letter: str) -> "Journal":
    """Train for two epochs of 8, 8 and 2 images; rule `letter` says that it trains on the loss."""
    seed(0)
    network = tiny_network()
    journal = Journal(network)

    def look(returned: Any) -> None:
        loss = returned.get("loss") if isinstance(returned, dict) else returned
        expected = cross_entropy(*journal.batches[-1])
        with rule(letter):
            require(
                loss is not None,
                "`training_step` returns no loss any more, so nothing would be trained.",
            )
            require(
                isinstance(loss, Tensor) and loss.requires_grad and close(loss, expected),
                f"`training_step` returns {_shown(loss)}; expected the loss of the batch, "
                f"{expected:.3f}, as a tensor that the Trainer can differentiate.",
            )

    data = DataLoader(TensorDataset(journal.images, journal.labels), batch_size=8)
    trainer = quiet_trainer(max_epochs=2, logger=journal.logger, callbacks=[journal])
    trainer.fit(watched(lit_class, "training_step", look)(network, lr=0.0), data)
    return journal


def _shown(value: Any) -> str:
    if isinstance(value, Tensor) and value.ndim == 0:
        return f"{value:.3f}{'' if value.requires_grad else ', cut off from the weights'}"
    return described(value)


class Journal(pl.Callback):
    """What a training logs at its steps, at the ends of its epochs and on the progress bar."""

    def __init__(self, network: nn.Module) -> None:
        self.logger = Recorder()
        self.at_steps: list[dict[str, float]] = []
        self.at_ends: list[dict[str, float]] = []
        self.bars: list[dict[str, float]] = []  # after each step
        self.batches: list[tuple[Tensor, Tensor]] = []  # logits and labels
        self.images, self.labels = randn(18, 1, 4, 4), zeros(18, dtype=int64)
        self._network = network

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """What was logged since the steps belongs to the epoch before; this one's labels differ."""
        self._move(self.at_ends)
        right = RIGHT[trainer.current_epoch]
        self.labels.copy_(labelled(self._network, self.images, right))

    def on_train_batch_start(
        self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int
    ) -> None:
        """Keep the batch."""
        self.batches.append((self._network(batch[0]).detach(), batch[1].clone()))

    def on_train_batch_end(self, trainer: Any, *args: Any) -> None:
        """Look at the bar."""
        self.bars.append(dict(trainer.progress_bar_metrics))

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """What was logged so far was logged at a step."""
        self._move(self.at_steps)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """The last epoch is over."""
        self._move(self.at_ends)

    def _move(self, entries: list[dict[str, float]]) -> None:
        entries += self.logger.entries
        self.logger.entries.clear()

    def logged(self, name: str) -> tuple[list[float], list[float]]:
        """What the logger got under a name at the steps and at the ends of the epochs.

        Where Lightning splits the name into `name_step` and `name_epoch`, these count.
        """
        steps, ends = _values(self.at_steps, f"{name}_step"), _values(self.at_ends, f"{name}_epoch")
        if steps and ends:
            return steps, ends
        return _values(self.at_steps, name), _values(self.at_ends, name)

    def names(self) -> list[str]:
        """All names that the logger got."""
        return list(chain.from_iterable(self.at_steps + self.at_ends))

    @property
    def losses(self) -> Tensor:
        """The loss of each batch `[epochs, 3]`."""
        return stack([cross_entropy(*batch) for batch in self.batches]).view(-1, 3)

    @property
    def shares(self) -> Tensor:
        """The share of right images in each batch `[epochs, 3]`."""
        right = [(logits.argmax(dim=1) == labels).float() for logits, labels in self.batches]
        return stack([each.mean() for each in right]).view(-1, 3)

    @property
    def largest(self) -> Tensor:
        """The largest logit of each batch `[3 · epochs]`."""
        return stack([logits.max() for logits, _ in self.batches])


def _values(entries: list[dict[str, float]], name: str) -> list[float]:
    return [entry[name] for entry in entries if name in entry]
