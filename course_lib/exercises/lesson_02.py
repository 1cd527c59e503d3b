"""The exercises of lesson 02: the LightningModule, the Trainer, and what they do for each other."""

from collections.abc import Callable
from itertools import chain
from numbers import Real
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import pytorch_lightning as pl
import torch
from lightning_fabric.utilities.exceptions import MisconfigurationException
from torch import Tensor, allclose, equal, nn, tensor
from torch.nn.functional import cross_entropy
from torch.optim import Adam
from torch.utils.data import DataLoader, TensorDataset
from torchmetrics import Metric

from course_lib.data import CORRUPTIONS, CorruptedImages, ImageDataset, load_images
from course_lib.exercises.engine import attempted, exercise, refuse, require
from course_lib.exercises.probes import (
    CLASSES,
    Bystander,
    Foreign,
    Onlooker,
    Recorder,
    Steps,
    dataset,
    loader,
    numbered,
    quiet_trainer,
    tiny_network,
    watched,
)
from course_lib.models import CNN, LitClassifier


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
    """Write training_step."""
    _require_class(lit_class, pl.LightningModule)
    network, data = tiny_network(), loader(8, 8)
    images, labels = next(iter(data))
    weights = [parameter.detach().clone() for parameter in network.parameters()]
    logits = network(images).detach()

    def look(model: pl.LightningModule, returned: Any) -> None:
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
        f"Expected `train_loss` to be logged; what was logged is {_listed(logged)}. "
        "`self.log` takes the name first.",
    )
    require(
        _close(logged["train_loss"], cross_entropy(logits, labels)),
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
        f"`training_step` returned {_described(loss)}; expected the loss alone and as a tensor, "
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
        not _close(loss, cross_entropy(logits.softmax(dim=1), labels)),
        "You take a softmax before the cross-entropy, which takes one itself: pass it the logits.",
    )
    expected = cross_entropy(logits, labels)
    require(
        _close(loss, expected),
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
    """Write configure_optimizers, without and with a scheduler."""
    attempted(lit_adam, "The first class")
    _rates(lit_adam, "The first class")
    attempted(lit_plateau, "The second class")
    rates = _rates(lit_plateau, "The second class")
    expected = [0.03] * 5 + [0.015]
    require(
        _close(tensor(rates), tensor(expected)),
        "With `val_loss` at 3, 2, 1, 1, 1, 1 after epochs 0 to 5, the learning rate of these "
        f"epochs was {_numbers(rates)}; expected {_numbers(expected)}. Look at factor, patience, "
        "mode and monitor.",
    )


def _rates(lit_class: Any, name: str) -> list[float]:
    """The learning rate in each of six epochs, with an optimizer that is as it should be."""
    _require_class(lit_class, LitClassifier)
    onlooker = Onlooker()
    trainer = quiet_trainer(max_epochs=6, callbacks=[onlooker])

    def look(model: pl.LightningModule, returned: Any) -> None:
        require(
            returned is not None,
            f"{name}: `configure_optimizers` returned None, so nothing would be trained.",
        )

    probe = type(lit_class.__name__, (Steps, watched(lit_class, "configure_optimizers", look)), {})
    model = probe(tiny_network(), lr=0.03)
    try:
        trainer.fit(model, loader(8, 4), loader(4, 4))
    except MisconfigurationException as error:
        refuse(f"{name}: the Trainer cannot work with that. It says: {_sentence(error)}")
    rates = [onlooker.rates[epoch][0] for epoch in range(6)]
    _check_adam(trainer.optimizers[0], model, rates[0], name)
    return rates


def _check_adam(optimizer: Any, model: pl.LightningModule, rate: float, name: str) -> None:
    require(
        isinstance(optimizer, Adam),
        f"{name}: expected the optimizer to be Adam, got {_described(optimizer)}.",
    )
    trained = {id(p) for group in optimizer.param_groups for p in group["params"]}
    missing = sum(id(parameter) not in trained for parameter in model.parameters())
    require(
        missing == 0,
        f"{name}: the optimizer knows nothing of {missing} of the model's "
        f"{len(list(model.parameters()))} parameter tensors, which would never be trained.",
    )
    require(
        _close(tensor(rate), tensor(0.03)),
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
    """Write validation_step and test_step."""
    _require_class(lit_class, pl.LightningModule)
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
        images, labels = _scored_images(seed)
        run(model, DataLoader(TensorDataset(images, labels), batch_size=8))
        _check_scores(trainer.callback_metrics, stage, images.flatten(1), labels, again=seed == 3)


def _scored_images(seed: int) -> tuple[Tensor, Tensor]:
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
            f"Expected `{name}` to be logged; what `{_HOOKS[stage]}` logged is {_listed(logged)}.",
        )
        require(
            not again or _close(logged[name], value),
            f"`{name}` is right in the first validation and wrong in the second "
            f"({logged[name]:.3f}, expected {value:.3f}): something is carried over. Log the "
            "metric object, and Lightning resets it.",
        )
        require(
            _close(logged[name], value),
            f"Over 18 images in batches of 8, 8 and 2, `{name}` should be {value:.3f}; yours is "
            f"{logged[name]:.3f}. {_ADVICE[name.split('_')[1]]}",
        )


_HOOKS = {"val": "validation_step", "test": "test_step"}
_ADVICE = {
    "loss": "The loss is the mean cross-entropy of the logits, every image counting the same.",
    "acc": "It is the share of all images, not a mean over classes or over batches.",
}


@exercise(
    "2.4",
    why="All three routes end in the same DataLoaders; a DataModule is the one that travels from "
    "project to project.",
    hints=(
        "`DataLoader(data, batch_size=8, shuffle=True)` for training, the same without shuffling "
        "for validation; `fit` takes the model, the training loader, the validation loader.",
        "`random_split(data, [0.8, 0.2], generator=torch.Generator().manual_seed(self.seed))`, "
        "inside `setup`, gives the same two parts every time.",
    ),
    limit=15.0,  # loaders may have workers, and those take a while to start
    in_order=True,
)
def data_routes(lit_class: Any, fit_with_loaders: Any, datamodule_class: Any) -> None:
    """Feed a Trainer on three routes."""
    attempted(lit_class, "Route 1")
    _check_route_1(lit_class)
    attempted(fit_with_loaders, "Route 2")
    _check_route_2(fit_with_loaders)
    attempted(datamodule_class, "Route 3")
    _check_route_3(datamodule_class)


TRAIN, VAL = range(24), range(100, 112)  # the numbers of the images in either part


def _check_route_1(lit_class: Any) -> None:
    _require_class(lit_class, pl.LightningModule)
    probe = type(lit_class.__name__, (Steps, lit_class), {})
    trainer, onlooker = _two_epochs()
    trainer.fit(probe(tiny_network(), numbered(TRAIN), numbered(VAL)))
    _check_batches("Route 1", onlooker, list(TRAIN), list(VAL))


def _check_route_2(fit_with_loaders: Any) -> None:
    require(
        callable(fit_with_loaders),
        f"Route 2: expected a function, got {_described(fit_with_loaders)}.",
    )
    trainer, onlooker = _two_epochs()
    train_loader = DataLoader(numbered(TRAIN), batch_size=8, shuffle=True)
    val_loader = DataLoader(numbered(VAL), batch_size=8)
    fit_with_loaders(trainer, Bystander(), train_loader, val_loader)
    _check_batches("Route 2", onlooker, list(TRAIN), list(VAL))


def _check_route_3(datamodule_class: Any) -> None:
    _require_class(datamodule_class, pl.LightningDataModule)
    numbers = list(range(40))
    data = numbered(numbers)
    trainer, onlooker = _two_epochs()
    datamodule = datamodule_class(data, batch_size=8, seed=3)
    trainer.fit(Bystander(), datamodule=datamodule)
    val = _flat(onlooker.validated[0])
    require(
        len(val) in (0, 8),
        f"Route 3: of 40 images {len(val)} were validated on; expected a fifth of them.",
    )
    _check_batches("Route 3", onlooker, [n for n in numbers if n not in val], sorted(val))
    require(
        _validated(datamodule) == val,
        "Route 3: a second `setup` draws another split, so images that were trained on are now "
        "validated on. Draw it from a new generator, seeded with `self.seed`.",
    )
    require(
        _validated(datamodule_class(data, batch_size=8, seed=3)) == val,
        "Route 3: another object with the same seed has another split, so a model that is loaded "
        "tomorrow is validated on images it was trained on. Seed the split with `self.seed`.",
    )
    require(
        _validated(datamodule_class(data, batch_size=8, seed=4)) != val,
        "Route 3: `seed=3` and `seed=4` give the same split: draw it at random, from `self.seed`.",
    )


def _two_epochs() -> tuple[pl.Trainer, Onlooker]:
    onlooker = Onlooker()
    return quiet_trainer(max_epochs=2, callbacks=[onlooker]), onlooker


def _validated(datamodule: pl.LightningDataModule) -> list[int]:
    """The images that are validated on in another `fit`, in order."""
    onlooker = Onlooker()
    trainer = quiet_trainer(max_epochs=1, limit_train_batches=1, callbacks=[onlooker])
    trainer.fit(Bystander(), datamodule=datamodule)
    return _flat(onlooker.validated[0])


def _check_batches(route: str, onlooker: Onlooker, train: list[int], val: list[int]) -> None:
    first, second = (_flat(onlooker.trained[epoch]) for epoch in (0, 1))
    require(
        len(val) > 0 and len(onlooker.validated[0]) > 0,
        f"{route}: the Trainer never got to validate. Does it get the validation loader?",
    )
    require(
        sorted(first) == train,
        f"{route}: an epoch should go once through the {len(train)} training images; it went "
        f"through {len(first)}, {len(set(first) - set(train))} of them from outside.",
    )
    require(
        first not in (train, second),
        f"{route}: training meets the images in the same order every epoch; shuffle them.",
    )
    validated = [_flat(onlooker.validated[epoch]) for epoch in (0, 1)]
    require(
        sorted(validated[0]) == val,
        f"{route}: validation should go through the {len(val)} validation images; it went "
        f"through {len(validated[0])}, {len(set(validated[0]) - set(val))} of them from outside.",
    )
    require(
        validated[0] == validated[1],
        f"{route}: validation is shuffled; leave it in order, so that epochs can be compared.",
    )
    sizes = {len(batches[0][0]) for batches in (onlooker.trained, onlooker.validated)}
    require(
        sizes == {8},
        f"{route}: expected batches of 8 images, for training and validation; found batches of "
        f"{' and '.join(map(str, sorted(sizes)))}.",
    )


class Run(NamedTuple):
    """A Trainer over 100 images in batches of 32, and what decides on its number of steps."""

    options: dict[str, Any]
    drop_last: bool
    reason: str


RUNS = {
    "A": Run(
        dict(max_epochs=3), False, "An epoch ends with a smaller batch, and that is a step too."
    ),
    "B": Run(dict(max_epochs=3), True, "With `drop_last=True` the smaller last batch is left out."),
    "C": Run(
        dict(max_epochs=2, limit_train_batches=0.6),
        False,
        "A float is a share of the batches of an epoch, rounded down.",
    ),
    "D": Run(
        dict(max_epochs=5, limit_train_batches=1),
        False,
        "A whole number counts batches: 1 and 1.0 do not mean the same.",
    ),
    "E": Run(
        dict(max_epochs=5, max_steps=3),
        False,
        "Of `max_epochs` and `max_steps`, the one that is reached first ends the training.",
    ),
    "F": Run(
        dict(max_epochs=-1, max_steps=10),
        False,
        "`max_epochs=-1` sets no limit, so `max_steps` alone ends it, inside an epoch if need be.",
    ),
}


@exercise(
    "2.5",
    why="`global_step` counts optimizer steps: schedulers, logs and checkpoint names go by it.",
    hints=(
        "First count the batches of one epoch: 100 images in batches of 32, with the rest or not.",
        "Apply `limit_train_batches` to that number, multiply by the epochs, and then look whether "
        "`max_steps` ends the training before.",
    ),
)
def steps(predictions: Any) -> None:
    """Predict global_step."""
    require(
        isinstance(predictions, dict) and set(predictions) == set(RUNS),
        f"Expected a dictionary with the keys {', '.join(RUNS)}; got "
        f"{_listed(predictions) if isinstance(predictions, dict) else _described(predictions)}.",
    )
    for key, run in RUNS.items():
        given = predictions[key]
        require(
            isinstance(given, Real),
            f"{key}: expected a number, got {_described(given)}.",
        )
        trainer = quiet_trainer(**run.options)
        trainer.fit(Bystander(), loader(100, 32, drop_last=run.drop_last))
        require(
            given == trainer.global_step,
            f"{key}: it does not end at step {given}. {run.reason}",
        )


@exercise(
    "2.6",
    why="`limit_train_batches` makes a try-out short and leaves validation as it is, so that its "
    "numbers can be compared.",
    hints=(
        "The flag is `limit_train_batches`, and it knows two kinds of numbers.",
        "A whole number is a number of batches, a float a share of them.",
    ),
)
def a_fifth(make_trainer: Any) -> None:
    """Train on a fifth of the data."""
    for batches in (20, 35):  # 7 batches would be a fifth of the second only
        trainer, onlooker = _made_trainer(make_trainer), Onlooker()
        train_loader = DataLoader(numbered(range(2 * batches)), batch_size=2, shuffle=True)
        val_loader = DataLoader(numbered(range(20)), batch_size=2)
        trainer.fit(Bystander(onlooker), train_loader, val_loader)
        _check_fifth(batches, onlooker.trained[0], onlooker.validated[0])


def _check_fifth(batches: int, trained: list[list[int]], validated: list[list[int]]) -> None:
    fifth = batches // 5
    require(
        len(trained) == fifth,
        f"Of {batches} training batches {len(trained)} were trained on; expected a fifth, {fifth}.",
    )
    require(
        _flat(trained) != list(range(2 * fifth)),
        "It is always the first fifth, in the same order: `overfit_batches` turns the shuffling "
        "off, and is for something else.",
    )
    require(
        len(validated) == 10,
        f"Of 10 validation batches {len(validated)} were used; only the training was to be short.",
    )


@exercise(
    "2.7",
    why="`default_root_dir` is where logs and checkpoints go unless they are told otherwise: one "
    "argument, and a run leaves nothing behind anywhere else.",
    hints=(
        "It is one argument of the Trainer.",
        "`pl.Trainer(max_epochs=1, default_root_dir=…)`; the logger and the checkpoints follow.",
    ),
    limit=20.0,  # where tensorboard is installed, its first import takes a while
)
def root_dir(make_trainer: Any) -> None:
    """Choose where a run is kept."""
    here = Path.cwd()
    folder = here / "runs" / "first_try"
    trainer = _made_trainer(make_trainer, folder)
    require(
        Path.cwd() == here,
        "Afterwards the process works in another folder, and every relative path of the notebook "
        "has changed its meaning: tell the Trainer instead.",
    )
    trainer.fit(Bystander(), loader(4, 2), loader(4, 2))
    files = [path for path in here.rglob("*") if path.is_file()]
    outside = [path for path in files if not path.is_relative_to(folder)]
    require(
        not outside,
        f"Asked to keep a run in `runs/first_try`, it wrote `{_shown(outside, here)}` too.",
    )
    require(
        any(path.suffix == ".ckpt" for path in files),
        "There is no checkpoint in the folder: leave checkpointing on.",
    )
    require(
        any(path.suffix != ".ckpt" for path in files),
        "There are no logs in the folder: leave the logger on.",
    )
    require(
        Path(trainer.default_root_dir).resolve() == folder.resolve(),
        "This run is in the folder, but only because its logger is: `trainer.default_root_dir` is "
        "still another folder, and a profiler or a Trainer without logger would write there.",
    )


def _shown(paths: list[Path], here: Path) -> str:
    return ", ".join(str(path.relative_to(here)) for path in sorted(paths)[:1])


def _made_trainer(make_trainer: Any, *arguments: Any) -> pl.Trainer:
    require(
        callable(make_trainer),
        f"Expected a function that makes a Trainer, got {_described(make_trainer)}.",
    )
    trainer: Any = make_trainer(*arguments)
    require(
        isinstance(trainer, pl.Trainer),
        f"The function should return a `pl.Trainer`; it returned {_described(trainer)}.",
    )
    require(
        trainer.max_epochs == 1,
        f"It would train until max_epochs={trainer.max_epochs}; expected one epoch.",
    )
    return trainer  # type: ignore[no-any-return]


@exercise(
    "2.8",
    why="`on_step` and `on_epoch` decide when a value is logged, `logger` and `prog_bar` where to.",
    hints=(
        "In `training_step` the defaults are on_step=True, on_epoch=False, logger=True, "
        "prog_bar=False; write down for each value which of the four must change.",
        "Once per epoch needs both on_step=False and on_epoch=True; with the first alone nothing "
        "would ever be logged, and Lightning says so.",
    ),
)
def log_when(lit_class: Any) -> None:
    """Choose when and where a value is logged."""
    _require_class(lit_class, pl.LightningModule)
    network, recorder = tiny_network(), Recorder()
    trainer = quiet_trainer(max_epochs=2, logger=recorder)
    data = loader(18, 8)
    trainer.fit(lit_class(network, lr=0.0), data)
    batches = [(network(images).detach(), labels) for images, labels in data]
    _check_logger(recorder, batches)
    bar, largest = trainer.progress_bar_metrics, batches[-1][0].max()
    require(
        "largest" in bar,
        f"`largest` does not show on the progress bar; what does is {_listed(bar)}.",
    )
    require(
        _close(tensor(bar["largest"]), largest),
        f"The bar shows {bar['largest']:.3f} as `largest`; the largest logit of the last batch is "
        f"{largest:.3f}.",
    )


def _check_logger(recorder: Recorder, batches: list[tuple[Tensor, Tensor]]) -> None:
    losses = tensor([float(cross_entropy(*batch)) for batch in batches] * 2)
    right = sum(int((logits.argmax(dim=1) == labels).sum()) for logits, labels in batches)
    names = list(chain.from_iterable(recorder.entries))
    require("largest" not in names, "`largest` was sent to the logger; it is for the bar only.")
    require(
        set(names) == {"train_loss", "train_acc"},
        f"The logger should get `train_loss` and `train_acc`; it got {_listed(names)}. "
        "Lightning adds `_step` and `_epoch` where on_step and on_epoch are both true.",
    )
    logged = tensor(recorder.values("train_loss"))
    require(
        _close(logged, losses),
        f"In two epochs of three batches `train_loss` was logged {len(logged)} times, as "
        f"{_numbers(logged.tolist())}; expected each batch's loss, once.",
    )
    logged = tensor(recorder.values("train_acc"))
    require(
        _close(logged, tensor([right / 18] * 2)),
        f"In two epochs of three batches `train_acc` was logged {len(logged)} times, as "
        f"{_numbers(logged.tolist())}; expected the share of all images, once per epoch.",
    )


@exercise(
    "2.9",
    why="A checkpoint knows its hyperparameters, so one line rebuilds the model; `freeze` switches "
    "dropout and gradients off.",
    hints=(
        "`LitClassifier.load_from_checkpoint` makes the model; what does its `weights_only` do?",
        "`freeze` does two things at once, `eval` and `requires_grad_(False)`; the class of an "
        "image is the position of its largest logit.",
    ),
    in_order=True,
)
def load_and_predict(load_frozen: Any, predict: Any) -> None:
    """Load a checkpoint and predict."""
    attempted(load_frozen, "load_frozen")
    trained = LitClassifier(CNN(channels=2, hidden=8, dropout=0.5, image_size=8))
    trainer = quiet_trainer(max_steps=1)
    trainer.fit(trained, DataLoader(dataset(4, side=8), batch_size=4))
    trainer.save_checkpoint("trained.ckpt")
    model = load_frozen("trained.ckpt")
    _check_frozen(model, trained)
    require(
        not _opens_foreign_code(load_frozen),
        "It also opens a checkpoint that runs code of its own while it is loaded: pass "
        "weights_only=True, and a file from somebody else is safe.",
    )
    attempted(predict, "predict")
    images = 100 * torch.randn(32, 1, 8, 8)
    expected = trained.eval()(images).argmax(dim=1)
    _check_classes(predict(model, images), expected)


def _check_frozen(model: Any, trained: LitClassifier) -> None:
    require(
        isinstance(model, LitClassifier),
        f"`load_frozen` should return the LitClassifier; it returned {_described(model)}.",
    )
    weights, expected = model.state_dict(), trained.state_dict()
    require(
        weights.keys() == expected.keys()
        and all(equal(weights[name], expected[name]) for name in weights),
        "The weights of the model are not those of the checkpoint: this is a fresh one.",
    )
    require(
        not any(module.training for module in model.modules()),
        "The model is still in training mode, where dropout makes each prediction another one.",
    )
    require(
        not any(parameter.requires_grad for parameter in model.parameters()),
        "The parameters still require gradients, so somebody could train them further: freeze.",
    )


def _opens_foreign_code(load_frozen: Callable[[str], object]) -> bool:
    checkpoint = torch.load("trained.ckpt", weights_only=True)
    torch.save(checkpoint | {"foreign": Foreign()}, "foreign.ckpt")
    try:
        load_frozen("foreign.ckpt")
    except Exception:
        return False
    return True


def _check_classes(classes: Any, expected: Tensor) -> None:
    require(
        isinstance(classes, Tensor),
        f"`predict` should return a tensor; it returned {_described(classes)}.",
    )
    require(
        classes.shape == expected.shape,
        f"For {len(expected)} images `predict` returned the shape {list(classes.shape)}; expected "
        f"one class each, {list(expected.shape)}.",
    )
    require(
        not classes.is_floating_point(),
        f"`predict` returned {classes.dtype} numbers; a class is a whole number, the position of "
        "the largest logit and not the logit itself.",
    )
    require(
        equal(classes, expected),
        "These are not the classes that the model finds: each should be the position of the "
        "image's largest logit, with dropout switched off.",
    )


MYSTERY, THRESHOLD = "rotation", 0.85


def mystery_digits() -> tuple[ImageDataset, ImageDataset]:
    """Training and test digits, 1,438 and 359, to all of which the same thing was done."""
    data = load_images("digits")
    train = _turned(data.train_images, data.train_labels, seed=1)
    return train, _turned(data.test_images, data.test_labels, seed=2, like=train)


def _turned(
    images: Tensor, labels: Tensor, seed: int, like: ImageDataset | None = None
) -> ImageDataset:
    """The images, turned; a plain ImageDataset, which cannot tell what was done to them."""
    turned = CorruptedImages(images, labels, MYSTERY, seed=seed)
    statistics = (like.mean, like.std) if like else ()
    return ImageDataset(turned.images, labels, *statistics)


@exercise(
    "2.10",
    why="A model learns what its data shows it: trained on corrupted images it reads them, trained "
    "on clean ones it does not.",
    hints=(
        "Look at several images of the same digit. What differs from one to the next?",
        "An MLP, Adam with lr=1e-3, batches of 32 shuffled images, and 20 epochs are enough.",
    ),
)
def corrupted(corruption: Any, model: Any) -> None:
    """Read corrupted digits."""
    name = str(corruption).strip().lower()
    require(
        name in CORRUPTIONS,
        f"Expected one of the names {', '.join(CORRUPTIONS)}; got {corruption!r}.",
    )
    require(
        name == MYSTERY,
        f"No, {name} looks different. Show ten images of the digit 7 side by side.",
    )
    require(
        isinstance(model, nn.Module),
        f"Expected the trained model, got {_described(model)}.",
    )
    train, _ = mystery_digits()
    data = load_images("digits")
    unseen = _turned(data.test_images, data.test_labels, seed=3, like=train)
    images, labels = unseen.__getitems__(list(range(len(unseen)))).tensors
    with torch.inference_mode():
        logits = model.cpu().eval()(images)
    require(
        isinstance(logits, Tensor) and logits.shape == (len(images), CLASSES),
        f"For {len(images)} images the model should return logits of the shape "
        f"{[len(images), CLASSES]}; it returned "
        f"{list(logits.shape) if isinstance(logits, Tensor) else _described(logits)}.",
    )
    accuracy = float((logits.argmax(dim=1) == labels).float().mean())
    require(
        accuracy >= THRESHOLD,
        f"On images it has not seen, turned by angles it has not seen, the model reads "
        f"{accuracy:.0%}; {THRESHOLD:.0%} are wanted. Train longer, and on the images of "
        "`mystery_digits`.",
    )


@exercise(
    "2.11",
    why="Four faults that real tutorials have: each runs or nearly runs, and each is seen by "
    "looking at numbers.",
    hints=(
        "Read what each cell prints, and find the one line that explains it.",
        "1: the opposite of `on_step` has to be asked for. 2: count images, not batches. "
        '3: an epoch is the default "interval". 4: what `__init__` gets must be plain values.',
    ),
    in_order=True,
)
def bug_hunt(fix_1: Any, fix_2: Any, fix_3: Any, fix_4: Any) -> None:
    """Find four bugs."""
    fixes = {"Fix1": fix_1, "Fix2": fix_2, "Fix3": fix_3, "Fix4": fix_4}
    checks = (_check_fix_1, _check_fix_2, _check_fix_3, _check_fix_4)
    for (name, fix), check in zip(fixes.items(), checks, strict=True):
        attempted(fix, name)
        _require_class(fix, pl.LightningModule)
        check(fix)


def _check_fix_1(fix: Any) -> None:
    network, recorder, data = tiny_network(), Recorder(), loader(18, 8)
    trainer = quiet_trainer(max_epochs=2, logger=recorder)
    trainer.fit(fix(network, optimizer="SGD", lr=0.0), data)
    losses = [(cross_entropy(network(x), y).detach() * len(y)) for x, y in data]
    logged = recorder.values("train_loss")
    require(
        len(logged) == 2,
        f"Fix1: in two epochs of three batches, the logger got `train_loss` {len(logged)} times "
        f"(all names: {_listed(chain.from_iterable(recorder.entries))}); expected once per epoch.",
    )
    require(
        _close(tensor(logged[0]), torch.stack(losses).sum() / 18),
        "Fix1: `train_loss` should be the mean over the epoch; it is another number.",
    )


def _check_fix_2(fix: Any) -> None:
    model, trainer = fix(nn.Flatten()), quiet_trainer()
    images, labels = _scored_images(seed=1)
    trainer.validate(model, DataLoader(TensorDataset(images, labels), batch_size=8))
    right = (images.flatten(1).argmax(dim=1) == labels).float().mean()
    require(
        "val_acc" in trainer.callback_metrics,
        f"Fix2: `val_acc` is not logged; what is logged is {_listed(trainer.callback_metrics)}.",
    )
    logged = trainer.callback_metrics["val_acc"]
    require(
        _close(logged, right),
        f"Fix2: over batches of 8, 8 and 2 images, `val_acc` is {logged:.3f}; "
        f"{right:.3f} of the images are right.",
    )


def _check_fix_3(fix: Any) -> None:
    onlooker = Onlooker()
    trainer = quiet_trainer(max_epochs=3, callbacks=[onlooker])
    trainer.fit(fix(tiny_network(), lr=0.1), loader(40, 4))
    rates = [rate for epoch in range(3) for rate in onlooker.rates[epoch]]
    require(
        len(set(rates[:10])) == 10,
        f"Fix3: in the 10 steps of the first epoch the learning rate takes {len(set(rates[:10]))} "
        "value; one cycle has a new one after every step.",
    )
    require(
        _close(tensor(max(rates)), tensor(0.1)) and rates[-1] < 0.001,
        f"Fix3: over the whole training, the rate should climb to 0.1 and then fall to almost "
        f"nothing; it goes from {rates[0]:.4f} over {max(rates):.4f} to {rates[-1]:.4f}.",
    )


def _check_fix_4(fix: Any) -> None:
    model, trainer = fix(hidden=6, lr=0.02), quiet_trainer(max_steps=1)
    trainer.fit(model, loader(4, 4))
    trainer.save_checkpoint("fixed.ckpt")
    try:
        loaded = fix.load_from_checkpoint("fixed.ckpt", weights_only=True)
    except Exception as error:
        refuse(
            f"Fix4: a checkpoint of it cannot be loaded without further arguments "
            f"({type(error).__name__}). Are `hidden` and `lr`, and they alone, saved with it?"
        )
    trainer = quiet_trainer(max_steps=1)
    trainer.fit(loaded, loader(4, 4))
    optimizer = trainer.optimizers[0]
    trained = {id(p) for group in optimizer.param_groups for p in group["params"]}
    require(
        trained == {id(parameter) for parameter in loaded.parameters()},
        "Fix4: the optimizer of the loaded model holds other parameters than the model's own.",
    )
    require(
        optimizer.param_groups[0]["lr"] == 0.02,
        f"Fix4: saved with lr=0.02, the loaded model trains with "
        f"{optimizer.param_groups[0]['lr']:g}.",
    )


def _require_class(answer: Any, kind: type) -> None:
    require(
        isinstance(answer, type) and issubclass(answer, kind),
        f"Expected a class derived from {kind.__name__}, got {_described(answer)}.",
    )


def _described(value: object) -> str:
    """What a value is, for a sentence."""
    if value is None:
        return "None"
    if isinstance(value, type | FunctionType):
        kind = "class" if isinstance(value, type) else "function"
        return f"the {kind} `{value.__name__}`"
    return f"an object of the class `{type(value).__name__}`"


def _listed(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in sorted(set(names), key=str)) or "nothing"


def _numbers(values: list[float]) -> str:
    return ", ".join(f"{value:.3g}" for value in values)


def _sentence(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def _flat(batches: list[list[int]]) -> list[int]:
    return list(chain.from_iterable(batches))


def _close(found: Tensor, expected: Tensor) -> bool:
    return found.shape == expected.shape and allclose(found.float(), expected.float(), atol=1e-5)
