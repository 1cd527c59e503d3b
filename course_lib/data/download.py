"""Fetching MNIST with torchvision, so that no network, a hanging one, or Ctrl-C leaves no trace."""

import contextlib
import io
import queue
import socket
import tempfile
import threading
import time
import urllib.request
from http.client import HTTPException
from pathlib import Path

IDX_FOLDER = Path("MNIST") / "raw"  # where torchvision puts the files, below a data folder
PATIENCE = 10.0  # seconds until a network that does not answer counts as none

_problems: dict[Path, str] = {}


def download_mnist(data_dir: Path) -> str | None:
    """Download MNIST's four files into `data_dir/MNIST/raw`, all or nothing.

    A failure is remembered per folder, for the life of the process: a notebook that makes ten data
    modules waits for a dead network once.

    Returns:
        None if the files are there now, otherwise why they are not, as a phrase.
    """
    if data_dir not in _problems:
        problem = _try_download(data_dir)
        if problem is None:
            return None
        _problems[data_dir] = problem
    return _problems[data_dir]


def _try_download(data_dir: Path) -> str | None:
    from torchvision.datasets import MNIST

    mirror, problem = _first_to_answer(MNIST.mirrors, MNIST.resources[0][0])
    if mirror is None:
        return problem
    answering = type("MNIST", (MNIST,), {"mirrors": [mirror]})
    patience = socket.getdefaulttimeout()
    try:
        socket.setdefaulttimeout(PATIENCE)
        data_dir.mkdir(parents=True, exist_ok=True)
        # Into a folder of its own first: what is moved from there is whole.
        with tempfile.TemporaryDirectory(dir=data_dir, prefix=".download-") as partial:
            print("Downloading MNIST (11 MB) …")
            with contextlib.redirect_stderr(io.StringIO()):
                raw = Path(answering(partial, download=True).raw_folder)
            for archive in raw.glob("*.gz"):
                archive.unlink()
            _put_in_place(raw, data_dir / IDX_FOLDER)
    except (OSError, RuntimeError, HTTPException) as error:  # RuntimeError: a bad checksum
        return " ".join(f"{type(error).__name__}: {error}".split())
    finally:
        socket.setdefaulttimeout(patience)
    return None


def _put_in_place(raw: Path, target: Path) -> None:
    """Move the folder in one go; where there is one already, its files one by one."""
    target.parent.mkdir(exist_ok=True)
    if not target.exists():
        raw.replace(target)
        return
    for file in raw.iterdir():
        file.replace(target / file.name)


def _first_to_answer(mirrors: list[str], file: str) -> tuple[str | None, str]:
    """Ask all mirrors at once; the first that has the file, else None and a problem.

    In threads, because looking up a name has no time limit of its own.
    """
    answers: queue.SimpleQueue[tuple[str | None, str]] = queue.SimpleQueue()

    def ask(mirror: str) -> None:
        try:
            request = urllib.request.Request(mirror + file, method="HEAD")
            with urllib.request.urlopen(request, timeout=PATIENCE):
                answers.put((mirror, ""))
        except (OSError, ValueError, HTTPException) as error:
            answers.put((None, f"no network: {getattr(error, 'reason', error)}".strip()))

    for mirror in mirrors:
        threading.Thread(target=ask, args=(mirror,), daemon=True).start()
    problem = f"no answer within {PATIENCE:g} s"
    end = time.monotonic() + PATIENCE
    with contextlib.suppress(queue.Empty):
        for _ in mirrors:
            found, problem = answers.get(timeout=max(0.0, end - time.monotonic()))
            if found is not None:
                return found, ""
    return None, problem
