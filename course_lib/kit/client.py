"""Starting a kernel for a student's notebook: its settings, its memory, and which outputs count."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from course_lib.exercises import rendering
from course_lib.kit import kernel

MEMORY = 0.75  # of the machine's, for a kernel
_GPUS = ("/dev/nvidiactl", "/dev/kfd")


class Client(NotebookClient):
    """Runs cells past their errors, and keeps only what a report is made of."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            nbformat.v4.new_notebook(),
            **kernel.defaults(folder),
            allow_errors=True,
            iopub_timeout=30,
            on_cell_executed=self._note,
        )
        self.exiting = False  # a cell has called `exit()`
        self.manager: Any = None

    async def start(self) -> None:
        """Start the kernel.

        Raises:
            OSError: it could not be started.
        """
        self.manager = self.create_kernel_manager()
        nowhere = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            await self.async_start_new_kernel(env=_environment(), **nowhere)
            _bound_memory(getattr(self.manager.provisioner, "pid", None))
            await self.async_start_new_kernel_client()
        except (RuntimeError, KeyError) as error:
            raise OSError(f"The Jupyter kernel did not start: {error}") from None

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int
    ) -> NotebookNode | None:
        """Keep verdicts and errors; what else a cell puts out may be without end."""
        if msg["msg_type"] == "error" or _is_verdict(msg["content"].get("metadata", {})):
            return super().output(outs, msg, display_id, cell_index)
        return None

    def _note(self, execute_reply: dict[str, Any], **_: object) -> None:
        """Notice a call of `exit()`, which ends the kernel a moment after the cell."""
        payload = execute_reply["content"].get("payload") or []
        self.exiting = any(part.get("source") == "ask_exit" for part in payload)


def _is_verdict(metadata: dict[str, Any]) -> bool:
    """Whether an output is that of a check, and not one that a student has made up."""
    told = metadata.get("course")
    if not isinstance(told, dict) or told.keys() != {"id", "title", "outcome", "message"}:
        return False
    return all(isinstance(v, str) for v in told.values()) and rendering.is_outcome(told["outcome"])


def _environment() -> dict[str, str]:
    """A student's notebook runs on the digits, in full, and keeps no progress."""
    limits = [name for name in os.environ if name.startswith("PL_TRAINER_")]
    settings = {"COURSE_DATA": "digits", "COURSE_STATE_DIR": os.devnull}
    return kernel.merged(settings | dict.fromkeys([*limits, "COURSE_LIMIT_BATCHES"]))


def _bound_memory(pid: int | None) -> None:
    """On Linux, answer endless allocation with a MemoryError, or at least let the kernel die first.

    What is bounded is data: torch reserves far more addresses than it uses. So do the drivers of a
    GPU, in ways of their own; beside one nothing is bounded.
    """
    if sys.platform != "linux" or pid is None:
        return
    import resource

    most = int(MEMORY * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with contextlib.suppress(OSError, ValueError):
        Path(f"/proc/{pid}/oom_score_adj").write_text("1000", "ascii")
        if not any(Path(device).exists() for device in _GPUS):
            hard = resource.prlimit(pid, resource.RLIMIT_DATA)[1]
            resource.prlimit(pid, resource.RLIMIT_DATA, (most, hard))
