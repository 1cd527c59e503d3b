"""Somebody else's code leaves no trace."""

import builtins
import contextlib
import logging
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from hostile import MISCHIEF, patches_python, state

from course_lib.exercises import limits, sandbox
from course_lib.exercises.leaks import listening
from course_lib.exercises.sandbox import isolated, originals
from course_lib.exercises.tracked import another_run, offline_runs


@pytest.fixture
def everything_back() -> Iterator[None]:
    """Undo by hand what the sandbox did not, so that one failure is one failure."""
    interrupt = signal.getsignal(signal.SIGINT)
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    signal.signal(signal.SIGINT, interrupt)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    torch.set_default_dtype(torch.float32)
    torch.set_float32_matmul_precision("highest")
    torch.use_deterministic_algorithms(False)


@pytest.mark.usefixtures("home", "everything_back")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("mischief", MISCHIEF, ids=lambda mischief: mischief.__name__)
def test_everything_is_as_it_was(mischief: Callable[[], None]) -> None:
    before = state()
    with contextlib.suppress(ValueError, SystemExit), isolated(), originals():
        limits.run(mischief, 5)
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
    monkeypatch.setattr(torch, "allclose", lambda *_: True)
    monkeypatch.setattr(builtins, "abs", lambda _: 0)
    torch.set_default_dtype(torch.float64)

    def body() -> tuple[float, float, float]:
        assert list(Path.cwd().iterdir()) == []
        assert torch.is_grad_enabled()
        assert torch.get_num_threads() == 1
        assert torch.get_default_dtype() == torch.float32
        assert torch.zeros(1).device.type == "cpu"
        assert "PL_GLOBAL_SEED" not in os.environ
        assert abs(-1) == 1
        assert not torch.allclose(torch.zeros(1), torch.ones(1))
        drawn = torch.rand(1).item(), float(np.random.rand()), random.random()
        trainer = pl.Trainer(logger=False, enable_checkpointing=False)
        assert trainer.limit_train_batches == 1.0
        assert isinstance(trainer.accelerator, pl.accelerators.CPUAccelerator)
        assert trainer.progress_bar_callback is None
        return drawn

    drawn = []
    with torch.no_grad(), torch.device("meta"):
        for value in (1, 2):
            torch.manual_seed(value)
            with originals(), isolated():
                drawn.append(limits.run(body, 5))
    assert drawn[0] == drawn[1]
    assert abs(-1) == 0  # the notebook's own affair


def test_a_built_in_function_that_is_replaced_is_named() -> None:
    with originals():
        assert sandbox.replaced() == ""
        patches_python()
        assert sandbox.replaced() == "`abs`, `isinstance`"
    assert sandbox.replaced() == ""


def test_nothing_that_the_body_says_is_heard(capfd: pytest.CaptureFixture[str]) -> None:
    with isolated():
        print("spoken")
        print("complained", file=sys.stderr)
        print("odd \ud800 text")
        warnings.warn("warned", stacklevel=1)
        logging.getLogger("pytorch_lightning").error("logged")
    assert capfd.readouterr() == ("", "")


def test_a_million_lines_are_swallowed() -> None:
    with isolated():
        for _ in range(1_000_000):
            print("line")


def test_the_folder_of_its_own_is_gone_afterwards() -> None:
    with isolated():
        folder = Path.cwd()
        Path("file").write_text("text")
    assert not folder.exists()


def test_a_thread_that_is_given_up_changes_nothing_later() -> None:
    wandb = pytest.importorskip("wandb")
    begun, go_on = threading.Event(), threading.Event()

    def stubborn() -> None:
        with offline_runs(), another_run(), listening():
            begun.set()
            go_on.wait()

    def seen() -> list[Any]:
        names = ("run", "log", "init", "teardown")
        logger = logging.root.handlers[:], logging.root.level, logging.root.manager.disable
        return [sys.stdout, warnings.filters, *logger, *(getattr(wandb, n) for n in names)]

    thread, before = threading.Thread(target=stubborn, daemon=True), seen()
    with isolated():
        thread.start()
        begun.wait()
    after_the_first = seen()
    with isolated():
        inside = seen()
        go_on.set()
        thread.join()
        still_inside = seen()
    assert after_the_first == before
    assert still_inside == inside
    assert seen() == before


def test_seed_seeds_all_three() -> None:
    def drawn() -> tuple[float, float, float]:
        sandbox.seed(3)
        return torch.rand(1).item(), float(np.random.rand()), random.random()

    with isolated():
        assert drawn() == drawn()
