"""Kaggle's own client: its code validates what was built, and sends it.

When it is imported, the client looks for credentials, and says much where there are none. Building
needs none: validation is a process of its own which finds neither credentials nor Kaggle.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

DATASET = "dataset"  # the folder of the data set, among those of the kernels
KERNEL = "kernel-metadata.json"
WAIT = 300  # seconds that Kaggle may take to unpack a data set

_NOT_INSTALLED = (
    "Kaggle's client is not installed, or older than 2.2.4; "
    "`pip install -c constraints.txt -e '.[publish]'` does it."
)
_SIGN_IN = (
    "Kaggle does not know you yet. Run `kaggle auth login`; or create a token at "
    "https://www.kaggle.com/settings, and put it into ~/.kaggle/access_token or the environment's "
    "KAGGLE_API_TOKEN."
)


def validate(folder: Path) -> None:
    """Have the client look at the metadata of all folders, as it does before it sends them.

    Raises:
        ValueError: with the client's own words on what is wrong.
    """
    with tempfile.TemporaryDirectory() as nowhere:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("KAGGLE_")}
        environment |= dict.fromkeys(("HOME", "USERPROFILE", "XDG_CONFIG_HOME"), nowhere)
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(folder)],
            env=environment,
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise ValueError(done.stderr.strip().splitlines()[-1])


def push(folder: Path, user: str, public: bool, notes: str) -> list[str]:
    """Send the data set and then, once Kaggle has unpacked it, the kernels.

    Args:
        folder: with a folder for the data set and one for each kernel.
        user: who has to be signed in.
        public: whether a new data set is to be seen by everybody.
        notes: on this version of the data set.

    Returns:
        The addresses of the kernels.

    Raises:
        ValueError: nobody, or somebody else, is signed in; or Kaggle refused something.
        OSError: Kaggle does not answer, or answers with an error.
    """
    api = _signed_in(user)
    dataset = _send_dataset(api, folder / DATASET, public, notes)
    _wait_for(api, dataset)
    return [_send_kernel(api, path.parent) for path in sorted(folder.glob(f"*/{KERNEL}"))]


def _signed_in(user: str) -> Any:
    with contextlib.redirect_stdout(io.StringIO()):  # long instructions
        api = _api_class()()
        try:
            api.authenticate()
        except SystemExit:
            raise ValueError(_SIGN_IN) from None
    known = api.get_config_value(api.CONFIG_NAME_USER)
    if known != user:
        raise ValueError(f"You are signed in to Kaggle as {known!r}, not as {user!r}.")
    return api


def _send_dataset(api: Any, folder: Path, public: bool, notes: str) -> str:
    from requests import HTTPError

    name = json.loads((folder / "dataset-metadata.json").read_text("utf-8"))["id"]
    try:
        api.dataset_status(name)
    except HTTPError as error:
        if getattr(error.response, "status_code", None) not in (403, 404):  # it is not there
            raise
        answer = api.dataset_create_new(str(folder), public=public, quiet=True)
    else:
        answer = api.dataset_create_version(str(folder), notes, quiet=True)
    if answer.error:
        raise ValueError(f"Kaggle refused the data set: {answer.error}")
    return str(name)


def _wait_for(api: Any, dataset: str) -> None:
    until = time.monotonic() + WAIT
    while (status := str(api.dataset_status(dataset))) != "ready":
        if status == "error" or time.monotonic() > until:
            raise ValueError(f"The data set {dataset} is not ready: Kaggle says {status!r}.")
        time.sleep(5)


def _send_kernel(api: Any, folder: Path) -> str:
    answer = api.kernels_push(str(folder))
    lacking = [*(answer.invalidDatasetSources or []), *(answer.invalidCompetitionSources or [])]
    if answer.error:
        raise ValueError(f"Kaggle refused {folder.name}: {answer.error}")
    if lacking:
        raise ValueError(
            f"Kaggle took {folder.name}, but not its input {', '.join(lacking)}; accept the rules "
            "of a competition on its page first."
        )
    return str(answer.url)


def _api_class() -> Any:
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            from kaggle.api.kaggle_api_extended import KaggleApi
    except (ModuleNotFoundError, SystemExit):  # older ones exit, as long as nobody is signed in
        raise ValueError(_NOT_INSTALLED) from None
    return KaggleApi


class _Sending(Exception):
    """The client found nothing wrong, and was about to send."""


def _look(folder: Path) -> None:
    """Go the client's own way up to where it would turn to Kaggle."""

    class Unsent(_api_class()):  # type: ignore[misc]
        def build_kaggle_client(self) -> Any:
            raise _Sending

    api = Unsent()
    api.config_values = {api.CONFIG_NAME_USER: ""}
    _until_sending(folder / DATASET, lambda path: api.dataset_create_new(path, quiet=True))
    for path in sorted(folder.glob(f"*/{KERNEL}")):
        _until_sending(path.parent, api.kernels_push)


def _until_sending(folder: Path, send: Callable[[str], object]) -> None:
    told = io.StringIO()
    try:
        with contextlib.redirect_stdout(told), contextlib.suppress(_Sending):
            send(str(folder))
    except ValueError as error:
        raise ValueError(f"Kaggle's client refuses {folder.name}: {error}") from None
    if told.getvalue():
        raise ValueError(f"Kaggle's client says of {folder.name}: {told.getvalue().strip()}")


if __name__ == "__main__":
    try:
        _look(Path(sys.argv[1]))
    except ValueError as error:
        sys.exit(str(error))
