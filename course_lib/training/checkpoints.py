"""A checkpoint that a command line names: is it there, whole, and of the same network?"""

from pathlib import Path
from typing import Any

import torch
from jsonargparse import Namespace

from course_lib.training.usage import LINKED, UsageError

KEYWORDS = ("best", "last", "hpc")


def refuse_other_model(config: Namespace) -> None:
    """Compare the checkpoint's network with the one that the command line builds.

    LightningCLI takes a model's arguments from its checkpoint, whatever the command line says, so
    that a test of the wrong checkpoint would look like a test of the right one.

    Args:
        config: of the subcommand.

    Raises:
        UsageError: there is no such file, it is no checkpoint, or it is one of another network.
    """
    name = config.get("ckpt_path")
    if not name or name in KEYWORDS or name.startswith("registry:"):
        return
    path = Path(name)
    if not path.is_file():
        raise UsageError(
            f"There is no checkpoint {name}: name a file, like runs/…/checkpoints/….ckpt, or best."
        )
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        hparams = checkpoint["hyper_parameters"]
    except Exception as error:
        raise UsageError(
            f"{name} cannot be read as a checkpoint ({type(error).__name__}): it is truncated, or "
            "something else; take another one from the run's checkpoints/ folder."
        ) from error
    saved, built = hparams.get("network"), config.model.init_args.get("network")
    if isinstance(saved, dict) and isinstance(built, Namespace):
        old = _name(saved["class_path"], saved.get("init_args") or {})
        new = _name(built.class_path, built.init_args.as_dict())
        if old != new:
            raise UsageError(
                f"{name} holds {old}, and the command line builds {new}: give the same network "
                "(config.yaml in the checkpoint's run has it), or another checkpoint."
            )


def _name(class_path: str, arguments: dict[str, Any]) -> str:
    listed = ", ".join(f"{k}={v}" for k, v in sorted(arguments.items()) if k not in LINKED)
    return f"{class_path.rpartition('.')[2]}({listed})"
