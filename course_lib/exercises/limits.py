"""Bounded in time: somebody else's code runs in a thread, which can be given up.

This is one way for Linux, macOS and Windows, and needs no signals: when the time is up the
interpreter raises `Stopped` in the thread, again and again, since an `except:` may swallow it.
A thread that outlives that (it waits in a call into C, say) is left behind, as a daemon. What no
thread can end is an endless call into C that keeps the interpreter's lock, such as
`sum(itertools.count())`: `course check` and `course watch` end the whole kernel then.
"""

import ctypes
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from threading import Thread
from typing import TypeVar

from course_lib.exercises.inspection import is_own

T = TypeVar("T")

PATIENCE = 1.0  # seconds in which an overdue thread should go
_raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc


class Stopped(SystemExit):
    """Ends a thread, past any `except Exception`; a SystemExit, so it does so without a word."""


class TimeLimitReached(Exception):
    """The time was up before the end was reached."""


def run(body: Callable[[], T], seconds: float) -> T:
    """Return what `body` returns, and stop the student's threads that are still at work then.

    Raises:
        TimeLimitReached: it did not return in time.
    """
    result: Future[T] = Future()

    def work() -> None:
        try:
            result.set_result(body())
        except BaseException as error:
            result.set_exception(error)

    before = threading.enumerate()
    worker = Thread(target=work, daemon=True)
    worker.start()
    try:
        wait([result], seconds)
    finally:  # also when Ctrl-C ends the wait
        in_time = result.done()
        started = [thread for thread in threading.enumerate() if thread not in before]
        _stop(t for t in started if _runs_own_code(t) or (t is worker and not in_time))
    if not in_time:
        raise TimeLimitReached
    return result.result()


def _stop(threads: Iterable[Thread]) -> None:
    running, end = list(threads), time.monotonic() + PATIENCE
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that `Stopped` arrives at ever other places of a loop
    try:
        while running and time.monotonic() < end:
            for thread in running:
                _raise_in(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Stopped))
            running[0].join(1e-4)
            running = [thread for thread in running if thread.is_alive()]
    finally:
        sys.setswitchinterval(interval)


def _runs_own_code(thread: Thread) -> bool:
    """Whether the student's own code is on a thread's stack, not a library's alone."""
    frame = sys._current_frames().get(thread.ident or 0)
    while frame is not None and not is_own(frame.f_code.co_filename):
        frame = frame.f_back
    return frame is not None
