"""Exercise 5.3: what a precision string does to each kind of tensor."""

from typing import Any, NamedTuple

import pytorch_lightning as pl
import torch
from pytorch_lightning.plugins import MixedPrecision
from torch import Tensor, dtype, float32, nn
from torch.nn.functional import cross_entropy

from course_lib.exercises.answers import described, listed, several
from course_lib.exercises.engine import attempted, exercise, require, rule
from course_lib.exercises.probes import loader, quiet_trainer

PRECISIONS = ("32-true", "bf16-mixed", "bf16-true", "16-mixed", "16-true")

FORMATS = {
    "16": "`16` is float16, with three digits and no number above 65504.",
    "bf16": "`bf16` is bfloat16, which reaches as far as float32, with two digits.",
}


class Column(NamedTuple):
    """One kind of tensor: what is said where its dtype is wrong, by the precision's second half."""

    letter: str
    what: str
    mixed: str
    true: str


COLUMNS = (
    Column(
        "a",
        "the weights",
        "autocast leaves the weights as they are, so that small updates are not rounded away, and "
        "casts a copy of them for each matrix product.",
        "the module itself is converted, once, before the training.",
    ),
    Column(
        "b",
        "the images of the batch",
        "Lightning leaves the batch alone; autocast casts what goes into a matrix product.",
        "weights in 16 bits multiply nothing but 16 bits, so Lightning converts the batch, too.",
    ),
    Column(
        "c",
        "the logits",
        "a linear layer is a matrix product, and autocast runs those in 16 bits.",
        "16-bit images times 16-bit weights are 16-bit logits.",
    ),
    Column(
        "d",
        "the loss",
        "autocast computes what sums up many numbers in 32 bits, and cross-entropy is a log of a "
        "sum.",
        "there is no autocast, so that the loss has the dtype of the logits.",
    ),
    Column(
        "e",
        "the gradients",
        "a gradient has the dtype of its weights, however the product was computed.",
        "a gradient has the dtype of its weights.",
    ),
    Column(
        "f",
        "Adam's moments",
        "the optimizer knows nothing of autocast: its state looks like the weights.",
        "`zeros_like(weight)` is what the optimizer makes its state with.",
    ),
)


@exercise(
    "5.3",
    why="'Mixed' saves time and the memory of activations, 'true' halves everything, the last bits "
    "of an update included; and '16-true' is for inference, as it has no loss scaling, and Adam's "
    "`eps=1e-8` is 0 in float16, so that training ends in NaN.",
    hints=(
        "Begin with the rows that end in `true`: there the module is converted, and everything "
        "else follows from the dtype of its weights.",
        "In a row that ends in `mixed`, ask of each tensor: does autocast make it, as the result "
        "of an operation, or does somebody else? And does that operation sum up?",
    ),
)
def precision_dtypes(dtypes: Any) -> None:
    """Precision strings: predict the dtypes."""
    require(
        isinstance(dtypes, dict) and set(dtypes) == set(PRECISIONS),
        f"Expected a dictionary with the keys {', '.join(PRECISIONS)}; got "
        f"{listed(dtypes) if isinstance(dtypes, dict) else described(dtypes)}.",
    )
    rows = {precision: require_row(precision, dtypes[precision]) for precision in PRECISIONS}
    measured = {precision: measure(precision) for precision in PRECISIONS}
    for index, column in enumerate(COLUMNS):
        with rule(column.letter):
            for precision in PRECISIONS:
                require_cell(column, precision, rows[precision][index], measured[precision][index])


def require_row(precision: str, row: Any) -> list[dtype]:
    """The row, refused unless it has a dtype for each column."""
    attempted(row, f"The row {precision}")
    cells = several(row, len(COLUMNS), f"{len(COLUMNS)} dtypes in the row {precision}")
    for column, cell in zip(COLUMNS, cells, strict=True):
        require(
            isinstance(cell, dtype),
            f"{precision}: what stands for {column.what} is {cell!r:.40}; expected `fp32`, `bf16` "
            "or `fp16`, without quotes.",
        )
    return list(cells)


def require_cell(column: Column, precision: str, found: dtype, measured: dtype) -> None:
    """Refuse another dtype than the one that was measured, with the reason."""
    bits, _, kind = precision.partition("-")
    reason = column.mixed if kind == "mixed" else column.true
    if bits == "32":
        reason = "nothing is converted, and 32 bits are torch's own default."
    elif float32 not in (found, measured):
        reason = FORMATS[bits]
    require(found == measured, f"{precision}: {column.what} would not be {found}: {reason}")


class Look(pl.LightningModule):
    """Notes the dtypes of everything while it is trained."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(16, 10)
        self.found: list[dtype] = []

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Weights, images, logits and loss."""
        images, labels = batch
        logits = self.linear(images.flatten(1))
        loss = cross_entropy(logits, labels)
        self.found = [x.dtype for x in (self.linear.weight, images, logits, loss)]
        return loss

    def on_before_optimizer_step(self, optimizer: Any) -> None:
        """the gradients."""
        self.found += [p.grad.dtype for p in [self.linear.weight] if p.grad is not None]

    def on_train_end(self) -> None:
        """The optimizer's state."""
        (optimizer,) = self.trainer.optimizers
        self.found.append(optimizer.state[self.linear.weight]["exp_avg"].dtype)

    def configure_optimizers(self) -> Any:
        """Adam."""
        return torch.optim.Adam(self.parameters())


def measure(precision: str) -> list[dtype]:
    """The dtypes in one step of a Trainer on the CPU.

    There the string "16-mixed" gives "bf16-mixed" and a warning; the plugin itself does work.
    """
    options: dict[str, Any] = dict(precision=precision)
    if precision == "16-mixed":
        options = dict(plugins=[MixedPrecision("16-mixed", "cpu")])
    look = Look()
    quiet_trainer(max_steps=1, **options).fit(look, loader(4, 4))
    return look.found
