"""Exercise 7.1: two tables as tensors, with what was learned from the first."""

from itertools import permutations
from typing import Any, NamedTuple

from pandas import DataFrame
from torch import Tensor, float32, float64, int64, tensor
from torch import cat as concatenate

from course_lib.exercises.answers import described, listed_numbers, require_function, several
from course_lib.exercises.engine import Wrong, exercise, refuse, require, rule
from course_lib.exercises.inspection import explain
from course_lib.exercises.lesson_07.missing import check_missing

CONTINUOUS = ["value", "humidity", "station"]  # the last is constant in the training table
CATEGORICAL = ["holiday", "day"]
TRAIN = DataFrame(
    {
        "day": [5, 0, 5, 3, 0, 10],
        "humidity": [0.25, 0.5, 0.75, 0.25, 1.0, 0.5],
        "holiday": ["no", "new year", "no", "easter", "no", "may day"],
        "note": ["", "new", "", "", "", ""],
        "station": 7.0,
        "value": [20.0, 44.0, 36.0, 80.0, 12.0, 30.0],
    },
    index=[12, 10, 11, 14, 12, 13],
)
TEST = DataFrame(
    {
        "day": [10, 3, 0],
        "humidity": [0.0, 0.5, 4.0],
        "holiday": ["may day", "no", "easter"],
        "note": ["", "", ""],
        "station": [7.0, 9.0, 6.0],
        "value": [50.0, 300.0, 10.0],
    },
    index=[1, 0, 2],
)
UNSEEN = TEST.assign(day=[10, 4, 0], holiday=["no", "easter", "carnival"])
CODES_OF_TRAIN = [[4, 3], [3, 1], [4, 3], [1, 2], [4, 1], [2, 4]]
CODES_OF_TEST = [[2, 4], [4, 2], [1, 1]]


class Encoded(NamedTuple):
    """What an answer makes of one of the tables."""

    cont: Tensor
    cat: Tensor


@exercise(
    "7.1",
    why="What the model sees in service is encoded as in the training, with nothing learned from "
    "data that was not there then.",
    hints=(
        "Work everything out from `train` first: means, deviations, and for each categorical "
        "column a dictionary from a value to its code. Then do the same with both tables.",
        "A dictionary's `get` has a second argument, for what is not in it. A column is constant "
        "if it has one different value (`nunique`); the computed deviation need not be exactly 0.",
        "`isna` says where a value is missing, and `any` whether there is one. Ask column by "
        "column, and only those in the two lists: then you know the name.",
    ),
)
def encode_table(encode_table: Any) -> None:
    """From a table to tensors."""
    require_function(encode_table, "encode_table")
    tables = TRAIN.copy(), TEST.copy()
    train, test = _encoded(encode_table, *tables)
    _check_numbers(train, test)
    _check_constant(train, test)
    _check_rounded(encode_table)
    _check_codes(train, test)
    _check_unseen(encode_table, train)
    check_missing(encode_table, (TRAIN, TEST), CONTINUOUS, CATEGORICAL)
    with rule("g"):
        for name, table, before in zip(("train", "test"), tables, (TRAIN, TEST), strict=True):
            require(
                table.equals(before),
                f"`{name}` is another table afterwards: work on a copy of its columns.",
            )


def _encoded(encode_table: Any, train: DataFrame, test: DataFrame) -> list[Encoded]:
    """What the answer makes of two tables, refused unless shapes and dtypes fit."""
    returned = encode_table(train, test, list(CONTINUOUS), list(CATEGORICAL))
    pairs = several(returned, 2, "two pairs, one for each table")
    found = []
    for name, pair, rows in zip(("train", "test"), pairs, (len(train), len(test)), strict=True):
        cont, cat = several(pair, 2, f"a pair `(cont, cat)` for `{name}`")
        _check_kind(f"`cont` of `{name}`", cont, [rows, len(CONTINUOUS)], float32)
        _check_kind(f"`cat` of `{name}`", cat, [rows, len(CATEGORICAL)], int64)
        found.append(Encoded(cont.detach().to(float64), cat.detach().to(int64)))
    return found


def _check_kind(what: str, found: Any, shape: list[int], dtype: Any) -> None:
    with rule("a"):
        require(isinstance(found, Tensor), f"{what} is {described(found)}; expected a tensor.")
        require(
            list(found.shape) == shape,
            f"{what} has the shape {list(found.shape)}; expected {shape}, a row for each row.",
        )
        require(found.dtype == dtype, f"{what} is {found.dtype}; expected {dtype}.")


def _numbers(table: DataFrame) -> Tensor:
    return tensor(table[CONTINUOUS].to_numpy(), dtype=float64)[:, :2]


def _near(found: Tensor, expected: Tensor) -> bool:
    return found.shape == expected.shape and bool(((found - expected).abs() < 1e-4).all())


def _check_numbers(train: Encoded, test: Encoded) -> None:
    """Refuse numbers that are not standardised with the training table's statistics."""
    first, second = _numbers(TRAIN), _numbers(TEST)
    found = [train.cont[:, :2], test.cont[:, :2]]
    right = [[_standardised(table, first, n) for table in (first, second)] for n in (0, 1)]
    with rule("a"):
        other = [list(order) for order in permutations(range(3)) if order[:2] != (0, 1)]
        require(
            not any(_near(train.cont[:, o[:2]], table) for o in other for table, _ in right),
            "The columns of `cont` are in another order than in the list `continuous`.",
        )
    with rule("b"):
        for mistake, numbers in _mistakes(first, second):
            require(not _near(found[1], numbers), f"The numbers of `test` {mistake}")
        require(
            any(all(map(_near, found, tables)) for tables in right),
            "The numbers are not (number − mean) / deviation, with the mean and the deviation of "
            f"their own column in `train`. The first of `test` is {float(found[1][0, 0]):.3g}; "
            f"expected {float(right[0][1][0, 0]):.3g}.",
        )


