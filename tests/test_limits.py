"""Somebody else's code is bounded in time, in whichever thread and however stubborn it is."""

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.demos.boring_classes import BoringModel

from course_lib.exercises import limits
from course_lib.exercises.limits import TimeLimitReached
from course_lib.exercises.sandbox import isolated


# Each would end by itself after some seconds, so that a limit that does not hold fails the test
# instead of hanging it.
def for_ten_seconds() -> Iterator[None]:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        yield


def plain_loop() -> None:
    for _ in for_ten_seconds():
        pass


def loop_of_torch_calls() -> None:
    x = torch.ones(64, 64)
    for _ in for_ten_seconds():
        x = x @ x / 64


def loop_that_passes_on_every_exception() -> None:
    for _ in for_ten_seconds():
        try:  # noqa: SIM105
            sum(range(1000))
        except Exception:
            pass


def loop_that_passes_on_everything() -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:  # noqa: SIM105
            sum(range(1000))
        except:  # noqa: E722
            pass


def loops_in_loops_that_pass_on_everything() -> None:
    end = time.monotonic() + 3
    x = torch.ones(64, 64)
    while time.monotonic() < end:
        with contextlib.suppress(BaseException):
            while time.monotonic() < end:
                try:
                    x = x @ x / 64
                finally:
                    continue  # noqa: B012


def sleeps() -> None:
    time.sleep(3)


def waits_for_a_lock() -> None:
    threading.Event().wait(3)


def waits_within_torch() -> None:
    """One call that goes on for seconds in C++, without a line of Python."""

    @torch.jit.script
    def loop(x: torch.Tensor, times: int) -> torch.Tensor:
        for _ in range(times):
            x = x @ x / 1000.0
        return x

    loop(torch.ones(300, 300), 2_000)


def endless_training() -> None:
    model = BoringModel()
    data = model.train_dataloader()
    for _ in for_ten_seconds():
        pl.Trainer(max_epochs=-1, logger=False, enable_checkpointing=False).fit(model, data)


def endless_generator() -> None:
    list(iter(lambda: time.sleep(0.001), 1))


ENDLESS = [
    plain_loop,
    loop_of_torch_calls,
    loop_that_passes_on_every_exception,
    loop_that_passes_on_everything,
    loops_in_loops_that_pass_on_everything,
    sleeps,
    waits_for_a_lock,
    waits_within_torch,
    endless_training,
    endless_generator,
]


def outcome(body: Callable[[], object], limit: float = 0.2) -> str:
    before = time.monotonic()
    try:
        with isolated():
            limits.run(body, limit)
    except TimeLimitReached:
        return "stopped" if time.monotonic() - before < 2.5 else "late"
    return "ended by itself"


@pytest.fixture(autouse=True)
def nothing_left_running(ended_anywhere: None) -> Iterator[None]:
    """Wait for what a test leaves behind on purpose."""
    before = threading.enumerate()
    yield
    for thread in threading.enumerate():
        if thread not in before:
            thread.join(20)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch.jit
@pytest.mark.parametrize("body", ENDLESS, ids=lambda body: body.__name__)
def test_what_does_not_end_is_stopped(body: Callable[[], None]) -> None:
    before = sys.getswitchinterval(), sys.gettrace()
    assert outcome(body) == "stopped"
    assert (sys.getswitchinterval(), sys.gettrace()) == before


def test_what_does_not_end_is_stopped_in_another_thread_too() -> None:
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(outcome(plain_loop)), daemon=True)
    thread.start()
    thread.join(15)
    assert found == ["stopped"]


@pytest.mark.parametrize(
    "body",
    [plain_loop, loop_of_torch_calls, loop_that_passes_on_everything, endless_training],
    ids=lambda body: body.__name__,
)
def test_what_was_stopped_does_not_go_on_in_the_background(body: Callable[[], None]) -> None:
    before = threading.active_count()
    assert outcome(body) == "stopped"
    end = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.01)
    assert threading.active_count() == before


def test_library_code_without_a_line_of_the_students_is_stopped_too() -> None:
    before = threading.active_count()
    trainer = pl.Trainer(
        max_epochs=-1, logger=False, enable_checkpointing=False, enable_progress_bar=False
    )
    assert outcome(partial(trainer.fit, BoringModel())) == "stopped"
    assert threading.active_count() == before


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_threads_that_an_answer_leaves_running_are_stopped() -> None:
    turns: list[int] = []

    def keep_busy() -> None:
        for _ in for_ten_seconds():
            turns.append(1)

    before = threading.active_count()
    thread = threading.Thread(target=keep_busy)
    assert outcome(thread.start, limit=5) == "ended by itself"
    thread.join(5)
    assert not thread.is_alive()
    assert threading.active_count() == before
    assert turns


def test_threads_of_the_notebook_are_left_alone() -> None:
    stop = threading.Event()
    turns: list[int] = []

    def mine() -> None:
        while not stop.wait(0.001):
            turns.append(1)

    thread = threading.Thread(target=mine)
    thread.start()
    assert outcome(plain_loop) == "stopped"
    count = len(turns)
    end = time.monotonic() + 5
    while len(turns) == count and time.monotonic() < end:
        time.sleep(0.001)
    stop.set()
    thread.join()
    assert len(turns) > count


def test_what_ends_in_time_is_left_alone_afterwards() -> None:
    assert limits.run(lambda: 3, 0.05) == 3
    time.sleep(0.1)  # the limit passes without a word


def test_what_the_body_raises_is_raised() -> None:
    def body() -> None:
        raise TimeoutError("the body's own")

    with pytest.raises(TimeoutError, match="the body's own"):
        limits.run(body, 5)


def test_interrupting_the_wait_stops_what_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(limits, "wait", interrupted)
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        limits.run(plain_loop, 5)
    assert threading.active_count() == before
