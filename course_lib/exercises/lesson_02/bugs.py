"""Exercise 2.11: four faults that real tutorials have."""

from itertools import chain
from typing import Any

import pytorch_lightning as pl
import torch
from torch import nn, tensor
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from course_lib.exercises.answers import close, listed, require_class
from course_lib.exercises.engine import attempted, exercise, refuse, require
from course_lib.exercises.lesson_02.module import scored_images
from course_lib.exercises.probes import (
    Onlooker,
    Recorder,
    loader,
    quiet_trainer,
    tiny_network,
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
    """Bug hunt."""
    fixes = {"Fix1": fix_1, "Fix2": fix_2, "Fix3": fix_3, "Fix4": fix_4}
    checks = (_check_fix_1, _check_fix_2, _check_fix_3, _check_fix_4)
    for (name, fix), check in zip(fixes.items(), checks, strict=True):
        attempted(fix, name)
        require_class(fix, pl.LightningModule)
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
        f"(all names: {listed(chain.from_iterable(recorder.entries))}); expected once per epoch.",
    )
    require(
        close(tensor(logged[0]), torch.stack(losses).sum() / 18),
        "Fix1: `train_loss` should be the mean over the epoch; it is another number.",
    )


def _check_fix_2(fix: Any) -> None:
    model, trainer = fix(nn.Flatten()), quiet_trainer()
    images, labels = scored_images(seed=1)
    trainer.validate(model, DataLoader(TensorDataset(images, labels), batch_size=8))
    right = (images.flatten(1).argmax(dim=1) == labels).float().mean()
    require(
        "val_acc" in trainer.callback_metrics,
        f"Fix2: `val_acc` is not logged; what is logged is {listed(trainer.callback_metrics)}.",
    )
    logged = trainer.callback_metrics["val_acc"]
    require(
        close(logged, right),
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
        close(tensor(max(rates)), tensor(0.1)) and rates[-1] < 0.001,
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
