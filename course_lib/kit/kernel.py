"""Running a notebook in a fresh kernel."""

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbformat import NotebookNode


async def execute(
    notebook: NotebookNode,
    folder: Path,
    environment: Mapping[str, str | None],
    on_cell: Callable[[NotebookNode], object] = lambda cell: None,
    **options: Any,
) -> None:
    """Run a notebook's cells, in a fresh kernel that works in `folder`; `live.run` waits for it.

    Args:
        notebook: filled with the outputs.
        folder: the kernel's working directory.
        environment: variables to set for the kernel; those that are None are taken away.
        on_cell: called with each code cell that has run.
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
        **defaults(folder),
        on_cell_executed=lambda cell, cell_index, execute_reply: on_cell(cell),
        **options,
    )
    running = asyncio.create_task(client.async_execute(env=merged(environment)))
    try:
        await asyncio.wait({running})
    except asyncio.CancelledError:  # which nbclient takes for the death of the kernel
        client.shutdown_kernel = "immediate"
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        raise
    running.result()


def defaults(folder: Path) -> dict[str, Any]:
    """The options of `nbclient.NotebookClient` that every kernel of the course starts with."""
    return dict(
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )


def merged(environment: Mapping[str, str | None]) -> dict[str, str]:
    """This process's environment with some variables set, and those that are None taken away.

    Nothing that the kit runs by itself is uploaded to W&B, unless WANDB_MODE asks for it. Nor does
    it use the W&B service of this process, which may end first, or write in a folder that is gone.
    """
    changed: dict[str, str | None] = {"WANDB_MODE": "offline", **os.environ}
    changed |= {"WANDB_SERVICE": None, **environment}
    return {name: value for name, value in changed.items() if value is not None}
