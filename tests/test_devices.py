"""Two devices give what one gives: nothing counted twice, nothing left out, one set of files."""

import csv
import math
import warnings
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from pytorch_lightning.loggers import CSVLogger
from torch.utils.data import DistributedSampler

from course_lib.data import ImageDataModule
from course_lib.data.loader import ShareSampler, make_sampler
from course_lib.models import MLP, LitClassifier

ODD = dict(source="digits", val_fraction=0.23, batch_size=64, eval_batch_size=50)  # 331 and 359


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def on_rank(rank: int, devices: int = 2) -> Any:
    return SimpleNamespace(world_size=devices, global_rank=rank)


# --- which images a rank gets


@pytest.mark.parametrize(("size", "devices"), [(7, 2), (8, 2), (9, 4), (4, 4), (5, 1)])
@pytest.mark.parametrize("shuffle", [False, True])
def test_in_evaluation_every_image_is_on_one_rank_once(
    size: int, devices: int, shuffle: bool
) -> None:
    images = range(size)
    shares = [
        list(ShareSampler(images, devices, rank, shuffle=shuffle))  # type: ignore[arg-type]
        for rank in range(devices)
    ]
    assert sorted(chain(*shares)) == list(images)
    assert [len(share) for share in shares] == [
        len(ShareSampler(images, devices, rank))  # type: ignore[arg-type]
        for rank in range(devices)
    ]
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_in_training_ranks_have_equally_many_images_in_an_order_of_the_seed_and_the_epoch() -> None:
    def order(seed: int, epoch: int) -> list[list[int]]:
        shares = []
        for rank in range(2):
            sampler = make_sampler(range(9), seed, True, False, on_rank(rank))
            assert isinstance(sampler, DistributedSampler)
            sampler.set_epoch(epoch)
            shares.append(list(sampler))
        return shares

    first, other = order(1, 0)
    assert len(first) == len(other) == 5
    assert set(first) | set(other) == set(range(9))
    torch.manual_seed(7)
    assert order(1, 0) == [first, other]
    assert order(1, 1) != [first, other] != order(2, 0)


def test_fewer_images_than_devices_are_refused() -> None:
    with pytest.raises(ValueError, match="3 images cannot be shared by 4 devices"):
        make_sampler(range(3), 1, False, True, on_rank(0, devices=4))


def test_the_data_module_gives_each_rank_its_share() -> None:
    labels: dict[str, list[int]] = {"train": [], "val": [], "test": []}
    for rank in range(2):
        dm = ImageDataModule(**ODD)  # type: ignore[arg-type]
        dm.setup()
        dm.trainer = on_rank(rank)
        for name, found in labels.items():
            for _, batch in getattr(dm, f"{name}_dataloader")():
                found.extend(batch.tolist())
    assert len(labels["train"]) == 2 * math.ceil(len(dm.train_set) / 2)
    for name, part in (("val", dm.val_set), ("test", dm.test_set)):
        assert len(part) % 2 == 1
        assert sorted(labels[name]) == sorted(part.labels.tolist())


# --- what two processes find


def trainer(folder: Path, devices: int, **options: Any) -> pl.Trainer:
    return pl.Trainer(
        default_root_dir=folder,
        accelerator="cpu",
        devices=devices,
        strategy="ddp_fork" if devices > 1 else "auto",
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_train_batches=1.0,
        limit_val_batches=1.0,
        limit_test_batches=1.0,
        **{"logger": False, "enable_checkpointing": False, **options},
    )


def model() -> LitClassifier:
    torch.manual_seed(1)
    return LitClassifier(MLP(16, 8), "SGD", lr=0.1)


@pytest.mark.parametrize("stage", ["validate", "test"])
def test_two_devices_find_the_metrics_of_one(tmp_path: Path, stage: str) -> None:
    found = []
    for devices in (1, 2):
        run = trainer(tmp_path, devices)
        found += getattr(run, stage)(model(), ImageDataModule(**ODD), verbose=False)
    assert found[0].keys() == found[1].keys()
    assert found[1] == pytest.approx(found[0], abs=1e-6)


def test_the_training_loss_of_two_devices_is_the_mean_over_both(tmp_path: Path) -> None:
    logger = CSVLogger(tmp_path, name="", version="")
    run = trainer(tmp_path, 2, logger=logger, max_steps=1, log_every_n_steps=1)
    run.fit(model(), ImageDataModule(**ODD))
    with (tmp_path / "metrics.csv").open() as file:
        losses = [float(row["train_loss"]) for row in csv.DictReader(file) if row["train_loss"]]
    first = []
    for rank in range(2):
        dm = ImageDataModule(**ODD)  # type: ignore[arg-type]
        dm.setup()
        dm.trainer = on_rank(rank)
        first.append(next(iter(dm.train_dataloader())))
    images, labels = (torch.cat(parts) for parts in zip(*first, strict=True))
    expected = F.cross_entropy(model()(images), labels).item()
    assert losses == [pytest.approx(expected, abs=1e-6)]
