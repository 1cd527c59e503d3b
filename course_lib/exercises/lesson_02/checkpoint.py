"""Exercise 2.9: from a checkpoint to predictions."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from torch import Tensor, equal, int64, load, randn, save
from torch.utils.data import DataLoader

from course_lib.exercises.answers import described
from course_lib.exercises.engine import attempted, exercise, refuse, require, rule
from course_lib.exercises.probes import Foreign, dataset, quiet_trainer
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
    with rule("a"):
        model = loaded(load_frozen)
        require_checkpoint(model, trained)
    require_frozen(model)
    with rule("d"):
        require(
            not opens_foreign_code(load_frozen),
            "`load_frozen` also opens a checkpoint that runs code of its own while it is loaded: "
            "pass weights_only=True, and a file from somebody else is safe.",
        )
    attempted(predict, "predict")
    trained.freeze()
    images = 100 * randn(32, 1, 8, 8)
    bias = list(trained.parameters())[-1]
    bias.sub_(trained(images).mean(dim=0))  # so that no class wins on all images
    logits = trained(images)
    classes = predict(trained, images.clone())
    require_classes(classes, logits, trained)
    with rule("f"):
        single = predict(trained, images[:1].clone())
        shape = list(single.shape) if isinstance(single, Tensor) else described(single)
        require(
            shape == [1],
            f"For a batch of one image `predict` returned {shape}; expected the shape [1], as N "
            "is 1 then.",
        )


def loaded(load_frozen: Callable[[str], Any]) -> Any:
    """The answer's model; says what does not fit if the weights do not."""
    try:
        return load_frozen("trained.ckpt")
    except RuntimeError as error:
        misfit = re.search(r"(Missing key|size mismatch).*?([\w.]+\.(weight|bias))", str(error))
        if misfit is None:
            raise
        require(
            misfit[1] == "Missing key",
            "The weights of the checkpoint have other shapes than those of the model that you load "
            f"them into, `{misfit[2]}` first. `load_from_checkpoint` makes the right model.",
        )
        refuse(
            "The weights of the checkpoint have other names than those of the model that you load "
            f"them into, which misses `{misfit[2]}`: they are those of a whole LitClassifier."
        )


def require_checkpoint(model: Any, trained: LitClassifier) -> None:
    """Refuse what is not the model of the checkpoint."""
    require(
        isinstance(model, LitClassifier),
        f"`load_frozen` should return the LitClassifier; it returned {described(model)}.",
    )
    weights, expected = model.state_dict(), trained.state_dict()
    require(
        weights.keys() == expected.keys()
        and all(weights[name].dtype == expected[name].dtype for name in weights)
        and all(equal(weights[name], expected[name]) for name in weights),
        "The weights of the model are not those of the checkpoint. Is this a fresh one?",
    )


def require_frozen(model: LitClassifier) -> None:
    """Refuse a model that is not ready to predict."""
    with rule("b"):
        training = sum(module.training for module in model.modules())
        require(
            not training,
            f"{training} of the model's modules are still in training mode, where dropout makes "
            "each prediction another one; all of them should be in eval mode.",
        )
    with rule("c"):
        free = sum(parameter.requires_grad for parameter in model.parameters())
        require(
            not free or getattr(model, "requires_grad", None) is not False,
            "`requires_grad = False` only gives the model an attribute of that name, and its "
            "parameters go on requiring gradients. Which method, with an underscore, sets them?",
        )
        require(
            not free,
            f"{free} of the parameter tensors still require gradients, so that somebody could "
            "train them further.",
        )


def opens_foreign_code(load_frozen: Callable[[str], object]) -> bool:
    """Whether the answer loads a checkpoint with an object that is no plain data."""
    checkpoint = load("trained.ckpt", weights_only=True)
    save(checkpoint | {"foreign": Foreign()}, "foreign.ckpt")
    Foreign.awake = False
    with suppress(Exception):
        load_frozen("foreign.ckpt")
    return Foreign.awake


def require_classes(classes: Any, logits: Tensor, model: LitClassifier) -> None:
    """Refuse what are not the positions of the largest logits."""
    expected = logits.argmax(dim=1)
    with rule("f"):
        require(
            isinstance(classes, Tensor),
            f"`predict` should return a tensor; it returned {described(classes)}.",
        )
        require(
            classes.shape == expected.shape,
            f"For {len(expected)} images `predict` returned the shape {list(classes.shape)}; "
            f"expected one class each, {list(expected.shape)}.",
        )
    with rule("e"):
        require(
            not classes.is_floating_point() or equal(classes.flatten().long(), expected),
            "`predict` returned numbers with a fraction; a class is the position of the largest "
            "logit, and not the logit or the probability itself.",
        )
    with rule("f"):
        require(
            classes.dtype == int64,
            f"`predict` returned {classes.dtype} numbers; expected int64, which `argmax` gives.",
        )
    with rule("e"):
        require(
            not any(module.training for module in model.modules()),
            "`predict` switches the model to training mode, so that dropout has a say in the "
            "class.",
        )
        require(
            not equal(classes, logits.argmin(dim=1)),
            "`predict` returns the position of the smallest logit; the class is that of the "
            "largest.",
        )
        require(
            classes.numel() == len(expected) and equal(classes.flatten().long(), expected),
            "These are not the classes that the model finds: each should be the position of the "
            "image's largest logit.",
        )
