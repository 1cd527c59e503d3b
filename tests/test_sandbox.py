"""Somebody else's code is bounded in time and leaves no trace."""

import contextlib
import logging
import os
import random
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.demos.boring_classes import BoringModel

from course_lib.exercises import sandbox
from course_lib.exercises.sandbox import TimeLimitReached, isolated, time_limit


def state() -> dict[str, Any]:
    """Everything that a check must leave as it was."""
    return {
        "environment": dict(os.environ),
        "folder": Path.cwd(),
        "files": sorted(path.name for path in Path.cwd().iterdir()),
        "python": random.getstate(),
        "numpy": str(np.random.get_state()),
        "torch": torch.get_rng_state().tolist(),
        "dtype": torch.get_default_dtype(),
        "device": str(torch.get_default_device()),
        "grad": torch.is_grad_enabled(),
        "threads": torch.get_num_threads(),
        "deterministic": (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        ),
        "matmul": torch.get_float32_matmul_precision(),
        "logging": (logging.root.manager.disable, logging.root.level, list(logging.root.handlers)),
        "warnings": list(warnings.filters),
        "streams": (sys.stdout, sys.stderr),
        "signals": (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM)),
        "running": {thread.name for thread in threading.enumerate() if not thread.daemon},
    }


def seeds() -> None:
    pl.seed_everything(7, verbose=False)
    torch.rand(3), np.random.rand(3), random.random()


def default_dtype() -> None:
    torch.set_default_dtype(torch.float64)


def default_device() -> None:
    torch.set_default_device("meta")


def no_grad() -> None:
    torch.set_grad_enabled(False)


def deterministic() -> None:
    torch.use_deterministic_algorithms(True)


def matmul_precision() -> None:
    torch.set_float32_matmul_precision("medium")


def threads() -> None:
    torch.set_num_threads(2)


def environment() -> None:
    os.environ["COURSE_DATA"] = "mnist"
    os.environ["A_NEW_ONE"] = "1"
    os.environ.pop("PATH", None)


def all_of_the_environment() -> None:
    os.environ.clear()


def folder() -> None:
    os.chdir("/")


def files() -> None:
    Path("lightning_logs").mkdir()
    Path("model.ckpt").write_text("weights")


def deletes_its_folder() -> None:
    import shutil

    shutil.rmtree(Path.cwd())


def logs() -> None:
    logging.disable(logging.NOTSET)
    logging.basicConfig(level=logging.DEBUG, force=True)
    logging.warning("heard")


def filters() -> None:
    warnings.filterwarnings("error")
    warnings.resetwarnings()


def streams() -> None:
    sys.stdout = sys.stderr


def a_thread() -> None:
    thread = threading.Thread(target=time.sleep, args=(0.01,))
    thread.start()
    thread.join()


def alarm() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_IGN)


def stops_a_trainer_by_hand() -> None:
    class Stop(pl.Callback):
        def on_train_start(self, *args: Any) -> None:
            raise KeyboardInterrupt

    trainer = pl.Trainer(max_steps=1, logger=False, callbacks=Stop(), enable_checkpointing=False)
    trainer.fit(BoringModel())


def raises() -> None:
    default_dtype()
    raise ValueError


