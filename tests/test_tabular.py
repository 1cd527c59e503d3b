"""Tables: encoded as the training rows are, in windows that stay within their part."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.trainer.states import TrainerFn
from torch import Tensor

from course_lib.data import TableEncoder, TabularDataModule, TabularDataset, table_files
from course_lib.data.loader import make_sampler

NAMES: dict[str, Any] = {"continuous": ["value", "t"], "categorical": ["day", "shop"]}


def table(rows: int, start: int = 0) -> pd.DataFrame:
    """Each row's value is its number."""
    number = np.arange(start, start + rows)
    return pd.DataFrame(
        {
            "value": number.astype(float),
            "t": number % 5,
            "day": number % 3,
            "shop": np.where(number % 2, "b", "a"),
            "target": (number % 4 == 0).astype(int),
            "note": "not asked for",
        }
    )


def write(folder: Path, train: int = 20, test: int = 10) -> Path:
    table(train).to_csv(folder / "train.csv", index=False)
    table(test, 1000).to_csv(folder / "test.csv", index=False)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path)


def change(folder: Path, name: str, column: str, row: int, value: object) -> None:
    """Put a value into a row, counted as in a spreadsheet."""
    frame = pd.read_csv(folder / name).astype({column: object})
    frame.loc[row - 2, column] = value
    frame.to_csv(folder / name, index=False)


def values(dataset: TabularDataset, cont: Tensor) -> list[float]:
    """The column `value` of windows as it is in the file."""
    mean, std = dataset.encoder.continuous["value"]
    return [round(x, 3) for x in (cont.view(-1, 2)[:, 0].double() * std + mean).tolist()]


# --- the encoder


def test_statistics_are_those_of_numpy_however_the_table_is_cut() -> None:
    frame = table(50)
    frame["value"] += 1e9  # a sum of squares would lose all digits
    whole = TableEncoder.fit(frame, **NAMES)
    parts = TableEncoder.fit(iter([frame[:7], frame[7:7], frame[7:]]), **NAMES)
    for name in NAMES["continuous"]:
        expected = [frame[name].mean(), frame[name].std(ddof=0)]
        assert whole.continuous[name] == pytest.approx(expected, rel=1e-9)
        assert parts.continuous[name] == pytest.approx(expected, rel=1e-9)
    assert whole.categorical == parts.categorical == {"day": [0, 1, 2], "shop": ["a", "b"]}
    assert whole.cardinalities == [4, 3]


def test_training_rows_come_out_standardised_and_numbered_from_one() -> None:
    frame = table(50)
    cont, cat = TableEncoder.fit(frame, **NAMES).transform(frame)
    assert (cont.dtype, cat.dtype) == (torch.float32, torch.int64)
    assert (cont.shape, cat.shape) == ((50, 2), (50, 2))
    assert torch.allclose(cont.mean(0), torch.zeros(2), atol=1e-6)
    assert torch.allclose(cont.std(0, correction=0), torch.ones(2))
    assert cat[:4].tolist() == [[1, 1], [2, 2], [3, 1], [1, 2]]


def test_a_constant_column_is_not_divided_by_nothing() -> None:
    frame = pd.DataFrame({"value": [0.1] * 7})
    encoder = TableEncoder.fit(frame, ["value"])
    assert encoder.continuous["value"][1] == 1.0
    assert encoder.transform(frame)[0].abs().max() < 1e-6


def test_an_unknown_category_is_an_error_or_code_zero() -> None:
    encoder = TableEncoder.fit(table(9), **NAMES)
    new = table(3).assign(shop=["a", "c", "b"])
    with pytest.raises(ValueError, match=r"column 'shop', row 1: 'c' is no category.*'a', 'b'"):
        encoder.transform(new)
    assert encoder.transform(new, unknown="encode")[1][:, 1].tolist() == [1, 0, 2]
    words = table(3).assign(day=["x", "1", "2"])  # words where there were numbers
    assert encoder.transform(words, unknown="encode")[1][:, 0].tolist() == [0, 2, 3]


@pytest.mark.parametrize("values", [[1.0, 2.0, 3.0], [True, False, True]])
def test_whole_numbers_are_the_same_categories_however_they_are_written(values: list[Any]) -> None:
    encoder = TableEncoder.fit(pd.DataFrame({"day": [0, 1, 2, 3]}), [], ["day"])
    codes = encoder.transform(pd.DataFrame({"day": values}))[1]
    assert codes[:, 0].tolist() == [int(value) + 1 for value in values]


