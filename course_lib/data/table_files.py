"""CSV files read a part at a time, into arrays a fraction of a table's size in memory."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from course_lib.data.table_encoder import TableEncoder

if TYPE_CHECKING:
    import pandas as pd

CHUNK = 100_000  # rows read at a time


def read_chunks(path: Path, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
    """Read some columns of a CSV file, `CHUNK` rows at a time.

    The index counts rows as a spreadsheet does: row 1 has the names, so that the first is 2.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is empty, no table, or lacks a column; names the file.
    """
    import pandas as pd

    there = column_names(path)
    missing = [name for name in columns if name not in there]
    if missing:
        raise ValueError(
            f"{path}: column {missing[0]!r} is missing; there are "
            f"{', '.join(map(repr, there[:20]))}."
        )
    # All columns: asked for some, pandas would not mind a row with a cell too many.
    with _named(path), pd.read_csv(path, chunksize=CHUNK, index_col=False) as chunks:
        for chunk in chunks:
            chunk.index += 2
            yield chunk[[*columns]]


def column_names(path: Path) -> list[str]:
    """The names in the first row.

    Raises:
        FileNotFoundError, ValueError: as in `read_chunks`.
    """
    import pandas as pd

    if not path.is_file():
        raise FileNotFoundError(
            f"There is no {path}; expected a folder with train.csv and test.csv."
        )
    with _named(path), warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # every row has a cell too many
        return [*pd.read_csv(path, nrows=1, index_col=False).columns]


def count_rows(path: Path) -> int:
    """How many rows there are below the names."""
    return sum(len(chunk) for chunk in read_chunks(path, []))


def fit_encoder(
    folder: str | Path,
    continuous: Sequence[str],
    categorical: Sequence[str],
    rows: int | None = None,
) -> TableEncoder:
    """Fit an encoder on `train.csv`, on the first so many rows or on all.

    Raises:
        FileNotFoundError, ValueError: as in `read_chunks` and in `TableEncoder.fit`.
    """
    path = Path(folder).expanduser() / "train.csv"
    chunks = read_chunks(path, [*continuous, *categorical])
    if rows is not None:
        chunks = _first(chunks, rows)
    with _named(path):
        return TableEncoder.fit(chunks, continuous, categorical)


def read_table(
    path: Path, encoder: TableEncoder, target: str | None, unknown: str
) -> tuple[Tensor, Tensor, Tensor]:
    """Encode a file: float32 `[rows, C]`, codes `[rows, K]` in few bytes, target float32 `[rows]`.

    Without a column of that name the target is 0, if the other file of the folder has one.

    Raises:
        FileNotFoundError, ValueError: as in `read_chunks` and in `TableEncoder.transform`.
    """
    columns = [*encoder.continuous, *encoder.categorical]
    labelled = target is not None and target in column_names(path)
    if target is not None and not labelled:
        files = [path.with_name(name) for name in ("train.csv", "test.csv")]
        if not any(target in column_names(file) for file in files if file.exists()):
            raise ValueError(f"target {target!r} is in neither file of {path.parent}.")
    labels = TableEncoder({str(target): [0, 1]} if labelled else {}, {})  # numbers as they are
    code_type = _smallest(max([1, *encoder.cardinalities]))
    parts: list[tuple[Tensor, Tensor, Tensor]] = []
    names = dict.fromkeys([*columns, target] if labelled else columns)
    with _named(path):
        for chunk in read_chunks(path, [str(name) for name in names]):
            cont, cat = encoder.transform(chunk, unknown)
            values = labels.transform(chunk)[0] if labelled else torch.zeros(len(chunk), 1)
            parts.append((cont, cat.to(code_type), values[:, 0]))
    if not parts:
        raise ValueError(f"{path} has no rows below the names of its columns.")
    cont, cat, values = (torch.cat(column) for column in zip(*parts, strict=True))
    return cont, cat, values


def _first(chunks: Iterator[pd.DataFrame], rows: int) -> Iterator[pd.DataFrame]:
    for chunk in chunks:
        yield chunk[:rows]
        rows -= len(chunk)
        if rows <= 0:
            return


def _smallest(codes: int) -> torch.dtype:
    """The type that holds so many codes."""
    return torch.uint8 if codes <= 256 else torch.int16 if codes <= 32768 else torch.int32


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Name the file in what is wrong with it."""
    import pandas as pd

    try:
        yield
    except pd.errors.EmptyDataError:
        raise ValueError(f"{path} is empty; expected a row of column names, then rows.") from None
    except (pd.errors.ParserError, pd.errors.ParserWarning, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no CSV table: {error}") from None
    except ValueError as error:
        if str(path) in str(error):
            raise
        raise ValueError(f"{path}: {error}") from None
