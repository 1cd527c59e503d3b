"""Exercise 7.6: a threshold from the scores of normal rows, and what it finds."""

from typing import Any

from torch import Tensor, equal, linspace, randn, randperm, tensor

from course_lib.exercises.answers import (
    described,
    listed_numbers,
    near,
    number,
    require_function,
    several,
)
from course_lib.exercises.engine import attempted, exercise, require, rule

# Above 6.5 are 7, 8 and 9, of which two are anomalies; so are two of the others.
SCORES = tensor([5.0, 1, 8, 3, 9, 2, 7, 4])
TARGET = tensor([1.0, 0, 1, 0, 1, 1, 0, 0])  # as a dataset has it


@exercise(
    "7.6",
    why="The share says how many false alarms you can bear, precision and recall what you get for "
    "them; the threshold stands before anybody looks at the test data.",
    hints=(
        "Which quantile has a hundredth of the scores above it? `torch.quantile` takes a share.",
        "Precision and recall have the same count above the line, that of the anomalies which are "
        "flagged; what do they divide it by?",
        "A count that may be 0 needs a case of its own; `max(count, 1)` is one, as 0 / 1 is 0.",
    ),
    in_order=True,
)
def threshold(choose_threshold: Any, precision_recall: Any) -> None:
    """A threshold and what it finds."""
    attempted(choose_threshold, "choose_threshold")
    require_function(choose_threshold, "choose_threshold")
    _check_threshold(choose_threshold)
    attempted(precision_recall, "precision_recall")
    require_function(precision_recall, "precision_recall")
    _check_precision(precision_recall)
    _check_recall(precision_recall)
    _check_zeros(precision_recall)


def _check_threshold(choose: Any) -> None:
    """Refuse another share of the scores; most are small and a few very large, or all alike."""
    skewed, even = (2 * randn(1000)).exp(), linspace(1, 2, 400)[randperm(400)]
    for scores, share in ((skewed, 0.05), (even, 0.25), (skewed, 0.01)):
        given, total = scores.clone(), len(scores)
        found = choose(given, share)
        with rule("b"):
            require(
                isinstance(found, float),
                f"The threshold is {described(found)}; expected a `float`.",
            )
        above, wanted = int((scores > found).sum()), round(share * total)
        seen = f"With share={share}, {above} of {total} scores are above the threshold"
        with rule("a"):
            require(
                abs(above - (total - wanted)) > 1,
                f"{seen}: {share} is the share of those below it.",
            )
            percent = share * total / 100
            require(
                min(abs(above - percent), abs(above - (total - total / 100 + percent))) > 1,
                f"{seen}; expected {wanted}. Is a share taken for a percentage?",
            )
            require(
                abs(above - wanted) < 2,
                f"{seen}; expected {wanted}, however the scores are distributed.",
            )
        with rule("b"):
            require(equal(given, scores), "Afterwards `normal_scores` is not what it was.")


def _shares(answer: Any, target: Tensor, threshold: float) -> tuple[float, float]:
    """Precision and recall of `SCORES`, as plain numbers."""
    returned = answer(SCORES.clone(), target.clone(), threshold)
    precision, recall = several(returned, 2, "precision and recall, two numbers")
    return number(precision, "The precision"), number(recall, "The recall")


def _check_precision(answer: Any) -> None:
    precision, recall = _shares(answer, TARGET, 6.5)
    with rule("d"):
        require(
            not (near(precision, 2 / 4) and near(recall, 2 / 3)),
            "Precision and recall have changed places.",
        )
        require(
            not near(precision, 5 / 8),
            "As precision you return the accuracy, in which all that is normal and not flagged "
            "counts, too.",
        )
        require(
            near(precision, 2 / 3),
            "Three rows are flagged, two of which are anomalies; the precision is "
            f"{precision:.3g}.",
        )


def _check_recall(answer: Any) -> None:
    _, recall = _shares(answer, TARGET, 6.5)
    with rule("e"):
        require(
            not near(recall, 2 / 8),
            "As recall you return a share of all rows; it is one of the anomalies alone.",
        )
        require(
            near(recall, 2 / 4),
            f"Of four anomalies two are flagged; the recall is {recall:.3g}.",
        )
    precision, _ = _shares(answer, TARGET, 7.0)
    with rule("c"):
        require(
            not near(precision, 2 / 3),
            "A row whose score equals the threshold is not above it; you flag it.",
        )


def _check_zeros(answer: Any) -> None:
    cases = ("nothing is flagged", TARGET, 20.0), ("there is no anomaly", 0 * TARGET, 6.5)
    for what, target, threshold in cases:
        with rule("f"):
            try:
                shares = _shares(answer, target, threshold)
            except ZeroDivisionError:
                shares = None
            require(shares is not None, f"If {what}, you divide by zero.")
            require(
                shares == (0, 0),
                f"If {what}, you return {listed_numbers(shares or ())}; expected 0 and 0.",
            )
    with rule("f"):
        returned = answer(SCORES.clone(), TARGET.clone(), 6.5)
        require(
            all(isinstance(value, float) for value in returned),
            f"The shares are {described(returned[0])} and {described(returned[1])}; expected two "
            "of the type `float`.",
        )
