"""Exercise 7.1, the missing values: refused, with the column's name."""

from typing import Any

from numpy import nan
from pandas import DataFrame

from course_lib.exercises.engine import refuse, require, rule
from course_lib.exercises.inspection import explain


def check_missing(
    encode_table: Any,
    tables: tuple[DataFrame, DataFrame],
    continuous: list[str],
    categorical: list[str],
) -> None:
    """Refuse an answer that lets a missing value through, or that looks for them everywhere.

    Args:
        encode_table: the answer.
        tables: train and test, with nothing missing; in the column `note`, nothing matters.
        continuous, categorical: columns, `humidity` and `holiday` among them.
    """
    with rule("f"):
        for position, place in enumerate(("train", "test")):
            for column, missing in (("humidity", nan), ("holiday", None)):
                given = [table.copy() for table in tables]
                given[position][column] = [*given[position][column][:-1], missing]
                case = f"With a missing value in column `{column}` of `{place}`"
                _require_refused(
                    encode_table, (*given, [*continuous], [*categorical]), column, case
                )
        given = [table.assign(note=None) for table in tables]
        try:
            encode_table(*given, [*continuous], [*categorical])
        except Exception as error:
            refuse(f"A column in neither list may have missing values. {explain(error)}")


def _require_refused(encode_table: Any, given: tuple[Any, ...], column: str, case: str) -> None:
    """Refuse anything but a ValueError with the column's name."""
    named = [*given[2], *given[3]]
    try:
        encode_table(*given)
    except ValueError as error:
        require(
            column in f"{error}",
            f"{case}, the message does not say which column: {explain(error)}",
        )
        require(
            not all(name in f"{error}" for name in named),
            f"{case}, the message names every column, whether its values are missing or not.",
        )
    except Exception as error:
        refuse(f"{case}, there should be a ValueError. {explain(error)}")
    else:
        refuse(f"{case}, nothing is refused.")
