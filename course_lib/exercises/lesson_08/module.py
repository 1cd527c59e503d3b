"""Exercise 8.3: a LightningModule around a transformer."""

from collections.abc import Mapping
from typing import Any

import pytorch_lightning as pl
from torch import Tensor, cat, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, one_hot

from course_lib.exercises.answers import (
    close,
    described,
    listed,
    listed_numbers,
    near,
    require_class,
)
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.inspection import explain
from course_lib.exercises.lesson_08.toys import (
    BATCHES,
    LABELS,
    all_logits,
    bert,
    loader,
    padded,
)
from course_lib.exercises.probes import quiet_trainer, watched

TARGETS = ((1, 0, 2, 1), (0, 2, 2, 1), (1,))
HITS = ((4, 1, 0), (0, 3, 1))  # how many of each batch are right, in two validations
SIZES = tuple(map(len, BATCHES))


@exercise(
    "8.3",
    why="Around any model of transformers a LightningModule looks like this; the mask and the mode "
    "are what it is easy to lose.",
    hints=(
        "`self.model(input_ids=…, attention_mask=…)` returns an object; its `logits` are `[B, C]`, "
        "and all else is as with images.",
        "`self.log` in a step takes the mean over the epoch, and knows how large each batch is.",
        "A batch to predict may have no labels: do not ask for them.",
        "`Trainer.fit` leaves the modes as it finds them, and puts them back after a validation. "
        "So it is enough to set one before the training, in `__init__`, for example.",
    ),
    limit=15.0,  # the first time, transformers is imported
)
def lit_text(lit_text: Any) -> None:
    """A module for text."""
    require_class(lit_text, pl.LightningModule)
    _check_loss(lit_text)
    _check_accuracy(lit_text)
    _check_probabilities(lit_text)
    _check_modes(lit_text)


def _check_loss(kind: Any) -> None:
    """Refuse a training on another loss."""
    model, returned = bert(), list[Any]()
    sentences, labels = BATCHES[0], TARGETS[0]
    right, unmasked = (all_logits(model, sentences, masked) for masked in (True, False))
    lit = watched(kind, "training_step", returned.append)(model)
    trainer = quiet_trainer(max_steps=1)
    try:
        trainer.fit(lit, loader([padded(sentences, labels)]))
    except ValueError as error:
        with rule("a"):
            require(
                "Target size" not in f"{error}",
                "`training_step`: the labels are floats, which means for the loss that several "
                f"classes can be true at once. {explain(error)}",
            )
        raise
    loss = returned[0]["loss"] if isinstance(returned[0], Mapping) else returned[0]
    targets = padded(sentences, labels)["labels"]
    with rule("a"):
        require(
            isinstance(loss, Tensor) and loss.ndim == 0,
            f"`training_step` returns {described(loss)}; expected the mean loss of the batch.",
        )
    without_mask = near(float(loss), cross_entropy(unmasked, targets))
    with rule("b"):
        require(
            not without_mask,
            "`training_step`: the loss is what it would be if the padding were words.",
        )
    mistakes = {
        "of probabilities, where it expects logits: a softmax too many": cross_entropy(
            right.softmax(dim=1), targets
        ),
        "of each class by itself, as for labels of which several can be true: labels that are "
        "floats have that meaning": binary_cross_entropy_with_logits(
            right, one_hot(targets, LABELS).float()
        ),
        "summed over the batch": cross_entropy(right, targets, reduction="sum"),
    }
    seen = [what for what, wrong in mistakes.items() if near(float(loss), wrong)]
    with rule("a"):
        require(not seen, f"`training_step`: it is a cross-entropy {''.join(seen[:1])}.")
        expected = cross_entropy(right, targets)
        require(
            without_mask or near(float(loss), expected),
            f"`training_step`: the loss of a batch is {float(loss):.3f}; its mean cross-entropy is "
            f"{float(expected):.3f}.",
        )


