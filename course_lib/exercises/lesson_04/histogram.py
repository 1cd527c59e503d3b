"""Exercise 4.3: a histogram per epoch, which is no number that `self.log` could take."""

from typing import Any

import pytorch_lightning as pl
import wandb
from pytorch_lightning.loggers import WandbLogger
from torch import Tensor, no_grad, randint, randn, tensor
from torch.utils.data import DataLoader, TensorDataset

from course_lib.exercises.answers import described, listed, near, require_class
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.inspection import explain
from course_lib.exercises.probes import CLASSES, Recorder, loader, quiet_trainer, tiny_network
from course_lib.exercises.sandbox import seed
from course_lib.exercises.tracked import StandIn, another_run, offline_runs
from course_lib.models import LitClassifier

Entry = tuple[dict[str, Any], int | None]  # what is logged in one call, and W&B's own step
NAME, SIZE = "val_confidence", 18  # images, in batches of 8, 8 and 2


@exercise(
    "4.3",
    why="Two models with the same accuracy can be sure or unsure of it; that shows in a "
    "distribution, not in its mean.",
    hints=(
        "`self.log` takes single numbers. What takes anything is `self.logger.log_metrics`, a "
        "dictionary and a step, if the logger is a WandbLogger.",
        "Start a list in `on_validation_epoch_start`, add to it in `validation_step` (whose "
        "`super()` returns the logits), and use it in `on_validation_epoch_end`.",
    ),
)
def log_histogram(lit_class: Any) -> None:
    """Log a histogram."""
    require_class(lit_class, LitClassifier)
    run: Any = StandIn()
    with offline_runs(), another_run() as other:
        witness = trained(lit_class, WandbLogger(experiment=run), run)
    require_found(run, other)
    require_moments(witness, run)
    logged = histograms(run)[witness.in_sanity_check :]
    for index, (data, _) in enumerate(logged):
        require_histogram(data[NAME], witness, index)
    require_steps(witness, logged)
    require_scores(witness)
    for what, logger in (("With `logger=False`", False), ("With another logger", Recorder())):
        require_harmless(lit_class, what, logger)


class Witness(pl.Callback):
    """Notes, at each validation, what the model finds then, and when something was logged."""

    def __init__(self, run: StandIn | None = None) -> None:
        self.images, self.labels = 2 * randn(SIZE, 1, 4, 4), randint(CLASSES, (SIZE,))
        self.logits: list[Tensor] = []
        self.steps: list[int] = []
        self.in_sanity_check = 0
        self.scores: dict[str, Any] = {}
        self._run = run

    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        """Look with the weights as they are."""
        with no_grad():
            self.logits.append(pl_module.network(self.images))
        self.steps.append(trainer.global_step)

    def on_sanity_check_end(self, trainer: Any, pl_module: Any) -> None:
        """What came so far came from the check, and so did the first look."""
        if self._run is not None:
            self.in_sanity_check = len(histograms(self._run))
        self.logits.clear()
        self.steps.clear()

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """The last validation's loss and accuracy."""
        self.scores = dict(trainer.callback_metrics)


def trained(lit_class: Any, logger: Any, run: StandIn | None = None) -> Witness:
    """Train for one epoch of six steps, with a validation after the third and the last."""
    seed(0)
    witness = Witness(run)
    model = lit_class(tiny_network(), optimizer="SGD", lr=0.5)
    val_loader = DataLoader(TensorDataset(witness.images, witness.labels), batch_size=8)
    trainer = quiet_trainer(
        max_epochs=1,
        val_check_interval=3,
        num_sanity_val_steps=2,
        logger=logger,
        callbacks=[witness],
    )
    trainer.fit(model, loader(12, 2), val_loader)
    return witness


def histograms(run: StandIn) -> list[Entry]:
    """What was logged under the name, with all that was logged in the same call."""
    return [entry for entry in run.logged if NAME in entry[0]]


def require_found(run: StandIn, other: StandIn) -> None:
    """Refuse what never gets to the run, or is no histogram."""
    found = histograms(run)
    with rule("a"):
        require(
            bool(found) or not other.logged,
            "It goes to the run that happens to be open, as with `wandb.log`, and that is another "
            "one here. The model's own is in `self.logger`.",
        )
        names = {name for data, _ in run.logged for name in data}
        require(
            bool(found), f"The names that the W&B run gets are {listed(names)}; no `{NAME}` is one."
        )
        for data, _ in found:
            require(
                isinstance(data[NAME], wandb.Histogram),
                f"`{NAME}` is {described(data[NAME])}; expected a `wandb.Histogram`.",
            )


def require_moments(witness: Witness, run: StandIn) -> None:
    """Refuse histograms at other times than once per validation."""
    count = len(histograms(run))
    with rule("d"):
        require(
            not witness.in_sanity_check or count > 3,
            "The check of two batches with which a training begins logs a histogram, too, of an "
            "untrained model. `self.trainer.sanity_checking` is True then.",
        )
        require(
            count <= 2,
            f"In two validations of three batches {count} histograms are logged; expected one "
            "each, at its end.",
        )
        require(
            count == 2,
            "In two validations, both in the same epoch of training, a single histogram is logged; "
            "expected one each.",
        )


