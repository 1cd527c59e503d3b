"""slurm/train.sbatch on a real Slurm: two ranks, an array, a requeue, a failure.

`make slurm-test` runs these; `make test` does not, since its two workers keep two cores busy.
"""

import csv
import json
import os
import sys
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytorch_lightning as pl
import slurm_cluster
import torch
from slurm_cluster import Slurm, wait_for

from course_lib.data import ImageDataModule
from course_lib.models import LitClassifier

if "PYTEST_XDIST_WORKER" in os.environ:
    pytest.skip("`make slurm-test` runs these", allow_module_level=True)
if missing := slurm_cluster.missing():
    pytest.skip(f"Slurm is not installed: no {missing}", allow_module_level=True)

REPO = Path(__file__).parents[1]
SCRIPT = REPO / "slurm/train.sbatch"
ODD = dict(source="digits", val_fraction=0.23, batch_size=64, eval_batch_size=50)  # 331 and 359
SEEDS = (1, 2, 3)


class Jobs(NamedTuple):
    """The ids of what is submitted, all at once: Slurm starts as many as there is room for."""

    whole: str
    requeued: str
    array: str
    typo: str
    broken: str


def arguments(model: str, **flags: object) -> list[str]:
    files = [f"{REPO}/configs/{name}.yaml" for name in ("base", "digits_data", f"{model}_model")]
    given = {"trainer.accelerator": "cpu", **flags}
    return [word for file in files for word in ("-c", file)] + [
        word for name, value in given.items() for word in (f"--{name}", str(value))
    ]


# Long enough to be interrupted; dropout, a scheduler and unequal shares, all to be gone on with.
LONG = [
    *arguments("cnn", **{f"data.{name}": value for name, value in ODD.items()}),
    *("--model.network.channels", "4", "--model.network.hidden", "16", "--model.lr", "0.0005"),
    *("--trainer.max_epochs", "30", "--trainer.log_every_n_steps", "1"),
    "--trainer.callbacks+=ModelCheckpoint",
    *("--trainer.callbacks.save_top_k", "0", "--trainer.callbacks.save_last", "true"),
]
SHORT = arguments("mlp", **{"trainer.max_epochs": 2})


@pytest.fixture(scope="module")
def slurm() -> Iterator[Slurm]:
    with slurm_cluster.cluster() as slurm:
        for name in list(slurm.environ):  # settings of the other tests
            if name.startswith(("COURSE_LIMIT", "PL_")):
                del slurm.environ[name]
        slurm.environ |= {"PYTHON": sys.executable, "OMP_NUM_THREADS": "1"}
        yield slurm


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("a folder")  # what is not quoted breaks at the blank


@pytest.fixture(scope="module")
def jobs(slurm: Slurm, folder: Path) -> Jobs:
    submit = partial(slurm.submit, cwd=folder)
    one_node, two_nodes = ["--ntasks-per-node=2"], ["--nodes=2", "--ntasks-per-node=1"]
    return Jobs(
        whole=submit(*one_node, SCRIPT, *LONG, "--experiment", "whole"),
        requeued=submit(*two_nodes, SCRIPT, *LONG, "--experiment", "requeued"),
        array=submit("--array=1-3", "--output=%x-%A_%a.out", SCRIPT, *SHORT, "--output", "my runs"),
        typo=submit(SCRIPT, *SHORT, "--model.network", "MPL"),
        broken=submit(SCRIPT, *SHORT, "--model.optimizer", "Adaam"),
    )


def log(folder: Path, job: str) -> str:
    return (folder / f"train-{job}.out").read_text()


def end(slurm: Slurm, folder: Path, job: str, state: str = "COMPLETED") -> None:
    """Wait for a job; it has to end like that."""
    for task, fields in slurm.wait(job).items():
        assert fields["JobState"] == state, log(folder, task)


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def record(run: Path) -> dict[str, Any]:
    return json.loads((run / "run.json").read_text())  # type: ignore[no-any-return]


def weights(checkpoint: Path) -> dict[str, torch.Tensor]:
    return torch.load(checkpoint, weights_only=True)["state_dict"]  # type: ignore[no-any-return]


def best(run: Path) -> Path:
    """The checkpoint of the highest accuracy: the name says it."""
    return max(run.glob("checkpoints/epoch*.ckpt"), key=lambda path: path.stem.partition("acc=")[2])


@pytest.fixture(scope="module")
def whole(slurm: Slurm, folder: Path, jobs: Jobs) -> Path:
    """The run of two ranks on one node."""
    end(slurm, folder, jobs.whole)
    return only(folder, f"runs/whole/*-{jobs.whole}")


