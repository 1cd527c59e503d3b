"""Fetching MNIST with torchvision, so that no network, a hanging one, or Ctrl-C leaves no trace."""

import contextlib
import io
import socket
import tempfile
import threading
import urllib.error
import urllib.request
from pathlib import Path

PATIENCE = 10.0  # seconds until a network that does not answer counts as none

_problem: str | None = None


def download_mnist(data_dir: Path) -> str | None:
    """Download MNIST's four files into `data_dir/MNIST/raw`, all or nothing.

    A failure is remembered for the life of the process: a notebook that makes ten data modules
    waits for a dead network once.

    Returns:
        None if the files are there now, otherwise why they are not, as a phrase.
    """
    global _problem
    if _problem is None:
        _problem = _try_download(data_dir)
    return _problem


def _try_download(data_dir: Path) -> str | None:
    from torchvision.datasets import MNIST

    problem = _unreachable([f"{mirror}{MNIST.resources[0][0]}" for mirror in MNIST.mirrors])
    if problem:
        return problem
    patience = socket.getdefaulttimeout()
    try:
        socket.setdefaulttimeout(PATIENCE)
        data_dir.mkdir(parents=True, exist_ok=True)
        # Into a folder of its own first: what is moved from there is whole.
        with tempfile.TemporaryDirectory(dir=data_dir, prefix=".download-") as partial:
            print("Downloading MNIST (11 MB) …")
            with contextlib.redirect_stderr(io.StringIO()):
                raw = Path(MNIST(partial, download=True).raw_folder)
            (data_dir / "MNIST" / "raw").mkdir(parents=True, exist_ok=True)
            for file in raw.glob("*-ubyte"):
                file.replace(data_dir / "MNIST" / "raw" / file.name)
    except (OSError, RuntimeError) as error:  # torchvision raises RuntimeError for a bad checksum
        return f"{type(error).__name__}: {error}"
    finally:
        socket.setdefaulttimeout(patience)
    return None


def _unreachable(urls: list[str]) -> str | None:
    """Ask each address in turn; None as soon as one answers, else the last problem.

    In a thread, because looking up a name has no time limit of its own.
    """
    problems = [f"no answer within {PATIENCE:g} s"]
    answered = threading.Event()
    finished = threading.Event()

    def ask() -> None:
        for url in urls:
            try:
                request = urllib.request.Request(url, method="HEAD")
                with urllib.request.urlopen(request, timeout=PATIENCE):
                    answered.set()
                    break
            except (OSError, ValueError) as error:
                problems.append(f"no network: {getattr(error, 'reason', error)}")
        finished.set()

    threading.Thread(target=ask, daemon=True).start()
    finished.wait(PATIENCE)
    return None if answered.is_set() else problems[-1]