def _check_accuracy(kind: Any) -> None:
    """Refuse another share in one of two validations."""
    model = bert()
    right, unmasked = (
        [all_logits(model, batch, masked).argmax(dim=1) for batch in BATCHES]
        for masked in (True, False)
    )
    lit, trainer = kind(model), quiet_trainer()
    for hits in HITS:
        labels = [
            [int(c) if i < n else (int(c) + 1) % LABELS for i, c in enumerate(classes)]
            for n, classes in zip(hits, right, strict=True)
        ]
        batches = [padded(ids, of) for ids, of in zip(BATCHES, labels, strict=True)]
        (logged,) = trainer.validate(lit, loader(batches), verbose=False)
        with rule("c"):
            require(
                "val_acc" in logged,
                f"Expected `val_acc` to be logged in a validation; logged is {listed(logged)}.",
            )
        found, share = logged["val_acc"], sum(hits) / sum(SIZES)
        targets = cat([batch["labels"] for batch in batches])
        without_mask = near(found, (cat(unmasked) == targets).float().mean())
        with rule("b"):
            require(
                not without_mask,
                f"`val_acc` is {found:.3f}, as if the padding were words; without it {share:.3f} "
                "of the sentences are right.",
            )
        with rule("c"):
            require(
                not near(found, sum(n / size for n, size in zip(hits, SIZES, strict=True)) / 3),
                "`val_acc` is the plain mean of three batches, of which the last has one sentence.",
            )
            require(
                not near(found, hits[-1] / SIZES[-1]),
                "`val_acc` is the accuracy of the last batch alone.",
            )
            require(
                without_mask or near(found, share),
                f"`val_acc` is {found:.3f}; {share:.3f} of the sentences are right.",
            )


def _check_probabilities(kind: Any) -> None:
    """Refuse another prediction, also of sentences without labels."""
    model = bert()
    right, unmasked = (
        [all_logits(model, batch, masked).softmax(dim=1) for batch in BATCHES]
        for masked in (True, False)
    )
    lit, trainer = kind(model), quiet_trainer()
    labelled = [padded(ids, of) for ids, of in zip(BATCHES, TARGETS, strict=True)]
    returned: list[Any] = trainer.predict(lit, loader(labelled)) or []
    shapes = [
        list(each.shape) if isinstance(each, Tensor) else described(each) for each in returned
    ]
    with rule("d"):
        require(
            shapes == [list(each.shape) for each in right],
            f"`predict_step` returns for a batch of {SIZES[0]} sentences "
            f"{[*shapes, 'nothing'][0]}; expected a tensor {[SIZES[0], LABELS]}, a row for each.",
        )
    found, expected = cat(returned).float(), cat(right)
    without_mask = close(found, cat(unmasked))
    with rule("b"):
        require(not without_mask, "`predict_step` reads the padding as if it were words.")
    with rule("d"):
        require(
            without_mask or not close(found.softmax(dim=1), expected),
            "`predict_step` returns logits, or their logarithms; expected probabilities.",
        )
        require(
            without_mask or close(found, expected),
            "`predict_step` returns rows that are not the probabilities of the classes; their sums "
            f"are {listed_numbers(found.sum(dim=1).tolist()[:3])}, ….",
        )
        try:
            unlabelled: list[Any] = (
                trainer.predict(lit, loader(padded(ids) for ids in BATCHES)) or []
            )
        except Exception as error:
            refuse(f"`predict_step` with batches that have no labels: {explain(error)}")
        require(
            close(cat(unlabelled), found),
            "`predict_step` returns something else if the batches have no labels.",
        )


def _check_modes(kind: Any) -> None:
    """Refuse dropout in predictions, and a training without."""
    model, trainer = bert(dropout=0.5).eval(), quiet_trainer(max_epochs=2)
    lit, modes = kind(model), dict[str, list[float]]()

    def look(module: Any, *_: Any) -> None:
        active = [part.training for part in module.modules() if isinstance(part, nn.Dropout)]
        stages = {"train": trainer.training, "validate": trainer.validating}
        stage = next((name for name, now in stages.items() if now), "predict")
        modes.setdefault(stage, []).append(sum(active) / len(active))

    model.register_forward_pre_hook(look)
    batches = [padded(ids, of) for ids, of in zip(BATCHES, TARGETS, strict=True)]
    trainer.fit(lit, loader(batches), loader(batches))
    trainer.predict(lit, loader(batches))
    trained = modes.get("train", [])
    with rule("e"):
        require(
            any(trained),
            "The model comes in eval mode, and so it is trained: without dropout. Lightning leaves "
            "modes as it finds them.",
        )
        require(
            set(trained) == {1.0},
            f"In {sum(share == 1 for share in trained)} of {len(trained)} training steps all of "
            "the model's dropout is active; expected all.",
        )
        require(
            not any(modes.get("validate", [])),
            "In the validation dropout is active, so that `val_acc` is left to chance.",
        )
        require(
            not any(modes.get("predict", [])),
            "In `Trainer.predict` dropout is active, so that each prediction is another one.",
        )
