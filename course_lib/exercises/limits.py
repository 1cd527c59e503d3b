"""Bounded in time: somebody else's code runs in a thread, which can be given up.

This is one way for Linux, macOS and Windows, and needs no signals: when the time is up the
interpreter raises SystemExit in the thread, which no `except Exception` catches, and raises it
again and again, since an `except:` does. A thread that outlives that (it waits in a call into C,
say) is left behind, as a daemon. What no thread can end is an endless call into C that keeps the
interpreter's lock, such as `sum(itertools.count())`: then `course check` and `course watch` end
the whole kernel.
"""

import ctypes
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from threading import Thread
from typing import Generic, TypeVar

from course_lib.exercises.inspection import is_own

T = TypeVar("T")

PATIENCE = 1.0  # seconds in which an overdue thread should go
_raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc


class TimeLimitReached(Exception):
    """The time was up before the end was reached."""


class _Worker(Thread, Generic[T]):
    """Calls a body once; `inside` tells when SystemExit may be raised in it, and no later."""

    def __init__(self, body: Callable[[], T]) -> None:
        super().__init__(daemon=True)
        self.body = body
        self.inside = False
        self.result: Future[T] = Future()

    def run(self) -> None:
        try:
            try:
                self.inside = True
                value = self.body()
            finally:
                self.inside = False
                time.sleep(0)  # what was raised just before comes here, at the latest
        except BaseException as error:
            self.result.set_exception(error)
        else:
            self.result.set_result(value)


def run(body: Callable[[], T], seconds: float) -> T:
    """Return what `body` returns, and stop the student's threads that are still at work then.

    Raises:
        TimeLimitReached: it did not return in time.
    """
    before = threading.enumerate()
    worker = _Worker(body)
    worker.start()
    try:
        wait([worker.result], seconds)
    finally:  # also when Ctrl-C ends the wait
        in_time = worker.result.done()
        started = [thread for thread in threading.enumerate() if thread not in before]
        late = [t for t in started if any(_own_frames(t)) or (t is worker and not in_time)]
        _stop(late, worker)
    if not in_time:
        raise TimeLimitReached
    return worker.result.result()


def _stop(running: list[Thread], worker: _Worker[T]) -> None:
    """Raise SystemExit in threads until they end, at best in a line of the student's own.

    In a library's it could come just after a lock was taken, which then stays locked for good: so
    there it comes seldom, and after the first there is time to clean up.
    """
    end, interval, pause = time.monotonic() + PATIENCE, sys.getswitchinterval(), 0.1
    sys.setswitchinterval(1e-5)  # so that it comes at ever other places of a loop
    try:
        while running and time.monotonic() < end:
            in_own_line = [thread for thread in running if next(_own_frames(thread), False)]
            for thread in in_own_line or running:
                ident, error = ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit)
                if thread is not worker or worker.inside:  # no other thread runs in between
                    _raise_in(ident, error)
            running[0].join(pause)
            pause = 1e-4 if in_own_line else 0.1
            running = [thread for thread in running if thread.is_alive()]
    finally:
        sys.setswitchinterval(interval)


def _own_frames(thread: Thread) -> Iterator[bool]:
    """For each frame of a thread, from the innermost, whether its code is the student's own."""
    frame = sys._current_frames().get(thread.ident or 0)
    while frame is not None:
        yield is_own(frame.f_code.co_filename)
        frame = frame.f_back
