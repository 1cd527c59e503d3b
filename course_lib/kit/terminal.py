"""The terminal: single key presses, and a screen that is drawn over."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator

Keys = Callable[[], str]


def is_live() -> bool:
    """Whether somebody sits at a terminal that can be drawn over."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def has_colours() -> bool:
    """Whether colours are welcome; see no-color.org."""
    return is_live() and not os.environ.get("NO_COLOR")


def draw(text: str) -> None:
    """Show a text instead of what the terminal shows, line by line: nothing flickers."""
    lines = "".join(f"\x1b[K{line}\n" for line in text.splitlines())
    sys.stdout.write(f"\x1b[H{lines}\x1b[J")
    sys.stdout.flush()


@contextlib.contextmanager
def keys() -> Iterator[Keys]:
    """Give what tells the keys pressed since it was last asked; the terminal is restored after.

    Without a terminal there are no keys.
    """
    if not is_live():
        yield lambda: ""
    elif sys.platform == "win32":
        os.system("")  # switches escape sequences on
        yield _windows_keys
    else:
        import termios
        import tty

        terminal = sys.stdin.fileno()
        before = termios.tcgetattr(terminal)
        try:
            tty.setcbreak(terminal)
            yield _posix_keys
        finally:
            with contextlib.suppress(termios.error):  # the terminal has been closed
                termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _windows_keys() -> str:
    if sys.platform != "win32":  # for mypy
        return ""
    import msvcrt

    pressed = ""
    while msvcrt.kbhit():
        pressed += msvcrt.getwch()
    return pressed


def _posix_keys() -> str:
    import select

    terminal = sys.stdin.fileno()
    if not select.select([terminal], [], [], 0)[0]:
        return ""
    pressed = os.read(terminal, 1024)
    if not pressed:  # the terminal has been closed
        return "q"
    return "" if pressed.startswith(b"\x1b") else pressed.decode(errors="ignore")  # no arrows