MISCHIEF = [
    seeds,
    default_dtype,
    default_device,
    no_grad,
    deterministic,
    matmul_precision,
    threads,
    environment,
    all_of_the_environment,
    folder,
    files,
    deletes_its_folder,
    logs,
    filters,
    streams,
    a_thread,
    alarm,
    stops_a_trainer_by_hand,
    raises,
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the student's with a file in it, and switches in positions of their own."""
    (tmp_path / "notes.txt").write_text("mine")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def everything_back() -> Iterator[None]:
    """Undo by hand what the sandbox did not, so that one failure is one failure."""
    interrupt = signal.getsignal(signal.SIGINT)
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    signal.signal(signal.SIGINT, interrupt)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    torch.set_default_device(None)
    torch.set_default_dtype(torch.float32)
    torch.set_float32_matmul_precision("highest")
    torch.use_deterministic_algorithms(False)


@pytest.mark.usefixtures("home", "everything_back")
@pytest.mark.parametrize("mischief", MISCHIEF, ids=lambda mischief: mischief.__name__)
def test_everything_is_as_it_was(mischief: Callable[[], None]) -> None:
    before = state()
    with contextlib.suppress(ValueError, SystemExit), isolated(), time_limit(5):
        mischief()
    after = state()
    assert [name for name in before if before[name] != after[name]] == []


@pytest.mark.usefixtures("home", "everything_back")
def test_deterministic_mode_that_only_warns_goes_on_only_warning() -> None:
    torch.use_deterministic_algorithms(True, warn_only=True)
    before = state()
    with isolated():
        pass
    assert state() == before


@pytest.mark.usefixtures("home", "everything_back")
def test_the_body_does_not_depend_on_the_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PL_TRAINER_LIMIT_TRAIN_BATCHES", "1")
    monkeypatch.setenv("PL_GLOBAL_SEED", "3")
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    drawn = []
    with torch.no_grad():
        for value in (1, 2):
            torch.manual_seed(value)
            with isolated():
                assert list(Path.cwd().iterdir()) == []
                assert torch.is_grad_enabled()
                assert torch.get_num_threads() == 1
                assert torch.get_default_dtype() == torch.float32
                assert torch.zeros(1).device.type == "cpu"
                assert "PL_GLOBAL_SEED" not in os.environ
                drawn.append((torch.rand(1).item(), np.random.rand(), random.random()))
                trainer = pl.Trainer(logger=False, enable_checkpointing=False)
                assert trainer.limit_train_batches == 1.0
                assert isinstance(trainer.accelerator, pl.accelerators.CPUAccelerator)
                assert trainer.progress_bar_callback is None
    assert drawn[0] == drawn[1]


def test_nothing_that_the_body_says_is_heard(capfd: pytest.CaptureFixture[str]) -> None:
    with isolated():
        print("spoken")
        print("complained", file=sys.stderr)
        print("odd \ud800 text")
        warnings.warn("warned", stacklevel=1)
        logging.getLogger("pytorch_lightning").error("logged")
    assert capfd.readouterr() == ("", "")


def test_a_million_lines_are_swallowed() -> None:
    with isolated(), time_limit(20):
        for _ in range(1_000_000):
            print("line")


def test_the_folder_of_its_own_is_gone_afterwards() -> None:
    with isolated():
        folder = Path.cwd()
        Path("file").write_text("text")
    assert not folder.exists()


# --- time


# Each would end by itself after ten seconds, so that a limit that does not hold fails the test
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


def sleeps() -> None:
    time.sleep(10)


def waits_for_a_lock() -> None:
    threading.Event().wait(10)


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
    sleeps,
    waits_for_a_lock,
    endless_training,
    endless_generator,
]
BLOCKED = (sleeps, waits_for_a_lock)  # in C: no other thread can interrupt that


def outcome(body: Callable[[], None], limit: float = 0.2) -> str:
    before = time.monotonic()
    try:
        with isolated(), time_limit(limit):
            body()
    except TimeLimitReached:
        return "stopped" if time.monotonic() - before < 8 else "late"
    return "ended by itself"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no signals here")
@pytest.mark.parametrize("body", ENDLESS, ids=lambda body: body.__name__)
def test_what_does_not_end_is_stopped(body: Callable[[], None]) -> None:
    before = signal.getsignal(signal.SIGALRM), sys.gettrace()
    assert outcome(body) == "stopped"
    assert (signal.getsignal(signal.SIGALRM), sys.gettrace()) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.parametrize(
    "body",
    [body for body in ENDLESS if body not in BLOCKED],
    ids=lambda body: body.__name__,
)
def test_what_does_not_end_is_stopped_in_another_thread_too(body: Callable[[], None]) -> None:
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(outcome(body)), daemon=True)
    thread.start()
    thread.join(15)
    assert found == ["stopped"]


@pytest.mark.parametrize("in_main_thread", [True, False])
def test_what_ends_in_time_is_left_alone_afterwards(in_main_thread: bool) -> None:
    found: list[str] = []

    def work() -> None:
        found.append(outcome(lambda: None, limit=0.05))
        time.sleep(0.2)  # the limit passes without a word
        found.append("still here")

    if in_main_thread:
        work()
    else:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(5)
    assert found == ["ended by itself", "still here"]


def test_the_limit_is_no_exception_that_an_answer_would_catch() -> None:
    assert not issubclass(TimeLimitReached, Exception)


def test_seed_seeds_all_three() -> None:
    def drawn() -> tuple[float, float, float]:
        sandbox.seed(3)
        return torch.rand(1).item(), float(np.random.rand()), random.random()

    with isolated():
        assert drawn() == drawn()
