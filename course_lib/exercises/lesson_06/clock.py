"""Exercise 6.8: a moment in which two processes do the same."""

import datetime
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from course_lib.exercises.sandbox import stand_in

_strftime, _localtime, _gmtime = time.strftime, time.localtime, time.gmtime


class Clock:
    """A clock that stands still, whoever asks; sleeping moves it.

    Attributes:
        now: seconds since the epoch.
    """

    def __init__(self, now: float) -> None:
        self.now = now

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Have the modules `time` and `datetime` tell this time."""
        clock = self

        class Stopped(datetime.datetime):
            @classmethod
            def now(cls, tz: Any = None) -> Any:
                return cls.fromtimestamp(clock.now, tz)

            @classmethod
            def utcnow(cls) -> Any:
                return cls.fromtimestamp(clock.now, datetime.UTC).replace(tzinfo=None)

            today = now

        with ExitStack() as stack:
            for name, instead in {
                "time": lambda: clock.now,
                "time_ns": lambda: int(clock.now * 1e9),
                "sleep": self._sleep,
                "strftime": lambda text, t=None: _strftime(text, t or _localtime(clock.now)),
                "localtime": lambda t=None: _localtime(clock.now if t is None else t),
                "gmtime": lambda t=None: _gmtime(clock.now if t is None else t),
            }.items():
                stack.enter_context(stand_in(time, name, instead))
            stack.enter_context(stand_in(datetime, "datetime", Stopped))
            yield

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def name(self) -> str:
        """The time as the name of a folder."""
        return _strftime("%Y%m%d-%H%M%S", _localtime(self.now))


@contextmanager
def nothing_there_yet() -> Iterator[None]:
    """Have nobody see a file that somebody else makes a moment later."""
    with (
        stand_in(os.path, "exists", lambda path: False),
        stand_in(Path, "exists", lambda self, **_: False),
    ):
        yield
