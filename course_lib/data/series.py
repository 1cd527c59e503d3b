"""An hourly series with labelled anomalies, made on the spot: a town's demand for electricity.

    python -m course_lib.data.series FOLDER --seed 42

What is normal, in MW. A base of 100; peaks of up to 60 in the morning, at noon and in the evening
(workday, Saturday, and Sunday or holiday differ); 10 more in January and 10 less in July; the
weather, which people heat or cool against; and noise with a standard deviation of 2. The weather is
an AR(1) process over days with a standard deviation of 15 and a correlation of 0.6 from day to day,
straight from noon to noon: it moves a day as a whole, up or down by as much as an anomaly would,
and hardly changes its shape.

What is not. A `spike` adds 20 to 40 to one or two hours, or takes them away: a meter's fault. A
`level_shift` does so with 25 to 50 for 12 to 24 hours: a works starts or stops. A `missing_peak` is
an evening without one: from 15 to 21 o'clock demand goes straight from where it was to where it
will be. A `flat_line` is a meter that is stuck: 8 to 16 hours at the first one's value.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

Values = np.ndarray[Any, np.dtype[np.float64]]

COLUMNS = ("value", "t", "day_of_week", "holiday", "target", "kind")
KINDS = ("spike", "level_shift", "missing_peak", "flat_line")
START = "2023-01-02"  # a Monday
HOLIDAYS = (
    "01-01",
    "01-06",
    "05-01",
    "05-25",
    "08-15",
    "10-03",
    "11-01",
    "12-24",
    "12-25",
    "12-26",
)

BASE = 100.0  # MW at night, without the weather
YEAR = 10.0  # more in January, less in July
NOISE = 2.0  # of an hour
DAY_STD, DAY_MEMORY = 15.0, 0.6  # of a day's weather, and its correlation with the day before

# Height, hour and width of a day's peaks.
WORKDAY = ((33, 8.0, 1.5), (27, 12.5, 2.5), (57, 18.5, 2.0))
SATURDAY = ((27, 11.0, 3.0), (48, 19.0, 2.5))
SUNDAY = ((24, 12.5, 2.5), (45, 19.5, 2.5))


def make_series(
    days: int = 728,
    seed: int | np.random.SeedSequence = 42,
    start: str = START,
    anomalies: int = 0,
) -> "pd.DataFrame":
    """Make a table of `24 · days` hours: `value, t, day_of_week, holiday, target, kind`.

    `t` is the hour of the day, 0–23, `day_of_week` 0 on Mondays, `holiday` 0 or 1; `target` is 1 in
    the hours of an anomaly, whose `kind` is a name in `KINDS`, and `"normal"` elsewhere.

    Args:
        days: length of the series.
        seed: of everything that is drawn.
        start: the first day, as `"2023-01-02"`.
        anomalies: how many of each kind; there is a day between two at least.

    Raises:
        ValueError: there is no room for so many, or an argument has no meaning.
    """
    import pandas as pd

    if days < 1 or anomalies < 0:
        raise ValueError(f"days is {days}, anomalies {anomalies}; expected 1 and 0 at least.")
    random = np.random.default_rng(seed)
    hours = pd.date_range(start, periods=24 * days, freq="h")
    holiday = hours.strftime("%m-%d").isin(HOLIDAYS)
    week = hours.day_of_week.to_numpy()
    free = np.where(holiday | (week == 6), 2, np.where(week == 5, 1, 0))
    profiles = np.stack([_profile(peaks) for peaks in (WORKDAY, SATURDAY, SUNDAY)])
    normal = profiles[free, hours.hour] + _year(hours.day_of_year.to_numpy()) + _days(days, random)
    value = normal + NOISE * random.standard_normal(24 * days)
    kind = np.full(24 * days, "normal", dtype=object)
    for name, day in _places(days, anomalies, random):
        span = EFFECTS[name](value, 24 * day, random)
        kind[span] = name
    columns = (value.round(2), hours.hour, week, holiday.astype(int), kind != "normal", kind)
    table = pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))
    return table.astype({"target": int})


def write_series(
    folder: str | Path,
    seed: int = 42,
    train_days: int = 728,
    test_days: int = 182,
    anomalies: int = 12,
) -> Path:
    """Write `train.csv`, which is normal throughout, and `test.csv`, which follows it in time.

    Files that are there already stay if they say the same.

    Args:
        folder: is made if need be.
        seed, anomalies: as in `make_series`; anomalies are in the test part only.
        train_days, test_days: lengths of the two parts.

    Returns:
        The folder.

    Raises:
        FileExistsError: a file of that name says something else.
    """
    import pandas as pd

    folder = Path(folder).expanduser()
    train_seed, test_seed = np.random.SeedSequence(seed).spawn(2)
    after = str((pd.Timestamp(START) + pd.Timedelta(days=train_days)).date())
    tables = {
        "train.csv": make_series(train_days, train_seed),
        "test.csv": make_series(test_days, test_seed, after, anomalies),
    }
    folder.mkdir(parents=True, exist_ok=True)
    texts = {folder / name: table.to_csv(index=False) for name, table in tables.items()}
    for path, text in texts.items():
        if path.exists() and path.read_text(encoding="utf-8") != text:
            raise FileExistsError(
                f"{path} is there and holds something else; delete it, or choose another folder."
            )
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return folder


def _profile(peaks: tuple[tuple[float, float, float], ...]) -> Values:
    """A day's 24 values: peaks on a base, midnight next to 23 o'clock."""
    t = np.arange(24)
    value = np.full(24, BASE)
    for height, hour, width in peaks:
        distance = np.minimum(abs(t - hour), 24 - abs(t - hour))
        value += height * np.exp(-0.5 * (distance / width) ** 2)
    return value


def _year(day: Values) -> Values:
    return YEAR * np.cos(2 * np.pi * (day - 20) / 365)


def _days(days: int, random: np.random.Generator) -> Values:
    """The weather's share of each hour, straight from one noon to the next."""
    weather = np.empty(days + 2)
    weather[0] = DAY_STD * random.standard_normal()
    for day, shock in enumerate(random.standard_normal(days + 1)):
        weather[day + 1] = DAY_MEMORY * weather[day] + DAY_STD * np.sqrt(1 - DAY_MEMORY**2) * shock
    noons = 24 * np.arange(days + 2) - 12
    return np.interp(np.arange(24 * days), noons, weather)