def test_numbers_among_words_count_as_words_whichever_part_they_are_in() -> None:
    parts = [pd.DataFrame({"day": [1, 2]}), pd.DataFrame({"day": ["1", "x"]})]
    encoder = TableEncoder.fit(parts, [], ["day"])
    assert encoder.categorical["day"] == ["1", "2", "x"]
    assert encoder.transform(parts[0])[1].tolist() == [[1], [2]]


def test_an_encoder_is_rebuilt_from_plain_values(tmp_path: Path) -> None:
    encoder = TableEncoder.fit(table(9), **NAMES)
    torch.save(encoder.to_dict(), tmp_path / "table.pt")
    again = TableEncoder(**torch.load(tmp_path / "table.pt", weights_only=True))
    for one, other in zip(encoder.transform(table(9)), again.transform(table(9)), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize(
    ("continuous", "categorical", "fault"),
    [
        ([], [], "both empty"),
        ("value", [], r"expected a list of columns, \['value'\]"),
        (["value"], ["value"], "'value' is named twice"),
        (["price"], [], "'price' is missing; there are 'value', 't'"),
        (["shop"], [], "'shop', row 0: found 'a', expected a finite number"),
        (["date"], [], "'date', row 0: found Timestamp.*expected a finite number"),
    ],
)
def test_columns_that_cannot_be_encoded_are_named(
    continuous: Any, categorical: Any, fault: str
) -> None:
    frame = table(4).assign(date=pd.Timestamp("2023-01-02"))
    with pytest.raises(ValueError, match=fault):
        TableEncoder.fit(frame, continuous, categorical)


def test_no_rows_have_no_statistics() -> None:
    with pytest.raises(ValueError, match="no rows"):
        TableEncoder.fit(table(0), ["value"])


# --- files


@pytest.mark.parametrize(
    ("file", "column", "value", "fault"),
    [
        ("train.csv", "value", None, r"train.csv: column 'value', row 7: the cell is empty"),
        ("train.csv", "shop", None, r"train.csv: column 'shop', row 7: the cell is empty"),
        ("train.csv", "t", "noon", r"train.csv: column 't', row 7: found 'noon', expected a fin"),
        ("train.csv", "t", "inf", r"train.csv: column 't', row 7: found inf, expected a finite"),
        ("train.csv", "target", None, r"train.csv: column 'target', row 7: the cell is empty"),
        ("test.csv", "value", None, r"test.csv: column 'value', row 7: the cell is empty"),
        ("test.csv", "value", "1,5", r"test.csv: column 'value', row 7: found '1,5', expected"),
        ("test.csv", "day", 9, r"test.csv: column 'day', row 7: .*9.* is no category of the tr"),
    ],
)
@pytest.mark.parametrize("chunk", [3, 100])
def test_a_cell_that_cannot_be_read_is_named(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    column: str,
    value: object,
    fault: str,
    chunk: int,
) -> None:
    monkeypatch.setattr(table_files, "CHUNK", chunk)
    change(folder, file, column, 7, value)
    with pytest.raises(ValueError, match=fault):
        TabularDataset("both", folder, **NAMES, target="target")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", r"train.csv is empty"),
        ("value,t,day,shop\n", "no rows"),
        ("value,t,day\n1,2,3\n", "train.csv: column 'shop' is missing; there are 'value'"),
        ("value,t,day,shop\n1,2,3,a\n1,2,3,a,5,6\n", "train.csv is no CSV table.*line 3"),
        ("value,t,day,shop\n1,5,2,3,a\n", "train.csv is no CSV table.*loss of data"),
        ("value,t,day,shop\n1,2,3\n", "column 'shop', row 2: the cell is empty"),
    ],
)
def test_a_file_that_is_no_such_table_is_named(folder: Path, text: str, fault: str) -> None:
    (folder / "train.csv").write_text(text)
    with pytest.raises(ValueError, match=fault):
        TabularDataset("train", folder, **NAMES)


def test_a_file_that_is_not_text_is_named(folder: Path) -> None:
    (folder / "train.csv").write_bytes(b"\xff\xfe\x00value\xff")
    with pytest.raises(ValueError, match=r"train\.csv"):
        TabularDataset("train", folder, **NAMES)


