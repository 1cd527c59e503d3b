"""The data module: parts that never share an image, the same ones every time."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor

from course_lib.data import ImageDataModule, channel_statistics, load_images
from course_lib.data.datamodule import reorder, split
from course_lib.data.sources import IDX_FILES
from course_lib.models import MLP, LitClassifier

PARTS = ("train_set", "val_set", "test_set")


def ready(**options: Any) -> ImageDataModule:
    dm = ImageDataModule(source="digits", **options)
    dm.prepare_data()
    dm.setup("fit")
    return dm


def write_mnist(folder: Path, count: int = 40, test_grey: int = 9) -> list[Tensor]:
    """A tiny MNIST; every training image has a grey of its own, the test images share one."""
    (folder / "MNIST" / "raw").mkdir(parents=True, exist_ok=True)
    train = torch.arange(count).view(-1, 1, 1).expand(-1, 28, 28)
    test = torch.full((10, 28, 28), test_grey)
    for names, images in zip(IDX_FILES, (train, test), strict=True):
        for name, values in zip(names, (images, torch.arange(len(images)) % 10), strict=True):
            header = np.array([0x800 | values.ndim, *values.shape], dtype=">i4").tobytes()
            raw = values.to(torch.uint8).numpy().tobytes()
            (folder / "MNIST" / "raw" / name).write_bytes(header + raw)
    return [train, test]


def greys(images: Tensor) -> list[int]:
    return images[:, 0, 0].tolist()


# --- the split


@pytest.mark.parametrize(("size", "fraction"), [(10, 0.2), (7, 0.5), (1000, 0.013)])
def test_split_is_disjoint_and_complete(size: int, fraction: float) -> None:
    train, val = split(size, fraction, seed=1)
    assert sorted([*train.tolist(), *val.tolist()]) == list(range(size))
    assert len(val) == round(size * fraction)
    assert train.dtype == torch.int64


def test_split_depends_on_the_seed_alone() -> None:
    torch.manual_seed(1)
    first = split(100, 0.2, seed=3)
    torch.manual_seed(2)
    second, other = split(100, 0.2, seed=3), split(100, 0.2, seed=4)
    assert torch.equal(first[1], second[1])
    assert not torch.equal(first[1], other[1])
    assert first[1].tolist() != sorted(first[1].tolist())  # drawn, not cut off


@pytest.mark.parametrize(("size", "fraction"), [(3, 0.1), (3, 0.9)])
def test_split_refuses_an_empty_part(size: int, fraction: float) -> None:
    with pytest.raises(ValueError, match="leaves one part empty"):
        split(size, fraction, seed=0)


def test_split_never_leaks_test_images(tmp_path: Path) -> None:
    write_mnist(tmp_path, count=40, test_grey=200)
    dm = ImageDataModule("mnist", str(tmp_path))
    dm.setup()
    assert set(greys(dm.test_set.images)) == {200}
    assert sorted(greys(dm.train_set.images) + greys(dm.val_set.images)) == list(range(40))
    assert len(dm.val_set) == 8


def test_every_image_keeps_its_label(tmp_path: Path) -> None:
    write_mnist(tmp_path)
    dm = ImageDataModule("mnist", str(tmp_path))
    dm.setup()
    for part in (dm.train_set, dm.val_set):
        assert [grey % 10 for grey in greys(part.images)] == part.labels.tolist()


def test_the_split_is_the_same_on_every_setup_and_in_another_instance() -> None:
    dm = ready()
    before = [getattr(dm, name).images for name in PARTS]
    dm.setup("test")
    torch.manual_seed(5)
    other = ready()
    for name, images in zip(PARTS, before, strict=True):
        assert getattr(dm, name).images is images  # not even loaded again
        assert torch.equal(getattr(other, name).images, images)


def test_the_seed_changes_the_split_but_not_the_test_part() -> None:
    one, two = ready(seed=1), ready(seed=2)
    assert not torch.equal(one.val_set.labels, two.val_set.labels)
    assert torch.equal(one.test_set.images, two.test_set.images)


# --- statistics


def test_statistics_come_from_the_training_part_alone(tmp_path: Path) -> None:
    write_mnist(tmp_path, test_grey=0)
    dm = ImageDataModule("mnist", str(tmp_path))
    dm.setup()
    mean, std = channel_statistics(dm.train_set.images)
    assert (dm.mean, dm.std) == (mean, std)
    assert {(part.mean, part.std) for part in (dm.train_set, dm.val_set, dm.test_set)} == {
        (mean, std)
    }
    whole, _ = channel_statistics(torch.cat([dm.train_set.images, dm.val_set.images]))
    assert dm.mean != pytest.approx(whole, abs=1e-4)  # so that it could have been seen
    write_mnist(tmp_path, test_grey=255)
    other = ImageDataModule("mnist", str(tmp_path))
    other.setup()
    assert (other.mean, other.std) == (mean, std)


def test_batches_have_zero_mean_and_unit_variance() -> None:
    dm = ready(eval_batch_size=2000)
    images = torch.cat([x for x, _ in dm.train_dataloader()])
    assert images.mean().item() == pytest.approx(0, abs=1e-4)
    assert images.std().item() == pytest.approx(1, abs=1e-3)


# --- batches


def test_batches_have_the_shapes_and_dtypes_that_are_promised() -> None:
    dm = ready(batch_size=16)
    for loader, size in (
        (dm.train_dataloader(), 16),
        (dm.val_dataloader(), 64),
        (dm.test_dataloader(), 64),
        (dm.predict_dataloader(), 64),
    ):
        x, y = next(iter(loader))
        assert (x.shape, x.dtype) == ((size, *dm.dims), torch.float32)
        assert (y.shape, y.dtype) == ((size,), torch.int64)
    assert dm.num_classes == len(dm.class_names) == 10


def test_eval_batch_size_is_that_of_evaluation_only() -> None:
    dm = ready(batch_size=16, eval_batch_size=100)
    assert len(next(iter(dm.train_dataloader()))[1]) == 16
    assert len(next(iter(dm.val_dataloader()))[1]) == 100


def test_drop_last_drops_the_last_training_batch_only() -> None:
    dm, whole = ready(batch_size=100, drop_last=True), ready(batch_size=100)
    assert {len(y) for _, y in dm.train_dataloader()} == {100}
    assert sum(len(y) for _, y in whole.train_dataloader()) == len(whole.train_set)
    assert sum(len(y) for _, y in dm.val_dataloader()) == len(dm.val_set)


def labels_of(loader: Any) -> list[int]:
    return torch.cat([y for _, y in loader]).tolist()  # type: ignore[no-any-return]


def test_training_is_shuffled_anew_each_epoch_and_evaluation_is_not() -> None:
    dm = ready()
    train = dm.train_dataloader()
    first, second = labels_of(train), labels_of(train)
    assert sorted(first) == sorted(second) == sorted(dm.train_set.labels.tolist())
    assert dm.train_set.labels.tolist() != first != second
    assert labels_of(dm.val_dataloader()) == dm.val_set.labels.tolist()
    assert labels_of(dm.test_dataloader()) == dm.test_set.labels.tolist()


def test_the_seed_sets_the_order_of_training_batches() -> None:
    torch.manual_seed(1)
    first = labels_of(ready(seed=1).train_dataloader())
    torch.manual_seed(2)
    assert labels_of(ready(seed=1).train_dataloader()) == first


def test_shuffle_eval_shuffles_validation_and_test_but_never_predictions() -> None:
    dm = ready(shuffle_eval=True)
    assert labels_of(dm.val_dataloader()) != dm.val_set.labels.tolist()
    assert labels_of(dm.test_dataloader()) != dm.test_set.labels.tolist()
    assert labels_of(dm.predict_dataloader()) == dm.test_set.labels.tolist()


def test_workers_and_pinned_memory_change_nothing_in_the_batches() -> None:
    plain, other = ready(), ready(num_workers=2, pin_memory=True)
    assert other.train_dataloader().pin_memory
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pinning without an accelerator warns
        batches = list(other.val_dataloader())
    for (x, y), (expected_x, expected_y) in zip(batches, plain.val_dataloader(), strict=True):
        assert torch.equal(x, expected_x)
        assert torch.equal(y, expected_y)


def test_augmentation_touches_training_images_only() -> None:
    plain, augmented = ready(), ready(augment=True)
    x, _ = augmented.train_set[0]
    assert not torch.allclose(x, plain.train_set[0][0], atol=1e-2)
    assert not torch.allclose(x, augmented.train_set[0][0], atol=1e-2)  # and anew each time
    for name in ("val_set", "test_set"):
        assert torch.equal(getattr(plain, name)[0][0], getattr(augmented, name)[0][0])


# --- corruption


def test_corruption_reaches_every_part_with_draws_of_its_own(tmp_path: Path) -> None:
    write_mnist(tmp_path)
    noisy = ImageDataModule("mnist", str(tmp_path), corruption="noise")
    noisy.setup()
    blank = [part.images[:4].int() for part in (noisy.train_set, noisy.val_set, noisy.test_set)]
    assert all(images.flatten(1).unique(dim=1).shape[1] > 100 for images in blank)
    patterns = {(images[0] > 60).numpy().tobytes() for images in blank}
    assert len(patterns) == 3


def test_severity_reaches_the_corruption() -> None:
    original, weak, strong = (
        ready(corruption="noise", severity=severity).val_set.images.int()
        for severity in (0, 0.1, 1.0)
    )
    assert torch.equal(original, ready().val_set.images.int())
    assert (weak - original).abs().sum() < (strong - original).abs().sum()


# --- arguments


@pytest.mark.parametrize(
    ("argument", "value", "expected"),
    [
        ("source", "minst", "expected one of"),
        ("batch_size", 0, "whole number of at least 1"),
        ("batch_size", 2.5, "whole number of at least 1"),
        ("eval_batch_size", -1, "whole number of at least 1"),
        ("val_fraction", 1.5, "between 0 and 1"),
        ("val_fraction", 0, "between 0 and 1"),
        ("val_fraction", 1, "between 0 and 1"),
        ("num_workers", -1, "0 or more"),
        ("corruption", "rust", "expected one of"),
        ("severity", -0.5, "0 or more"),
    ],
)
def test_an_argument_without_meaning_is_named(argument: str, value: object, expected: str) -> None:
    with pytest.raises(ValueError, match=expected) as caught:
        ImageDataModule(**{argument: value})
    assert str(caught.value).startswith(f"{argument} is {value!r}")


@pytest.mark.parametrize("name", ["train_dataloader", "val_dataloader", "test_dataloader"])
def test_a_part_that_is_asked_for_before_setup_is_a_clear_error(name: str) -> None:
    dm = ImageDataModule("digits")
    with pytest.raises(RuntimeError, match=r"setup\(\)"):
        getattr(dm, name)()


def test_prepare_data_names_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_KAGGLE_DIR", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="No Digit Recognizer"):
        ImageDataModule("kaggle").prepare_data()


def test_the_source_setting_is_read_when_the_data_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_mnist(tmp_path)
    dm = ImageDataModule()
    monkeypatch.setenv("COURSE_DATA", "mnist")
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path))
    dm.setup()
    assert len(dm.test_set) == 10


def test_hyperparameters_are_plain_values() -> None:
    hparams = dict(ready(corruption="noise").hparams)
    plain = (str, int, float, bool, type(None))
    assert all(isinstance(value, plain) for value in hparams.values())
    assert hparams["val_fraction"] == 0.2


# --- memory, and a real Trainer


def test_the_parts_together_hold_one_byte_a_pixel() -> None:
    dm = ready(corruption="rotation")
    data = load_images("digits")
    parts = [getattr(dm, name).images for name in PARTS]
    assert {images.dtype for images in parts} == {torch.uint8}
    storages = {images.untyped_storage().data_ptr(): images.untyped_storage() for images in parts}
    held = sum(storage.nbytes() for storage in storages.values())
    assert held == (len(data.train_labels) + len(data.test_labels)) * 28 * 28


def test_images_are_put_into_an_order_in_place() -> None:
    images = torch.randint(256, (7, 5, 3), dtype=torch.uint8)
    order, before = torch.randperm(7), images.clone()
    memory = images.data_ptr()
    reorder(images, order)
    assert torch.equal(images, before[order])
    assert images.data_ptr() == memory


def test_a_trainer_fits_tests_and_predicts_with_it(tmp_path: Path) -> None:
    dm = ImageDataModule("digits", batch_size=32)
    trainer = pl.Trainer(
        max_epochs=2,
        limit_train_batches=1.0,
        limit_val_batches=1.0,
        limit_test_batches=1.0,
        limit_predict_batches=1.0,
        accelerator="cpu",
        default_root_dir=tmp_path,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    model = LitClassifier(MLP(32, 16))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning recommends more workers
        trainer.fit(model, dm)
        (metrics,) = trainer.test(model, dm, verbose=False)
        predictions = trainer.predict(model, dm)
    assert predictions is not None
    probabilities = torch.cat(predictions)  # type: ignore[arg-type]
    right = (probabilities.argmax(1) == dm.test_set.labels).float().mean().item()
    assert right == pytest.approx(metrics["test_acc"], abs=1e-6)
    assert right > 0.7
