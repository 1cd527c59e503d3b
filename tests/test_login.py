"""`login()`: which key it takes, when it goes offline, and what it never shows.

Kaggle's and Colab's services are stood in for by modules with the same interface, W&B's server by
a local socket; the W&B client itself is the real one.
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from course_lib import settings
from course_lib.tracking import account, login

KEY = "0123456789abcdef" * 3
OFFLINE = "W&B: offline. Runs stay on this machine; `wandb sync` uploads them."
PLACES = ["the environment", "Kaggle's secrets", "Colab's secrets", "netrc", "W&B's settings"]


@pytest.fixture(autouse=True)
def account_free(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without any key, whose W&B server is out of reach; all put back afterwards."""
    before = os.environ.copy()
    for name in [name for name in os.environ if name.startswith(("WANDB_", "KAGGLE_", "COLAB_"))]:
        del os.environ[name]
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    os.environ.pop("NETRC", None)
    os.environ.update(HOME=str(home), USERPROFILE=str(home), WANDB_BASE_URL=nobody())
    monkeypatch.setattr(account, "_went_offline", False)
    monkeypatch.setattr("sys.stdin", None)  # whoever asks gets an error
    yield
    if wandb := sys.modules.get("wandb"):
        wandb.teardown()  # it starts afresh, from the environment as it was
    before.pop("WANDB_SERVICE", None)  # where the service was that has just been ended
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def server() -> Iterator[str]:
    """A server that takes connections, which is all that `login` asks of it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        os.environ["WANDB_BASE_URL"] = f"http://127.0.0.1:{listening.getsockname()[1]}"
        yield os.environ["WANDB_BASE_URL"]


def nobody() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"http://127.0.0.1:{listening.getsockname()[1]}"


def kaggle(monkeypatch: pytest.MonkeyPatch, secret: Callable[[str], object]) -> None:
    module = ModuleType("kaggle_secrets")
    client = type("UserSecretsClient", (), {"get_secret": lambda self, label: secret(label)})
    module.UserSecretsClient = client  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "kaggle_secrets", module)


def colab(monkeypatch: pytest.MonkeyPatch, secret: Callable[[str], object]) -> None:
    userdata = ModuleType("google.colab.userdata")
    userdata.get = secret  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    monkeypatch.setitem(sys.modules, "google.colab.userdata", userdata)


def write_netrc(path: Path, key: str = KEY) -> None:
    host = os.environ["WANDB_BASE_URL"].partition("//")[2]
    path.write_text(f"machine {host}\n  login user\n  password {key}\n")


def write_settings(folder: Path, **values: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{name} = {value}\n" for name, value in values.items()]
    (folder / "settings").write_text("[default]\n" + "".join(lines))


def raises(error: Exception) -> Callable[[str], object]:
    def secret(label: str) -> object:
        raise error

    return secret


def line_of(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that was printed; there must be no other, on stderr neither."""
    out, err = capsys.readouterr()
    assert err == ""
    assert out.count("\n") == 1
    assert len(out) <= 160
    assert KEY not in out
    return out.strip()


