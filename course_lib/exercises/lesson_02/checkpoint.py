"""Exercise 2.9: from a checkpoint to predictions."""

import re
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, equal, int64
from torch.utils.data import DataLoader

from course_lib.exercises.answers import described
from course_lib.exercises.engine import attempted, exercise, refuse, require
from course_lib.exercises.probes import (
    Foreign,
    dataset,
    quiet_trainer,
)
from course_lib.models import CNN, LitClassifier


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
    """From a checkpoint to predictions."""
    attempted(load_frozen, "load_frozen")
    trained = LitClassifier(CNN(channels=2, hidden=8, dropout=0.5, image_size=8))
    trainer = quiet_trainer(max_steps=1)
    trainer.fit(trained, DataLoader(dataset(4, side=8), batch_size=4))
    trainer.save_checkpoint("trained.ckpt")
    model = _loaded(load_frozen)
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


def _loaded(load_frozen: Callable[[str], Any]) -> Any:
    try:
        return load_frozen("trained.ckpt")
    except RuntimeError as error:
        misfit = re.search(r"[\w.]+\.(weight|bias)", str(error))
        if misfit is None:
            raise
        refuse(
            "The weights of the checkpoint do not fit the model that you load them into; "
            f"`{misfit[0]}` is the first of them. `load_from_checkpoint` makes the right model."
        )


def _check_frozen(model: Any, trained: LitClassifier) -> None:
    require(
        isinstance(model, LitClassifier),
        f"`load_frozen` should return the LitClassifier; it returned {described(model)}.",
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
        f"`predict` should return a tensor; it returned {described(classes)}.",
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
        classes.dtype == int64,
        f"`predict` returned {classes.dtype} numbers; expected int64, which `argmax` gives.",
    )
    require(
        equal(classes, expected),
        "These are not the classes that the model finds: each should be the position of the "
        "image's largest logit, with dropout switched off.",
    )
