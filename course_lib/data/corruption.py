"""Images with something done to them: what a model meets once it leaves the laboratory."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from course_lib.data.images import ImageDataset

CHUNK = 4096  # images made float at a time, so that memory stays near one byte a pixel


def rotate(images: Tensor, degrees: Tensor, shift: Tensor | None = None) -> Tensor:
    """Turn each image by its own angle, counter-clockwise, and shift it by its own offset.

    Args:
        images: float `[N, 1, H, W]`.
        degrees: `[N]`.
        shift: `[N, 2]`, right and down, as a share of the image's size; none by default.
    """
    radians = torch.deg2rad(degrees)
    cos, sin = radians.cos(), radians.sin()
    turn = torch.stack([torch.stack([cos, -sin], 1), torch.stack([sin, cos], 1)], 1)
    shift = torch.zeros(len(images), 2) if shift is None else -2 * shift  # the grid spans -1 … 1
    # Maps a pixel of the result to the place in `images` it is taken from: back, then turned back.
    theta = torch.cat([turn, turn @ shift.unsqueeze(2)], 2)
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def augment(images: Tensor) -> Tensor:
    """Training images, turned by up to 10° and shifted by up to two of 28 pixels."""
    degrees = torch.empty(len(images)).uniform_(-10, 10)
    shift = torch.empty(len(images), 2).uniform_(-2 / 28, 2 / 28)
    return rotate(images, degrees, shift)


def _rotation(images: Tensor, severity: float, generator: Generator) -> Tensor:
    return rotate(images, (torch.rand(len(images), generator=generator) * 2 - 1) * 60 * severity)


def _noise(images: Tensor, severity: float, generator: Generator) -> Tensor:
    return images + torch.randn(images.shape, generator=generator) * 0.4 * severity


def _occlusion(images: Tensor, severity: float, generator: Generator) -> Tensor:
    height, width = images.shape[-2:]
    size = max(1, round(min(height, width) * 0.4 * min(severity, 2.0)))
    top = torch.randint(height - size + 1, (len(images), 1, 1), generator=generator)
    left = torch.randint(width - size + 1, (len(images), 1, 1), generator=generator)
    row, column = torch.arange(height).view(1, -1, 1), torch.arange(width).view(1, 1, -1)
    hidden = (row >= top) & (row < top + size) & (column >= left) & (column < left + size)
    return images.masked_fill(hidden.unsqueeze(1), 0.0)


def _brightness(images: Tensor, severity: float, generator: Generator) -> Tensor:
    lift = torch.rand(len(images), 1, 1, 1, generator=generator) * 0.7 * min(severity, 1.4)
    return images * (1 - lift) + lift  # the background turns grey, the contrast falls


CORRUPTIONS: dict[str, Callable[[Tensor, float, Generator], Tensor]] = {
    "rotation": _rotation,
    "noise": _noise,
    "occlusion": _occlusion,
    "brightness": _brightness,
}


class CorruptedImages(ImageDataset):
    """An `ImageDataset` whose images have been corrupted, each in its own way.

    Every image draws its own angle, noise, patch or brightness, from `seed`: the same arguments
    give the same images. The result is kept as bytes, like the original.

    Args:
        images: uint8 `[N, H, W]`.
        labels: int64 `[N]`.
        corruption: `"rotation"` (up to ±60°), `"noise"` (Gaussian, 0.4 of the range),
            `"occlusion"` (a black square, 0.4 of the side) or `"brightness"` (a lift of up to 0.7).
        severity: scales the effect; 1 is the default given above, 0 is none.
        seed: of everything that is drawn.
        **kwargs: of `ImageDataset`.

    Raises:
        ValueError: no corruption has that name, or the severity is negative.
    """

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        corruption: str,
        severity: float = 1.0,
        seed: int = 42,
        **kwargs: Any,
    ) -> None:
        if corruption not in CORRUPTIONS:
            raise ValueError(
                f"corruption is {corruption!r}; expected one of {', '.join(CORRUPTIONS)}."
            )
        if severity < 0:
            raise ValueError(f"severity is {severity}; expected 0 or more.")
        self.corruption, self.severity, self.seed = corruption, severity, seed
        super().__init__(self._corrupt(images), labels, **kwargs)

    def _corrupt(self, images: Tensor) -> Tensor:
        if self.severity == 0:
            return images
        generator = torch.Generator().manual_seed(self.seed)
        effect = CORRUPTIONS[self.corruption]
        result = torch.empty_like(images)
        for source, target in zip(images.split(CHUNK), result.split(CHUNK), strict=True):
            changed = effect(source.unsqueeze(1) / 255, self.severity, generator)
            target.copy_((changed.clamp(0, 1) * 255).round().squeeze(1))
        return result