def require_histogram(found: wandb.Histogram, witness: Witness, index: int) -> None:
    """Refuse a histogram of something else than the confidence in each image."""
    logits = witness.logits[index]
    counted = round(float(sum(found.histogram)))
    with rule("b"):
        require(
            counted != SIZE * CLASSES,
            f"The histogram counts {counted} values for {SIZE} images: the probabilities of all "
            "ten classes. Take the largest of each image.",
        )
    with rule("c"):
        told = {
            2: " Only the last batch is in it.",
            8: " Only one batch is in it.",
            SIZE + 16: " Those of the check before the training are among them.",
            SIZE * 2: " Those of the validation before are among them: start anew.",
            SIZE + 6: " Those that were trained on are among them.",
        }
        require(
            counted == SIZE,
            f"The histogram of validation {index + 1} counts {counted} values; expected {SIZE}, "
            f"one for each image.{told.get(counted, '')}",
        )
    if counted == SIZE:
        require_values(found, logits, witness.labels)


def require_values(found: wandb.Histogram, logits: Tensor, labels: Tensor) -> None:
    """Refuse other values than the largest probabilities; name them if they are known."""
    probabilities = logits.softmax(dim=1)
    mistakes = {
        "the largest logits, of which no softmax was taken": logits.amax(dim=1),
        "the probabilities of the right class; expected those of the largest": probabilities[
            range(SIZE), labels
        ],
        "the classes, and not how sure the model is": logits.argmax(dim=1),
        "whether each image is right, 0 or 1": logits.argmax(dim=1) == labels,
        "logarithms of the probabilities": logits.log_softmax(dim=1).amax(dim=1),
        "softmax over the images of a batch instead of the classes": _over_the_batch(logits),
        "the smallest probabilities": probabilities.amin(dim=1),
    }
    with rule("b"):
        for what, values in mistakes.items():
            require(not fits(found, values), f"The histogram is of {what}.")
        require(
            fits(found, probabilities.amax(dim=1)),
            f"The values in the histogram, from {found.bins[0]:.3g} to {found.bins[-1]:.3g}, are "
            "not the largest probabilities of the images.",
        )


def _over_the_batch(logits: Tensor) -> Tensor:
    return tensor(
        [value for batch in logits.split(8) for value in batch.softmax(dim=0).amax(dim=1)]
    )


def fits(found: wandb.Histogram, values: Tensor) -> bool:
    """Whether a histogram can be that of the values, up to rounding at the edges of its bins."""
    below = 0.0
    for count, edge in zip([0, *found.histogram], found.bins, strict=True):
        below += count
        if not (values < edge - 1e-4).sum() <= below <= (values <= edge + 1e-4).sum():
            return False
    return below == len(values)


def require_steps(witness: Witness, logged: list[Entry]) -> None:
    """Refuse another place on the x-axis."""
    with rule("e"):
        for (data, own_step), step in zip(logged, witness.steps, strict=False):
            require(
                own_step is None,
                "`experiment.log(…, step=…)` sets W&B's own counter of calls, and W&B drops what "
                "would go back behind it. Log the Trainer's step as `trainer/global_step`.",
            )
            found = data.get("trainer/global_step")
            require(
                found is not None,
                "No step is logged with the histogram; `trainer/global_step` in the same call "
                "says where it stands.",
            )
            require(
                isinstance(found, int | float | Tensor)
                and any(near(float(found), place) for place in (step, step - 1)),
                f"A validation after {step} steps is logged at the step {found}; expected "
                "`self.global_step`.",
            )


def require_scores(witness: Witness) -> None:
    """Refuse a class that has lost, or changed, what LitClassifier logs."""
    expected = trained(LitClassifier, False).scores
    with rule("f"):
        for name in ("val_loss", "val_acc"):
            found = witness.scores.get(name)
            require(
                found is not None,
                f"`{name}` is not logged any more: what `LitClassifier` does in `validation_step` "
                "should still be done.",
            )
            require(
                near(float(found or 0), expected[name]),
                f"`{name}` is {float(found or 0):.3f} now; `LitClassifier` finds "
                f"{float(expected[name]):.3f}.",
            )


def require_harmless(lit_class: Any, what: str, logger: Any) -> None:
    """Refuse a class that needs W&B, or logs histograms to whatever is there."""
    with rule("g"):
        try:
            trained(lit_class, logger)
        except Exception as error:
            refuse(f"{what} it does not work: {explain(error)}")
        if isinstance(logger, Recorder):
            require(
                not any(NAME in entry for entry in logger.entries),
                "A logger that is not W&B's gets the histogram, too, and would write something "
                "like `<Histogram object>`. Look what `self.logger` is.",
            )
