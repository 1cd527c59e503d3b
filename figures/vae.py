"""Draw figures/vae.svg: what goes through a variational autoencoder, and what the loss compares.

    python figures/vae.py

The sizes are those of the library's LitVAE, which are those of lesson 07.
"""

import inspect
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Polygon

from course_lib.models import LitVAE

TARGET = Path(__file__).with_suffix(".svg")
INK, FAINT = "#222222", "#8a8f98"
DATA, LAYERS, LATENT, LOSS = "#dfe9f5", "#f2f4f7", "#f6e3cf", "#e6f2e6"
DEFAULTS = {name: value.default for name, value in inspect.signature(LitVAE).parameters.items()}
LATENT_DIM, WIDTHS = DEFAULTS["latent_dim"], tuple(DEFAULTS["layer_sizes"])
WINDOW = 24
CATEGORIES = ("hour", "day of week", "holiday")


def draw() -> Figure:
    """Inputs, encoder, latent distribution, decoder, outputs; and below them the loss."""
    figure = Figure(figsize=(9.2, 3.9), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 92), ylim=(39, 0))
    axes.axis("off")
    categories = "\n".join(CATEGORIES)
    for x, last in ((1, "codes → embeddings"), (76, "logits, one per code")):
        _box(axes, x, 4, 15, 9, DATA, f"{WINDOW} values")
        _box(axes, x, 15, 15, 12, DATA, f"{categories}\n{last}")
    _funnel(axes, (20, 32), (22, 11), "encoder", WIDTHS)
    _funnel(axes, (60, 72), (11, 22), "decoder", WIDTHS[::-1])
    _box(axes, 35.5, 6.5, 9, 6.5, LATENT, f"mean\n{LATENT_DIM} numbers")
    _box(axes, 35.5, 17.5, 9, 6.5, LATENT, f"log variance\n{LATENT_DIM} numbers")
    _box(axes, 49, 12, 8, 7, LATENT, f"point\n{LATENT_DIM} numbers")
    for start, end in (
        ((16.3, 8.5), (19.7, 12)),
        ((16.3, 21), (19.7, 17.5)),
        ((32.3, 13.5), (35.2, 10.3)),
        ((32.3, 17), (35.2, 20.2)),
        ((44.8, 10.3), (48.7, 13.9)),
        ((44.8, 20.2), (48.7, 16.9)),
        ((57.3, 15.5), (59.7, 15.5)),
        ((72.3, 12), (75.7, 8.5)),
        ((72.3, 17.5), (75.7, 21)),
    ):
        _arrow(axes, start, end)
    _arrow(axes, (53, 6.2), (53, 11.7), dashed=True)
    axes.text(53, 4.6, "noise,\nin training only", size=9, color=INK, ha="center", va="center")
    _box(axes, 15, 31, 62, 6.5, LOSS, "")
    loss = "loss: values by squared error, categories by cross-entropy, with the inputs themselves;"
    axes.text(46, 33.2, loss, size=9, color=INK, ha="center", va="center")
    divergence = "and the distribution's divergence from a standard normal one"
    axes.text(46, 35.4, divergence, size=9, color=INK, ha="center", va="center")
    _arrow(axes, (8.5, 27.3), (14.7, 34))
    _arrow(axes, (83.5, 27.3), (77.3, 34))
    _arrow(axes, (40, 24.4), (40, 30.7))
    return figure


def _box(
    axes: Axes, x: float, y: float, width: float, height: float, colour: str, text: str
) -> None:
    style = "round,pad=0,rounding_size=0.8"
    box = FancyBboxPatch((x, y), width, height, style, facecolor=colour, edgecolor=FAINT, lw=0.8)
    axes.add_patch(box)
    middle = (x + width / 2, y + height / 2)
    axes.text(*middle, text, size=9, color=INK, ha="center", va="center", linespacing=1.35)


def _funnel(
    axes: Axes,
    x: tuple[float, float],
    heights: tuple[float, float],
    name: str,
    widths: tuple[int, ...],
) -> None:
    """A trapezium: what narrows or widens from left to right."""
    middle = 15.5
    (left, right), (first, last) = x, heights
    corners = [
        (left, middle - first / 2),
        (right, middle - last / 2),
        (right, middle + last / 2),
        (left, middle + first / 2),
    ]
    axes.add_patch(Polygon(corners, facecolor=LAYERS, edgecolor=FAINT, lw=0.8))
    centre = (left + right) / 2
    axes.text(centre, middle - 1.2, name, size=10, weight="bold", color=INK, ha="center")
    through = " → ".join(str(width) for width in widths)
    axes.text(centre, middle + 1.8, through, size=9, color=INK, ha="center", va="center")


def _arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], dashed: bool = False
) -> None:
    style = {"arrowstyle": "-|>", "color": FAINT, "lw": 1, "ls": "--" if dashed else "-"}
    axes.annotate("", end, start, arrowprops={**style, "shrinkA": 0, "shrinkB": 0})


def main() -> None:
    """Write the figure; the same bytes each time."""
    mpl.rcParams["svg.hashsalt"] = TARGET.stem
    draw().savefig(TARGET, metadata={"Date": None})


if __name__ == "__main__":
    main()
