"""What LightningCLI's own parser makes of a command line, without making any object."""

import contextlib
import io
from functools import cache
from pathlib import Path
from typing import Any

from pytorch_lightning.cli import LightningCLI

from course_lib.data import ImageDataModule
from course_lib.exercises import files
from course_lib.exercises.lesson_06.calls import complaint
from course_lib.models import LitClassifier

Config = dict[str, Any]


class Unparsed(Exception):
    """The parser refuses a command line; says why."""


class _Parser(LightningCLI):
    """A command line that ends when it has been read."""

    def instantiate_classes(self) -> None:
        """Make nothing."""


def parsed(*arguments: str) -> Config:
    """The configuration, by dotted names such as `trainer.max_epochs`.

    Raises:
        Unparsed: it is refused.
    """
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            cli = _Parser(
                LitClassifier,
                ImageDataModule,
                subclass_mode_model=True,
                subclass_mode_data=True,
                args=list(arguments),
                run=False,
                seed_everything_default=False,
            )
    except SystemExit:
        raise Unparsed(complaint(said.getvalue())) from None
    flat: Config = vars(cli.config.as_flat())
    return {name: _plain(value) for name, value in flat.items() if name != "config"}


@cache
def given(name: str) -> str:
    """The text of a file that comes with the exercises."""
    return (files.root() / "solutions" / "06_lightning_cli" / name).read_text("utf-8")


def put(**texts: str) -> list[str]:
    """Write files into the folder where the check works; return the arguments that name them."""
    for name, text in texts.items():
        Path(f"{name}.yaml").write_text(text, "utf-8")
    return [part for name in texts for part in ("-c", f"{name}.yaml")]


def short(value: Any) -> Any:
    """A value as one writes it in a sentence: a tuple as a list, an object as its class's name."""
    if isinstance(value, list | tuple):
        return [short(item) for item in value]
    if isinstance(value, dict) and "class_path" in value:
        value = value["class_path"]
    return value.rpartition(".")[2] if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    """Lists of objects as dictionaries, which can be compared and shown."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.as_dict() if hasattr(value, "as_dict") else value
