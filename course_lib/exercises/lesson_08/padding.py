"""Exercise 8.1: sentences of different lengths in one tensor."""

import copy
from collections.abc import Mapping
from typing import Any

from torch import Tensor, equal, int64, tensor

from course_lib.exercises.answers import described, listed, require_function
from course_lib.exercises.engine import exercise, require, rule

NAMES = ("input_ids", "attention_mask", "labels")
PAD = 5  # stands in a sentence, too
SENTENCES = ([2, 7, 3], [2, 8, PAD, 9, 4, 3], [2, 3], [2, 6, 6, 3])
LABELS = (1, 0, 2, 1)
LONGEST = 6


@exercise(
    "8.1",
    why="Padding costs as much as words do, and without a mask the model reads it as such.",
    hints=(
        "First find T, the length of the longest list. How many tokens does each of the others "
        "lack?",
        "`[pad_id] * 3` is a list of three, and `row + other` a new one; `row += other` changes "
        "the sample.",
        "Make the mask from the lengths. From the finished rows nobody can tell a padding token "
        "from the same token in a sentence.",
    ),
)
def collate(collate: Any) -> None:
    """Pad to the longest."""
    require_function(collate, "collate")
    samples: list[Any] = [
        {"input_ids": list(ids), "label": label}
        for ids, label in zip(SENTENCES, LABELS, strict=True)
    ]
    before = copy.deepcopy(samples)
    batch = _tensors(collate(samples, PAD))
    _check_rows(batch["input_ids"])
    _check_mask(batch["attention_mask"])
    _check_labels(batch)
    with rule("e"):
        require(
            len(samples) == len(before),
            f"Of the list of {len(before)} samples {len(samples)} are left.",
        )
        require(
            samples == before,
            "Afterwards the samples are not what they were. `+=`, `append`, `extend`, `pop` and "
            "`sort` change what they are called on.",
        )
    single = _tensors(collate(samples[2:3], PAD))["input_ids"]
    with rule("a"):
        require(
            equal(single, tensor([[2, 3]])),
            f"From a batch of one sentence, of two tokens, you make {single.tolist()}; expected "
            "[[2, 3]].",
        )


def _tensors(batch: Any) -> Mapping[str, Tensor]:
    """The batch, refused unless it is a dictionary of the three tensors."""
    with rule("d"):
        require(
            isinstance(batch, Mapping),
            f"Expected a dictionary of three tensors; what is returned is {described(batch)}.",
        )
        missing = [name for name in NAMES if name not in batch]
        require(
            not missing, f"The dictionary has {listed(batch)}; {listed(missing)} is not among them."
        )
        wrong = [name for name in NAMES if not isinstance(batch[name], Tensor)]
        require(
            not wrong,
            f"`{''.join(wrong[:1])}` is {described(batch[wrong[0]]) if wrong else ''}; expected "
            "a tensor.",
        )
    return batch


def _rows(pad: int, left: bool = False) -> Tensor:
    """What the rows are, or would be with other padding."""
    rows = []
    for ids in SENTENCES:
        padding = [pad] * (LONGEST - len(ids))
        rows.append([*padding, *ids] if left else [*ids, *padding])
    return tensor(rows)


def _check_rows(ids: Tensor) -> None:
    expected = _rows(PAD)
    with rule("a"):
        require(
            ids.shape[-1:] == expected.shape[-1:],
            f"The rows of `input_ids` are {sum(ids.shape[-1:])} long; the longest sentence of the "
            f"batch has {LONGEST} tokens.",
        )
        require(
            ids.shape == expected.shape,
            f"`input_ids` has the shape {list(ids.shape)}; expected {list(expected.shape)}.",
        )
        rows, right = ids.long().tolist(), expected.tolist()
        require(
            rows == right or sorted(rows) != sorted(right),
            f"The sentences, with the lengths {[*map(len, SENTENCES)]}, come in another order.",
        )
    with rule("b"):
        require(
            not equal(ids.long(), _rows(PAD, left=True)),
            "The padding stands before the sentences; expected it behind their end.",
        )
        require(
            not equal(ids.long(), _rows(0)),
            f"With pad_id={PAD} the sentences are filled up with 0.",
        )
        k = _first_other(rows, right)
        require(
            rows == right,
            f"For the sentence {SENTENCES[k]} with pad_id={PAD} the row is {rows[k]}; expected "
            f"{right[k]}.",
        )


def _check_mask(mask: Tensor) -> None:
    expected = tensor([[1] * len(ids) + [0] * (LONGEST - len(ids)) for ids in SENTENCES])
    with rule("c"):
        require(
            mask.shape == expected.shape,
            f"`attention_mask` has the shape {list(mask.shape)}; expected {list(expected.shape)}.",
        )
        require(
            not bool(mask.bool().all()),
            "`attention_mask` is 1 everywhere, so that the padding is read like words.",
        )
        require(
            not equal(mask.long(), 1 - expected),
            "`attention_mask` is the wrong way round: 1 is for what is to be read.",
        )
        require(
            not equal(mask.bool(), _rows(PAD) != PAD),
            f"With pad_id={PAD} the sentence {SENTENCES[1]} has a 0 in its `attention_mask`: a "
            f"token of the sentence is taken for padding.",
        )
        k = _first_other(mask.tolist(), expected.tolist())
        require(
            equal(mask.long(), expected),
            f"For the sentence {SENTENCES[k]} `attention_mask` is {mask[k].tolist()}; expected "
            f"{expected[k].tolist()}.",
        )


def _first_other(found: list[Any], expected: list[Any]) -> int:
    """Where they differ first; 0 if nowhere."""
    pairs = enumerate(zip(found, expected, strict=True))
    return next((k for k, (row, right) in pairs if row != right), 0)


def _check_labels(batch: Mapping[str, Tensor]) -> None:
    labels = batch["labels"]
    with rule("d"):
        require(
            labels.shape == (len(LABELS),),
            f"`labels` has the shape {list(labels.shape)}; expected {[len(LABELS)]}.",
        )
        require(
            labels.tolist() == [*LABELS],
            f"`labels` is {labels.tolist()}; expected {[*LABELS]}, in the order of the sentences.",
        )
        kinds = {name: batch[name].dtype for name in NAMES}
        other = [name for name in NAMES if kinds[name] != int64]
        require(
            not other,
            f"`{''.join(other[:1])}` is of the dtype {kinds[other[0]] if other else ''}; expected "
            "int64.",
        )
