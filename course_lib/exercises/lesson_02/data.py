"""Exercise 2.4: three ways of giving a Trainer its data."""

from contextlib import suppress
from typing import Any

import pytorch_lightning as pl
from torch import Tensor
from torch.utils.data import DataLoader

from course_lib.exercises.answers import check_part, described, require_class, require_function
from course_lib.exercises.engine import attempted, exercise, require, rule
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
        "Look at what `Trainer.fit` can be given besides the model, and at what a `DataLoader` "
        "can: both kinds of loaders differ in one argument only.",
        "Shuffling is the loader's business, splitting is that of `random_split`, which takes "
        "shares as well as sizes.",
        "`random_split` draws from the `torch.Generator` that it is given. For the same split "
        "each time it has to be a new one, seeded, whenever `setup` is called.",
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


TRAIN, VAL = range(20), range(100, 112)  # the numbers of the images in either part
ALL = range(40)  # those of a data set that is to be split
NO_VALIDATION = {
    "Route 1": "`fit` takes the validation loader, too.",
    "Route 2": "It looks for a method called `val_dataloader`, and for what this returns.",
    "Route 3": "It asks the data module, by a method called `val_dataloader`.",
}


class Follower(Onlooker):
    """Follows the images of one route through `fit`, and refuses batches of anything else."""

    def __init__(self, route: str) -> None:
        super().__init__()
        self.route = route

    def on_train_batch_start(
        self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int
    ) -> None:
        """Before a batch is trained on."""
        with rule("a"):
            _check_batch(f"{self.route}: training", batch)
        super().on_train_batch_start(trainer, pl_module, batch, batch_idx)

    def on_validation_batch_start(
        self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        """Before a batch is validated on; what is not part of `fit` does not count."""
        with rule("c"):
            _check_batch(f"{self.route}: validation", batch)
        if trainer.state.fn == "fit":
            super().on_validation_batch_start(trainer, pl_module, batch, batch_idx)


def _check_batch(what: str, batch: Any) -> None:
    parts = batch if isinstance(batch, tuple | list) else [batch]
    require(
        isinstance(parts[0], Tensor) and parts[0].shape[1:] == (1, 4, 4) and len(parts) == 2,
        f"{what} gets as a batch {' and '.join(map(described, parts))}; expected images "
        "`[N, 1, 4, 4]` and labels `[N]`. Is it one DataLoader that it takes, with nothing around?",
    )


def _check_route_1(fit_with_loaders: Any) -> None:
    require_function(fit_with_loaders, "fit_with_loaders")
    trainer, follower = _two_epochs("Route 1")
    train_loader = DataLoader(numbered(TRAIN), batch_size=8, shuffle=True)
    val_loader = DataLoader(numbered(VAL), batch_size=8)
    model = Bystander()
    fit_with_loaders(trainer, model, train_loader, val_loader)
    with rule("a"):
        require(
            len(follower.trained) > 0,
            "Route 1: the `trainer` that was passed has trained on nothing. Call its `fit`.",
        )
        require(
            trainer.lightning_module is model,
            "Route 1: `trainer` has trained another model than the `model` that was passed.",
        )
    _check_batches(follower, list(TRAIN), list(VAL), "8")


def _check_route_2(lit_class: Any) -> None:
    require_class(lit_class, pl.LightningModule)
    probe = type(lit_class.__name__, (Steps, lit_class), {})
    trainer, follower = _two_epochs("Route 2")
    trainer.fit(probe(tiny_network(), numbered(TRAIN), numbered(VAL)))
    _check_batches(follower, list(TRAIN), list(VAL), "8")


def _check_route_3(datamodule_class: Any) -> None:
    require_class(datamodule_class, pl.LightningDataModule)
    data = numbered(ALL)
    trainer, follower = _two_epochs("Route 3")
    datamodule = datamodule_class(data, batch_size=5, seed=3)
    trainer.fit(Bystander(), datamodule=datamodule)
    train, val = flat(follower.trained[0]), flat(follower.validated[0])
    aside = {*ALL} - set(train)
    aside = aside if len(aside) == 8 else set(val)  # if both are wrong, then by validation
    with rule("f"):
        both = set(train) & set(val)
        require(
            not both,
            f"Route 3: {len(both)} of the {len(val)} validation images are trained on as well. "
            "Training gets what the draw leaves.",
        )
        require(
            len(set(val)) == len(val),
            f"Route 3: among the {len(val)} validation images are only {len(set(val))} different "
            "ones: draw each once, and validate on it once.",
        )
        require(
            len(aside) == 8 or not val,
            f"Route 3: of 40 images {len(aside)} are for validation; expected a fifth, 8."
            + " Are the two parts mixed up?" * (len(aside) == 32),
        )
    _check_batches(follower, sorted({*ALL} - aside), sorted(aside), "`self.batch_size`, here 5")
    again = _validated(datamodule)
    other = _validated(datamodule_class(data, batch_size=5, seed=3))
    with rule("h"):
        require(
            (again == val) or (other == val),
            "Route 3: each `setup` draws another split, so images that were trained on are later "
            "validated on. Nothing ties the draw to the seed.",
        )
        require(
            again == val,
            "Route 3: a second `setup` of one object gives another split than the first: it goes "
            "on from what the first left behind, instead of beginning anew.",
        )
        require(
            other == val,
            "Route 3: another object with the same seed has another split, so a model that is "
            "loaded tomorrow is validated on images it was trained on.",
        )
    with rule("g"):
        gaps = {b - a for a, b in zip(sorted(val), sorted(val)[1:], strict=False)}
        require(
            len(gaps) != 1,
            f"Route 3: validation gets the images {', '.join(map(str, sorted(val)))}: that is a "
            "pattern, not a draw.",
        )
        require(
            _validated(datamodule_class(data, batch_size=5, seed=4)) != val,
            "Route 3: `seed=3` and `seed=4` give the same split: the draw takes its seed from "
            "elsewhere.",
        )
    require(
        not _splits_without_setup(datamodule_class, data),
        "Route 3: the split is made before `setup` is called; make it there, and nowhere else.",
    )


def _splits_without_setup(datamodule_class: Any, data: Any) -> bool:
    without = type(datamodule_class.__name__, (datamodule_class,), {"setup": lambda *_: None})
    with suppress(Exception):
        datamodule = without(data)
        datamodule.prepare_data()
        loaders = datamodule.train_dataloader(), datamodule.val_dataloader()
        return None not in loaders
    return False


def _two_epochs(route: str) -> tuple[pl.Trainer, Follower]:
    follower = Follower(route)
    return quiet_trainer(max_epochs=2, callbacks=[follower]), follower


def _validated(datamodule: pl.LightningDataModule) -> list[int]:
    """The images that are validated on in another `fit`, in order."""
    onlooker = Onlooker()
    trainer = quiet_trainer(max_epochs=1, limit_train_batches=1, callbacks=[onlooker])
    trainer.fit(Bystander(), datamodule=datamodule)
    return flat(onlooker.validated[0])


def _check_batches(follower: Follower, train: list[int], val: list[int], size: str) -> None:
    """Check the images of two epochs, and their batches: `size` ends with the expected size."""
    route, batch_size = follower.route, int(size.split()[-1])
    first, second = (flat(follower.trained[epoch]) for epoch in (0, 1))
    validated, later = (flat(follower.validated[epoch]) for epoch in (0, 1))
    with rule("c"):
        require(
            len(validated) > 0,
            f"{route}: the Trainer never got to validate. {NO_VALIDATION[route]}",
        )
    with rule("a"):
        require(
            (sorted(first), sorted(validated)) != (val, train),
            f"{route}: training and validation have got each other's images.",
        )
        fault = _fault(first, train, batch_size) or _fault(second, train, batch_size)
        require(
            not fault,
            f"{route}: an epoch should train once on each of the {len(train)} training images; "
            f"{fault}.",
        )
    with rule("b"):
        require(
            first != train,
            f"{route}: training meets the images in the order in which they are stored; have the "
            "training loader shuffle them.",
        )
        require(
            first != second,
            f"{route}: training meets the images in the same order every epoch. It is the training "
            "loader that can shuffle them anew for each.",
        )
    with rule("c"):
        fault = _fault(validated, val, batch_size) if validated else ""
        require(
            not fault,
            f"{route}: an epoch should validate once on each of the {len(val)} validation images; "
            f"{fault}.",
        )
    with rule("d"):
        require(
            validated == later,
            f"{route}: validation is shuffled; leave it in order, so that epochs can be compared.",
        )
    with rule("e"):
        for what, batches in (("training", follower.trained), ("validation", follower.validated)):
            sizes = [len(batch) for batch in batches[0]]
            full, last = sizes[:-1], sizes[-1:]
            require(
                set(full) <= {batch_size} and sum(last) <= batch_size,
                f"{route}: {what} has batches of {' and '.join(map(str, sorted(set(sizes))))} "
                f"images; expected {size}.",
            )


def _fault(met: list[int], expected: list[int], batch_size: int) -> str:
    """What is wrong with the images that an epoch met, or nothing."""
    missing, outside = set(expected) - set(met), set(met) - set(expected)
    if outside:
        return f"it meets {len(outside)} that are not among them"
    if len(met) > len(set(met)):
        return f"it meets {len(set(met))} of them, some more than once"
    if missing and len(missing) == len(expected) % batch_size:
        return f"{len(missing)} are missing, as many as the last, smaller batch should hold"
    return f"{len(missing)} are missing" if missing else ""
