"""Exercise 4.1: a login that leaks nothing."""

import builtins
import getpass
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import wandb

from course_lib.exercises.answers import described, require_function
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.leaks import holds, listening, no_programs
from course_lib.exercises.sandbox import stand_in, undone

KEY = "0123456789abcdef" * 2 + "deadbeef"


class SecretError(Exception):
    """What a platform raises where a secret is missing, or where it cannot be reached."""


@exercise(
    "4.1",
    why="A key on a command line, in an output or in a file outlives the session; one in this "
    "process's environment does not.",
    hints=(
        "What if the line that asks for the key raises? A `try` around that line alone is enough, "
        "and every platform raises an error of its own.",
        "`os.environ` is a dictionary of texts. With a key two of its entries change, without one "
        "a single entry; there is nothing to call in `wandb` at all.",
    ),
)
def log_in(log_in: Any) -> None:
    """A login that leaks nothing."""
    require_function(log_in, "log_in")
    home = Path.cwd().resolve()
    for mode in (None, "dryrun"):
        require_login(Visit(home, log_in, lambda: KEY, mode), mode)
    for what, secret in NO_KEYS.items():
        require_offline(Visit(home, log_in, secret, None), what)


class Visit:
    """One call of the answer, with everything that it does to the process."""

    def __init__(
        self, home: Path, log_in: Callable[..., Any], secret: Callable[[], Any], mode: str | None
    ) -> None:
        self.asked: list[object] = []  # names that the secrets were asked for
        self.logins: list[str] = []  # what `wandb.login` was called with
        self.questions = 0  # that a human would have had to answer
        self.returned: Any = None
        self.error: Exception | None = None

        def get_secret(name: Any, *_: Any, **__: Any) -> Any:
            self.asked.append(name)
            if name != "WANDB_API_KEY":
                raise SecretError(f"No user secrets exist for {name}.")
            return secret()

        with fresh_environment(home, mode), ExitStack() as stack:
            stack.enter_context(stand_in(wandb, "login", self._login))
            stack.enter_context(stand_in(builtins, "input", self._ask))
            stack.enter_context(stand_in(getpass, "getpass", self._ask))
            shown = stack.enter_context(listening())
            self.commands = stack.enter_context(no_programs())
            try:
                self.returned = log_in(get_secret)
            except Exception as error:
                self.error = error
            self.environment = dict(os.environ)
            self.files = [path.name for path in sorted(home.rglob("*")) if holds(path, KEY)]
        self.shown = shown()

    def _login(self, key: str | None = None, *_: Any, **__: Any) -> bool:
        """What `wandb.login` does, as far as it can be done without the network."""
        self.logins.append("a key" if key else "")
        if os.environ.get("WANDB_MODE") in ("offline", "dryrun", "disabled"):
            return False
        if not (key or os.environ.get("WANDB_API_KEY")):
            self._ask()
        return True

    def _ask(self, *_: Any, **__: Any) -> str:
        self.questions += 1
        raise EOFError("There is nobody to answer.")


def missing() -> str:
    """A secret that is not there."""
    raise SecretError("No user secrets exist for WANDB_API_KEY.")


def unreachable() -> str:
    """A service that does not answer."""
    raise ConnectionError("The secrets cannot be reached.")


NO_KEYS: dict[str, Callable[[], Any]] = {
    "raises an error of Kaggle's": missing,
    "raises a ConnectionError": unreachable,
    "returns an empty text": lambda: "",
    "returns None": lambda: None,
}


