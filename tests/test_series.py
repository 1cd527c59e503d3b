"""The hourly series: the same for the same seed, and every anomaly is where its label is."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from course_lib.data import TabularDataModule
from course_lib.data.series import COLUMNS, HOLIDAYS, KINDS, main, make_series, write_series


def events(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The hours of each anomaly, in order."""
    number = (table["kind"] != table["kind"].shift()).cumsum()
    return [(hours["kind"].iloc[0], hours) for _, hours in table.groupby(number)]


def test_a_table_has_the_columns_that_are_promised() -> None:
    table = make_series(days=400, anomalies=2)
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 24 * 400
    assert table["t"].tolist() == [*range(24)] * 400
    assert table["day_of_week"].tolist() == [day % 7 for day in range(400) for _ in range(24)]
    assert table["holiday"].sum() == 24 * (len(HOLIDAYS) + 1)  # two Epiphanies
    assert set(table["kind"]) == {"normal", *KINDS}
    assert table["target"].tolist() == (table["kind"] != "normal").astype(int).tolist()
    assert table["value"].dtype == float
    assert (table["value"] > 0).all()


def test_the_seed_alone_decides() -> None:
    one, other = make_series(60, 1, anomalies=2), make_series(60, 2, anomalies=2)
    np.random.seed(0)
    assert one.equals(make_series(60, 1, anomalies=2))
    assert not one["value"].equals(other["value"])
    assert not one["kind"].equals(other["kind"])


def test_there_are_as_many_anomalies_of_each_kind_as_asked_for_and_a_day_between_them() -> None:
    table = make_series(days=100, seed=3, anomalies=8)
    found = events(table)
    names = [name for name, _ in found if name != "normal"]
    assert {name: names.count(name) for name in KINDS} == dict.fromkeys(KINDS, 8)
    assert min(len(hours) for name, hours in found[:-1] if name == "normal") >= 24
    assert found[0][0] == "normal"


def test_lengths_of_anomalies_are_those_of_the_docstring() -> None:
    lengths: dict[str, set[int]] = {name: set() for name in ("normal", *KINDS)}
    for seed in range(4):
        for name, hours in events(make_series(days=200, seed=seed, anomalies=16)):
            lengths[name].add(len(hours))
    assert lengths["spike"] == {1, 2}
    assert lengths["missing_peak"] == {7}
    assert (min(lengths["level_shift"]), max(lengths["level_shift"])) == (12, 24)
    assert (min(lengths["flat_line"]), max(lengths["flat_line"])) == (8, 16)


def test_an_anomaly_changes_its_own_hours_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    table = make_series(days=100, seed=5, anomalies=8)
    from course_lib.data import series

    def spared(value: series.Values, day: int, random: np.random.Generator) -> slice:
        return effects[names.pop(0)](value.copy(), day, random)  # the same draws, without effect

    names = [name for name, _ in events(table) if name != "normal"]
    effects = dict(series.EFFECTS)
    monkeypatch.setattr(series, "EFFECTS", dict.fromkeys(KINDS, spared))
    without = make_series(days=100, seed=5, anomalies=8)
    assert without["kind"].equals(table["kind"])
    change = (table["value"] - without["value"]).round(2)
    assert (change[table["target"] == 0] == 0).all()
    size = change.abs()
    assert size[table["kind"] == "spike"].between(20, 40.01).all()
    assert size[table["kind"] == "level_shift"].between(25, 50.01).all()
    for name, hours in events(table):
        if name == "flat_line":
            assert hours["value"].nunique() == 1
        if name == "missing_peak":
            assert hours["t"].tolist() == [*range(15, 22)]
            assert hours["value"].diff().diff().abs().max() < 20  # all but straight
            assert change[hours.index].min() < -10


def test_normal_days_differ_in_level_by_as_much_as_an_anomaly_and_hardly_in_shape() -> None:
    table = make_series(days=728)
    noon = table[(table["t"] == 12) & (table["day_of_week"] < 5) & (table["holiday"] == 0)]
    before = table.loc[noon.index - 2, "value"].to_numpy()
    assert 12 < noon["value"].std() < 25
    assert (noon["value"] - before).std() < 5


def test_anomalies_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="48 anomalies do not fit into 144 days; expected 145"):
        make_series(days=144, anomalies=12)
    assert make_series(days=145, anomalies=12)["target"].any()
    with pytest.raises(ValueError, match="days is 0"):
        make_series(days=0)


def test_the_training_file_is_normal_and_the_test_file_follows_it(tmp_path: Path) -> None:
    write_series(tmp_path, seed=1, train_days=35, test_days=30, anomalies=2)
    train, test = (pd.read_csv(tmp_path / f"{name}.csv") for name in ("train", "test"))
    assert (len(train), len(test)) == (24 * 35, 24 * 30)
    assert train["target"].sum() == 0
    assert set(test["kind"]) == {"normal", *KINDS}
    assert test["day_of_week"].iloc[0] == (train["day_of_week"].iloc[-1] + 1) % 7
    assert not np.isclose(train["value"][:700], test["value"][:700]).any()


def test_a_data_module_reads_what_is_written(tmp_path: Path) -> None:
    write_series(tmp_path, train_days=35, test_days=30, anomalies=1)
    data = TabularDataModule(tmp_path, ["value"], ["t", "day_of_week"], "target", window=24)
    data.setup()
    assert data.test_set.target.sum() > 0
    assert len(data.test_set) == 24 * 30 - 23


def test_files_that_say_something_else_stay(tmp_path: Path) -> None:
    options = dict(train_days=10, test_days=10, anomalies=0)
    write_series(tmp_path, 1, **options)
    before = (tmp_path / "test.csv").read_bytes()
    write_series(tmp_path, 1, **options)  # the same
    with pytest.raises(FileExistsError, match=r"train\.csv is there and holds something else"):
        write_series(tmp_path, 2, **options)
    assert (tmp_path / "test.csv").read_bytes() == before
    (tmp_path / "train.csv").unlink()
    with pytest.raises(FileExistsError, match=r"test\.csv is there"):
        write_series(tmp_path, 2, **options)
    assert not (tmp_path / "train.csv").exists()  # both or neither


def test_the_command_writes_both_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["series", str(tmp_path / "new"), "--seed", "3"])
    main()
    assert str(tmp_path / "new") in capsys.readouterr().out
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"train.csv", "test.csv"}
    write_series(tmp_path / "new", seed=3)  # nothing else
