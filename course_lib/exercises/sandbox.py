"""Running somebody else's code: bounded in time, silent, and without a trace.

The check runs in the student's own process, because answers are objects of that process. A signal
ends it when its time is up; where there are none (Windows, or a thread that is not the main one)
another thread has the interpreter raise the exception at the next line of Python.
"""

import contextlib
import copy
import ctypes
import logging
import os
import random
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping
from types import FunctionType
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode


class TimeLimitReached(BaseException):
    """The time is up. No `Exception`, so that an answer's own `except Exception` lets it by."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeLimitReached` in the body after `seconds`, and again as long as it goes on."""
    main = threading.current_thread() is threading.main_thread()
    with _alarm(seconds) if main and hasattr(signal, "setitimer") else _watchdog(seconds):
        yield


@contextlib.contextmanager
def isolated() -> Iterator[None]:
    """Leave everything as it was: random states, torch's switches, environment, folder, output.

    The body runs in an empty folder of its own, seeded, on one thread, with Lightning's Trainer
    quiet and on the CPU, and with no limit on batches but those that it sets itself.
    """
    before = os.environ.copy(), random.getstate(), np.random.get_state()
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else []
    with (
        torch.random.fork_rng(devices),
        contextlib.chdir(os.getcwd()),  # noqa: PTH109 - back to it, whatever the body does
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        warnings.catch_warnings(),
        _switches(),
        _silenced(),
    ):
        try:
            warnings.simplefilter("ignore")
            logging.disable(logging.CRITICAL)
            for name in [name for name in os.environ if name.startswith("PL_")]:
                del os.environ[name]
            os.environ["PL_TRAINER_ACCELERATOR"] = "cpu"
            os.environ["PL_TRAINER_ENABLE_PROGRESS_BAR"] = "0"
            os.environ["PL_TRAINER_ENABLE_MODEL_SUMMARY"] = "0"
            os.chdir(folder)
            seed(0)
            yield
        finally:
            environment, python, numpy = before
            os.environ.clear()
            os.environ.update(environment)
            random.setstate(python)
            np.random.set_state(numpy)
            os.chdir(tempfile.gettempdir())  # out of the folder that is about to go


@contextlib.contextmanager
def _switches() -> Iterator[None]:
    """Set torch's switches to their defaults, and those of torch and logging back afterwards."""
    root = logging.root
    disabled, level, handlers = root.manager.disable, root.level, root.handlers[:]
    dtype, device = torch.get_default_dtype(), torch.get_default_device()
    grad, threads = torch.is_grad_enabled(), torch.get_num_threads()
    precision = torch.get_float32_matmul_precision()
    deterministic = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    try:
        torch.set_default_dtype(torch.float32)
        torch.set_default_device(None)
        torch.set_grad_enabled(True)
        torch.set_num_threads(1)
        yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_default_device(None if device.type == "cpu" else device)
        torch.set_grad_enabled(grad)
        torch.set_num_threads(threads)
        torch.set_float32_matmul_precision(precision)
        torch.use_deterministic_algorithms(deterministic, warn_only=warn_only)
        logging.disable(disabled)
        root.setLevel(level)
        root.handlers[:] = handlers


def seed(value: int) -> None:
    """Seed torch's CPU generator, numpy and random; a GPU's, which no check uses, is let alone."""
    torch.default_generator.manual_seed(value)
    np.random.seed(value)
    random.seed(value)


class _Detaching(TorchFunctionMode):
    """Lets a deep copy take activations, which torch refuses to copy with their graph."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func is Tensor.__deepcopy__ and not args[0].is_leaf:
            args = (args[0].detach(), *args[1:])
        return func(*args, **(kwargs or {}))


def private(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Copy the answers that are things, so that what two of them share they go on sharing.

    Classes, functions and what cannot be copied pass as they are.
    """
    copies: dict[str, Any] = {}
    memo: dict[int, Any] = {}
    with _Detaching():
        for name, answer in answers.items():
            copies[name] = answer
            if not isinstance(answer, type | FunctionType):
                known = dict(memo)  # a copy that fails halfway leaves nothing in the memo
                with contextlib.suppress(Exception):
                    copies[name] = copy.deepcopy(answer, known)
                    memo = known
    return copies


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """Swallow what is printed and, in a notebook, what is displayed."""
    with contextlib.ExitStack() as stack:
        nowhere = stack.enter_context(open(os.devnull, "w", encoding="utf-8", errors="replace"))  # noqa: PTH123
        stack.enter_context(contextlib.redirect_stdout(nowhere))
        stack.enter_context(contextlib.redirect_stderr(nowhere))
        if "IPython" in sys.modules:
            from IPython.utils.capture import capture_output

            stack.enter_context(capture_output(stdout=False, stderr=False, display=True))
        yield


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    def ring(signum: int, frame: object) -> None:
        raise TimeLimitReached

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)
    try:
        try:
            yield
        finally:  # which the alarm may interrupt: so there are two
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _watchdog(seconds: float) -> Iterator[None]:
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    thread = ctypes.c_ulong(threading.get_ident())
    done = threading.Event()

    def watch() -> None:
        wait = seconds
        while not done.wait(wait):
            raise_in(thread, ctypes.py_object(TimeLimitReached))
            wait = 0.2

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        try:
            yield
        finally:  # which the watcher may interrupt: so there are two
            done.set()
    finally:
        done.set()
        watcher.join()
        raise_in(thread, None)  # take back one that was raised but not yet delivered
