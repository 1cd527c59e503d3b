"""Exercise 2.11: four faults that real tutorials have."""

from itertools import chain
from typing import Any

import pytorch_lightning as pl
import torch
from torch import equal, nn, tensor
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from course_lib.exercises.answers import check_part, close, listed, require_class
from course_lib.exercises.engine import attempted, exercise, refuse, require
from course_lib.exercises.lesson_02.module import scored_images
from course_lib.exercises.probes import (
    CLASSES,
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
        check_part(name, check, fix)


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
    before = [parameter.detach().clone() for parameter in network.parameters()]
    quiet_trainer(max_epochs=1).fit(fix(network, optimizer="SGD", lr=0.1), data)
    require(
        not all(map(equal, network.parameters(), before)),
        "Fix1 no longer trains: `training_step` must still return the loss.",
    )


def _check_fix_2(fix: Any) -> None:
    model, trainer = fix(nn.Flatten()), quiet_trainer()
    for seed in (1, 3):
        images, labels = scored_images(seed)
        trainer.validate(model, DataLoader(TensorDataset(images, labels), batch_size=8))
        right = (images.flatten(1).argmax(dim=1) == labels).float().mean()
        require(
            "val_acc" in trainer.callback_metrics,
            f"Fix2: `val_acc` is not logged; what is logged is {listed(trainer.callback_metrics)}.",
        )
        logged = trainer.callback_metrics["val_acc"]
        require(
            seed == 1 or close(logged, right),
            f"Fix2: `val_acc` is right in the first validation and wrong in the second "
            f"({logged:.3f}, expected {right:.3f}): the counts start again with each validation.",
        )
        require(
            close(logged, right),
            f"Fix2: over batches of 8, 8 and 2 images, `val_acc` is {logged:.3f}; "
            f"{right:.3f} of the images are right.",
        )


def _check_fix_3(fix: Any) -> None:
    onlooker = Onlooker()
    trainer = quiet_trainer(max_epochs=4, callbacks=[onlooker])
    trainer.fit(fix(tiny_network(), lr=0.05), loader(20, 4))
    rates = [rate for epoch in range(4) for rate in onlooker.rates[epoch]]
    require(
        len(set(rates[:5])) == 5,
        "Fix3: the learning rate should change with every step; in the 5 steps of the first epoch "
        f"the number of its values is {len(set(rates[:5]))}.",
    )
    top = max(rates)
    require(
        rates[0] < top / 2 and 0.045 < top < 0.0501 and rates[-1] < 0.001,
        "Fix3: made with lr=0.05 and trained for 20 steps, the rate should climb to 0.05 and then "
        f"fall to almost nothing; it goes from {rates[0]:.4f} over {top:.4f} to {rates[-1]:.4f}.",
    )


def _check_fix_4(fix: Any) -> None:
    model, trainer = fix(hidden=6, lr=0.02), quiet_trainer(max_steps=1)
    trainer.fit(model, loader(4, 4))
    _check_network(fix, model)
    trainer.save_checkpoint("fixed.ckpt")
    try:
        loaded = fix.load_from_checkpoint("fixed.ckpt", weights_only=True)
    except Exception as error:
        refuse(
            f"Fix4: a checkpoint of it cannot be loaded without further arguments "
            f"({type(error).__name__}). Are `hidden` and `lr`, and they alone, saved with it, by "
            "`self.save_hyperparameters()` in `__init__`?"
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


def _check_network(fix: Any, model: Any) -> None:
    shapes = [list(parameter.shape) for parameter in model.parameters()]
    require(
        shapes != [list(parameter.shape) for parameter in fix(hidden=7, lr=0.02).parameters()],
        f"Fix4: with hidden=6 and with hidden=7 the parameters have the same shapes, {shapes}; "
        "the hidden layer should have `hidden` numbers.",
    )
    network = model.network.eval()
    first, second = torch.randn(2, 32, 1, 4, 4) * 3
    with torch.inference_mode():
        logits = network(first)
        require(
            logits.shape == (32, CLASSES),
            f"Fix4: for 32 images the network's output has the shape {list(logits.shape)}; "
            f"expected {[32, CLASSES]}.",
        )
        bend = network(first + second) + network(0 * first) - logits - network(second)
    require(
        float(bend.abs().max()) > 1e-3,
        "Fix4: the network is linear, so its hidden layer adds nothing: put a non-linearity "
        "between the layers.",
    )
