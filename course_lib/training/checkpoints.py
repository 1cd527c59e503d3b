"""A checkpoint that a command line names: is it there, whole, and of the same network?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from jsonargparse import Namespace

from course_lib.training.usage import UsageError

KEYWORDS = ("best", "last", "hpc")


def refuse_other_model(config: Namespace, given: set[str], fitting: bool) -> None:
    """Compare the checkpoint's hyperparameters with those that the command line gives.

    LightningCLI takes a model's arguments from its checkpoint, whatever the command line says: a
    test of the wrong checkpoint would look like a test of the right one, and a new learning rate
    would be dropped without a word.

    Args:
        config: of the subcommand.
        given: the keys that the command line and its files set, like `model.lr`.
        fitting: whether there is a training, which knows the last checkpoint and the best.

    Raises:
        UsageError: there is no such file, it is no checkpoint, or it is one of another model.
    """
    name = config.get("ckpt_path")
    if name is None or (fitting and name in KEYWORDS) or name.startswith("registry:"):
        return
    path = Path(name)
    if not path.is_file():
        best = "; best and last are known only after a training" if name in KEYWORDS else ""
        raise UsageError(
            f"There is no checkpoint {name!r}: name a file, like runs/…/checkpoints/….ckpt{best}."
        )
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        hparams = checkpoint["hyper_parameters"]
    except Exception as error:
        raise UsageError(
            f"{name} cannot be read as a checkpoint ({type(error).__name__}): it is truncated, or "
            "something else; take another one from the run's checkpoints/ folder."
        ) from error
    saved = dict(_flat(hparams, "model"))
    built = dict(_flat(config.model.as_dict(), "model"))
    for key in sorted(given & saved.keys() & built.keys()):
        if saved[key] != built[key]:
            raise UsageError(
                f"{name} was trained with {key}={saved[key]}, and the command line says "
                f"{built[key]}: the checkpoint's would be taken, so say the same (its run's "
                "config.yaml does), or name another checkpoint."
            )


def _flat(values: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """All values with their keys, without `init_args`; of a class the name."""
    for name, value in values.items():
        if name == "class_path" and prefix != "model":
            yield prefix, str(value).rpartition(".")[2]
        if isinstance(value, dict):
            yield from _flat(value, prefix if name == "init_args" else f"{prefix}.{name}")
        else:
            yield f"{prefix}.{name}", value
