"""Where images come from: each source read whole, or refused in words."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torchvision.datasets import MNIST

from course_lib import settings
from course_lib.data import download, sources
from course_lib.data.sources import IDX_FILES, IMAGE_MAGIC, ImageData, load_images, read_idx

TRAIN_IMAGES, TRAIN_LABELS = IDX_FILES[0]
TEST_IMAGES, TEST_LABELS = IDX_FILES[1]
HEADER = ["label", *(f"pixel{i}" for i in range(784))]


def write_idx(path: Path, values: Tensor) -> None:
    header = np.array([0x800 | values.ndim, *values.shape], dtype=">i4")
    path.write_bytes(header.tobytes() + values.to(torch.uint8).numpy().tobytes())


def some_images(count: int) -> Tensor:
    generator = torch.Generator().manual_seed(count)
    return torch.randint(256, (count, 28, 28), generator=generator, dtype=torch.uint8)


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No source is there but the digits, and nothing has been announced yet."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COURSE_KAGGLE_DIR", str(tmp_path / "input"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(MNIST, "mirrors", ["http://127.0.0.1:9/"])  # the port is closed
    monkeypatch.setattr(download, "_problems", {})
    monkeypatch.setattr(sources, "_announced", set())


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A tiny MNIST: six training images, three test images."""
    folder = tmp_path / "data" / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for (images, labels), count in zip(IDX_FILES, (6, 3), strict=True):
        write_idx(folder / images, some_images(count))
        write_idx(folder / labels, torch.arange(count))
    return folder


def write_csv(tmp_path: Path, header: list[str], *rows: list[object]) -> Path:
    """Kaggle's train.csv, where Kaggle mounts a competition."""
    folder = tmp_path / "input" / "competitions" / "digit-recognizer"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [",".join(map(str, line)) for line in (header, *rows)]
    (folder / "train.csv").write_text("\n".join(lines) + "\n")
    return folder / "train.csv"


def row(label: object = 3, pixel: object = 7) -> list[object]:
    return [label, pixel, *range(200), *[0] * 583]


# --- IDX files


def test_idx_files_are_read_bit_by_bit(raw: Path) -> None:
    data = load_images("mnist")
    assert data.source == "mnist"
    assert torch.equal(data.train_images, some_images(6))
    assert torch.equal(data.test_images, some_images(3))
    assert data.train_labels.tolist() == [0, 1, 2, 3, 4, 5]
    assert data.test_labels.tolist() == [0, 1, 2]
    assert (data.train_images.dtype, data.train_labels.dtype) == (torch.uint8, torch.int64)


def test_data_dir_argument_comes_before_the_setting(
    raw: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "other"))
    assert load_images("mnist", raw.parent.parent).source == "mnist"
    assert load_images("mnist", str(raw.parent.parent)).source == "mnist"


