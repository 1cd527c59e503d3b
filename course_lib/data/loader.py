"""A loader that a resumed training takes up where the interrupted one left off.

Lightning tells a sampler the number of each epoch and keeps a loader's `state_dict` in its
checkpoints; what these classes add is to make use of it, on one device or on several.
"""

from collections.abc import Iterator, Sized
from itertools import islice
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.seed import isolate_rng
from torch import Tensor
from torch.utils.data import DataLoader, DistributedSampler, RandomSampler


class EpochSampler(RandomSampler):
    """A new order in each epoch, which depends on the seed and the epoch's number alone.

    A generator that simply runs on would begin a resumed training with the order of epoch 0.
    Without a `set_epoch`, as in a loop of one's own, it does run on.
    """

    def __init__(self, data_source: Sized, seed: int) -> None:
        super().__init__(data_source, generator=torch.Generator())
        self.seed = seed
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Fix the next order; a Trainer calls this before each epoch."""
        self.epoch = epoch
        self.generator.manual_seed(self.seed + epoch)


class ShareSampler(DistributedSampler[Any]):
    """A rank's share of the images for evaluation: each image on one rank, and once.

    A DistributedSampler repeats images until every rank has as many: right for training, where
    ranks step together, but a repeated image counts twice in a metric. Lightning puts one into
    every loader that has none of its own.
    """

    def __iter__(self) -> Iterator[int]:
        return islice(super().__iter__(), len(self))  # what is repeated comes last

    def __len__(self) -> int:
        return len(range(self.rank, len(self.dataset), self.num_replicas))  # type: ignore[arg-type]


def make_sampler(
    images: Any, seed: int, shuffle: bool, evaluation: bool, trainer: pl.Trainer | None
) -> EpochSampler | DistributedSampler[Any] | None:
    """Choose the sampler for a part of the data; None for all of it in order.

    Args:
        images: the data set.
        seed: of the order, if there is one, together with the epoch's number.
        shuffle: whether the images come in a new order each epoch.
        evaluation: whether every image has to be there exactly once, on whichever rank.
        trainer: the one that will ask for the images, and that may run on several devices.

    Raises:
        ValueError: there are fewer images than devices.
    """
    if trainer is None or trainer.world_size == 1:
        return EpochSampler(images, seed) if shuffle else None
    if len(images) < trainer.world_size:
        raise ValueError(
            f"{len(images)} images cannot be shared by {trainer.world_size} devices; "
            "expected one for each at least."
        )
    kind = ShareSampler if evaluation else DistributedSampler
    return kind(images, trainer.world_size, trainer.global_rank, shuffle=shuffle, seed=seed)


class ResumableLoader(DataLoader[tuple[Tensor, Tensor]]):
    """A DataLoader that knows how many batches of its epoch it has handed out.

    From a checkpoint within an epoch, Lightning would begin that epoch's data anew: the first
    batches twice, the last ones never. Those that were seen are made once more and thrown away,
    so that augmentation, too, goes on as it would have.
    """

    _epoch = _batches = 0  # where the loader is
    _resume: tuple[int, int] | None = None  # where it is to go on

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        # A generator, so that even workers ask for the order after the Trainer's `set_epoch`.
        self._epoch, self._batches = getattr(self.sampler, "epoch", 0), 0
        epoch, seen = self._resume or (0, 0)
        self._resume = None
        batches = super().__iter__()
        if seen and epoch == self._epoch:
            with isolate_rng():
                for self._batches in range(1, seen + 1):
                    next(batches, None)
        for batch in batches:
            self._batches += 1
            yield batch

    def state_dict(self) -> dict[str, int]:
        """The epoch, and how many of its batches have been handed out."""
        return {"epoch": self._epoch, "batches": self._batches}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on from there, if the next epoch is that one."""
        self._resume = state["epoch"], state["batches"]
