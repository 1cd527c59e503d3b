"""Exercise 5.8: four programs that are right, and slow or greedy."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import pytorch_lightning as pl
from torch import Tensor, cat, equal, is_grad_enabled, set_grad_enabled, stack, tensor
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

from course_lib.exercises.answers import (
    check_part,
    close,
    described,
    listed,
    listed_numbers,
    require_class,
    require_function,
)
from course_lib.exercises.engine import attempted, exercise, require, rule
from course_lib.exercises.lesson_05.counting import Fetches, Kept, Watched
from course_lib.exercises.lesson_05.logs import Look
from course_lib.exercises.lesson_05.validation import check_fix_4
from course_lib.exercises.probes import (
    Recorder,
    dataset,
    flat,
    loader,
    numbered,
    quiet_trainer,
    tiny_network,
    watched,
)
from course_lib.exercises.sandbox import seed
from course_lib.models import LitClassifier

EPOCHS = 2
SHARES = tensor([4, 4, 4, 2]) / 14  # of the images, in the batches of an epoch


@exercise(
    "5.8",
    why="All four give the right numbers, and no error ever tells: count what is fetched, kept, "
    "started and copied.",
    hints=(
        "Each cell prints what is too much. Which line of the code leads to it, and does it have "
        "to be done in every step, or at all?",
        "Fault 1: an `if` needs the number itself. A maximum of two tensors is a tensor, and "
        "`self.log` can take the largest value of an epoch, too.",
        "Fault 2: nobody will ever call `backward` here. Say so to autograd before the first "
        "batch, and only for as long as it is true.",
        "Fault 3: `help(DataLoader)` has a word for workers that stay.",
        "Fault 4: what does the last batch need to know of those before it? A count or two will "
        "do.",
    ),
    in_order=True,
)
def bug_hunt(fix_1: Any, fix_2: Any, fix_3: Any, fix_4: Any) -> None:
    """Bug hunt."""
    fixes = {"Fix1": fix_1, "fix_2": fix_2, "Fix3": fix_3, "Fix4": fix_4}
    bases = (pl.LightningModule, None, pl.LightningDataModule, pl.LightningModule)
    checks = (_check_fix_1, _check_fix_2, _check_fix_3, check_fix_4)
    for (name, fix), base, check in zip(fixes.items(), bases, checks, strict=True):
        attempted(fix, name)
        if base is None:
            require_function(fix, name)
        else:
            require_class(fix, base)
        check_part(name, check, fix)


class Begins(pl.Callback):
    """Notes at the begin of each step how many tensors are kept for a backward pass."""

    def __init__(self, graphs: Kept) -> None:
        self.kept: list[int] = []
        self._graphs = graphs

    def on_train_batch_start(self, *_: Any) -> None:
        """A step begins."""
        self.kept.append(len(self._graphs))


def _trained(kind: Any, logger: Any = False, callbacks: Any = ()) -> None:
    """Train for two epochs of four batches; the loss falls."""
    seed(0)
    model = kind(tiny_network(), optimizer="SGD", lr=0.5)
    trainer = quiet_trainer(
        logger=logger, callbacks=[*callbacks], max_epochs=EPOCHS, log_every_n_steps=50
    )
    trainer.fit(model, loader(14, 4))


@cache
def _losses() -> Tensor:
    """The losses of the batches, of each epoch."""
    losses: list[Tensor] = []
    _trained(watched(LitClassifier, "training_step", lambda loss: losses.append(loss.detach())))
    return stack(losses).view(EPOCHS, -1)


def _check_fix_1(fix: Any) -> None:
    losses, recorder = _losses(), Recorder()
    with Fetches() as fetches, Kept() as kept:
        look, begins = Look(fetches, recorder), Begins(kept)
        _trained(fix, recorder, (look, begins))
    found = recorder.values("worst_loss")
    with rule("a"):
        require(
            len(found) == EPOCHS,
            f"Fix1: in {EPOCHS} epochs `worst_loss` is logged {len(found)} times; expected once "
            "in each.",
        )
        mistakes = {
            "the mean over its images, as `self.log` has it by default": losses @ SHARES,
            "the mean of the losses of its batches": losses.mean(dim=1),
            "the loss of its last batch": losses[:, -1],
            "the sum of the losses of its batches": losses.sum(dim=1),
            "right for the first epoch, and never begun anew": losses.max().expand(EPOCHS),
        }
        seen = [what for what, wrong in mistakes.items() if close(tensor(found), wrong)]
        require(
            not seen,
            f"Fix1: what is logged for an epoch is {''.join(seen[:1])}; expected the largest of "
            "its losses.",
        )
        largest = losses.amax(dim=1)
        require(
            close(tensor(found), largest),
            f"Fix1: the largest losses of the epochs are {listed_numbers(largest.tolist())}; "
            f"`worst_loss` is {listed_numbers(found)}.",
        )
    with rule("b"):
        by = look.without_row()
        require(
            not by,
            f"Fix1: numbers are still fetched in the steps, by "
            f"{listed(f'Tensor.{name}' for name in by)}.",
        )
    with rule("c"):
        require(
            not any(begins.kept),
            f"Fix1: when the last step begins, {begins.kept[-1]} tensors of earlier steps are kept "
            "for a backward pass that never comes: what is computed from losses that require "
            "gradients has a graph of its own.",
        )


def _check_fix_2(fix: Any) -> None:
    model, data = Watched(), dataset(10)
    batches = list(DataLoader(data, batch_size=4))
    before = [parameter.detach().clone() for parameter in model.parameters()]
    expected = cat([cross_entropy(model.layers(x), y, reduction="none") for x, y in batches])
    with model.graphs:
        losses = fix(model, DataLoader(data, batch_size=4))
        still_on = is_grad_enabled()
        set_grad_enabled(True)
    with rule("d"):
        require(
            isinstance(losses, Tensor),
            f"fix_2: expected a tensor of losses; what is returned is {described(losses)}.",
        )
        require(
            close(losses.detach(), expected.detach()),
            f"fix_2: what is returned, of shape {list(losses.shape)}, are not the losses of the "
            f"{len(expected)} images one by one.",
        )
    with rule("e"):
        require(
            losses.requires_grad or not any(model.kept),
            f"fix_2: what is returned has no graph any more, and yet {model.kept[-1]} tensors were "
            "kept for a backward pass when the last batch began: let go of them batch by batch.",
        )
        require(
            not any(model.kept),
            f"fix_2: when the last batch begins, {model.kept[-1]} tensors of the batches before it "
            "are kept for a backward pass.",
        )
        require(
            not losses.requires_grad,
            "fix_2: the losses that are returned require gradients: they keep a graph.",
        )
    _check_unchanged(model, before, still_on)


def _check_unchanged(model: Watched, before: Iterable[Tensor], still_on: bool) -> None:
    """Refuse to lose the model, or autograd, for what comes next."""
    with rule("f"):
        require(
            still_on,
            "fix_2: afterwards autograd is switched off for good: nothing can be trained any more.",
        )
        require(
            all(parameter.requires_grad for parameter in model.parameters()),
            "fix_2: afterwards the model's parameters do not require gradients any more.",
        )
        require(
            all(module.training for module in model.modules()),
            "fix_2: afterwards the model is in eval mode; it was in training mode before.",
        )
        require(
            all(map(equal, model.parameters(), before))
            and all(parameter.grad is None for parameter in model.parameters()),
            "fix_2: afterwards the model's weights or their gradients are not what they were.",
        )


def _check_fix_3(fix: Any) -> None:
    data = fix(numbered(range(20)), numbered(range(100, 110)))
    loaders = {"training": data.train_dataloader(), "validation": data.val_dataloader()}
    for name, each in loaders.items():
        with rule("h"):
            require(
                isinstance(each, DataLoader),
                f"Fix3: for {name} expected a DataLoader; there is {described(each)}.",
            )
            require(
                each.num_workers == 2,
                f"Fix3: the loader for {name} has {each.num_workers} workers; expected 2, which go "
                "on preparing batches.",
            )
        with rule("g"):
            require(
                each.persistent_workers is True,
                f"Fix3: the workers of the loader for {name} still end with each epoch, and new "
                "ones are started.",
            )
    first, second = (_numbers(loaders["training"]) for _ in range(2))
    validated = _numbers(loaders["validation"])
    with rule("i"):
        require(
            sorted(flat(first)) == [*range(20)] and sorted(flat(validated)) == [*range(100, 110)],
            f"Fix3: of 20 images to train on and 10 to validate on, the loaders have "
            f"{len(flat(first))} and {len(flat(validated))}, or some of them twice.",
        )
        require(
            [*map(len, first)] == [8, 8, 4] and [*map(len, validated)] == [8, 2],
            f"Fix3: the batches for training have the sizes {listed_numbers(map(len, first))}; "
            "expected 8, 8, 4, and 8, 2 for validation.",
        )
        require(
            first != second,
            "Fix3: the training images come in the same order in each epoch.",
        )
        require(flat(validated) == [*range(100, 110)], "Fix3: the validation images are shuffled.")


def _numbers(given: DataLoader[Any]) -> list[list[int]]:
    """The images of each batch, made in this process."""
    here: DataLoader[Any] = DataLoader(
        given.dataset, batch_sampler=given.batch_sampler, collate_fn=given.collate_fn
    )
    return [images[:, 0, 0, 0].int().tolist() for images, _ in here]
