"""A run's folder: one that no other run has, with all that is needed to do the run again."""

import importlib.metadata
import json
import logging
import os
import platform
import re
import secrets
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.cli import SaveConfigCallback
from pytorch_lightning.trainer.states import TrainerFn
from pytorch_lightning.utilities import rank_zero_only

PACKAGES = ("torch", "pytorch-lightning", "torchmetrics", "jsonargparse", "wandb", "numpy")
LOGGERS = ("pytorch_lightning", "lightning_fabric", "course_lib", "py.warnings")

log = logging.getLogger(__name__)


def run_folder(output: str | Path, experiment: str) -> Path:
    """Choose the folder of a run, `<output>/<experiment>/<timestamp>-<id>`, and make it.

    The id is random, and in a Slurm job the job's: a job that was put back into the queue finds
    its own folder again, with the checkpoint that was saved for it. Only rank zero makes a folder.

    Raises:
        ValueError: the experiment's name is no name for a folder.
        OSError: the folder cannot be made.
    """
    if not re.fullmatch(r"\w[\w.=-]*", experiment):
        raise ValueError(
            f"experiment is {experiment!r}; expected letters, digits, and . _ - = in between: it "
            "becomes a folder's name."
        )
    parent = Path(output).expanduser().absolute() / experiment
    job = slurm_id(os.environ)
    if job and int(os.environ.get("SLURM_RESTART_COUNT", "0")) > 0:
        for folder in sorted(parent.glob(f"*-{job}"), reverse=True):
            return folder
    stamp = time.strftime("%Y%m%d-%H%M%S")
    folder = parent / f"{stamp}-{job or secrets.token_hex(2)}"
    if _rank() != 0:
        return folder
    parent.mkdir(parents=True, exist_ok=True)
    while True:
        try:
            folder.mkdir()
        except FileExistsError:
            folder = parent / f"{stamp}-{secrets.token_hex(2)}{f'-{job}' if job else ''}"
        else:
            return folder


def slurm_id(environ: Mapping[str, str]) -> str:
    """What is the same for all tasks of a Slurm job, and for the job when it is run again."""
    if "SLURM_ARRAY_TASK_ID" in environ:
        return f"{environ['SLURM_ARRAY_JOB_ID']}_{environ['SLURM_ARRAY_TASK_ID']}"
    return environ.get("SLURM_JOB_ID", "")


def keep_metrics(folder: Path) -> None:
    """Put the metrics of a run that is taken up again aside: CSVLogger begins a new file."""
    metrics = folder / "metrics.csv"
    if _rank() == 0 and metrics.exists():
        earlier = len(list(folder.glob("metrics-part*.csv")))
        metrics.rename(folder / f"metrics-part{earlier + 1}.csv")


class LogFile:
    """What Lightning and the course say, with the time, in `<experiment>.<timestamp>.log`."""

    def __init__(self, folder: Path) -> None:
        stamp = time.strftime("%Y%m%d-%H%M%S")
        self.handler: logging.Handler = logging.NullHandler()
        if _rank() == 0:
            path = folder / f"{folder.parent.name}.{stamp}.log"
            self.handler = logging.FileHandler(path, encoding="utf-8", delay=True)
            self.handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))

    def __enter__(self) -> None:
        logging.getLogger("course_lib").setLevel(logging.INFO)
        for name in LOGGERS:
            logging.getLogger(name).addHandler(self.handler)

    def __exit__(self, *_: object) -> None:
        for name in LOGGERS:
            logging.getLogger(name).removeHandler(self.handler)
        self.handler.close()


class RunRecord(SaveConfigCallback):
    """Keeps what a run was: its configuration, code, versions and command, and what came out.

    `config.yaml` is the whole configuration, resolved: `fit -c config.yaml` does the run again, in
    a folder of its own. `run.json` holds the commit and whether files differed from it, versions,
    the command, and the last metrics of each stage.
    """

    def __init__(self, *args: Any, folder: Path, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "overwrite": True})  # a requeued run finds its own
        self.folder = folder

    def save_config(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Write `run.json` and tell the loggers the commit; Lightning calls this on rank zero."""
        config = self.config
        record = {
            "experiment": self.folder.parent.name,
            "run": self.folder.name,
            "group": config.get("group"),
            "tags": config.get("tags"),
            "command": shlex.join(["python", "-m", "course_lib", *sys.argv[1:]]),
            "started": time.strftime("%Y-%m-%d %H:%M:%S %z"),
            **commit(),
            "python": platform.python_version(),
            "packages": versions(),
        }
        self._write(record)
        for logger in trainer.loggers:
            logger.log_hyperparams({key: record[key] for key in ("commit", "dirty")})

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Note an epoch's metrics in the log file."""
        if trainer.is_global_zero and not trainer.sanity_checking:
            log.info("epoch %d: %s", trainer.current_epoch, _text(metrics(trainer)))

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Write what came out, under the name of the stage."""
        found, name = metrics(trainer), TrainerFn(stage).value
        if trainer.is_global_zero and found:
            log.info("%s: %s", name, _text(found))
            self._write({"results": {name: found}})

    def _write(self, more: dict[str, Any]) -> None:
        path = self.folder / "run.json"
        record = json.loads(path.read_text("utf-8")) if path.exists() else {}
        results = {**record.get("results", {}), **more.get("results", {})}
        path.write_text(json.dumps({**record, **more, "results": results}, indent=2), "utf-8")


def metrics(trainer: pl.Trainer) -> dict[str, float]:
    """The last value of all that was logged."""
    return {name: float(value) for name, value in trainer.callback_metrics.items()}


def commit() -> dict[str, Any]:
    """The commit of the folder one works in, and whether files differ from it; None without git."""
    options: dict[str, Any] = dict(capture_output=True, text=True, timeout=10, check=True)
    try:
        head = subprocess.run(["git", "rev-parse", "HEAD"], **options).stdout.strip()
        status = subprocess.run(["git", "status", "--porcelain"], **options).stdout
    except (OSError, subprocess.SubprocessError):
        return {"commit": None, "dirty": None}
    return {"commit": head, "dirty": bool(status.strip())}


def versions() -> dict[str, str]:
    """The versions of what a result depends on."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _rank() -> int:
    """This process's number among all of a run, before there is a Trainer that knows it."""
    return int(getattr(rank_zero_only, "rank", 0))


def _text(values: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in values.items())