@pytest.mark.parametrize("name", ["train.csv", "test.csv"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=rf"no .*{name}; expected a folder with train.csv"):
        TabularDataset("test", folder, **NAMES)


@pytest.mark.parametrize(
    ("argument", "value", "fault"),
    [
        ("split", "val", "split is 'val'; expected one of train, test, both"),
        ("window", 0, "window is 0; expected a whole number of at least 1"),
        ("window", 11, r"test.csv has 10 rows; expected 11"),
        ("unknown", "drop", "unknown is 'drop'"),
    ],
)
def test_an_argument_of_the_data_set_without_meaning_is_named(
    folder: Path, argument: str, value: Any, fault: str
) -> None:
    with pytest.raises(ValueError, match=fault):
        TabularDataset(**{"split": "test", "folder": folder, **NAMES, argument: value})


def test_a_target_that_a_file_lacks_is_zero(folder: Path) -> None:
    table(10).drop(columns="target").to_csv(folder / "test.csv", index=False)
    test = TabularDataset("test", folder, **NAMES, target="target")
    assert test.target.tolist() == [0.0] * 10
    train = TabularDataset("train", folder, **NAMES, target="target")
    assert train.target.tolist() == table(20)["target"].tolist()
    with pytest.raises(ValueError, match="'targte' is in neither"):
        TabularDataset("train", folder, **NAMES, target="targte")


def test_files_are_read_in_parts_into_few_bytes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = TabularDataset("train", folder, **NAMES, target="target")
    monkeypatch.setattr(table_files, "CHUNK", 3)
    parts = TabularDataset("train", folder, **NAMES, target="target")
    assert torch.allclose(parts.cont, whole.cont, atol=1e-6)
    assert torch.equal(parts.cat, whole.cat)
    assert torch.equal(parts.target, whole.target)
    assert (whole.cont.dtype, whole.cat.dtype) == (torch.float32, torch.uint8)


# --- samples


def test_the_encoder_knows_training_rows_alone_whatever_the_split(folder: Path) -> None:
    expected = TableEncoder.fit(table(20), **NAMES).to_dict()
    for split in ("train", "test", "both"):
        assert TabularDataset(split, folder, **NAMES).encoder.to_dict() == expected


def test_a_window_ends_with_its_row_and_has_the_oldest_row_first(folder: Path) -> None:
    data = TabularDataset("train", folder, **NAMES, target="target", window=4)
    assert len(data) == 17
    cont, cat, target = data[2]
    assert (cont.shape, cat.shape, target.shape) == ((8,), (2,), ())
    assert values(data, cont) == [2, 3, 4, 5]
    assert torch.equal(cont, data.cont[2:6].flatten())
    assert cat.tolist() == data.cat[5].tolist()
    assert target == data.target[5]
    assert values(data, data[-1][0]) == [16, 17, 18, 19]
    for index in (17, -18):
        with pytest.raises(IndexError, match="17 samples"):
            data[index]


def test_no_window_reaches_from_one_file_into_the_other(folder: Path) -> None:
    data = TabularDataset("both", folder, **NAMES, window=4)
    assert len(data) == 17 + 7
    assert values(data, data[16][0]) == [16, 17, 18, 19]
    assert values(data, data[17][0]) == [1000, 1001, 1002, 1003]
    assert values(data, data[23][0]) == [1006, 1007, 1008, 1009]


def test_a_batch_is_its_samples(folder: Path) -> None:
    data = TabularDataset("both", folder, **NAMES, target="target", window=3)
    index = [5, 0, 20, 5]
    cont, cat, target = data.__getitems__(index).tensors
    assert (cont.dtype, cat.dtype, target.dtype) == (torch.float32, torch.int64, torch.float32)
    for i, sample in enumerate(index):
        for one, other in zip((cont[i], cat[i], target[i]), data[sample], strict=True):
            assert torch.equal(one, other)


# --- the data module


def module(folder: Path, **options: Any) -> TabularDataModule:
    options = {**NAMES, "target": "target", "batch_size": 4, **options}
    return TabularDataModule(folder, **options)


def ready(folder: Path, **options: Any) -> TabularDataModule:
    data = module(folder, **options)
    data.setup()
    return data


def test_validation_is_the_end_of_the_training_file_and_windows_keep_apart(folder: Path) -> None:
    data = ready(folder, val_fraction=0.25, window=3)
    train, val, test = (
        {x for i in range(len(part)) for x in values(part, part[i][0])}
        for part in (data.train_set, data.val_set, data.test_set)
    )
    assert train == set(range(15))
    assert val == set(range(15, 20))
    assert test == set(range(1000, 1010))
    assert (len(data.train_set), len(data.val_set), len(data.test_set)) == (13, 3, 8)


def test_the_encoder_of_the_module_knows_neither_validation_nor_test(folder: Path) -> None:
    data = module(folder, val_fraction=0.25)
    assert data.table == TableEncoder.fit(table(15), **NAMES).to_dict()  # before setup
    data.setup()
    for part in (data.train_set, data.val_set, data.test_set):
        assert part.encoder is data.encoder


def test_a_category_of_validation_alone_is_unknown(folder: Path) -> None:
    change(folder, "train.csv", "shop", 21, "new")
    with pytest.raises(
        ValueError, match=r"train\.csv: column 'shop', row 21: 'new' is no category"
    ):
        ready(folder)
    data = ready(folder, unknown="encode")
    assert data.val_set[-1][1][1] == 0


def numbers(loader: Any) -> list[float]:
    data = loader.dataset
    return [x for cont, *_ in loader for x in values(data, cont.view(len(cont), -1)[:, -2:])]


def test_training_rows_are_shuffled_anew_each_epoch_and_others_stay_in_order(folder: Path) -> None:
    data = ready(folder)
    loader = data.train_dataloader()
    first, second = numbers(loader), numbers(loader)
    assert sorted(first) == sorted(second) == [*range(16)]
    assert [*range(16)] != first != second
    assert numbers(ready(folder).train_dataloader()) == first
    assert numbers(ready(folder, seed=1).train_dataloader()) != first
    assert numbers(data.val_dataloader()) == [*range(16, 20)]
    assert numbers(data.test_dataloader()) == [*range(1000, 1010)]
    assert numbers(data.predict_dataloader()) == [*range(1000, 1010)]


def test_batches_have_the_sizes_that_were_asked_for(folder: Path) -> None:
    data = ready(folder, batch_size=5, drop_last=True)
    assert [len(y) for *_, y in data.train_dataloader()] == [5, 5, 5]
    assert [len(y) for *_, y in data.test_dataloader()] == [10]
    data = ready(folder, batch_size=5, eval_batch_size=3)
    assert [len(y) for *_, y in data.train_dataloader()] == [5, 5, 5, 1]
    assert [len(y) for *_, y in data.test_dataloader()] == [3, 3, 3, 1]


def test_hyperparameters_of_the_module_are_plain_values(folder: Path) -> None:
    hparams = dict(module(folder, continuous=("value",)).hparams)
    assert hparams["folder"] == str(folder)
    assert hparams["continuous"] == ["value"]
    for value in hparams.values():
        assert type(value) in (str, int, float, bool, type(None), list)


@pytest.mark.parametrize(
    ("argument", "value", "fault"),
    [
        ("batch_size", 0, "whole number of at least 1"),
        ("eval_batch_size", 2.5, "whole number of at least 1"),
        ("window", 0, "whole number of at least 1"),
        ("val_fraction", 1.0, "between 0 and 1"),
        ("num_workers", -1, "0 or more"),
        ("unknown", "drop", "expected one of"),
    ],
)
def test_an_argument_of_the_module_without_meaning_is_named(
    folder: Path, argument: str, value: Any, fault: str
) -> None:
    with pytest.raises(ValueError, match=f"{argument} is {value!r}.*{fault}"):
        module(folder, **{argument: value})


def test_a_part_shorter_than_a_window_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"has 20 rows; a val_fraction of 0.2 leaves one part 4"):
        ready(folder, window=5)


