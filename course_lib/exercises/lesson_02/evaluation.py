"""Exercise 2.3: validation and test."""

from typing import Any, NamedTuple

import pytorch_lightning as pl
import torch
from lightning_fabric.utilities.exceptions import MisconfigurationException
from torch import Tensor, nn, stack, tensor
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset
from torchmetrics import Metric
from torchmetrics.functional.classification import multiclass_accuracy

from course_lib.exercises.answers import close, listed, require_class
from course_lib.exercises.engine import exercise, require, rule
from course_lib.exercises.probes import quiet_trainer


@exercise(
    "2.3",
    why="A metric object counts over all batches, however long they are, and `self.log` has it "
    "computed and reset once per epoch.",
    hints=(
        "Make the metrics in `__init__`, after `super().__init__(…)`, one for each stage: "
        "Lightning finds them there and resets them.",
        "In the step, call the metric with logits and labels, and then log the metric object "
        "itself. By default `MulticlassAccuracy` is a mean over classes: look at its `average`.",
    ),
)
def evaluation_steps(lit_class: Any) -> None:
    """Validation and test."""
    require_class(lit_class, pl.LightningModule)
    for stage in _STAGES:
        _check_stage(lit_class, stage)


class _Stage(NamedTuple):
    """Validation or test: its prefix, its hook, the Trainer's method, the prompt's rule."""

    name: str
    hook: str
    run: str
    rule: str


_STAGES = (
    _Stage("val", "validation_step", "validate", "b"),
    _Stage("test", "test_step", "test", "c"),
)


class _Run(NamedTuple):
    """What was logged in a run over images with these logits and labels."""

    logged: dict[str, Tensor]
    logits: Tensor
    labels: Tensor

    def per_image(self, kind: str) -> Tensor:
        """The loss of each image, or 1 for each that is right."""
        if kind == "loss":
            return cross_entropy(self.logits, self.labels, reduction="none")
        return (self.logits.argmax(dim=1) == self.labels).float()

    def is_right(self, name: str, kind: str) -> bool:
        """Whether the mean over all images was logged under that name."""
        return name in self.logged and close(self.logged[name], self.per_image(kind).mean())


def _check_stage(lit_class: Any, stage: _Stage) -> None:
    with rule(stage.rule):
        require(
            getattr(lit_class, stage.hook) is not getattr(pl.LightningModule, stage.hook),
            f"Your class has no `{stage.hook}`, and the Trainer calls no other name.",
        )
    model, trainer = lit_class(_mirror()), quiet_trainer()
    metrics = [module for module in model.modules() if isinstance(module, Metric)]
    with rule("a"):
        require(
            len(metrics) > 0,
            "The model holds no torchmetrics object: make the metrics in `__init__` and keep them "
            "as attributes, where Lightning finds them.",
        )
    logged, updated = _noted(model, "log"), [_noted(metric, "update") for metric in metrics]
    first, second = (_run(trainer, stage, model, seed) for seed in (1, 3))
    for kind, letter in (("loss", "d"), ("acc", "e")):
        name = f"{stage.name}_{kind}"
        lost = any(call.get("on_epoch") is False for call in logged)
        with rule(stage.rule):
            require(
                name in first.logged,
                f"Expected `{name}` to be logged; when the run is over there is "
                f"{listed(first.logged)}.{_LOST * lost}",
            )
        with rule(letter):
            _check_score(name, kind, first)
        with rule("f"):
            require(
                second.is_right(name, kind) or not first.is_right(name, kind),
                f"`{name}` is right in the first run and not in the second, so something is "
                "carried over. A metric object that you log, Lightning resets after each run.",
            )
    with rule("a"):
        require(
            any(updated),
            f"`{stage.hook}` gives no torchmetrics object anything to count: call the one that "
            "you made for it, instead of counting by hand.",
        )


_LOST = " `on_epoch=False` keeps a value from getting that far."


