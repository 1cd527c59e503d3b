"""Exercise 8.7: six faults that programs around transformers have."""

from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import ModelCheckpoint
from torch import Tensor, cat, nn, ones, randn, stack, tensor, zeros
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

from course_lib.exercises.answers import (
    check_part,
    close,
    described,
    listed,
    listed_numbers,
    near,
    number,
    require_class,
    require_function,
    several,
)
from course_lib.exercises.engine import attempted, exercise, require, rule
from course_lib.exercises.lesson_08.toys import Climber
from course_lib.exercises.probes import quiet_trainer


@exercise(
    "8.7",
    why="None of the six stops with an error: some flatter the number, the others spoil the model.",
    hints=(
        "What each cell prints has one number, or one word, that should not be there. Which line "
        "of the fault lets it in?",
        "1: multiply by the mask, and divide by what is left. 2: a dictionary's `get` knows what "
        "to do with a word that is not there. 3: `cross_entropy` has a softmax of its own.",
        "4: who steps a scheduler, and how often, unless you say so? 5: what may a validation be "
        "cut from, and what keeps the cut where it is? 6: where are the weights of the best epoch, "
        "and who could fetch them?",
    ),
    in_order=True,
)
def bug_hunt(fix_1: Any, fix_2: Any, fix_3: Any, fix_4: Any, fix_5: Any, fix_6: Any) -> None:
    """Bug hunt."""
    parts: tuple[tuple[str, Any, Any, type | None], ...] = (
        ("fix_1", fix_1, _check_mean, None),
        ("fix_2", fix_2, _check_vocabulary, None),
        ("fix_3", fix_3, _check_loss, None),
        ("Fix4", fix_4, _check_fall, pl.LightningModule),
        ("Fix5", fix_5, _check_data, pl.LightningDataModule),
        ("fix_6", fix_6, _check_tested, None),
    )
    for name, fix, check, base in parts:
        attempted(fix, name)
        if base is None:
            require_function(fix, name)
        else:
            require_class(fix, base)
        check_part(name, check, fix)


def _check_mean(fix: Any) -> None:
    hidden, lengths = randn(3, 5, 2), (5, 2, 1)
    mask = tensor([[1] * n + [0] * (5 - n) for n in lengths])
    found = fix(hidden.clone(), mask)
    expected = stack([rows[:n].mean(dim=0) for rows, n in zip(hidden, lengths, strict=True)])
    with rule("a"):
        require(
            isinstance(found, Tensor) and found.shape == expected.shape,
            f"fix_1: of vectors [3, 5, 2] you return "
            f"{list(found.shape) if isinstance(found, Tensor) else described(found)}; expected a "
            "tensor [3, 2].",
        )
        require(
            not close(found, hidden.mean(dim=1)),
            "fix_1: the vectors of the padding still have a part in the mean.",
        )
        require(
            not close(found, expected * tensor([[n / 5] for n in lengths])),
            "fix_1: the sum is right, but it is divided by the length with the padding.",
        )
        require(
            not close(found, expected * tensor([[n] for n in lengths])),
            "fix_1: you return the sums over the tokens; expected their means.",
        )
        k = next((k for k in range(3) if not close(found[k], expected[k])), 0)
        require(
            close(found, expected),
            f"fix_1: for the sentence with {lengths[k]} of 5 tokens you return "
            f"{listed_numbers(found[k].tolist())}; the mean is "
            f"{listed_numbers(expected[k].tolist())}.",
        )


def _check_vocabulary(fix: Any) -> None:
    train, test = ["the film was good", "the soup was bad"], ["the tea was good", "bad luck luck"]
    expected = {word for sentence in train for word in sentence.split()}
    returned = fix(list(train), list(test))
    vocabulary, encoded = several(returned, 2, "a vocabulary and the encoded test, of `fix_2`")
    with rule("b"):
        require(
            isinstance(vocabulary, dict),
            f"fix_2: the vocabulary is {described(vocabulary)}; expected a dictionary.",
        )
        new = sorted({"tea", "luck"} & vocabulary.keys())
        require(not new, f"fix_2: the vocabulary still has {listed(new)}, from the test sentences.")
        lost = expected - vocabulary.keys()
        require(not lost, f"fix_2: the vocabulary lacks {listed(lost)}, which can be trained on.")
    with rule("c"):
        unknown = vocabulary.get("[UNK]")
        numbers = [vocabulary[word] for word in expected]
        require(
            unknown is not None and len({unknown, *numbers}) == len(expected) + 1,
            "fix_2: `[UNK]` and each of the words should have a number of its own in the "
            "vocabulary.",
        )
        right = [[vocabulary.get(word, unknown) for word in text.split()] for text in test]
        known = [[vocabulary[w] for w in text.split() if w in vocabulary] for text in test]
        found = [[*sentence] for sentence in encoded]
        require(
            found != known,
            "fix_2: the unknown words are left out; expected `[UNK]` in their place.",
        )
        require(
            found == right,
            f"fix_2: {test[0]!r} becomes {found[0]}; with this vocabulary expected {right[0]}.",
        )


