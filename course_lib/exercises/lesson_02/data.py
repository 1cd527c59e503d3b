"""Exercise 2.4: three ways of giving a Trainer its data."""

from typing import Any

import pytorch_lightning as pl
from torch.utils.data import DataLoader

from course_lib.exercises.answers import check_part, described, require_class
from course_lib.exercises.engine import attempted, exercise, require
from course_lib.exercises.probes import (
    Bystander,
    Onlooker,
    Steps,
    flat,
    numbered,
    quiet_trainer,
    tiny_network,
)


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
def data_routes(fit_with_loaders: Any, lit_class: Any, datamodule_class: Any) -> None:
    """Three routes for the data."""
    routes = {"Route 1": fit_with_loaders, "Route 2": lit_class, "Route 3": datamodule_class}
    checks = (_check_route_1, _check_route_2, _check_route_3)
    for (name, answer), check in zip(routes.items(), checks, strict=True):
        attempted(answer, name)
        check_part(name, check, answer)


TRAIN, VAL = range(24), range(100, 112)  # the numbers of the images in either part


def _check_route_1(fit_with_loaders: Any) -> None:
    require(
        callable(fit_with_loaders),
        f"Route 1: expected a function, got {described(fit_with_loaders)}.",
    )
    trainer, onlooker = _two_epochs()
    train_loader = DataLoader(numbered(TRAIN), batch_size=8, shuffle=True)
    val_loader = DataLoader(numbered(VAL), batch_size=8)
    fit_with_loaders(trainer, Bystander(), train_loader, val_loader)
    _check_batches("Route 1", onlooker, list(TRAIN), list(VAL), batch_size=8)


def _check_route_2(lit_class: Any) -> None:
    require_class(lit_class, pl.LightningModule)
    probe = type(lit_class.__name__, (Steps, lit_class), {})
    trainer, onlooker = _two_epochs()
    trainer.fit(probe(tiny_network(), numbered(TRAIN), numbered(VAL)))
    _check_batches("Route 2", onlooker, list(TRAIN), list(VAL), batch_size=8)


def _check_route_3(datamodule_class: Any) -> None:
    require_class(datamodule_class, pl.LightningDataModule)
    numbers = list(range(40))
    data = numbered(numbers)
    trainer, onlooker = _two_epochs()
    datamodule = datamodule_class(data, batch_size=5, seed=3)
    trainer.fit(Bystander(), datamodule=datamodule)
    val = flat(onlooker.validated[0])
    require(
        len(val) in (0, 8),
        f"Route 3: of 40 images {len(val)} were validated on; expected a fifth of them.",
    )
    train = [number for number in numbers if number not in val]
    _check_batches("Route 3", onlooker, train, sorted(val), batch_size=5)
    require(
        _validated(datamodule) == val,
        "Route 3: a second `setup` draws another split, so images that were trained on are now "
        "validated on. Draw it from a new generator, seeded with `self.seed`.",
    )
    require(
        _validated(datamodule_class(data, batch_size=5, seed=3)) == val,
        "Route 3: another object with the same seed has another split, so a model that is loaded "
        "tomorrow is validated on images it was trained on. Seed the split with `self.seed`.",
    )
    require(
        _validated(datamodule_class(data, batch_size=5, seed=4)) != val,
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
    return flat(onlooker.validated[0])


def _check_batches(
    route: str, onlooker: Onlooker, train: list[int], val: list[int], batch_size: int
) -> None:
    first, second = (flat(onlooker.trained[epoch]) for epoch in (0, 1))
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
    validated = [flat(onlooker.validated[epoch]) for epoch in (0, 1)]
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
        sizes == {batch_size},
        f"{route}: expected batches of {batch_size} images, for training and validation; found "
        f"batches of {' and '.join(map(str, sorted(sizes)))}.",
    )