def require_login(visit: Visit, mode: str | None) -> None:
    """Refuse what does not log in with the key, or lets it out."""
    with rule("f"):
        for command in visit.commands:
            require(
                KEY not in command,
                "The key is on a command line, where every process of the machine can read it. "
                "Hand it over within this process.",
            )
            refuse(f"It starts a program, `{command:.60}`, and needs none.")
    require_asked(visit)
    if visit.error is not None:
        raise visit.error
    with rule("a"):
        require(bool(visit.asked), "`get_secret` is never asked for the key.")
    with rule("f"):
        require(
            KEY not in visit.shown,
            "The key is shown: printed, logged or in a warning. A notebook keeps its outputs when "
            "it is saved and shared.",
        )
    with rule("b"):
        require(
            "a key" not in visit.logins,
            "`wandb.login(key=…)` also writes the key into the file `.netrc` in your home, where "
            "it stays. Set the environment variable, and W&B finds it by itself.",
        )
        require(
            not visit.files,
            f"The key is written into a file, {', '.join(visit.files)}: it is still there when the "
            "session is over.",
        )
        require_environment(visit.environment)
    with rule("c"):
        found = visit.environment.get("WANDB_MODE")
        online = found in (None, "online")
        require(
            online or mode is not None,
            f"There is a key, but WANDB_MODE is {found!r:.40} afterwards; expected 'online'.",
        )
        require(
            online,
            f"WANDB_MODE was {mode!r} before, which an offline logger leaves behind, and is "
            f"{found!r:.40} afterwards: with a key, set it to 'online'.",
        )
    require_word(visit, "online")


def require_asked(visit: Visit) -> None:
    """Refuse to ask for other secrets."""
    with rule("a"):
        for name in visit.asked:
            require(
                name == "WANDB_API_KEY",
                f"`get_secret` is asked for {name!r:.60}; the one secret is 'WANDB_API_KEY'.",
            )


def require_environment(environment: dict[str, str]) -> None:
    """Refuse an environment that does not hold the key in one place."""
    places = [name for name, value in environment.items() if KEY in value]
    found = environment.get("WANDB_API_KEY", "")
    require(
        bool(places) or not found,
        f"WANDB_API_KEY is {found!r:.40} afterwards, and not what `get_secret` returned.",
    )
    require(
        bool(places),
        "The key is nowhere in `os.environ` afterwards, so W&B would not find it.",
    )
    require(
        "WANDB_API_KEY" in places,
        f"The key is in the variable {places[0]!r:.40}; W&B looks for it in WANDB_API_KEY.",
    )
    require(
        found == KEY,
        "WANDB_API_KEY holds the key and something else besides; expected what `get_secret` "
        "returned and nothing around it.",
    )
    require(
        len(places) == 1,
        f"The key is in {' and '.join(sorted(places))}: one place is enough, and one less to "
        "forget.",
    )


def require_offline(visit: Visit, what: str) -> None:
    """Refuse what does not go on without a key."""
    require_asked(visit)
    case = f"Where `get_secret` {what},"
    with rule("d"):
        require(
            not visit.questions,
            f"{case} a human is asked for the key; a run over night would wait for an answer. Go "
            "offline without a question.",
        )
        if visit.error is not None:
            refuse(
                f"{case} `log_in` raises {type(visit.error).__name__}; expected that it goes "
                "offline, whatever the error is."
            )
        found = visit.environment.get("WANDB_MODE")
        require(
            found != "disabled",
            f"{case} WANDB_MODE is 'disabled', where W&B keeps nothing at all; `offline` keeps the "
            "run on the disk.",
        )
        require(
            found == "offline",
            f"{case} WANDB_MODE is {found!r:.40}; expected 'offline', or the first run asks for a "
            "key.",
        )
    require_word(visit, "offline")


def require_word(visit: Visit, word: str) -> None:
    """Refuse another word than the one that says how W&B runs now."""
    found = visit.returned
    with rule("f"):
        require(
            not (isinstance(found, str) and KEY in found),
            "`log_in` returns the key; as the last line of a cell it would be shown below it.",
        )
    with rule("e"):
        require(
            isinstance(found, str),
            f"`log_in` returns {described(found)}; expected the text {word!r} here.",
        )
        require(found == word, f"`log_in` returns {found!r:.40}; expected {word!r} here.")


@contextmanager
def fresh_environment(home: Path, mode: str | None) -> Iterator[None]:
    """Have another home, and W&B's variables unset but for its mode."""
    with undone(os.environ.update, os.environ.copy()), undone(os.environ.clear):
        for name in [name for name in os.environ if name.startswith("WANDB_")]:
            del os.environ[name]
        os.environ.update(HOME=str(home), USERPROFILE=str(home), NETRC=str(home / ".netrc"))
        if mode is not None:
            os.environ["WANDB_MODE"] = mode
        yield
