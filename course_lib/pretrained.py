"""transformers, at arm's length: imported when it is needed, silent, clear about what is amiss."""

import contextlib
import re
import threading
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

HUB_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")
PATIENCE = 10.0  # seconds until a hub that does not answer counts as out of reach


def load(kind: str, name: str, **options: Any) -> Any:
    """Load what `transformers` has under a name, or in a local folder: a tokenizer, a model.

    The network is asked for a name that is not in the cache, and for nothing else.

    Args:
        kind: the class that loads it, like `"AutoTokenizer"`.
        name: of a model on the Hugging Face hub, or a folder that `save_pretrained` wrote.
        options: further arguments of `from_pretrained`.

    Raises:
        ModuleNotFoundError: transformers is not installed.
        ValueError: there is no such model, it cannot be fetched, or it cannot be read.
    """
    from_pretrained = getattr(transformers(), kind).from_pretrained
    folder = Path(name).expanduser()
    with quiet():
        if folder.is_dir():
            try:
                return from_pretrained(str(folder), local_files_only=True, **options)
            except Exception as error:  # a broken file fails in as many ways as there are formats
                raise ValueError(
                    f"The folder {name} cannot be read by {kind} ({_line(error)}); expected what "
                    "save_pretrained wrote, of a model and of its tokenizer."
                ) from error
        if not HUB_NAME.fullmatch(name):
            raise ValueError(f"pretrained_model is {name!r}: there is no such folder.")
        with contextlib.suppress(OSError, ValueError):  # not in the cache
            return from_pretrained(name, local_files_only=True, **options)
        try:
            _require_hub()
            return from_pretrained(name, **options)
        except (OSError, ValueError) as error:
            raise ValueError(
                f"pretrained_model is {name!r}: no folder here has that name, and it cannot be "
                f"fetched ({_line(error)}); go online, or name a local folder."
            ) from error


def transformers() -> Any:
    """Import transformers, which takes a while and is not everybody's.

    Raises:
        ModuleNotFoundError: it is not installed; says how to.
    """
    try:
        import transformers
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "Text needs the package transformers: pip install 'lightning-course-kit[text]'."
        ) from error
    return transformers


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers' progress bars, load reports and warnings off the page; not its errors."""
    logging = transformers().utils.logging
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def _require_hub() -> None:
    """Fail at once where there is no network: by itself the hub's client tries for a minute.

    In a thread, because looking up a name has no time limit of its own.
    """
    from huggingface_hub import constants

    found = [f"no answer within {PATIENCE:g} s"]

    def ask() -> None:
        try:
            request = urllib.request.Request(constants.ENDPOINT, method="HEAD")
            urllib.request.urlopen(request, timeout=PATIENCE).close()
        except HTTPError:  # whatever it answers, it is there
            found[0] = ""
        except (OSError, ValueError, HTTPException) as error:
            found[0] = f"no network: {getattr(error, 'reason', error)}"
        else:
            found[0] = ""

    if constants.HF_HUB_OFFLINE:  # the user's wish; the client says so
        return
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if found[0]:
        raise OSError(found[0])


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split()).rstrip(".")
    return text if len(text) < 200 else f"{text[:200]} …"