def test_a_part_that_is_asked_for_before_setup_is_a_clear_error(folder: Path) -> None:
    with pytest.raises(RuntimeError, match=r"setup\(\)"):
        module(folder).train_dataloader()


def test_too_few_rows_for_the_devices_are_called_rows(folder: Path) -> None:
    class Trainer:
        world_size, global_rank = 99, 0

    with pytest.raises(ValueError, match="16 rows cannot be shared by 99 devices"):
        make_sampler(ready(folder).train_set, 0, True, False, Trainer())  # type: ignore[arg-type]


def test_a_loader_goes_on_within_the_epoch_it_was_in(folder: Path) -> None:
    data = ready(folder)
    loader = data.train_dataloader()
    loader.sampler.set_epoch(3)  # type: ignore[attr-defined]
    whole = numbers(loader)
    again = data.train_dataloader()
    again.load_state_dict({"epoch": 3, "batches": 2})
    again.sampler.set_epoch(3)  # type: ignore[attr-defined]
    assert numbers(again) == whole[8:]


def test_the_module_keeps_its_place_in_training_alone(folder: Path) -> None:
    data = ready(folder)
    data.trainer = pl.Trainer(logger=False, enable_checkpointing=False, accelerator="cpu")
    data.load_state_dict({"epoch": 0, "batches": 3})  # no fit is going on
    assert len(list(data.train_dataloader())) == 4
    data.trainer.state.fn = TrainerFn.FITTING
    data.load_state_dict({"epoch": 0, "batches": 3})
    assert len(list(data.train_dataloader())) == 1
