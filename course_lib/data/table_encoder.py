"""Columns of a table as tensors: what training has seen decides how everything later is encoded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    import pandas as pd

Value = int | float | str
UNKNOWN = ("error", "encode")


class TableEncoder:
    """Standardised numbers and category codes, from the statistics of the training rows alone.

    Plain values throughout, so that a checkpoint can carry them and new rows are encoded as the
    training rows were: `TableEncoder(**model.hparams["table"])`.

    Args:
        continuous: mean and standard deviation by column.
        categorical: the known values by column, in the order of their codes 1, 2, …; code 0 is kept
            for a value that training has not seen.
    """

    def __init__(
        self, continuous: dict[str, list[float]], categorical: dict[str, list[Value]]
    ) -> None:
        self.continuous = {name: [*map(float, pair)] for name, pair in continuous.items()}
        self.categorical = {name: [*values] for name, values in categorical.items()}

    @classmethod
    def fit(
        cls,
        frames: pd.DataFrame | Iterable[pd.DataFrame],
        continuous: Sequence[str],
        categorical: Sequence[str] = (),
    ) -> TableEncoder:
        """Take mean, standard deviation and categories from a table, or from its parts in turn.

        The standard deviation is that of all rows (not n − 1); a constant column has 1.

        Raises:
            ValueError: no columns or no rows, a column is missing or named twice, a cell is empty
                or no number; names column and row.
        """
        import pandas as pd

        _check_names(continuous, categorical)
        count, mean = 0, np.zeros(len(continuous))
        square = np.zeros(len(continuous))  # sum of squared distances from the mean
        seen: dict[str, set[Value]] = {name: set() for name in categorical}
        for frame in [frames] if isinstance(frames, pd.DataFrame) else frames:
            values = _numbers(frame, continuous)
            for name in categorical:
                seen[name].update(_categories(frame, name).unique().tolist())
            if len(frame) == 0:
                continue
            # Chan's update: exact in one pass, where a sum of squares would lose digits.
            total, delta = count + len(frame), values.mean(axis=0) - mean
            square += values.var(axis=0) * len(frame) + delta**2 * (count * len(frame) / total)
            mean, count = mean + delta * (len(frame) / total), total
        if count == 0:
            raise ValueError("There are no rows to take statistics from; expected one at least.")
        std = np.sqrt(square / count)
        std[std <= 1e-12 * np.abs(mean)] = 1.0
        pairs = zip(mean.tolist(), std.tolist(), strict=True)
        return cls(
            {name: [*pair] for name, pair in zip(continuous, pairs, strict=True)},
            {name: _sorted(values) for name, values in seen.items()},
        )

    def transform(self, frame: pd.DataFrame, unknown: str = "error") -> tuple[Tensor, Tensor]:
        """Encode rows: float32 `[N, C]` in units of the training rows' deviation, int64 `[N, K]`.

        Args:
            frame: has the columns by name, in any order, and may have others.
            unknown: what becomes of a category that training has not seen: `"error"`, or
                `"encode"`, which gives it code 0.

        Raises:
            ValueError: a column is missing, a cell is empty, no number, infinite, or of an unknown
                category; names column and row.
        """
        if unknown not in UNKNOWN:
            raise ValueError(f"unknown is {unknown!r}; expected one of {UNKNOWN}.")
        values = _numbers(frame, [*self.continuous])
        mean, std = np.array([*self.continuous.values()]).reshape(-1, 2).T
        codes = np.empty((len(frame), len(self.categorical)), np.int64)
        for k, (name, known) in enumerate(self.categorical.items()):
            codes[:, k] = _codes(frame, name, known)
            if unknown == "error" and not codes[:, k].all():
                row = int(np.argmin(codes[:, k]))
                raise ValueError(
                    f"column {name!r}, row {frame.index[row]}: {_cell(frame, name, row)} is no "
                    f"category of the training rows ({_some(known)}). unknown='encode' gives such "
                    "values a code of their own."
                )
        return torch.from_numpy(((values - mean) / std).astype(np.float32)), torch.from_numpy(codes)

    @property
    def cardinalities(self) -> list[int]:
        """How many codes each categorical column has, 0 for the unknown included."""
        return [len(values) + 1 for values in self.categorical.values()]

    def to_dict(self) -> dict[str, Any]:
        """The arguments that make the same encoder: plain values, for hyperparameters."""
        return {
            "continuous": {name: [*pair] for name, pair in self.continuous.items()},
            "categorical": {name: [*values] for name, values in self.categorical.items()},
        }


def _check_names(continuous: Sequence[str], categorical: Sequence[str]) -> None:
    for kind, names in (("continuous", continuous), ("categorical", categorical)):
        if isinstance(names, str):
            raise ValueError(f"{kind} is {names!r}; expected a list of columns, [{names!r}].")
    columns = [*continuous, *categorical]
    if not columns:
        raise ValueError("continuous and categorical are both empty; expected a column at least.")
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise ValueError(f"column {twice[0]!r} is named twice; expected each column once.")


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    """A column without empty cells."""
    if name not in frame.columns:
        raise ValueError(f"column {name!r} is missing; there are {_some([*frame.columns])}.")
    column = frame[name]
    empty = column.isna().to_numpy()
    if empty.any():
        row = frame.index[int(np.argmax(empty))]
        raise ValueError(
            f"column {name!r}, row {row}: the cell is empty or NaN. Fill or drop such rows first."
        )
    return column


def _numbers(frame: pd.DataFrame, names: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Finite values, float64 `[N, C]`."""
    import pandas as pd

    values = np.empty((len(frame), len(names)))
    for c, name in enumerate(names):
        column = _column(frame, name)
        if column.dtype.kind not in "biuf":  # pandas would make numbers of dates, too
            column = pd.to_numeric(column.astype(str), errors="coerce")
        values[:, c] = column.to_numpy(np.float64)
        wrong = ~np.isfinite(values[:, c])
        if wrong.any():
            row = int(np.argmax(wrong))
            raise ValueError(
                f"column {name!r}, row {frame.index[row]}: found {_cell(frame, name, row)}, "
                "expected a finite number."
            )
    return values


def _categories(frame: pd.DataFrame, name: str) -> pd.Series:
    """A column whose whole numbers are whole numbers, however pandas has read them."""
    column = _column(frame, name)
    kind = column.dtype.kind
    if kind == "b" or (kind == "f" and (column % 1 == 0).all()):
        return column.astype(np.int64)
    return column if kind in "iuf" else column.astype(str)


def _codes(frame: pd.DataFrame, name: str, known: list[Value]) -> np.ndarray[Any, Any]:
    """Place of each value among the known ones, from 1; 0 if it is not there."""
    import pandas as pd

    column = _categories(frame, name)
    if any(isinstance(value, str) for value in known):
        column = column.astype(str)
    elif column.dtype.kind not in "iuf":
        column = pd.to_numeric(column, errors="coerce")
    return pd.Index(known).get_indexer(pd.Index(column)) + 1


def _sorted(values: set[Value]) -> list[Value]:
    """In order; numbers among words count as words."""
    if any(isinstance(value, str) for value in values):
        return [*sorted({str(value) for value in values})]
    return sorted(values)


def _cell(frame: pd.DataFrame, name: str, row: int) -> str:
    """A value as it is written, without NumPy's name for its type."""
    value = frame[name].iloc[row]
    return repr(value.item() if isinstance(value, np.generic) else value)


def _some(values: Sequence[object]) -> str:
    shown = ", ".join(map(repr, values[:8]))
    return f"{shown}, …" if len(values) > 8 else shown
