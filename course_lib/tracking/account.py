"""Log in to W&B with the key that is there, or go offline, and never show the key.

The key stays where it was found, or in the memory of this process. It is no argument of a command,
is written to no file, and no message quotes it: services are named by the type of their error.
"""

import configparser
import importlib
import io
import netrc
import os
import re
import socket
import sys
import textwrap
import threading
import urllib.request
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

_KEY = "WANDB_API_KEY"
_MODE = "WANDB_MODE"
_SERVER = "https://api.wandb.ai"
_OFFLINE = "W&B: offline. Runs stay on this machine; `wandb sync` uploads them."
_MODES = ("online", "offline", "dryrun", "disabled")
_LONGEST_LINE = 159

_went_offline = False  # by our own decision, which the next call may revise


class _Search(NamedTuple):
    key: str  # empty if there is none
    place: str
    refused: list[str]  # places with a key of no use, or that raised, and why
    empty: list[str]  # places without a key


def login(*, timeout: float = 3.0) -> Literal["online", "offline"]:
    """Find the W&B key, say in one line what that means, and never ask at the terminal.

    Looks in the environment, Kaggle's secrets, Colab's secrets, netrc and W&B's own settings, in
    this order. A key from a secrets service is handed to the W&B client in this process's memory;
    any other stays where the client itself will find it. Without a usable key, or without a way
    to the server, `WANDB_MODE` becomes `offline`, so that a plain `WandbLogger` records offline.
    `WANDB_MODE=offline` or `disabled`, set before, is honoured whatever keys there are.

    The server is not asked whether it knows the key. Call this before the first run. Once online,
    a single run stays off the network with `WandbLogger(mode="offline")`; the client may be past
    noticing `WandbLogger(offline=True)`.

    Args:
        timeout: seconds that the server has to take a connection; after them, it is offline.

    Returns:
        `"online"` or `"offline"`; W&B switched off by `WANDB_MODE=disabled` counts as offline.
    """
    _strip_key()
    mode, line = _honour_mode() or _use_key(timeout)
    print(textwrap.shorten(line, _LONGEST_LINE, placeholder=" …"))
    return mode


def _honour_mode() -> tuple[Literal["offline"], str] | None:
    """Keep to a mode without network that somebody asked for, if somebody did."""
    if _went_offline and os.environ.get(_MODE) == "offline":
        return None
    source = f"{_MODE} says" if os.environ.get(_MODE) else "W&B's settings say"
    mode = _setting("mode")
    if mode and mode not in _MODES:
        _go_offline()
        return "offline", f"{_OFFLINE} {_MODE} is none of {', '.join(_MODES)}."
    if mode == "disabled":
        return "offline", f"W&B: disabled. Nothing is recorded. {source} so."
    return ("offline", f"{_OFFLINE} {source} so.") if mode in ("offline", "dryrun") else None


def _use_key(timeout: float) -> tuple[Literal["online", "offline"], str]:
    server = _setting("base_url") or _SERVER
    key, place, refused, empty = _find_key(server)
    if not key:
        _go_offline()
        return "offline", f"{_OFFLINE} No key in {_listed(refused + empty)}."
    if not _reachable(server, timeout):
        _go_offline()
        return "offline", f"{_OFFLINE} There is a key in {place}, but W&B cannot be reached."
    try:
        _go_online(key if place.endswith("'s secrets") else "", server)
    except Exception as error:  # the client's message might quote what it was given
        _go_offline()
        why = type(error).__name__
        return "offline", f"{_OFFLINE} The client refused the key in {place} ({why})."
    passed_by = f" Not used: {_listed(refused)}." if refused else ""
    return "online", f"W&B: online, with the key in {place}.{passed_by}"


def _find_key(server: str) -> _Search:
    refused: list[str] = []
    empty: list[str] = []
    places: dict[str, Callable[[], object]] = {
        "the environment": lambda: os.environ.get(_KEY),
        "Kaggle's secrets": _from_kaggle,
        "Colab's secrets": _from_colab,
        "netrc": lambda: _from_netrc(server),
        "W&B's settings": lambda: _file_setting("api_key"),
    }
    for place, look in places.items():
        try:
            value = look()
        except ModuleNotFoundError:  # another platform
            continue
        except Exception as error:
            refused.append(f"{place} ({type(error).__name__})")
            continue
        if value is None:
            empty.append(place)
        elif fault := _fault(value):
            refused.append(f"{place} ({fault})")
            if place == "the environment":  # the client would stumble over it
                del os.environ[_KEY]
        else:
            return _Search(str(value).strip(), place, refused, empty)
    return _Search("", "", refused, empty)