def test_the_first_place_with_a_key_wins(
    home: Path,
    server: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    os.environ["WANDB_API_KEY"] = KEY
    kaggle(monkeypatch, {"WANDB_API_KEY": KEY}.get)
    colab(monkeypatch, {"WANDB_API_KEY": KEY}.get)
    write_netrc(home / ".netrc")
    write_settings(home / ".config" / "wandb", api_key=KEY)
    remove = [
        lambda: os.environ.pop("WANDB_API_KEY"),
        lambda: kaggle(monkeypatch, lambda label: None),
        lambda: colab(monkeypatch, lambda label: None),
        lambda: (home / ".netrc").unlink(),
        lambda: (home / ".config" / "wandb" / "settings").unlink(),
    ]
    for place, take_away in zip(PLACES, remove, strict=True):
        assert login() == "online"
        assert line_of(capsys) == f"W&B: online, with the key in {place}."
        assert os.environ.get("WANDB_API_KEY") in (None, KEY)
        take_away()
    assert login() == "offline"


def test_without_a_key_runs_are_offline(capsys: pytest.CaptureFixture[str]) -> None:
    assert login() == "offline"
    expected = f"{OFFLINE} No key in the environment, netrc or W&B's settings."
    assert line_of(capsys) == expected
    assert os.environ["WANDB_MODE"] == "offline"


@pytest.mark.parametrize("mode", ["offline", "dryrun", "disabled"])
def test_a_mode_that_was_asked_for_is_kept_whatever_keys_there_are(
    mode: str, server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    os.environ.update(WANDB_MODE=mode, WANDB_API_KEY=KEY)
    assert login() == "offline"
    line = line_of(capsys)
    assert line.endswith("WANDB_MODE says so.")
    assert line.startswith("W&B: disabled." if mode == "disabled" else OFFLINE)
    assert os.environ["WANDB_MODE"] == mode


def test_a_mode_that_is_none_means_offline_and_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    os.environ.update(WANDB_MODE="ofline", WANDB_API_KEY=KEY)
    assert login() == "offline"
    assert "WANDB_MODE is none of online, offline" in line_of(capsys)
    assert os.environ["WANDB_MODE"] == "offline"


def test_a_key_is_no_argument() -> None:
    with pytest.raises(TypeError, match="positional"):
        login(KEY)  # type: ignore[misc]


@pytest.mark.parametrize("folder", [".config/wandb", "wandb"])
def test_the_command_wandb_offline_is_kept_to(
    folder: str, home: Path, server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_settings(home / folder, mode="offline")
    os.environ["WANDB_API_KEY"] = KEY
    assert login() == "offline"
    assert line_of(capsys) == f"{OFFLINE} W&B's settings say so."


def test_a_mode_of_online_needs_a_key_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    os.environ["WANDB_MODE"] = "online"
    assert login() == "offline"
    assert os.environ["WANDB_MODE"] == "offline"


def test_a_server_out_of_reach_means_offline(capsys: pytest.CaptureFixture[str]) -> None:
    os.environ["WANDB_API_KEY"] = KEY
    assert login() == "offline"
    why = "There is a key in the environment, but W&B cannot be reached."
    assert line_of(capsys) == f"{OFFLINE} {why}"
    assert os.environ["WANDB_MODE"] == "offline"


def test_a_network_that_never_answers_does_not_hang(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: released.wait() and [])
    os.environ["WANDB_API_KEY"] = KEY
    assert login(timeout=0.1) == "offline"
    released.set()
    assert "cannot be reached" in line_of(capsys)


def test_a_server_behind_a_proxy_counts_as_reachable(
    server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    os.environ.update(
        WANDB_API_KEY=KEY, http_proxy=server, WANDB_BASE_URL="http://wandb.invalid", no_proxy=""
    )
    assert login() == "online"


@pytest.mark.parametrize("base_url", ["http://[", "no url", "http://host:port"])
def test_an_impossible_server_is_out_of_reach(
    base_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    os.environ.update(WANDB_API_KEY=KEY, WANDB_BASE_URL=base_url)
    assert login() == "offline"
    assert "cannot be reached" in line_of(capsys)


class BackendError(Exception):
    """As Kaggle raises it for a missing secret."""


class SecretNotFoundError(Exception):
    """As Colab raises it."""


@pytest.mark.parametrize(
    "error", [BackendError(f"no {KEY}"), ConnectionError("no internet"), KeyError("TOKEN")]
)
def test_a_service_that_raises_is_named_and_passed_by(
    error: Exception,
    home: Path,
    server: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kaggle(monkeypatch, raises(error))
    why = f"Kaggle's secrets ({type(error).__name__})"
    assert login() == "offline"
    where = f"{why}, the environment, netrc or W&B's settings"
    assert line_of(capsys) == f"{OFFLINE} No key in {where}."
    write_netrc(home / ".netrc")
    assert login() == "online"
    assert line_of(capsys) == f"W&B: online, with the key in netrc. Not used: {why}."


def test_colab_without_the_secret_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    colab(monkeypatch, raises(SecretNotFoundError("WANDB_API_KEY")))
    assert login() == "offline"
    assert "Colab's secrets (SecretNotFoundError)" in line_of(capsys)


@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("", "an empty key"),
        (" \n", "an empty key"),
        ("secret!" * 8, "a key with odd characters"),
        ("se cret" * 8, "a key with odd characters"),
        ("sécret" * 8, "a key with odd characters"),
        ("secret", "too short for a key"),
        ("local-" + "secret" * 6, "too short for a key"),
    ],
)
def test_a_malformed_key_gets_a_word_and_is_never_quoted(
    key: str, word: str, home: Path, server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    os.environ["WANDB_API_KEY"] = key
    write_netrc(home / ".netrc")
    assert login() == "online"
    line = line_of(capsys)
    assert line == f"W&B: online, with the key in netrc. Not used: the environment ({word})."
    assert "WANDB_API_KEY" not in os.environ  # the client would take it, and fail


@pytest.mark.parametrize(
    "key",
    [KEY, f"local-{KEY}", f"{KEY}.{KEY}.{KEY}", f"wandb_v1_{KEY}"],
    ids=["plain", "own server", "JWT", "v1"],  # pytest puts them into the environment
)
def test_every_kind_of_key_that_the_client_takes_is_taken(
    key: str, server: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kaggle(monkeypatch, lambda label: f" {key}\n")
    assert login() == "online"
    assert key not in "".join(f"{name}={value}" for name, value in os.environ.items())


def test_blanks_around_the_key_in_the_environment_are_taken_off(
    server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    os.environ["WANDB_API_KEY"] = f" {KEY}\n"
    assert login() == "online"
    assert os.environ["WANDB_API_KEY"] == KEY


def test_a_secret_that_is_no_text_is_no_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kaggle(monkeypatch, lambda label: 7)
    assert login() == "offline"
    assert "Kaggle's secrets (not a text)" in line_of(capsys)


def test_netrc_is_the_file_that_the_client_reads(
    home: Path, server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    os.environ["NETRC"] = str(home / "elsewhere")
    write_netrc(home / ".netrc")
    assert login() == "offline"
    write_netrc(home / "elsewhere")
    assert login() == "online"
    os.environ["WANDB_BASE_URL"] = nobody()  # another host's key is none
    assert login() == "offline"
    assert "No key in" in capsys.readouterr().out.splitlines()[-1]


def test_the_server_is_the_one_of_wandb_login_host(
    home: Path, server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_netrc(home / ".netrc")
    del os.environ["WANDB_BASE_URL"]
    write_settings(home / ".config" / "wandb", base_url=server)
    assert login() == "online"


def test_a_broken_netrc_is_not_quoted(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / ".netrc").write_text(KEY)
    assert login() == "offline"
    assert "netrc (NetrcParseError)" in line_of(capsys)


def test_a_key_that_the_client_refuses_is_not_quoted(
    server: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kaggle(monkeypatch, lambda label: KEY)
    os.environ["WANDB_BASE_URL"] = server.replace("http", "ftp")
    assert login() == "offline"
    assert "The client refused the key in Kaggle's secrets" in line_of(capsys)


def test_a_second_call_says_the_same(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert [login(), login()] == ["offline", "offline"]
    first, second = capsys.readouterr().out.splitlines()
    assert first == second
    os.environ["WANDB_API_KEY"] = KEY
    assert [login(), login()] == ["online", "online"]
    first, second = capsys.readouterr().out.splitlines()
    assert first == second


def test_a_key_that_comes_later_ends_going_offline(
    server: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert login() == "offline"
    os.environ["WANDB_API_KEY"] = KEY
    assert login() == "online"
    assert "WANDB_MODE" not in os.environ
    os.environ["WANDB_MODE"] = "disabled"
    assert login() == "offline"
    assert os.environ["WANDB_MODE"] == "disabled"


def test_runs_of_this_process_follow_the_latest_call(
    home: Path, server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import wandb

    os.environ["WANDB_SILENT"] = "true"
    for key, mode in [(None, "offline"), (KEY, "online"), (None, "offline")]:
        os.environ.pop("WANDB_API_KEY", None)
        if key:
            os.environ["WANDB_API_KEY"] = key
        assert login() == mode
        assert wandb.setup().settings.mode == mode
    capsys.readouterr()


def test_a_test_run_and_a_student_without_key_read_the_same_first_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    login()
    os.environ["WANDB_MODE"] = "dryrun"
    login()
    student, tests = capsys.readouterr().out.splitlines()
    assert student.startswith(OFFLINE)
    assert tests.startswith(OFFLINE)


def test_importing_tracking_costs_no_framework() -> None:
    code = (
        "import sys, course_lib.tracking;"
        "print([m for m in ('wandb', 'pandas', 'numpy', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_platform_is_known_by_its_environment() -> None:
    assert settings.platform() == "local"
    os.environ["COLAB_RELEASE_TAG"] = "release-colab"
    assert settings.platform() == "colab"
    os.environ["KAGGLE_KERNEL_RUN_TYPE"] = "Interactive"
    assert settings.platform() == "kaggle"
