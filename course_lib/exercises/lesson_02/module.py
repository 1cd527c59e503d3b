"""Exercises 2.1 to 2.3: what belongs into a LightningModule."""

from typing import Any

import pytorch_lightning as pl
import torch
from lightning_fabric.utilities.exceptions import MisconfigurationException
from torch import Tensor, equal, nn, tensor
from torch.nn.functional import cross_entropy
from torch.optim import Adam
from torch.utils.data import DataLoader, TensorDataset
from torchmetrics import Metric

from course_lib.exercises.answers import (
    check_part,
    close,
    described,
    listed,
    listed_numbers,
    require_class,
)
from course_lib.exercises.engine import attempted, exercise, refuse, require
from course_lib.exercises.probes import (
    Onlooker,
    Steps,
    loader,
    quiet_trainer,
    tiny_network,
    watched,
)
from course_lib.models import LitClassifier


@exercise(
    "2.1",
    why="You say what the loss of a batch is; the Trainer does `zero_grad`, `backward` and `step`.",
    hints=(
        "A batch is a pair of images and labels, and `self(images)` calls `forward`.",
        "`F.cross_entropy` takes logits and labels. `self.log(name, value)` logs, and the Trainer "
        "trains on what `training_step` returns.",
    ),
)
def training_step(lit_class: Any) -> None:
    """One step of training."""
    require_class(lit_class, pl.LightningModule)
    network, data = tiny_network(), loader(8, 8)
    images, labels = next(iter(data))
    weights = [parameter.detach().clone() for parameter in network.parameters()]
    logits = network(images).detach()

    def look(returned: Any) -> None:
        untouched = all(map(equal, network.parameters(), weights))
        require(
            untouched and all(parameter.grad is None for parameter in network.parameters()),
            "After `training_step` there are gradients, or new weights, already: leave `backward` "
            "and `step` to the Trainer and only return the loss.",
        )
        loss = returned.get("loss", returned) if isinstance(returned, dict) else returned
        _check_loss(loss, logits, labels)

    trainer = quiet_trainer(max_steps=1)
    trainer.fit(watched(lit_class, "training_step", look)(network), data)
    logged = trainer.callback_metrics
    require(
        "train_loss" in logged,
        f"Expected `train_loss` to be logged; what was logged is {listed(logged)}. "
        "`self.log` takes the name first.",
    )
    require(
        close(logged["train_loss"], cross_entropy(logits, labels)),
        f"`train_loss` was logged as {logged['train_loss']:.3f}, but the loss of that batch is "
        f"{cross_entropy(logits, labels):.3f}.",
    )


def _check_loss(loss: Any, logits: Tensor, labels: Tensor) -> None:
    require(
        loss is not None,
        "`training_step` returned None, so the Trainer has nothing to train on: return the loss.",
    )
    require(
        isinstance(loss, Tensor),
        f"`training_step` returned {described(loss)}; expected the loss alone and as a tensor, "
        "without `.item()`, so that the Trainer can differentiate it.",
    )
    require(
        loss.ndim == 0,
        f"`training_step` returned a tensor of shape {list(loss.shape)}; expected the loss, a "
        "single number. Are those the logits?",
    )
    require(
        loss.requires_grad,
        "The loss is cut off from the weights, so `backward` has nowhere to go: return it without "
        "`.detach()`, and compute it outside `torch.no_grad()`.",
    )
    require(
        not close(loss, cross_entropy(logits.softmax(dim=1), labels)),
        "You take a softmax before the cross-entropy, which takes one itself: pass it the logits.",
    )
    expected = cross_entropy(logits, labels)
    require(
        close(loss, expected),
        f"For a batch with a mean cross-entropy of {expected:.3f} the loss came out as "
        f"{loss:.3f}: pass the logits and the labels of the batch, and keep the mean.",
    )


@exercise(
    "2.2",
    why="The optimizer belongs to the module, so a checkpoint can rebuild it, and the Trainer "
    "steps the scheduler once it knows what to watch.",
    hints=(
        "`self.parameters()` are all of them, and `self.hparams.lr` is the rate to use.",
        'A scheduler that watches a metric goes into a dictionary: {"scheduler": …, "monitor": …}, '
        'and that into {"optimizer": …, "lr_scheduler": …}.',
    ),
    in_order=True,
)
def configure_optimizers(lit_adam: Any, lit_plateau: Any) -> None:
    """An optimizer, and a scheduler that watches."""
    attempted(lit_adam, "LitAdam")
    check_part("LitAdam", _check_lit_adam, lit_adam)
    attempted(lit_plateau, "LitPlateau")
    check_part("LitPlateau", _check_lit_plateau, lit_plateau)


def _check_lit_adam(lit_adam: Any) -> None:
    _fitted(lit_adam, "LitAdam")


def _check_lit_plateau(lit_plateau: Any) -> None:
    trainer, rates = _fitted(lit_plateau, "LitPlateau")
    require(
        len(trainer.lr_scheduler_configs) > 0,
        "LitPlateau: the Trainer got no scheduler; in the dictionary its key is `lr_scheduler`.",
    )
    expected = [0.03] * 5 + [0.015]
    require(
        close(tensor(rates), tensor(expected)),
        "LitPlateau: with `val_loss` at 3, 2, 1, 1, 1, 1 after epochs 0 to 5, the learning rate of "
        f"these epochs was {listed_numbers(rates)}; expected {listed_numbers(expected)}. Look at "
        "factor, patience, mode and monitor.",
    )


