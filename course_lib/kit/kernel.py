"""Running a notebook in a fresh kernel, and storing what came out so that it reads well."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")  # colours and cursor movements
_OVERWRITTEN = re.compile(r"^.*\r(?!\n)", re.MULTILINE)  # what a progress bar wrote over


def read(path: Path) -> NotebookNode:
    """Read a notebook.

    Raises:
        ValueError: the file is no notebook.
        FileNotFoundError: there is no such file.
    """
    try:
        return nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no notebook: {str(error).splitlines()[0]}") from None


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook whole or not at all: an interruption leaves the file as it was."""
    partial = path.with_name(f".{path.name}.partial")
    nbformat.write(notebook, partial)
    partial.replace(path)


def execute(
    notebook: NotebookNode,
    folder: Path,
    environment: dict[str, str],
    on_cell: Callable[[], None] = lambda: None,
    **options: Any,
) -> None:
    """Run a notebook's cells, in a fresh kernel that works in `folder`.

    Args:
        notebook: filled with the outputs.
        folder: the kernel's working directory.
        environment: variables to set or change for the kernel.
        on_cell: called after each cell.
        **options: of `nbclient.NotebookClient`.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell raised, unless `allow_errors`.
        nbclient.exceptions.DeadKernelError: the kernel died.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        on_cell_complete=lambda cell, cell_index: on_cell(),
        **options,
    )
    client.execute(env=os.environ | environment)


def tidy(notebook: NotebookNode) -> None:
    """Leave of each cell's stream what a reader sees at the end: a progress bar's last state."""
    for cell in notebook.cells:
        kept: list[NotebookNode] = []
        for output in cell.get("outputs", []):
            last = kept[-1] if kept else None
            if output.output_type != "stream":
                kept.append(output)
            elif last is not None and last.get("name") == output.name:
                last.text += output.text
            else:
                kept.append(output)
        for output in kept:
            if output.output_type == "stream":
                text = _OVERWRITTEN.sub("", _CONTROL.sub("", output.text))
                output.text = "\n".join(line.rstrip() for line in text.split("\n"))
        if "outputs" in cell:
            cell.outputs = [o for o in kept if o.output_type != "stream" or o.text.strip()]