def _noted(module: nn.Module, name: str) -> list[dict[str, Any]]:
    """The keyword arguments of each call of a method, which are noted from now on."""
    method, calls = getattr(module, name), []

    def noted(*args: Any, **kwargs: Any) -> None:
        calls.append(kwargs)
        method(*args, **kwargs)

    setattr(module, name, noted)
    return calls


def _run(trainer: pl.Trainer, stage: _Stage, model: pl.LightningModule, seed: int) -> _Run:
    """Validate or test `_mirror` on images that it turns into the ones of `scored_images`."""
    images, labels = scored_images(seed)
    data = DataLoader(TensorDataset(-images, labels), batch_size=8)
    try:
        getattr(trainer, stage.run)(model, data)
    except (MisconfigurationException, ValueError) as error:
        for says, (letter, advice) in _ERRORS.items():
            with rule(letter):
                require(says not in str(error), f"`{stage.hook}` {advice}")
        raise
    return _Run(dict(trainer.callback_metrics), images.flatten(1), labels)


_ERRORS = {
    "Could not find the `LightningModule` attribute": (
        "a",
        "logs a metric object that the model does not hold: make it in `__init__` and keep it as "
        "an attribute, not within a list or dictionary.",
    ),
    "does not contain a single element": (
        "e",
        "logs what is not one number; a metric with `average=None` gives one for each class.",
    ),
}


def _mirror() -> nn.Module:
    """A network for images `[N, 1, 2, 5]`: each logit is a pixel with its sign changed."""
    linear = nn.Linear(10, 10, bias=False)
    nn.init.eye_(linear.weight).data.neg_()
    return nn.Sequential(nn.Flatten(), linear)


def scored_images(seed: int) -> tuple[Tensor, Tensor]:
    """18 images, in batches of 8, 8 and 2: more right in the last one, classes of unequal size."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(4, (18,), generator=generator)
    images = torch.randn(18, 10, generator=generator)
    right = torch.tensor([seed * 2, 9, 10, 16, 17])
    images[right, labels[right]] += 5.0
    return images.view(18, 1, 2, 5), labels


def _check_score(name: str, kind: str, run: _Run) -> None:
    found = run.logged.get(name, tensor(0.0))
    advice = [says for says, value in _slips(kind, run).items() if close(found, value)]
    advice.append(_EXPECTED[kind])
    require(
        name not in run.logged or run.is_right(name, kind),
        f"Over 18 images in batches of 8, 8 and 2, `{name}` should be "
        f"{run.per_image(kind).mean():.3f}; yours is {found:.3f}. {advice[0]}",
    )


_EXPECTED = {
    "loss": "It is the mean of `cross_entropy`, of logits and labels, over all images.",
    "acc": "It is the share of all images whose largest logit is that of their label.",
}


def _slips(kind: str, run: _Run) -> dict[str, Tensor]:
    """What else might be logged, by what to say of it."""
    values = run.per_image(kind)
    batches = values.split(8)
    shares = tensor([len(batch) for batch in batches]) / len(values)
    slips = {
        "Every batch counts the same there, the small one too.": (
            stack([batch.mean() for batch in batches]).mean()
        ),
        "That is the last batch alone.": batches[-1].mean(),
        "You log the sum over each batch, and Lightning takes the mean of these.": (
            shares @ stack([batch.sum() for batch in batches])
        ),
    }
    if kind == "loss":
        soft = cross_entropy(run.logits.softmax(dim=1), run.labels)
        slips["Pass `cross_entropy` the logits: it takes the softmax itself."] = soft
    else:
        macro = multiclass_accuracy(run.logits, run.labels, num_classes=10)
        slips["That is the mean over the classes: look at `average`."] = macro
        so_far = values.cumsum(0)[[7, 15, 17]] / tensor([8, 16, 18])
        slips["You log what is counted so far, at each step: log the metric object."] = (
            shares @ so_far
        )
        slips["Does the step give anything to count to the metric that it logs?"] = tensor(0.0)
    return slips
