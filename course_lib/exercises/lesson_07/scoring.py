"""Exercise 7.7: a checkpoint that scores rows which nobody had when it was written."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pandas as pd
from torch import Tensor, equal, int64, no_grad, randn, stack, tensor, zeros
from torch.utils.data import DataLoader, TensorDataset

from course_lib.exercises.answers import (
    close,
    described,
    listed,
    listed_numbers,
    require_function,
)
from course_lib.exercises.engine import attempted, exercise, refuse, require, rule
from course_lib.exercises.inspection import explain
from course_lib.exercises.lesson_02.checkpoint import opens_foreign_code
from course_lib.exercises.probes import quiet_trainer
from course_lib.models import LitVAE

CONTINUOUS = {"value": [50.0, 20.0], "t": [11.5, 7.0]}
CATEGORICAL: dict[str, list[Any]] = {"day": ["fri", "mon", "sat", "wed"], "holiday": [0, 1]}
TABLE = {"continuous": CONTINUOUS, "categorical": CATEGORICAL}
OTHERS: dict[str, Any] = dict(latent_dim=3, layer_sizes=[8], kld_weight=0.1)  # than by default


@exercise(
    "7.7",
    why="A model without its encoder is worth nothing: the checkpoint carries both, so that one "
    "file scores tomorrow's row.",
    hints=(
        "A LightningModule's class makes a model from a checkpoint, hyperparameters and all, and "
        "an argument says what may be in the file. What b asks for is one call, too.",
        "What `LitVAE` was made with is in `model.hparams`: `table` holds the arguments of a "
        "`TableEncoder`.",
        "`transform` refuses a category that it does not know, unless its second argument is "
        '"encode"; what it returns is what `model.score` takes.',
    ),
    in_order=True,
)
def score_new_rows(load_for_scoring: Any, score_rows: Any) -> None:
    """Score new rows."""
    attempted(load_for_scoring, "load_for_scoring")
    require_function(load_for_scoring, "load_for_scoring")
    trained = _trained()
    _check_model(_loaded(load_for_scoring), trained)
    with rule("c"):
        require(
            not opens_foreign_code(load_for_scoring),
            "`load_for_scoring` also opens a checkpoint that runs code of its own while it is "
            "loaded; with weights_only=True it does not.",
        )
    attempted(score_rows, "score_rows")
    require_function(score_rows, "score_rows")
    trained.freeze()
    _check_scores(score_rows, trained)
    _check_single(score_rows, trained)
    _check_unseen(score_rows, trained)


def _trained() -> LitVAE:
    """A model after one step; its checkpoint is `trained.ckpt`."""
    model = LitVAE(TABLE, **OTHERS)
    cat = stack([tensor([1, 2, 3, 4]), tensor([1, 2, 1, 2])], dim=1)
    data = DataLoader(TensorDataset(randn(4, 2), cat, zeros(4)), batch_size=4)
    trainer = quiet_trainer(max_steps=1)
    trainer.fit(model, data)
    trainer.save_checkpoint("trained.ckpt")
    return model


def _loaded(answer: Any) -> Any:
    """What the answer makes of the checkpoint."""
    with rule("a"):
        try:
            return answer("trained.ckpt")
        except RuntimeError as error:
            require(
                "size mismatch" not in f"{error}",
                "The weights do not fit the model that you make for them: the checkpoint is of one "
                "with `latent_dim=3` and `layer_sizes=[8]`, and its hyperparameters say so.",
            )
            raise


def _check_model(model: Any, trained: LitVAE) -> None:
    with rule("a"):
        require(
            isinstance(model, LitVAE),
            f"`load_for_scoring` should return the LitVAE; it returned {described(model)}.",
        )
        weights, expected = model.state_dict(), trained.state_dict()
        require(
            weights.keys() == expected.keys()
            and all(equal(weights[name], expected[name]) for name in expected),
            "The weights of the model are not those of the checkpoint. Is this a fresh one?",
        )
        other = [name for name, x in trained.hparams.items() if model.hparams.get(name) != x]
        require(
            not other,
            f"The model's {listed(other)} is not that of the checkpoint: it keeps more "
            "hyperparameters than those that the weights' sizes depend on.",
        )
    with rule("b"):
        require(
            not any(module.training for module in model.modules()),
            "The model is still in training mode, in which a latent vector is drawn anew for each "
            "score.",
        )
        require(
            not any(parameter.requires_grad for parameter in model.parameters()),
            "The model's parameters still require gradients: each score would keep a graph.",
        )


def _frame() -> pd.DataFrame:
    """New rows of three days, with the columns in another order, and one that is of no use."""
    return pd.DataFrame(
        {
            "holiday": [1, 1, 1, 1, 1],
            "note": ["a", "b", "c", "d", "e"],
            "t": [0, 6, 12, 18, 23],
            "day": ["wed", "fri", "wed", "sat", "sat"],
            "value": [80.0, 60.0, 90.0, 70.0, 110.0],
        },
        index=[30, 31, 32, 33, 34],
    )


def _values(frame: pd.DataFrame) -> Tensor:
    """Standardised values `[N, 2]`."""
    means, stds = tensor([*CONTINUOUS.values()]).T
    return (tensor(frame[[*CONTINUOUS]].to_numpy("float32")) - means) / stds


def _codes(frame: pd.DataFrame) -> Tensor:
    """The codes `[N, 2]` of training: 0 for what it never saw, else from 1 on."""
    columns = [
        [known.index(value) + 1 if value in known else 0 for value in frame[name].tolist()]
        for name, known in CATEGORICAL.items()
    ]
    return tensor(columns, dtype=int64).T


def _own_values(frame: pd.DataFrame) -> Iterator[Tensor]:
    """What the values are by the frame's own statistics."""
    values = tensor(frame[[*CONTINUOUS]].to_numpy("float32"))
    for correction in (0, 1):
        yield (values - values.mean(dim=0)) / values.std(dim=0, correction=correction)


