"""Exercise 2.11: four faults that real tutorials have."""

from itertools import pairwise
from typing import Any

import pytorch_lightning as pl
from torch import Tensor, equal, no_grad, randn
from torch.linalg import matrix_rank
from torch.utils.data import DataLoader, TensorDataset
from torchmetrics.functional.classification import multiclass_accuracy

from course_lib.exercises.answers import check_part, listed, near, require_class
from course_lib.exercises.engine import attempted, exercise, refuse, require, rule
from course_lib.exercises.inspection import explain
from course_lib.exercises.lesson_02.logs import RIGHT, labelled, require_means, two_epochs
from course_lib.exercises.probes import (
    CLASSES,
    Onlooker,
    loader,
    quiet_trainer,
    tiny_network,
)
from course_lib.exercises.sandbox import seed


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
    journal = two_epochs(fix, "c")
    names = listed(journal.names())
    steps, ends = journal.logged("train_loss")
    with rule("a"):
        require(
            bool(ends) or not steps,
            f"Fix1: the logger gets `train_loss` at {len(steps)} steps and at the end of no epoch.",
        )
        require(
            not steps,
            "Fix1: the logger gets `train_loss` at the end of each epoch, but at each step too; "
            f"under all its names, it gets {names}.",
        )
        require(
            len(ends) == 2,
            f"Fix1: at the ends of two epochs the logger gets `train_loss` {len(ends)} times (all "
            f"names that it gets: {names}); expected once per epoch.",
        )
    with rule("b"):
        require_means("train_loss", ends, journal.losses)


def _check_fix_2(fix: Any) -> None:
    seed(0)
    network, images, trainer = tiny_network(), randn(18, 1, 4, 4), quiet_trainer()
    model, letter = fix(network), "d"
    for places in RIGHT:
        labels, share = labelled(network, images, places), len(places) / 18
        data = DataLoader(TensorDataset(images, labels), batch_size=8)
        (logged,) = trainer.validate(model, data, verbose=False)
        with rule("d"):
            require(
                "val_acc" in logged,
                f"Fix2: expected `val_acc` to be logged; what is logged is {listed(logged)}.",
            )
        found = logged["val_acc"]
        with rule(letter):
            require(
                near(found, share) or letter == "d",
                "Fix2: `val_acc` is right in the first validation and wrong in the second "
                f"({found:.3f}, expected {share:.3f}): what the first counted is still in it.",
            )
            require(
                near(found, share),
                f"Fix2: over batches of 8, 8 and 2 images, `val_acc` is {found:.3f}; {share:.3f} "
                f"of the images are right.{_mistaken_for(found, network(images), labels)}",
            )
        letter = "e" if near(found, share) else "d"


def _mistaken_for(found: float, logits: Tensor, labels: Tensor) -> str:
    right = (logits.argmax(dim=1) == labels).float()
    batches = [batch.mean() for batch in right.split(8)]
    mistakes = (
        ("the plain mean of three batches, of which the last is shorter", sum(batches) / 3),
        ("the accuracy of the last batch alone", batches[-1]),
        ("a mean over the classes", multiclass_accuracy(logits, labels, CLASSES)),
        ("their number, not their share", right.sum()),
    )
    return "".join([f" It is {what}." for what, wrong in mistakes if near(found, wrong)][:1])


def _check_fix_3(fix: Any) -> None:
    onlooker = Onlooker()
    trainer = quiet_trainer(max_epochs=4, callbacks=[onlooker])
    trainer.fit(fix(tiny_network(), lr=0.05), loader(20, 4))
    rates = [rate for epoch in range(4) for rate in onlooker.rates[epoch]]
    top = rates.index(max(rates))
    with rule("f"):
        require(
            any(len(set(onlooker.rates[epoch])) > 1 for epoch in range(4)),
            "Fix3: within an epoch the learning rate stays the same; expected another one for "
            "each step. How often is a scheduler stepped, unless you say otherwise?",
        )
        same = sum(now == before for before, now in pairwise(rates))
        require(
            same < 2,  # a cycle may be symmetrical
            f"Fix3: the learning rate should change with every step; at {same} of 20 steps it "
            "stays as it was.",
        )
    with rule("h"):
        require(
            top < 19,
            "Fix3: the learning rate is still climbing when the training ends: its cycle is "
            "longer than the training.",
        )
    with rule("g"):
        require(
            rates[0] < rates[top] / 2,
            f"Fix3: the learning rate begins at {rates[0]:.4f} and its top is {rates[top]:.4f}; it "
            "should begin far below and climb.",
        )
        require(
            0.045 < rates[top] < 0.0501,
            f"Fix3: made with lr=0.05, the learning rate climbs to {rates[top]:.4f}; it should "
            "climb to `self.hparams.lr`.",
        )
    with rule("h"):
        require(
            rates[top:] == sorted(rates[top:], reverse=True),
            "Fix3: the learning rate falls, and then it climbs again: more than one cycle.",
        )
        require(
            rates[-1] < 0.001,
            f"Fix3: when the training ends, after 20 steps, the learning rate is still "
            f"{rates[-1]:.4f}; its cycle should end with the training.",
        )