def _fitted(lit_class: Any, name: str) -> tuple[pl.Trainer, list[float]]:
    """The Trainer of six epochs and the rate in each, with an optimizer that is as it should be."""
    require_class(lit_class, LitClassifier)
    onlooker = Onlooker()
    trainer = quiet_trainer(max_epochs=6, callbacks=[onlooker])

    def look(returned: Any) -> None:
        require(
            returned is not None,
            f"{name}: `configure_optimizers` returned None, so nothing would be trained.",
        )

    probe = type(lit_class.__name__, (Steps, watched(lit_class, "configure_optimizers", look)), {})
    network = nn.Sequential(nn.Flatten(), nn.Linear(16, 4), nn.Linear(4, 10))
    model = probe(network, lr=0.03)
    try:
        trainer.fit(model, loader(8, 4), loader(4, 4))
    except MisconfigurationException as error:
        says = f"It says: {str(error).strip().splitlines()[0]}"
        refuse(
            f"{name}: the Trainer cannot work with what `configure_optimizers` returns. "
            f"{_RETURNS if says.endswith(':') else says}"
        )
    rates = [onlooker.rates[epoch][0] for epoch in range(6)]
    _check_adam(trainer.optimizers[0], model, rates[0], name)
    return trainer, rates


_RETURNS = "Return one optimizer, two lists, or a dictionary with `optimizer` and `lr_scheduler`."


def _check_adam(optimizer: Any, model: pl.LightningModule, rate: float, name: str) -> None:
    require(
        type(optimizer) is Adam,
        f"{name}: expected the optimizer to be Adam, got {described(optimizer)}.",
    )
    trained = {id(p) for group in optimizer.param_groups for p in group["params"]}
    missing = sum(id(parameter) not in trained for parameter in model.parameters())
    require(
        missing == 0,
        f"{name}: the optimizer knows nothing of {missing} of the model's "
        f"{len(list(model.parameters()))} parameter tensors, which would never be trained.",
    )
    require(
        close(tensor(rate), tensor(0.03)),
        f"{name}: made with lr=0.03, it trains with {rate:g}. Take the rate from "
        "`self.hparams.lr`.",
    )


@exercise(
    "2.3",
    why="A metric object counts over all batches, however long they are, and `self.log` has it "
    "computed and reset once per epoch.",
    hints=(
        "Make the metrics in `__init__`, after `super().__init__(…)`, one for each stage: "
        "Lightning finds them there and resets them.",
        "In the step, call the metric with logits and labels, and then log the metric object "
        'itself. The share of all images is what `average="micro"` gives.',
    ),
)
def evaluation_steps(lit_class: Any) -> None:
    """Validation and test."""
    require_class(lit_class, pl.LightningModule)
    model = lit_class(nn.Flatten())  # images [N, 1, 2, 5] are their own logits
    require(
        any(isinstance(module, Metric) for module in model.modules()),
        "The model holds no torchmetrics object: make the metrics in `__init__` and keep them as "
        "attributes, where Lightning finds them.",
    )
    trainer = quiet_trainer()
    for stage, run, seed in (
        ("val", trainer.validate, 1),
        ("test", trainer.test, 2),
        ("val", trainer.validate, 3),
    ):
        images, labels = scored_images(seed)
        run(model, DataLoader(TensorDataset(images, labels), batch_size=8))
        _check_scores(trainer.callback_metrics, stage, images.flatten(1), labels, again=seed == 3)


def scored_images(seed: int) -> tuple[Tensor, Tensor]:
    """18 images, in batches of 8, 8 and 2: more right in the last one, classes of unequal size."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(4, (18,), generator=generator)
    images = torch.randn(18, 10, generator=generator)
    right = torch.tensor([seed * 2, 9, 10, 16, 17])
    images[right, labels[right]] += 5.0
    return images.view(18, 1, 2, 5), labels


def _check_scores(
    logged: dict[str, Tensor], stage: str, logits: Tensor, labels: Tensor, again: bool
) -> None:
    expected = {
        f"{stage}_loss": cross_entropy(logits, labels),
        f"{stage}_acc": (logits.argmax(dim=1) == labels).float().mean(),
    }
    for name, value in expected.items():
        require(
            name in logged,
            f"Expected `{name}` to be logged; what `{_HOOKS[stage]}` logged is {listed(logged)}.",
        )
        require(
            not again or close(logged[name], value),
            f"`{name}` is right in the first validation and wrong in the second "
            f"({logged[name]:.3f}, expected {value:.3f}): something is carried over. Log the "
            "metric object, and Lightning resets it.",
        )
        require(
            close(logged[name], value),
            f"Over 18 images in batches of 8, 8 and 2, `{name}` should be {value:.3f}; yours is "
            f"{logged[name]:.3f}. {_ADVICE[name.split('_')[1]]}",
        )


_HOOKS = {"val": "validation_step", "test": "test_step"}


_ADVICE = {
    "loss": "The loss is the mean cross-entropy of the logits, every image counting the same.",
    "acc": "It is the share of all images, not a mean over classes or over batches.",
}
