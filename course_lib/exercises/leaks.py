"""What an answer lets out while it is checked: what it shows, starts and writes."""

import logging
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

from course_lib.exercises.sandbox import originals, undone

_STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.forkpty")
_watched: dict[int, list[str]] = {}


@contextmanager
def listening() -> Iterator[Callable[[], str]]:
    """Hear what is printed, logged and warned of; ask for it afterwards."""
    heard = StringIO()
    handler, root = logging.StreamHandler(heard), logging.root
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(heard))
        stack.enter_context(redirect_stderr(heard))
        warned = stack.enter_context(warnings.catch_warnings(record=True)) or []
        warnings.simplefilter("always")
        stack.callback(root.removeHandler, handler)
        stack.callback(root.setLevel, root.level)
        stack.callback(logging.disable, root.manager.disable)
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        logging.disable(logging.NOTSET)
        with undone(_close, stack.pop_all()):
            yield lambda: heard.getvalue() + "".join(str(each.message) for each in warned)


def _close(stack: ExitStack) -> None:
    with originals():  # logging keeps its lock if it fails here
        stack.close()


@contextmanager
def no_programs() -> Iterator[list[str]]:
    """Keep this thread from starting programs; yields the command lines that it tried."""
    _hook()
    commands: list[str] = []
    _watched[threading.get_ident()] = commands
    try:
        yield commands
    finally:
        del _watched[threading.get_ident()]


@cache
def _hook() -> None:
    """Python tells an audit hook of each program before it is started, and of much else."""

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in _STARTS and (commands := _watched.get(threading.get_ident())) is not None:
            commands.append(_command(args))
            raise PermissionError("No program is started while an answer is checked.")

    sys.addaudithook(hook)


def _command(args: tuple[Any, ...]) -> str:
    """The command line: one text, or a list of its parts, wherever it stands among `args`."""
    for value in args:
        if isinstance(value, list | tuple):
            return subprocess.list2cmdline([os.fsdecode(part) for part in value])
    return " ".join(os.fsdecode(value) for value in args if isinstance(value, str | bytes))


def holds(path: Path, secret: str) -> bool:
    """Whether a file holds the secret."""
    with suppress(OSError):
        return path.is_file() and secret.encode() in path.read_bytes()
    return False