def _fault(value: object) -> str:
    """What is wrong with a key, by W&B's own rules: 40 characters after any prefix, or a JWT."""
    if not isinstance(value, str):
        return "not a text"
    key = value.strip()
    if not key:
        return "an empty key"
    if not re.fullmatch(r"[\w-]+|[\w-]+\.[\w-]+\.[\w-]+", key, re.ASCII):
        return "a key with odd characters"
    secret = key.split("-", 1)[-1]
    return "too short for a key" if "." not in key and len(secret) < 40 else ""


def _from_kaggle() -> object:
    return importlib.import_module("kaggle_secrets").UserSecretsClient().get_secret(_KEY)


def _from_colab() -> object:
    return importlib.import_module("google.colab.userdata").get(_KEY)


def _from_netrc(server: str) -> str | None:
    """The password for the server in the netrc file that the W&B client reads."""
    named = os.environ.get("NETRC")
    for name in [named] if named else ["~/.netrc", "~/_netrc"]:
        path = Path(name).expanduser()
        if path.exists():
            entry = netrc.netrc(path).authenticators(urlsplit(server).netloc)
            return entry[2] if entry else None
    return None


def _setting(name: str) -> str | None:
    return os.environ.get(f"WANDB_{name.upper()}") or _file_setting(name)


def _file_setting(name: str) -> str | None:
    """What `wandb login --host` or `wandb offline` left; the project's file before the user's."""
    user = Path(os.environ.get("WANDB_CONFIG_DIR") or "~/.config/wandb").expanduser()
    project = Path(os.environ.get("WANDB_DIR") or ".") / "wandb"
    parser = configparser.ConfigParser(interpolation=None)
    with suppress(configparser.Error, OSError, UnicodeDecodeError):
        parser.read([user / "settings", project / "settings"], encoding="utf-8")
    return parser.get("default", name, fallback=None)


def _strip_key() -> None:
    """Take stray blanks off the key in the environment: they stop the client, offline too."""
    key = os.environ.get(_KEY)
    if key is not None and key != key.strip():
        os.environ[_KEY] = key.strip()


def _go_offline() -> None:
    global _went_offline
    was, os.environ[_MODE] = os.environ.get(_MODE), "offline"
    _went_offline = True
    if was != "offline" and "wandb" in sys.modules:  # it may have read the environment already
        with suppress(Exception):  # settings that it cannot read, it names at the first run
            _tell_client(mode="offline")


def _go_online(key: str, server: str) -> None:
    """Undo our own going offline, and hand over a key that the client cannot find by itself."""
    global _went_offline
    revised, _went_offline = _went_offline, False
    if revised:
        os.environ.pop(_MODE, None)
    if key:
        _tell_client(mode="online", api_key=key, base_url=server)
    elif revised and "wandb" in sys.modules:
        _tell_client(mode="online")


def _tell_client(**values: Any) -> None:
    """Change the W&B client's settings in this process, in silence."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        import wandb

        wandb.setup(wandb.Settings(**values))


def _reachable(server: str, seconds: float) -> bool:
    """Whether the server, or the proxy in front of it, takes a connection within the time.

    In a thread, since looking up a name has no time limit of its own.
    """
    answered = threading.Event()

    def knock() -> None:
        with suppress(OSError, ValueError):
            url = urlsplit(server)
            proxy = urllib.request.getproxies().get(url.scheme)
            if proxy and not urllib.request.proxy_bypass(url.hostname or ""):
                url = urlsplit(proxy if "//" in proxy else f"//{proxy}")
            port = url.port or (80 if url.scheme == "http" else 443)
            socket.create_connection((url.hostname or "", port), timeout=seconds).close()
            answered.set()

    thread = threading.Thread(target=knock, daemon=True)
    thread.start()
    thread.join(seconds)
    return answered.is_set()


def _listed(places: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(places[:-1]), places[-1]]))
