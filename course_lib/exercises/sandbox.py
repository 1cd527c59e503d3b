"""Without a trace: when somebody else's code has run, the notebook goes on as if it had not.

A check runs in the student's own process, because answers are objects of that process. While it
runs, that process is as every check expects it, whatever the notebook has done to it. The course's
own modules are trusted: who patches those deceives nobody but himself.
"""

import builtins
import contextlib
import logging
import math
import os
import random
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.backends import cudnn

_Switch = tuple[Callable[[], Any], Callable[[Any], object], object]
# What tells the present state, what sets it, and how a check expects it.
_SWITCHES: tuple[_Switch, ...] = (
    (torch.get_default_dtype, torch.set_default_dtype, torch.float32),
    (torch.get_num_threads, torch.set_num_threads, 1),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision, "highest"),
    (torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode, 0),
    (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly, False),
    (lambda: cudnn.benchmark, partial(setattr, cudnn, "benchmark"), False),
    (lambda: cudnn.deterministic, partial(setattr, cudnn, "deterministic"), False),
)
_ENVIRONMENT = {
    "PL_TRAINER_ACCELERATOR": "cpu",
    "PL_TRAINER_ENABLE_PROGRESS_BAR": "0",
    "PL_TRAINER_ENABLE_MODEL_SUMMARY": "0",
}
_NAMESPACES = (
    *(builtins, math, random, np, torch, nn, nn.functional, pl),
    *(Tensor, nn.Module, nn.Linear, pl.LightningModule, pl.Trainer),
)
_alone = threading.Lock()
_body: object = None  # tells one body of `isolated` from another
_home: Path | None = None  # where that body was begun


def _functions() -> list[dict[str, Any]]:
    """The functions and classes in each namespace, by name."""
    return [{k: v for k, v in vars(space).items() if callable(v)} for space in _NAMESPACES]


_ORIGINALS = _functions()


@contextlib.contextmanager
def originals() -> Iterator[None]:
    """Have libraries, and Python's own functions, as they are when nobody patches them."""
    before = _functions()
    try:
        _restore(_ORIGINALS)
        yield
    finally:
        _restore(before)


@contextlib.contextmanager
def isolated() -> Iterator[None]:
    """Leave as they were: output, figures, environment, folder, random states, torch's switches.

    So are the command line, the main module, and where modules are looked for. The body runs
    seeded, silent, in an empty folder of its own, on one thread of torch's, and with Lightning's
    Trainer quiet, on the CPU and without any limit on batches but those that it sets.

    Raises:
        RuntimeError: another body is running; what two of them left would be a mixture.
    """
    global _body, _home
    if not _alone.acquire(blocking=False):
        raise RuntimeError("another check is running.")
    with contextlib.ExitStack() as stack:
        stack.callback(_alone.release)
        _body, _home = object(), Path.cwd()
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        stack.enter_context(contextlib.chdir(stack.enter_context(folder)))
        stack.callback(os.environ.update, os.environ.copy())
        stack.callback(os.environ.clear)
        for name in [name for name in os.environ if name.startswith("PL_")]:
            del os.environ[name]
        os.environ.update(_ENVIRONMENT)
        _silence(stack)
        for name in ("argv", "path", "dont_write_bytecode"):
            stack.callback(setattr, sys, name, getattr(sys, name))
        stack.callback(sys.modules.__setitem__, "__main__", sys.modules["__main__"])
        if wandb := sys.modules.get("wandb"):  # its functions and its open run
            stack.callback(put_back, wandb, vars(wandb).copy())
        stack.callback(random.setstate, random.getstate())
        stack.callback(np.random.set_state, np.random.get_state())
        devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else []
        stack.enter_context(torch.random.fork_rng(devices))
        for state, switch, expected in _SWITCHES:
            stack.callback(switch, state())
            switch(expected)
        stack.enter_context(originals())  # tidying up needs them, too
        seed(0)
        try:
            yield
        finally:
            _body = _home = None


def home() -> Path:
    """The folder that the notebook works in: a check itself works in an empty one."""
    return _home or Path.cwd()


@contextlib.contextmanager
def undone(undo: Callable[..., object], *arguments: Any) -> Iterator[None]:
    """Undo something in the end, unless the body of `isolated` that this began in is over.

    A thread that was given up may get to its end late, when everything has been put back and the
    notebook, or another check, has gone on.
    """
    body = _body
    try:
        yield
    finally:
        if body is _body:
            undo(*arguments)


@contextlib.contextmanager
def stand_in(space: Any, name: str, value: object) -> Iterator[None]:
    """Have another value in the place of what a module or a class has under a name."""
    with undone(setattr, space, name, getattr(space, name)):
        setattr(space, name, value)
        yield


def put_back(space: object, before: dict[str, Any]) -> None:
    """Give a module or a class what it had, where it has something else now, or nothing."""
    present = vars(space)
    for name, value in before.items():
        if present.get(name) is not value:
            setattr(space, name, value)


def seed(value: int) -> None:
    """Seed torch's CPU generator, numpy and random; a GPU's, which no check uses, is let alone."""
    torch.default_generator.manual_seed(value)
    np.random.seed(value)
    random.seed(value)


def replaced() -> str:
    """The built-in functions that are not Python's own any more: then no verdict can be trusted."""
    own = _ORIGINALS[0].items()
    return ", ".join(f"`{name}`" for name, kept in own if vars(builtins).get(name) is not kept)


def _silence(stack: contextlib.ExitStack) -> None:
    """Swallow what is printed, warned of, logged and, in a notebook, displayed."""
    silent = Path(os.devnull).open("w", encoding="utf-8", errors="replace")  # noqa: SIM115
    nowhere = stack.enter_context(silent)
    stack.enter_context(contextlib.redirect_stdout(nowhere))
    stack.enter_context(contextlib.redirect_stderr(nowhere))
    if "IPython" in sys.modules:
        from IPython import get_ipython
        from IPython.utils.capture import capture_output

        stack.enter_context(capture_output(stdout=False, stderr=False, display=True))
        if shell := get_ipython():  # a widget, such as Rich's bar, tells it what it answers
            shell.display_pub.set_parent = lambda parent: None
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        stack.callback(_close_all_but, pyplot, pyplot.get_fignums())
    stack.enter_context(warnings.catch_warnings())
    warnings.simplefilter("ignore")
    root = logging.root
    stack.callback(setattr, root, "handlers", root.handlers[:])
    stack.callback(root.setLevel, root.level)
    stack.callback(logging.disable, root.manager.disable)
    logging.disable(logging.CRITICAL)


def _close_all_but(pyplot: Any, figures: list[int]) -> None:
    for number in set(pyplot.get_fignums()) - set(figures):
        pyplot.close(number)


def _restore(functions: list[dict[str, Any]]) -> None:
    for space, wanted, present in zip(_NAMESPACES, functions, _functions(), strict=True):
        put_back(space, wanted)
        if isinstance(space, type):  # what is put into a class may hide what it inherits
            for name in present.keys() - wanted.keys():
                delattr(space, name)