def _check_fix_4(fix: Any) -> None:
    for width in (7, 6):
        model = fix(hidden=width, lr=0.02)
        with rule("i"):
            _check_network(model, width)
    trainer, rates, missing, _ = _trained(model)
    with rule("j"):
        require(
            not missing,
            f"Fix4: the optimizer does not hold all of the model's parameters; {listed(missing)} "
            "would never be trained.",
        )
        require(rates == [0.02], f"Fix4: made with lr=0.02, it trains with {listed(rates)}.")
    trainer.save_checkpoint("fixed.ckpt")
    with rule("k"):
        try:
            loaded = fix.load_from_checkpoint("fixed.ckpt", weights_only=True)
        except Exception as error:
            refuse(
                "Fix4: its checkpoint cannot be loaded without further arguments "
                f"({type(error).__name__}). Does `__init__` save `hidden` and `lr`, and nothing "
                "but plain values, as hyperparameters?"
            )
        _, rates_after, _, moved = _trained(loaded)
        require(
            rates_after == rates,
            f"Fix4: saved with lr=0.02, the loaded model trains with {listed(rates_after)}: is "
            "`lr` saved as a hyperparameter?",
        )
        require(
            moved,
            "Fix4: the loaded model does not train on: a step of the Trainer changes none of its "
            "weights.",
        )


def _trained(model: pl.LightningModule) -> tuple[pl.Trainer, list[float], list[str], bool]:
    """Train for a step: the Trainer, the rates, what the optimizer lacks, if weights change."""
    trainer, before = quiet_trainer(max_steps=1), [p.detach().clone() for p in model.parameters()]
    trainer.fit(model, loader(4, 4))
    groups = [group for optimizer in trainer.optimizers for group in optimizer.param_groups]
    held = {id(parameter) for group in groups for parameter in group["params"]}
    missing = [name for name, value in model.named_parameters() if id(value) not in held]
    moved = not all(map(equal, before, model.parameters()))
    return trainer, sorted({group["lr"] for group in groups}), missing, moved


def _check_network(model: Any, width: int) -> None:
    network, (images, others) = model.network.eval(), randn(2, 64, 1, 4, 4) * 3
    with no_grad():
        try:
            logits = network(images)
        except Exception as error:
            refuse(f"Fix4: the network cannot take images [64, 1, 4, 4]. {explain(error)}")
        shapes = [list(parameter.shape) for parameter in model.parameters()]
        require(
            any(width in shape for shape in shapes),
            f"Fix4: made with hidden={width}, its parameters have the shapes {shapes}; expected a "
            f"hidden layer of {width} numbers.",
        )
        require(
            logits.shape == (64, CLASSES),
            f"Fix4: for 64 images the network's output has the shape {list(logits.shape)}; "
            f"expected {[64, CLASSES]}.",
        )
        bend = network(images + others) + network(0 * images) - logits - network(others)
        require(
            float(bend.abs().max()) > 1e-3,
            "Fix4: the network is linear, so its hidden layer adds nothing: put a non-linearity "
            "between the layers.",
        )
    # Linear in `width` numbers, logits lie in so many dimensions, but for a shift of all ten.
    centred = logits - logits.mean(dim=1, keepdim=True)
    require(
        int(matrix_rank(centred - centred.mean(dim=0), rtol=1e-4)) <= width,
        "Fix4: the network's output is not linear in the hidden numbers: after the last linear "
        "layer comes nothing more, no softmax and no ReLU.",
    )
