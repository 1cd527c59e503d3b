"""Draw figures/callback_timeline.svg: the hooks of `trainer.fit`, and where callbacks act in them.

    python figures/callback_timeline.py

The hooks, their order and their nesting are those of a real training, recorded by a callback. Where
callbacks act is what they do by default; tests/test_figures.py watches them do it.
"""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytorch_lightning as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from pytorch_lightning.demos.boring_classes import BoringModel

TARGET = Path(__file__).with_suffix(".svg")
INK, FAINT = "#222222", "#8a8f98"
# What acts where, and in which colour.
ACTORS = {
    "on_train_epoch_start": [("LearningRateMonitor logs, per epoch", "#009e73")],
    "on_train_batch_start": [("LearningRateMonitor logs, per step", "#009e73")],
    "on_train_batch_end": [("EMAWeightAveraging adds the new weights", "#cc79a7")],
    "on_validation_batch_end": [("LogPredictionsCallback looks at images", "#e69f00")],
    "on_train_epoch_end": [
        ("EarlyStopping decides", "#d55e00"),
        ("ModelCheckpoint saves", "#0072b2"),
    ],
}
STEPS = ("training_step", "validation_step")
BOXES = {
    "on_train_epoch": ("each epoch", "#f2f4f7"),
    "on_train_batch": ("each batch of training", "#dfe9f5"),
    "on_validation": ("validation (one batch of it)", "#e6f2e6"),
}


class Recorder(pl.Callback):
    """Notes each hook as it is called."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("on_") or name in ("setup", "teardown"):
            return lambda *arguments, **named: self.calls.append(name)
        return super().__getattribute__(name)


class Module(BoringModel):
    """Notes its steps in the same list."""

    def __init__(self, calls: list[str]) -> None:
        super().__init__()
        self.calls = calls

    def training_step(self, *arguments: Any) -> Any:
        """Note the call."""
        self.calls.append("training_step")
        return super().training_step(*arguments)

    def validation_step(self, *arguments: Any) -> Any:
        """Note the call."""
        self.calls.append("validation_step")
        return super().validation_step(*arguments)


def recorded() -> list[str]:
    """The calls of a training of one epoch, with one batch for training and one for validation."""
    recorder = Recorder()
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=1,
        limit_train_batches=1,
        limit_val_batches=1,
        num_sanity_val_steps=0,
        callbacks=[recorder],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(Module(recorder.calls))
    return recorder.calls


def draw(calls: list[str]) -> Figure:
    """Stack the calls in order of time, in boxes that span what lies between start and end."""
    figure = Figure(figsize=(8.6, 6.2), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 86), ylim=(62, 0))
    axes.axis("off")
    y, depth, opened = 2.5, 0, {}
    for call in calls:
        name = call.removesuffix("_start").removesuffix("_end")
        boxed = name in BOXES
        if boxed and call.endswith("_start"):
            opened[name] = y
            y, depth = y + 2.4, depth + 1
        _row(axes, call, 2 + 3 * depth, y)
        if boxed and call.endswith("_end"):
            depth -= 1
            _box(axes, name, depth, opened.pop(name), y)
            y += 0.9
        y += 2.4
    return figure


def _row(axes: Axes, call: str, x: float, y: float) -> None:
    own = call in STEPS
    axes.text(
        x,
        y,
        f"{call}  ← yours" if own else call,
        family="DejaVu Sans Mono",
        size=9.5,
        weight="bold" if own else "normal",
        color=INK,
        va="center",
        zorder=5,
    )
    left = 48.0
    for actor, colour in ACTORS.get(call, []):
        axes.plot(left, y, "o", color=colour, markersize=7, zorder=5)
        axes.text(left + 1.4, y, actor, size=9.5, color=INK, va="center", zorder=5)
        left += 18.5
    if call in ACTORS:
        axes.plot((x + 0.95 * len(call) + 1, 47), (y, y), ":", color=FAINT, linewidth=0.8, zorder=4)


def _box(axes: Axes, name: str, depth: int, top: float, bottom: float) -> None:
    title, colour = BOXES[name]
    left, right = 1 + 3 * depth, 44 - depth
    box = FancyBboxPatch(
        (left, top - 1.2),
        right - left,
        bottom - top + 2.6,
        boxstyle="round,pad=0,rounding_size=1",
        facecolor=colour,
        edgecolor=FAINT,
        linewidth=0.8,
        zorder=depth + 1,
    )
    axes.add_patch(box)
    axes.text(left + 1, top + 0.2, title, size=9.5, weight="bold", color=INK, va="center", zorder=5)


def main() -> None:
    """Write the figure; the same bytes each time."""
    mpl.rcParams["svg.hashsalt"] = TARGET.stem
    draw(recorded()).savefig(TARGET, metadata={"Date": None})


if __name__ == "__main__":
    main()