@pytest.fixture(scope="module")
def requeued(slurm: Slurm, folder: Path, jobs: Jobs) -> Path:
    """The run of two ranks on two nodes that is signalled in an early epoch."""
    pattern = f"runs/requeued/*-{jobs.requeued}/checkpoints/*.ckpt"
    wait_for(lambda: any(folder.glob(pattern)), 90, lambda: log(folder, jobs.requeued))
    slurm.command("scancel", "--signal=USR1", jobs.requeued)
    end(slurm, folder, jobs.requeued)
    return only(folder, f"runs/requeued/*-{jobs.requeued}")


def test_a_job_that_got_the_signal_goes_on_to_the_same_weights(
    slurm: Slurm, folder: Path, jobs: Jobs, requeued: Path, whole: Path
) -> None:
    assert slurm.jobs(jobs.requeued)[jobs.requeued]["Restarts"] == "1"
    said = log(folder, jobs.requeued)  # of both starts
    assert "Restored all states from the checkpoint" in said
    saved = torch.load(requeued / "hpc_ckpt_1.ckpt", weights_only=True)
    last = torch.load(whole / "checkpoints/last.ckpt", weights_only=True)
    assert 0 < saved["epoch"] < last["epoch"]
    for name in ("checkpoints/last.ckpt", f"checkpoints/{best(whole).name}"):
        first, second = weights(whole / name), weights(requeued / name)
        assert all(torch.equal(first[key], second[key]) for key in first)
    assert record(requeued)["results"]["test"] == record(whole)["results"]["test"]


def test_two_ranks_train_together_and_one_of_them_writes(
    folder: Path, jobs: Jobs, whole: Path
) -> None:
    said = log(folder, jobs.whole)
    assert "distributed_backend=gloo" in said
    assert {"MEMBER: 1/2", "MEMBER: 2/2"} <= {line[-11:] for line in said.splitlines()}
    with (whole / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    for metric in ("val_acc", "train_loss"):
        steps = [int(row["step"]) for row in rows if row[metric]]
        assert steps == sorted(set(steps))
    assert len(list(whole.glob("*.log"))) == 1


def test_metrics_of_two_ranks_are_those_of_one_process(tmp_path: Path, whole: Path) -> None:
    """The same weights, and images that two ranks cannot share equally."""
    dm, checkpoint = ImageDataModule(**ODD), best(whole)  # type: ignore[arg-type]
    state = torch.load(checkpoint, weights_only=True)
    with (whole / "metrics.csv").open() as file:
        epochs = [row for row in csv.DictReader(file) if row["val_acc"]]
    (row,) = [row for row in epochs if int(row["epoch"]) == state["epoch"]]
    found = {name: float(row[name]) for name in ("val_loss", "val_acc")}
    found |= record(whole)["results"]["test"]
    model = LitClassifier.load_from_checkpoint(checkpoint, weights_only=True)
    options = dict(limit_val_batches=1.0, limit_test_batches=1.0, enable_progress_bar=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = pl.Trainer(accelerator="cpu", logger=False, default_root_dir=tmp_path, **options)
        (val,) = trainer.validate(model, dm, verbose=False)
        (test,) = trainer.test(model, dm, verbose=False)
    assert (len(dm.val_set) % 2, len(dm.test_set) % 2) == (1, 1)
    assert found == pytest.approx(val | test, abs=1e-5)


def test_an_array_trains_a_seed_in_each_task(slurm: Slurm, folder: Path, jobs: Jobs) -> None:
    end(slurm, folder, jobs.array)
    runs = [only(folder, f"my runs/mlp/*-{jobs.array}_{seed}") for seed in SEEDS]
    assert len(list(folder.glob("my runs/mlp/*"))) == len(SEEDS)
    for seed, run in zip(SEEDS, runs, strict=True):
        assert f"seed_everything: {seed}\n" in (run / "config.yaml").read_text()
        assert f"Seed set to {seed}\n" in log(folder, f"{jobs.array}_{seed}")
        assert record(run)["results"]["test"]["test_acc"] > 0.3
    first, *others = (weights(best(run)) for run in runs)
    key = next(iter(first))
    assert not any(torch.equal(first[key], other[key]) for other in others)


def test_a_job_that_fails_is_failed(slurm: Slurm, folder: Path, jobs: Jobs) -> None:
    end(slurm, folder, jobs.typo, "FAILED")
    assert slurm.jobs(jobs.typo)[jobs.typo]["ExitCode"] == "2:0", log(folder, jobs.typo)
    assert "error: " in log(folder, jobs.typo)
    end(slurm, folder, jobs.broken, "FAILED")
    assert slurm.jobs(jobs.broken)[jobs.broken]["ExitCode"] == "1:0", log(folder, jobs.broken)
