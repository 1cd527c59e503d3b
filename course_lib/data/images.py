"""A data set of small images that builds a batch at a time."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import Dataset, default_collate

Sample = tuple[Tensor, Tensor]
Transform = Callable[[Tensor], Tensor]


class Batch(Sequence[Any]):
    """Samples that are tensors already: a sequence for everybody, no copy for `collate`."""

    def __init__(self, *tensors: Tensor) -> None:
        self.tensors: tuple[Any, ...] = tensors

    def __len__(self) -> int:
        return len(self.tensors[0])

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return tuple(tensor[index] for tensor in self.tensors)


class ImageDataset(Dataset[Sample]):
    """Images kept as bytes and made into normalised floats a whole batch at a time.

    A `DataLoader` asks a data set for one sample after another and then stacks them; with 64
    samples of 3 kB that costs far more than the arithmetic. `__getitems__` is PyTorch's own hook
    to hand over a batch instead. `DataLoader(dataset, …)` works as with any data set; with
    `collate_fn=collate` nothing is taken apart and stacked again.

    Args:
        images: uint8 `[N, H, W]`.
        labels: int64 `[N]`.
        mean, std: of the training images, in 0–1; by default those of `images`.
        transform: maps one image, float `[1, H, W]` in 0–1, to another; called per image, which
            costs what it costs.
        batch_transform: the same for a whole batch `[B, 1, H, W]`.

    Raises:
        ValueError: images and labels do not fit together.
    """

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        mean: float | None = None,
        std: float | None = None,
        transform: Transform | None = None,
        batch_transform: Transform | None = None,
    ) -> None:
        if images.dtype != torch.uint8 or images.ndim != 3:
            raise ValueError(
                f"images: expected uint8 [N, H, W], found {images.dtype} {list(images.shape)}."
            )
        if labels.dtype != torch.int64 or labels.ndim != 1:
            raise ValueError(
                f"labels: expected int64 [N], found {labels.dtype} {list(labels.shape)}."
            )
        if len(images) != len(labels):
            raise ValueError(f"{len(images)} images, but {len(labels)} labels.")
        if mean is None or std is None:
            mean, std = channel_statistics(images)
        self.images, self.labels = images, labels
        self.mean, self.std = mean, std
        self.transform, self.batch_transform = transform, batch_transform

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> Sample:
        """One sample: float `[1, H, W]` and its label, int64 `[]`."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is outside a data set of {len(self)} images.")
        return self.__getitems__([index % len(self)])[0]

    def __getitems__(self, indices: list[int]) -> Batch:
        """Build a batch: float `[B, 1, H, W]`, int64 `[B]`."""
        index = torch.from_numpy(np.array(indices, np.int64))  # a fifth of torch.tensor's time
        labels = self.labels.index_select(0, index)  # four times as fast as self.labels[index]
        images = self.images.index_select(0, index).unsqueeze(1).float()
        if self.transform is None and self.batch_transform is None:
            # (x / 255 - mean) / std, as one multiplication and one subtraction in place
            images.mul_(1 / (255 * self.std)).sub_(self.mean / self.std)
            return Batch(images, labels)
        images.div_(255)
        if self.batch_transform is not None:
            images = self.batch_transform(images)
        if self.transform is not None:
            images = torch.stack([self.transform(image) for image in images])
        return Batch(images.sub(self.mean).div(self.std), labels)


def collate(batch: object) -> list[Tensor]:
    """Pass a ready `Batch` on as it is; stack anything else as PyTorch does."""
    if isinstance(batch, Batch):
        return list(batch.tensors)
    return default_collate(cast(list[Sample], batch))


def resize(images: Tensor, size: int) -> Tensor:
    """Shrink or stretch images, uint8 `[N, H, W]`, to uint8 `[N, size, size]`.

    A part at a time: the whole of MNIST as floats would be 188 MB.
    """
    if images.shape[1:] == (size, size):
        return images
    parts = [
        F.interpolate(part[:, None], (size, size), mode="bilinear", antialias=True)[:, 0]
        for part in images.split(4096)
    ]
    return torch.cat(parts)


def channel_statistics(images: Tensor) -> tuple[float, float]:
    """Mean and standard deviation of uint8 images, in 0–1, without a float copy of them.

    The 256 grey levels are counted; the sums are exact, and memory stays at one byte a pixel.
    """
    counts = torch.zeros(256, dtype=torch.float64)
    for chunk in images.split(4096):
        counts += torch.bincount(chunk.flatten(), minlength=256)
    levels = torch.arange(256, dtype=torch.float64) / 255
    mean = (counts @ levels) / counts.sum()
    variance = (counts @ (levels - mean) ** 2) / counts.sum()
    return mean.item(), max(variance.sqrt().item(), 1e-8)