def _check_loss(fix: Any) -> None:
    logits, labels = 3 * randn(5, 3), tensor([0, 2, 1, 1, 0])
    found, expected = number(fix(logits, labels), "fix_3: the loss"), cross_entropy(logits, labels)
    shares = logits.softmax(dim=1)
    twice, mean = cross_entropy(shares, labels), -shares[range(5), labels].mean()
    mistakes = {
        "There is still a softmax in front of the one that `cross_entropy` has": twice,
        "It is the mean of the right classes' probabilities": mean,
        "It is summed over the sentences": 5 * expected,
    }
    seen = [what for what, wrong in mistakes.items() if near(found, wrong)]
    with rule("d"):
        require(not seen, f"fix_3: {''.join(seen[:1])}.")
        require(
            near(found, expected),
            f"fix_3: the loss is {found:.3f}; the mean cross-entropy is {float(expected):.3f}.",
        )
        large = number(fix(tensor([[200.0, -200.0]]), tensor([1])), "fix_3: the loss")
        require(
            near(large, 400),
            f"fix_3: for large logits the loss is {large:.3g}, and not 400: `softmax` and then "
            "`log` loses them; `cross_entropy` takes logits.",
        )


class Rates(pl.Callback):
    """Notes the rate of each step."""

    def __init__(self) -> None:
        self.seen: list[float] = []

    def on_train_batch_start(self, trainer: Any, *_: Any) -> None:
        """Before a step."""
        self.seen.append(trainer.optimizers[0].param_groups[0]["lr"])


def _check_fall(fix: Any) -> None:
    rates = Rates()
    trainer = quiet_trainer(max_epochs=4, callbacks=[rates])
    samples: Any = ones(5, 2)
    trainer.fit(fix(nn.Linear(2, 1), lr=0.2), DataLoader(samples, batch_size=1))
    found = rates.seen
    expected = [0.2 * (1 - step / 20) for step in range(20)]
    with rule("e"):
        steady = all(len(set(found[i : i + 5])) == 1 for i in range(0, 20, 5))
        require(
            not steady or found[-1] < 0.1,
            "Fix4: within an epoch the rate stays as it is, and in the last of 4 epochs it is "
            f"still {found[-1]:.3g}: it is epochs that are counted, and steps that are expected.",
        )
        require(
            not steady,
            f"Fix4: the rate falls once per epoch, to {found[-1]:.3g} in the last of 4; expected "
            "it to fall with each step.",
        )
        require(
            found[-1] <= 0.021,
            f"Fix4: in the last of 20 steps the rate is still {found[-1]:.3g}; expected 0.01.",
        )
        wrong = [step for step in range(20) if not near(found[step], expected[step])]
        require(
            not wrong,
            f"Fix4: made with lr=0.2, in step {listed_numbers(wrong[:1])} of 20 the rate is "
            f"{listed_numbers(found[step] for step in wrong[:1])}; expected "
            f"{listed_numbers(expected[step] for step in wrong[:1])}.",
        )


def _numbers(loader: Any) -> list[int]:
    return [int(value) for value in cat([zeros(0), *loader]).tolist()]


def _check_data(fix: Any) -> None:
    train, test = list(range(40)), list(range(100, 110))
    seen = []
    for _ in range(2):
        data = fix(list(train), list(test))
        for hook, stage in (
            (data.prepare_data, ()),
            (data.setup, ("fit",)),
            (data.setup, ("test",)),
        ):
            hook(*stage)
        loaders = (data.train_dataloader(), data.val_dataloader(), data.test_dataloader())
        seen.append([_numbers(loader) for loader in loaders])
    (trained, validated, tested), (_, again, _) = seen
    with rule("f"):
        require(
            not set(test) & set(validated),
            f"Fix5: {len(set(test) & set(validated))} of {len(test)} samples of the test are in "
            "the validation.",
        )
        require(
            tested == test,
            f"Fix5: the test has {len(tested)} samples; expected all {len(test)}, in order.",
        )
    both = set(trained) & set(validated)
    with rule("g"):
        require(
            not both, f"Fix5: {len(both)} of {len(validated)} samples are validated and trained on."
        )
        count = len(validated)
        require(count == 8, f"Fix5: of 40 samples {count} are for the validation; expected 8.")
        require(
            sorted(trained + validated) == train,
            f"Fix5: of {len(train)} samples {len({*trained, *validated})} are trained on or "
            "validated.",
        )
        require(
            sorted(again) == sorted(validated),
            "Fix5: made a second time, it validates other samples: what was trained on before is "
            "validated now.",
        )


def _check_tested(fix: Any) -> None:
    best = ModelCheckpoint("best", monitor="val_acc", mode="max")
    trainer = quiet_trainer(max_epochs=4, callbacks=[best], enable_checkpointing=True)
    samples: Any = ones(1)
    loader = DataLoader(samples)
    with rule("h"):
        try:
            found = fix(trainer, Climber(), loader, loader, loader)
        except RuntimeError as error:
            require(
                "loading state_dict" not in f"{error}" or Climber.__name__ in f"{error}",
                "fix_6: the checkpoint does not fit; the model of the check is not a `LitThree`.",
            )
            raise
        require(
            isinstance(found, dict) and "steps" in found,
            "fix_6: expected the dictionary of what the test logs, with `steps`; you return "
            f"{described(found)}.",
        )
        require(
            trainer.current_epoch == 4,
            f"fix_6: the Trainer is for 4 epochs, and trains for {trainer.current_epoch}.",
        )
        steps = number(found["steps"], "fix_6: what the test logs")
        require(
            not near(steps, 4),
            "fix_6: the weights that are tested are those of the last epoch, not of the best.",
        )
        require(
            near(steps, 2),
            f"fix_6: the weights that are tested are those after epoch {steps:g}; the best are "
            "those after epoch 2.",
        )