def rewrite(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(change(path.read_bytes())) and None


def header_of(*shape: int) -> bytes:
    return np.array([0x803, *shape], dtype=">u4").tobytes()


@pytest.mark.parametrize(
    ("name", "damage", "fault"),
    [
        (TRAIN_IMAGES, rewrite(lambda raw: raw[:-1]), "truncated"),
        (TEST_LABELS, rewrite(lambda raw: raw[:-1]), "truncated"),
        (TRAIN_IMAGES, rewrite(lambda raw: raw[:9]), "truncated: 9 bytes, its header"),
        (TRAIN_IMAGES, rewrite(lambda raw: b""), "truncated: 0 bytes"),
        (TEST_IMAGES, rewrite(lambda raw: raw + b"\0"), "too long"),
        (TRAIN_IMAGES, rewrite(lambda raw: b"\x1f\x8b\x08\0" + raw[4:]), "no IDX file.*0x1f8b0800"),
        (TRAIN_LABELS, rewrite(lambda raw: b"<!DOCTYPE html>"), "no IDX file"),
        (
            TRAIN_IMAGES,  # two negative sides have the right product
            rewrite(lambda raw: header_of(6, 2**32 - 28, 2**32 - 28) + raw[16:]),
            "truncated",
        ),
        (
            TRAIN_IMAGES,  # 2^64 pixels, which is none if numbers wrap around
            rewrite(lambda raw: header_of(2**30, 2**30, 2**4)),
            "truncated",
        ),
        (TRAIN_LABELS, lambda path: write_idx(path, torch.tensor([0, 1, 2, 3, 4, 11])), "label 11"),
        (TRAIN_LABELS, lambda path: write_idx(path, torch.arange(5)), "6 images, but .* 5 labels"),
        (TRAIN_IMAGES, lambda path: write_idx(path, torch.zeros(6, 14, 56)), r"\(14, 56\)"),
        (TRAIN_IMAGES, lambda path: write_idx(path, torch.zeros(0, 28, 28)), "holds no images"),
    ],
)
def test_a_broken_idx_file_is_named_with_its_fault(
    raw: Path, name: str, damage: Callable[[Path], None], fault: str
) -> None:
    damage(raw / name)
    with pytest.raises(ValueError, match=fault) as caught:
        load_images("mnist")
    assert name in str(caught.value)
    assert str(raw) in str(caught.value)


def test_a_broken_idx_file_is_an_error_under_auto_too(raw: Path) -> None:
    rewrite(lambda raw: raw[:-1])(raw / TRAIN_IMAGES)
    with pytest.raises(ValueError, match="truncated"):
        load_images()


@pytest.mark.parametrize("source", ["auto", "mnist"])
def test_missing_idx_files_are_listed(raw: Path, source: str) -> None:
    (raw / TRAIN_LABELS).unlink()
    (raw / TEST_IMAGES).unlink()
    with pytest.raises(FileNotFoundError, match=f"missing: {TRAIN_LABELS}, {TEST_IMAGES}"):
        load_images(source)


def test_read_idx_takes_the_shape_from_the_header(tmp_path: Path) -> None:
    values = torch.arange(24).view(2, 3, 4)
    write_idx(tmp_path / "file", values)
    assert torch.equal(read_idx(tmp_path / "file", IMAGE_MAGIC).long(), values)


# --- Kaggle's table


def test_kaggle_table_is_found_below_any_folder_and_read(tmp_path: Path) -> None:
    write_csv(tmp_path, HEADER, *[row(label % 10, label) for label in range(14)])
    data = load_images("kaggle")
    assert data.source == "kaggle"
    assert (len(data.train_labels), len(data.test_labels)) == (12, 2)
    images = torch.cat([data.train_images, data.test_images])
    labels = torch.cat([data.train_labels, data.test_labels])
    assert images.shape == (14, 28, 28)
    assert (images.dtype, labels.dtype) == (torch.uint8, torch.int64)
    assert torch.equal(images[:, 0, 0].long() % 10, labels)  # each image kept its label
    assert images[0, 1, :4].tolist() == [27, 28, 29, 30]  # row by row


def test_kaggle_columns_are_found_by_name(tmp_path: Path) -> None:
    cells = dict(zip(HEADER, row(5, 9), strict=True))
    names = HEADER[::-1]
    write_csv(tmp_path, names, *[[cells[name] for name in names]] * 7)
    data = load_images("kaggle")
    assert set(data.train_labels.tolist()) == {5}
    assert set(data.train_images[:, 0, 0].tolist()) == {9}


def test_another_competitions_table_is_not_taken(tmp_path: Path) -> None:
    folder = tmp_path / "input" / "titanic"
    folder.mkdir(parents=True)
    (folder / "train.csv").write_text("PassengerId,Survived\n1,0\n")
    with pytest.raises(FileNotFoundError):
        load_images("kaggle")


@pytest.mark.parametrize(
    ("header", "rows", "fault"),
    [
        (HEADER[1:], [row()[1:]], "'label'"),
        (HEADER[:-1], [row()[:-1]], "'pixel783'"),
        (HEADER, [row(pixel=300)], "-?0 to 300"),
        (HEADER, [row(pixel=-1)], "-1 to 199"),
        (HEADER, [row(label=11)], "label 11"),
        (HEADER, [row(label=-1)], "label -1"),
        (HEADER, [row(pixel="dark")], "no whole numbers"),
        (HEADER, [row(pixel="")], "empty cells"),
        (HEADER, [row(pixel=0.5)], "no whole numbers"),
        (HEADER, [], "no images"),
        (["a,b"], [["1,2,3,4"], ["1,2,3,4,5,6"]], "no table"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_kaggle_table_is_named_with_its_fault(
    tmp_path: Path, header: list[str], rows: list[list[object]], fault: str
) -> None:
    path = write_csv(tmp_path, header, *rows)
    with pytest.raises(ValueError, match=fault) as caught:
        load_images("kaggle")
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\xff\0"])
def test_a_kaggle_file_that_is_no_text_table_is_refused(tmp_path: Path, content: bytes) -> None:
    path = write_csv(tmp_path, HEADER)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"train\.csv"):
        load_images("kaggle")


# --- digits


def inner(images: Tensor) -> Tensor:
    return images[:, 4:24, 4:24]


def test_digits_fill_the_middle_20_pixels_like_mnist() -> None:
    data = load_images("digits")
    images = torch.cat([data.train_images, data.test_images])
    assert images.shape == (1797, 28, 28)
    assert images.dtype == torch.uint8
    assert int(inner(images).sum()) == int(images.sum()) > 0
    assert images.amax() == 255
    rows, columns = images.amax(0).amax(1).nonzero(), images.amax(0).amax(0).nonzero()
    assert (rows.min(), rows.max()) == (4, 23)
    assert columns.max() == 23


def test_digits_are_the_right_way_up_and_keep_their_labels() -> None:
    from sklearn.datasets import load_digits

    data = load_images("digits")
    small = inner(torch.cat([data.train_images, data.test_images]).float()).unfold(1, 5, 5)
    small = small.unfold(2, 5, 5).mean((-1, -2))  # [N, 4, 4]
    bunch = load_digits()
    known = torch.from_numpy(bunch.images).float().unfold(1, 2, 2).unfold(2, 2, 2).mean((-1, -2))
    nearest = torch.cdist(small.flatten(1), known.flatten(1) * 255 / 16).argmin(1)
    labels = torch.cat([data.train_labels, data.test_labels])
    assert (torch.from_numpy(bunch.target)[nearest] == labels).float().mean() > 0.99


def test_digits_test_part_is_disjoint_and_the_same_every_time() -> None:
    torch.manual_seed(1)
    first = load_images("digits")
    torch.manual_seed(2)
    second = load_images("digits")
    assert torch.equal(first.test_images, second.test_images)
    assert torch.equal(first.train_labels, second.train_labels)
    assert len(first.test_labels) == round(1797 / 5)
    known = {image.numpy().tobytes() for image in first.train_images}
    assert not [1 for image in first.test_images if image.numpy().tobytes() in known]


def test_loading_leaves_the_random_state_alone() -> None:
    before = torch.get_rng_state()
    load_images("digits")
    assert torch.equal(before, torch.get_rng_state())


# --- which source is taken


def test_auto_takes_idx_then_kaggle_then_digits(raw: Path, tmp_path: Path) -> None:
    write_csv(tmp_path, HEADER, *[row()] * 7)
    assert load_images().source == "mnist"
    for name in raw.iterdir():
        name.unlink()
    assert load_images().source == "kaggle"
    (tmp_path / "input" / "competitions" / "digit-recognizer" / "train.csv").unlink()
    assert load_images().source == "digits"


def test_course_data_names_the_source_that_auto_takes(
    raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_DATA", "digits")
    assert load_images().source == "digits"
    assert load_images("mnist").source == "mnist"  # an argument says more than the setting


def test_a_named_mnist_that_is_missing_says_what_was_looked_for_and_where(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        load_images("mnist")
    message = str(caught.value)
    assert str(tmp_path / "data" / "MNIST" / "raw") in message
    assert all(name in message for pair in IDX_FILES for name in pair)
    assert "COURSE_DATA_DIR" in message
    assert "download failed (no network" in message


def test_a_named_kaggle_that_is_missing_says_what_was_looked_for_and_where(
    tmp_path: Path,
) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        load_images("kaggle")
    assert str(tmp_path / "input") in str(caught.value)
    assert "digit-recognizer" in str(caught.value)


def test_an_unknown_source_lists_what_there_is() -> None:
    with pytest.raises(ValueError, match="'minst'; expected one of auto, mnist, kaggle, digits"):
        load_images("minst")


def test_the_source_is_announced_once_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        load_images("digits")
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "digits" in said
    assert "COURSE_DATA_DIR" not in said  # they were asked for


def test_falling_back_to_the_digits_says_how_to_get_mnist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").write_text("in the way")
    assert load_images().source == "digits"
    assert "COURSE_DATA_DIR" in capsys.readouterr().out


# --- a data folder that cannot be used


def test_a_data_folder_that_is_a_file_gives_digits_or_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").write_text("in the way")
    assert load_images().source == "digits"
    with pytest.raises(FileNotFoundError, match="No MNIST"):
        load_images("mnist")


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A folder that may not be entered, by a user who is not root."""
    load_images("digits")  # what is imported late is imported now
    folder = tmp_path / "data"
    folder.mkdir(mode=0o000)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield folder
    if root:
        os.seteuid(0)
    folder.chmod(0o700)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no users here")
def test_a_data_folder_without_permission_gives_digits_under_auto(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_KAGGLE_DIR", "/nowhere/input")
    assert load_images().source == "digits"


# --- the real thing


def test_real_mnist_is_what_it_is_known_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = REAL_MNIST
    if not (folder / sources.IDX_FOLDER / TRAIN_IMAGES).exists():
        pytest.skip("COURSE_DATA_DIR points to no MNIST")
    data: ImageData = load_images("mnist", folder)
    assert (len(data.train_labels), len(data.test_labels)) == (60_000, 10_000)
    assert data.train_labels[:6].tolist() == [5, 0, 4, 1, 9, 2]
    assert data.test_labels.bincount().tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009
    ]  # fmt: skip
    assert data.train_images.double().mean().item() / 255 == pytest.approx(0.1307, abs=5e-5)


REAL_MNIST = settings.current().data_dir  # as the environment has it when the tests start
