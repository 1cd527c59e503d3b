"""Images with what a model makes of them, read from a validation batch and drawn as one figure."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 5
TILE, STRIP = 1.7, 0.36  # inches: an image's width, the two lines above it
DPI = 80
RIGHT, WRONG, UNKNOWN = "#1a6b2f", "#c00000", "#000000"  # in grey, the ✗ tells them apart

Statistics = float | Sequence[float] | Tensor
Moments = tuple[Statistics, Statistics]  # mean and standard deviation


class Sample(NamedTuple):
    """An image, uint8 `[H, W]` or `[H, W, 3]`, with its class, if known, and the model's guess."""

    image: np.ndarray[Any, np.dtype[np.uint8]]
    true: str | None
    predicted: str
    confidence: float | None
    correct: bool | None

    @property
    def lines(self) -> list[str]:
        """What to write beside the image."""
        share = "" if self.confidence is None else f" ({self.confidence:.0%})"
        mark = "✗ " if self.correct is False else ""
        truth = [] if self.true is None else [f"true {self.true}"]
        return [*truth, f"{mark}predicted {self.predicted}{share}"]


def read(
    batch: Any,
    outputs: Any,
    model: pl.LightningModule,
    count: int,
    names: Sequence[str],
    moments: Moments | None,
) -> list[Sample]:
    """Make samples of the first images of a batch, which may have fewer.

    Raises:
        ValueError: there are no images, or no predictions, of a shape that is understood.
    """
    images, labels = _images_and_labels(batch)
    scores = _scores(outputs, len(images))
    images = images[:count]
    if scores is None:
        scores = _scores(_predict(model, images), len(images))
    if scores is None:
        raise ValueError("neither validation_step nor the model returned logits or classes")
    predicted, shares = _classes(scores[:count])
    true = [None] * len(images) if labels is None else labels[:count].tolist()
    rows = zip(_pictures(images, moments), true, predicted, shares, strict=True)
    return [
        Sample(
            image,
            None if label is None else _name(names, label),
            _name(names, guess),
            share,
            None if label is None else label == guess,
        )
        for image, label, guess, share in rows
    ]


def usable(moments: tuple[Any, Any]) -> bool:
    """Tell whether these are a mean and a standard deviation, and not NaN before a `setup`."""
    if any(value is None for value in moments):
        return False
    mean, std = (torch.as_tensor(value).float() for value in moments)
    return bool(mean.isfinite().all() and std.isfinite().all() and (std > 0).all())


def _images_and_labels(batch: Any) -> tuple[Tensor, Tensor | None]:
    if isinstance(batch, Mapping):
        images = batch.get("image", batch.get("images"))
        labels = batch.get("label", batch.get("labels"))
    else:
        images, labels, *_ = (batch, None) if isinstance(batch, Tensor) else (*batch, None)
    if not isinstance(images, Tensor) or images.ndim != 4 or images.shape[1] not in (1, 3):
        found = list(images.shape) if isinstance(images, Tensor) else type(images).__name__
        raise ValueError(
            f"expected images [N, 1, H, W] or [N, 3, H, W] in the batch, found {found}"
        )
    if labels is not None:
        labels = torch.as_tensor(labels)
        if labels.shape not in ((len(images),), (len(images), 1)):
            raise ValueError(f"expected {len(images)} labels, found shape {list(labels.shape)}")
        labels = labels.flatten()
    return images, labels


def _scores(outputs: Any, count: int) -> Tensor | None:
    """Logits or probabilities `[N, C]` or classes `[N]`, if that is what these are."""
    if isinstance(outputs, Mapping):
        keys = ("logits", "probs", "probabilities", "preds")
        found = (_scores(outputs[key], count) for key in keys if key in outputs)
        return next((scores for scores in found if scores is not None), None)
    if not isinstance(outputs, Tensor) or outputs.ndim == 0 or len(outputs) != count:
        return None
    scores = outputs.ndim == 2 and outputs.shape[1] > 1
    classes = outputs.ndim == 1 and not outputs.is_floating_point()
    return outputs.detach().cpu() if scores or classes else None


def _predict(model: pl.LightningModule, images: Tensor) -> Any:
    """Ask the model itself, in evaluation mode; every module is left in its own mode."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            return model(images)
    finally:
        for module, mode in modes:
            module.training = mode


def _classes(scores: Tensor) -> tuple[list[int], list[float | None]]:
    """The classes, and how sure the model is of each, if it says so."""
    if scores.ndim == 1:
        return scores.int().tolist(), [None] * len(scores)
    scores = scores.float()
    given = (scores >= 0).all() and torch.allclose(scores.sum(1), torch.ones(1), atol=1e-2)
    confidence, classes = (scores if given else scores.softmax(dim=1)).max(dim=1)
    return classes.tolist(), confidence.tolist()


def _pictures(images: Tensor, moments: Moments | None) -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    """Images as they were before they were normalised, cut to 0–1, as bytes."""
    images = images.detach().float().cpu()
    if moments is None:
        images = (images - images.min()) / (images.max() - images.min()).clamp(min=1e-8)
    else:
        mean, std = (torch.as_tensor(value).float().cpu().reshape(-1, 1, 1) for value in moments)
        channels = images.shape[1]
        if {len(mean), len(std)} - {1, channels}:
            raise ValueError(
                f"mean and std have {len(mean)} and {len(std)} values; the images have {channels} "
                "channel(s)"
            )
        images = images * std + mean
    pixels = images.clamp(0, 1).mul(255).round().byte().permute(0, 2, 3, 1)  # [N, H, W, C]
    return list((pixels[..., 0] if pixels.shape[-1] == 1 else pixels).numpy())


def _name(names: Sequence[str], number: int) -> str:
    return str(names[number]) if 0 <= number < len(names) else str(number)


def figure(samples: Sequence[Sample], title: str) -> "Figure":
    """Draw samples on a grid: one picture of all images, which is far faster than axes for each."""
    from matplotlib.figure import Figure

    height, width = samples[0].image.shape[:2]
    strip = max(1, round(width * STRIP / TILE))  # pixels
    gap = max(1, width // 10)
    columns = min(COLUMNS, len(samples))
    rows = -(-len(samples) // columns)
    row, column = height + strip, width + gap
    canvas = np.full((rows * row, columns * column, 3), 255, np.uint8)
    inches = TILE / width  # per pixel
    chart = Figure(figsize=(canvas.shape[1] * inches, canvas.shape[0] * inches + STRIP), dpi=DPI)
    axes = chart.add_axes((0.0, 0.0, 1.0, canvas.shape[0] * inches / chart.get_figheight()))
    for number, sample in enumerate(samples):
        top, left = number // columns * row + strip, number % columns * column
        image = sample.image if sample.image.ndim == 3 else sample.image[..., None]
        canvas[top : top + height, left : left + width] = image
        colour = {True: RIGHT, False: WRONG, None: UNKNOWN}[sample.correct]
        text = "\n".join(sample.lines)
        axes.text(left, top - 1, text, color=colour, size=7.5, va="bottom", linespacing=1.1)
    axes.imshow(canvas, interpolation="nearest")
    axes.set_axis_off()
    chart.suptitle(title, x=0.01, ha="left", size=10)
    return chart
