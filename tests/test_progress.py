"""Progress is only ever appended, and survives restarts, power cuts and full disks."""

import threading
from pathlib import Path

import pytest

from course_lib.exercises import progress


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COURSE_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


def test_nothing_is_known_at_first() -> None:
    assert progress.outcomes() == {}
    assert progress.hints_given("1.1") == 0


def test_the_last_outcome_counts_but_passed_stays_passed() -> None:
    for id, outcome in [
        ("1.1", "failed"),
        ("1.1", "passed"),
        ("1.1", "failed"),
        ("1.2", "not attempted"),
        ("1.2", "timed out"),
    ]:
        progress.record(id=id, outcome=outcome)
    assert progress.outcomes() == {"1.1": "passed", "1.2": "timed out"}


def test_events_are_appended_and_never_rewritten(folder: Path) -> None:
    file = folder / progress.FILE
    progress.record(id="1.1", outcome="failed")
    first = file.read_bytes()
    progress.record(id="1.1", outcome="passed")
    progress.record(reset="1")
    assert file.read_bytes().startswith(first)
    assert progress.outcomes() == {}


def test_a_reset_forgets_one_lesson_only() -> None:
    for id in ("1.1", "1.2", "2.1", "11.1"):
        progress.record(id=id, outcome="passed")
    progress.record(reset="1")
    assert progress.outcomes() == {"2.1": "passed", "11.1": "passed"}
    progress.record(id="1.1", outcome="failed")
    assert progress.outcomes()["1.1"] == "failed"


def test_hints_are_counted_until_the_lesson_is_reset() -> None:
    for id in ("1.1", "1.1", "1.2", "11.1"):
        progress.record(id=id, hint=id)
    assert [progress.hints_given(id) for id in ("1.1", "1.2", "1.3", "11.1")] == [2, 1, 0, 1]
    progress.record(reset="1")
    assert [progress.hints_given(id) for id in ("1.1", "11.1")] == [0, 1]


def test_a_broken_last_line_costs_that_line_only(folder: Path) -> None:
    progress.record(id="1.1", outcome="passed")
    progress.record(id="1.2", outcome="passed")
    file = folder / progress.FILE
    file.write_bytes(file.read_bytes().rstrip()[:-5])  # the power fails while it is written
    assert progress.outcomes() == {"1.1": "passed"}
    progress.record(id="1.3", outcome="passed")
    assert progress.outcomes() == {"1.1": "passed", "1.3": "passed"}


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\0\0\0\0",
        b"\xff\xfe",
        b"[1, 2]",
        b"3",
        b'{"id": "1.2"}',
        b'{"outcome": "failed"}',
        b'{"reset": 1}',
        b'{"id": 1, "outcome": "passed"}',
    ],
)
def test_lines_without_meaning_are_skipped(folder: Path, rubbish: bytes) -> None:
    progress.record(id="1.1", outcome="passed")
    with (folder / progress.FILE).open("ab") as file:
        file.write(b"\n" + rubbish + b"\n")
    progress.record(id="2.1", outcome="passed")
    assert progress.outcomes() == {"1.1": "passed", "2.1": "passed"}
    assert progress.hints_given("1.1") == 0


def test_many_writers_lose_nothing() -> None:
    def write(number: int) -> None:
        for i in range(50):
            progress.record(id=f"{number}.{i}", outcome="passed")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(progress.outcomes()) == 200


def test_a_folder_that_cannot_be_written_costs_the_record_only(folder: Path) -> None:
    folder.write_text("a file in its place")
    progress.record(id="1.1", outcome="passed")
    assert progress.outcomes() == {}


def test_a_setting_gone_wrong_costs_the_record_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_DATA", "minst")
    progress.record(id="1.1", outcome="passed")