def _own_codes(frame: pd.DataFrame) -> Iterator[Tensor]:
    """The codes that the frame by itself leads to: in order, or as they come, from 0 or 1 on."""
    ordered = [frame[name].astype("category").cat.codes.tolist() for name in CATEGORICAL]
    as_they_come = [frame[name].factorize()[0].tolist() for name in CATEGORICAL]
    for columns in (ordered, as_they_come):
        for first in (0, 1):
            yield tensor(columns, dtype=int64).T + first


def _expected(model: LitVAE, cont: Tensor, cat: Tensor) -> Tensor:
    with no_grad():
        return model.eval().score(cont, cat)


def _check_scores(answer: Any, model: LitVAE) -> None:
    """Refuse other scores for rows whose categories are all known."""
    frame = _frame()
    values, codes = _values(frame), _codes(frame)
    expected = _expected(model, values, codes)
    scores = answer(model, frame)
    with rule("d"):
        require(
            isinstance(scores, Tensor) and scores.shape == (len(frame),),
            f"For {len(frame)} rows you return {described(scores)}; expected a tensor of shape "
            f"[{len(frame)}].",
        )
        require(
            not any(module.training for module in model.modules()),
            "`score_rows` switches the model to training mode, where noise has a part in a score.",
        )
    own_values, own_codes = [*_own_values(frame)], [*_own_codes(frame)]

    def as_from(values: list[Tensor], codes: list[Tensor]) -> bool:
        return any(close(scores, _expected(model, x, c)) for x, c in product(values, codes))

    by_own_values = as_from(own_values, [codes, *own_codes])
    by_own_codes, from_zero = as_from([values], own_codes), as_from([values], [codes - 1])
    with rule("e"):
        require(
            not by_own_values,
            "The values are standardised with the mean and the standard deviation of the new rows: "
            "if all of them are odd, none is.",
        )
    with rule("f"):
        require(
            not by_own_codes,
            "The codes are those that the new rows by themselves lead to: what is the second of "
            "their days need not be the second of training.",
        )
        require(
            not from_zero,
            "The codes begin with 0, which stands for what training never saw; the first known "
            "category is 1.",
        )
    with rule("d"):
        require(
            by_own_values or by_own_codes or from_zero or close(scores, expected),
            f"The first scores are {listed_numbers(scores[:3].tolist())}; expected "
            f"{listed_numbers(expected[:3].tolist())}.",
        )
    with rule("h"):
        require(
            frame.equals(_frame()),
            "Afterwards the frame has other columns or values: whoever scores it again gets "
            "something else.",
        )


def _check_single(answer: Any, model: LitVAE) -> None:
    """Refuse to take a single row for something else than the first of many."""
    frame = _frame().head(1)
    with rule("d"):
        scores = answer(model, frame)
        require(
            isinstance(scores, Tensor) and scores.shape == (1,),
            f"For a single row you return {described(scores)}; expected the shape [1].",
        )


def _check_unseen(answer: Any, model: LitVAE) -> None:
    frame = _frame().assign(day=["wed", "sun", "fri", "tue", "mon"])
    codes, before = _codes(frame), frame.copy()
    with rule("g"):
        try:
            scores = answer(model, frame)
        except Exception as error:
            refuse(f"Two of the days were never seen in training. {explain(error)}")
        expected = _expected(model, _values(before), codes)
        require(
            isinstance(scores, Tensor) and scores.shape == expected.shape,
            f"Two of {len(frame)} rows have a day that training never saw; you return "
            f"{described(scores)}.",
        )
        require(
            close(scores, expected),
            "A day that training never saw has not the code 0 in what you hand to the model.",
        )
    with rule("h"):
        require(
            frame.equals(before),
            "The days that training never saw are replaced in the caller's frame: change a copy.",
        )