def _places(days: int, anomalies: int, random: np.random.Generator) -> list[tuple[str, int]]:
    """Kinds, shuffled, and the days they begin on: not the first, and each three after another."""
    count = len(KINDS) * anomalies
    free = days - 1 - 3 * count
    if count and free < 0:
        raise ValueError(
            f"{count} anomalies do not fit into {days} days; expected {3 * count + 1} days at "
            "least, three for each and one before."
        )
    gaps = np.sort(random.choice(free + count, count, replace=False)) if count else np.empty(0, int)
    kinds = random.permutation(np.repeat(KINDS, anomalies))
    return [
        (str(kind), int(gap) + 2 * i + 1)
        for i, (kind, gap) in enumerate(zip(kinds, gaps, strict=True))
    ]


def _spike(value: Values, day: int, random: np.random.Generator) -> slice:
    start = day + random.integers(24)
    span = slice(start, start + random.integers(1, 3))
    value[span] += random.uniform(20, 40) * random.choice([-1, 1])
    return span


def _level_shift(value: Values, day: int, random: np.random.Generator) -> slice:
    start = day + random.integers(24)
    span = slice(start, start + random.integers(12, 25))
    value[span] += random.uniform(25, 50) * random.choice([-1, 1])
    return span


def _missing_peak(value: Values, day: int, random: np.random.Generator) -> slice:
    span = slice(day + 15, day + 22)
    straight = np.linspace(value[span.start - 1], value[span.stop], 9)[1:-1]
    value[span] = straight + NOISE * random.standard_normal(7)
    return span


def _flat_line(value: Values, day: int, random: np.random.Generator) -> slice:
    start = day + random.integers(24)
    span = slice(start, start + random.integers(8, 17))
    value[span] = value[start]
    return span


EFFECTS: dict[str, Callable[[Values, int, np.random.Generator], slice]] = {
    "spike": _spike,
    "level_shift": _level_shift,
    "missing_peak": _missing_peak,
    "flat_line": _flat_line,
}


def main() -> None:
    """Write the two files into a folder."""
    parser = argparse.ArgumentParser(
        prog="python -m course_lib.data.series",
        description="Write train.csv and test.csv: an hourly series with labelled anomalies.",
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=42, help="default: 42")
    arguments = parser.parse_args()
    print(f"Written: {write_series(arguments.folder, arguments.seed)}/train.csv and test.csv")


if __name__ == "__main__":
    main()