def _standardised(numbers: Tensor, by: Tensor, correction: int) -> Tensor:
    return (numbers - by.mean(0)) / by.std(0, correction=correction)


def _mistakes(first: Tensor, second: Tensor) -> list[tuple[str, Tensor]]:
    """What likely mistakes make of the test table's numbers."""
    mean, low, high = first.mean(0), first.amin(0), first.amax(0)
    joint = (
        "are standardised with what both tables say together: so the test data has a say in how "
        "the training data looks."
    )
    own = (
        "are standardised with the statistics of `test` itself: the same number means another "
        "thing in each table."
    )
    return [
        ("are as they are in the table; nothing is standardised.", second),
        ("have their mean subtracted, and nothing divides them.", second - mean),
        ("are scaled by minimum and maximum.", (second - low) / (high - low)),
        (
            "are divided by 1 where the deviation is less than 1; only a constant column has "
            "nothing to divide by.",
            (second - mean) / first.std(0).clamp(min=1),
        ),
        *((joint, _standardised(second, concatenate([first, second]), n)) for n in (0, 1)),
        *((own, _standardised(second, second, n)) for n in (0, 1)),
    ]


def _check_constant(train: Encoded, test: Encoded) -> None:
    """Refuse a division by a deviation of 0, or by next to nothing."""
    seven, others = train.cont[:, 2], test.cont[:, 2]
    with rule("c"):
        require(
            not bool(seven.isnan().any() or others.isinf().any()),
            "A column that is 7 throughout in `train` ends in nan or inf: it is divided by 0.",
        )
        require(
            float(others.abs().max()) < 1e3,
            "A column is 7 throughout in `train`, and 9 once in `test`, of which you make "
            f"{float(others[1]):.3g}: next to nothing is no better a divisor than 0.",
        )
        require(
            _near(seven, tensor([0.0] * len(TRAIN))) and _near(others, tensor([0.0, 2, -1])),
            "A column that is 7 throughout in `train`, and 7, 9, 6 in `test`, should have 7 "
            f"subtracted; of its numbers in `test` you make {listed_numbers(others.tolist())}.",
        )


def _check_rounded(encode_table: Any) -> None:
    """Refuse a comparison with 0 of a deviation that rounding has made a little larger."""
    for value in (0.7, 3.3):
        tables = TRAIN.assign(station=value), TEST.assign(station=[value, value + 0.2, value - 1])
        found = _encoded(encode_table, *tables)[1].cont[:, 2]
        with rule("c"):
            require(
                _near(found, tensor([0.0, 0.2, -1])),
                f"If a column is {value} throughout in `train`, its computed deviation is not "
                f"quite 0, but about 1e-16, and {value + 0.2:.1f} in `test` becomes "
                f"{float(found[1]):.2g}. Look at the column's values instead.",
            )


def _check_codes(train: Encoded, test: Encoded) -> None:
    """Refuse other codes than 1, 2, 3, … in sorted order, for values that `train` has."""
    codes, known = train.cat.tolist(), test.cat.tolist()
    with rule("a"):
        require(
            codes != [pair[::-1] for pair in CODES_OF_TRAIN],
            "The columns of `cat` are in another order than in the list `categorical`.",
        )
    with rule("d"):
        require(
            codes != [[a - 1, b - 1] for a, b in CODES_OF_TRAIN],
            "The codes begin at 0; they should begin at 1, as 0 is for what is unknown.",
        )
        require(
            codes[:2] != [[1, 1], [2, 2]],
            "The codes are in the order in which the values appear in `train`; sorted values give "
            "the same codes whatever the order of the rows.",
        )
        require(
            codes == CODES_OF_TRAIN,
            f"The values of `day` in `train` are {listed_numbers(TRAIN['day'])}, and their codes "
            f"{listed_numbers(pair[1] for pair in codes)}; expected "
            f"{listed_numbers(pair[1] for pair in CODES_OF_TRAIN)}.",
        )
        require(
            known == CODES_OF_TEST,
            "The codes of `train` are right, but in `test` the same values have others: the codes "
            "that `train` gave hold for both tables.",
        )


def _check_unseen(encode_table: Any, before: Encoded) -> None:
    """Refuse an answer that is at a loss with a value that `train` has not."""
    with rule("e"):
        try:
            train, test = _encoded(encode_table, TRAIN.copy(), UNSEEN.copy())
        except Wrong:
            raise
        except Exception as error:
            refuse(
                f"With a value in `test` that `train` has not, there is an error. {explain(error)}"
            )
        require(
            _near(train.cat, before.cat),
            "With another `test`, the codes of `train` change: they are made from both tables.",
        )
        own = [
            dict(zip(TRAIN[column], codes, strict=True))
            for column, codes in zip(CATEGORICAL, train.cat.T.tolist(), strict=True)
        ]
        known = [
            [code.get(v, 0) for v in UNSEEN[c]] for c, code in zip(CATEGORICAL, own, strict=True)
        ]
        unseen = [int(test.cat[2, 0]), int(test.cat[1, 1])]
        require(
            unseen == [0, 0],
            f"A value that `train` has not gets the code {unseen[0]} in the one column, "
            f"{unseen[1]} in the other; expected 0.",
        )
        require(
            test.cat.T.tolist() == known,
            "Where a row holds a value that `train` has not, others lose their codes.",
        )
