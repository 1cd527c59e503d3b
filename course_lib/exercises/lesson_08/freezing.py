"""Exercise 8.5: the body as it was, and a head that learns."""

from collections import defaultdict
from typing import Any, NamedTuple

import pytorch_lightning as pl
from torch import nn

from course_lib.exercises.answers import described, listed, require_class
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.inspection import explain
from course_lib.exercises.lesson_08.toys import BATCHES, bert, distilbert, gpt2, loader, padded
from course_lib.exercises.probes import quiet_trainer

TARGETS = ((1, 0, 2, 1), (0, 2, 2, 1), (1,))


@exercise(
    "8.5",
    why="What is frozen has to be so in three places: in the optimizer, for autograd, and in its "
    "mode.",
    hints=(
        "Three things are to be done: say to autograd what needs no gradients, choose what the "
        "optimizer gets, and see to the modes.",
        "The head's parameters are those that still require gradients once the body's do not.",
        "`train(mode)` is a method like any other, and `eval()` calls it with False. What if it "
        "were yours?",
        "`Trainer.fit` begins in whichever mode it finds. Who sees to it that it finds the right "
        "one?",
    ),
    limit=15.0,  # the first time, transformers is imported
)
def head_alone(lit_head: Any) -> None:
    """Train the head alone."""
    require_class(lit_head, pl.LightningModule)
    _check_trained(lit_head, bert(dropout=0.1).eval())
    with rule("a"):
        try:
            _fitted(lit_head, distilbert(dropout=0.1))
        except AttributeError as error:
            refuse(f"With BERT it works, with DistilBERT it does not. {explain(error)}")
    _check_trained(lit_head, distilbert(dropout=0.1))
    _check_trained(lit_head, gpt2(dropout=0.1), calls_train=True)


class Modes(NamedTuple):
    """For each batch of a stage, how many modules of body and head are in training mode."""

    body: dict[str, list[int]]
    head: dict[str, list[int]]
    parts_of_head: int


class Onlooker(pl.Callback):
    """Notes which parameters of the body get gradients; and, if asked, disturbs."""

    def __init__(self, body: nn.Module, calls_train: bool) -> None:
        self.gradients: set[str] = set()
        self.learns = False
        self._body, self._calls_train = body, calls_train

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """Put the whole module into training mode, as some tutorials do."""
        if self._calls_train:
            pl_module.train()

    def on_before_optimizer_step(self, trainer: Any, pl_module: Any, *_: Any) -> None:
        """Look for gradients; a validation drops them."""
        named = self._body.named_parameters()
        self.gradients |= {name for name, value in named if value.grad is not None}
        count = sum(value.grad is not None for value in pl_module.parameters())
        self.learns = count > len(self.gradients)


def _of_head(model: Any) -> list[nn.Module]:
    """All that is no part of the body."""
    body = {id(module) for module in model.base_model.modules()}
    return [module for module in model.modules() if id(module) not in body and module is not model]


def _fitted(kind: Any, model: Any, calls_train: bool = False) -> tuple[pl.Trainer, Modes, Onlooker]:
    """Train in two epochs, with a validation after each."""
    head = _of_head(model)
    modes = Modes(defaultdict(list), defaultdict(list), len(head))
    onlooker = Onlooker(model.base_model, calls_train)
    trainer = quiet_trainer(max_epochs=2, callbacks=[onlooker])

    def look(module: Any, *_: Any) -> None:
        stage = "training" if trainer.training else "validation"
        modes.body[stage].append(sum(part.training for part in module.modules()))
        modes.head[stage].append(sum(part.training for part in head))

    lit = kind(model)
    model.base_model.register_forward_pre_hook(look)
    batches = [padded(ids, of) for ids, of in zip(BATCHES, TARGETS, strict=True)]
    trainer.fit(lit, loader(batches), loader(batches))
    return trainer, modes, onlooker


def _check_trained(kind: Any, model: Any, calls_train: bool = False) -> None:
    """Refuse another optimizer, gradients where none are needed, and other modes."""
    name, was = type(model.base_model).__name__, "training" if model.training else "eval"
    trainer, modes, onlooker = _fitted(kind, model, calls_train)
    body = {id(parameter) for parameter in model.base_model.parameters()}
    groups = [group for optimizer in trainer.optimizers for group in optimizer.param_groups]
    held = {id(parameter) for group in groups for parameter in group["params"]}
    missing = [n for n, p in model.named_parameters() if id(p) not in held | body]
    with rule("a"):
        require(
            not held & body,
            f"The optimizer holds {len(held & body)} parameters of the body of a {name}, which "
            f"has {len(body)}.",
        )
        require(not missing, f"Around a {name}, the optimizer lacks {listed(missing)} of the head.")
    require(onlooker.learns, "The head gets no gradients, so that nothing is trained.")
    with rule("b"):
        require(
            not onlooker.gradients,
            f"For {len(onlooker.gradients)} of {len(body)} parameters of the body gradients are "
            "computed, which nobody needs.",
        )
    came = f"came in {was} mode"
    where = "where a callback has called `train()`" if calls_train else f"with a model that {came}"
    _check_body(modes, f", {where},")
    trained = modes.head["training"]
    without = sum(active < modes.parts_of_head for active in trained)
    with rule("d"):
        require(
            without == 0,
            f"With a model that {came}, a part of the head is in eval mode in "
            f"{without} of {len(trained)} training steps, without its dropout.",
        )
    with rule("e"):
        require(
            not any(modes.head["validation"]),
            "In the validation a part of the head is in training mode.",
        )
        lit: Any = trainer.lightning_module
        for called, found in (("eval", lit.eval()), ("train", lit.train())):
            require(
                found is lit,
                f"`{called}()` returns {described(found)}; `nn.Module.{called}` returns self.",
            )


def _check_body(modes: Modes, where: str) -> None:
    """Refuse a body that is not the same each time."""
    trained = modes.body["training"]
    with rule("c"):
        require(
            not any(trained),
            f"In {sum(map(bool, trained))} of {len(trained)} training steps{where} a part of the "
            "body is in training mode.",
        )
