"""Where images come from: MNIST's IDX files, Kaggle's CSV, a download, scikit-learn's digits.

Every source gives the same thing, `ImageData`, so that nothing after it needs to know which it was.
"""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib import settings
from course_lib.data.download import IDX_FOLDER, download_mnist

# The files of http://yann.lecun.com/exdb/mnist, by part: images and labels.
IDX_FILES = tuple(
    (f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte") for part in ("train", "t10k")
)
IMAGE_MAGIC, LABEL_MAGIC = 0x803, 0x801
TEST_SHARE = {"kaggle": 1 / 7, "digits": 1 / 5}  # Kaggle's 42,000 leave MNIST's own 6 : 1
SPLIT_SEED = 20_240

_announced: set[str] = set()


class ImageData(NamedTuple):
    """A data set in memory, one byte a pixel: 47 MB for MNIST's training part.

    Shapes: images uint8 `[N, 28, 28]`, labels int64 `[N]` in 0–9.
    """

    source: str
    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor


def load_images(source: str = "auto", data_dir: str | Path | None = None) -> ImageData:
    """Load a data set and say in one line, once, which it is.

    Args:
        source: `"mnist"`, `"kaggle"`, `"digits"`, or `"auto"`: what `COURSE_DATA` names, else the
            first that is there of IDX files, Kaggle's input, a download, and the digits.
        data_dir: the folder of `MNIST/raw`; `COURSE_DATA_DIR` if not given.

    Raises:
        FileNotFoundError: the named source is not there; says what was looked for and where.
        ValueError: a file is broken; names the file and the fault.
    """
    folder = _folder(data_dir)
    found = find_source(source, folder)
    if found == "mnist":
        data = _load_mnist(folder)
    elif found == "kaggle" and (path := _kaggle_csv()):
        data = _load_kaggle(path)
    else:
        data = _load_digits()
    asked = source if source != "auto" else settings.current().data
    _announce(data, fell_back=found == "digits" and asked == "auto")
    return data


def find_source(source: str, data_dir: str | Path | None = None) -> str:
    """Decide which source there is, downloading MNIST where that is the one to take.

    Args:
        source, data_dir: as in `load_images`.

    Raises:
        FileNotFoundError: the named source is not there.
        ValueError: no source has that name.
    """
    if source not in settings.SOURCES:
        raise ValueError(f"source is {source!r}; expected one of {', '.join(settings.SOURCES)}.")
    wanted = settings.current().data if source == "auto" else source
    data_dir = _folder(data_dir)
    if wanted == "digits":
        return "digits"
    if wanted in ("auto", "mnist") and _has_idx(data_dir):
        return "mnist"
    if wanted in ("auto", "kaggle") and _kaggle_csv():
        return "kaggle"
    if wanted == "kaggle":
        raise FileNotFoundError(
            f"No Digit Recognizer data: looked for digit-recognizer/**/train.csv below "
            f"{settings.current().kaggle_dir}. Attach the competition to the notebook "
            "(Add Input), or set COURSE_KAGGLE_DIR."
        )
    problem = download_mnist(data_dir)
    if problem is None:
        return "mnist"
    if wanted == "mnist":
        raise FileNotFoundError(
            f"No MNIST: looked for {', '.join(name for pair in IDX_FILES for name in pair)} in "
            f"{data_dir / IDX_FOLDER}, and the download failed ({problem}). Put the files there, "
            "set COURSE_DATA_DIR to the folder that holds MNIST/raw, or use COURSE_DATA=digits."
        )
    return "digits"


def read_idx(path: Path, magic: int) -> Tensor:
    """Read an IDX file of unsigned bytes, in the shape its header states.

    Raises:
        ValueError: not an IDX file of this kind, or of another size than its header says.
    """
    raw = np.fromfile(path, dtype=np.uint8)
    ndim = magic & 0xFF
    header = 4 * (1 + ndim)
    if raw.size < header:
        raise ValueError(f"{path} is truncated: {raw.size} bytes, its header alone has {header}.")
    found, *shape = raw[:header].view(">u4").tolist()
    if found != magic:
        raise ValueError(f"{path} is no IDX file: it begins with {found:#x}, expected {magic:#x}.")
    expected = header + math.prod(shape)
    if raw.size != expected:
        fault = "truncated" if raw.size < expected else "too long"
        raise ValueError(
            f"{path} is {fault}: {raw.size:,} bytes, its header promises {expected:,}. "
            "Delete it and fetch it again."
        )
    return torch.from_numpy(raw[header:].reshape(shape))


def _folder(data_dir: str | Path | None) -> Path:
    return Path(data_dir).expanduser() if data_dir else settings.current().data_dir


def _has_idx(data_dir: Path) -> bool:
    folder = data_dir / IDX_FOLDER
    try:
        return any((folder / name).exists() for pair in IDX_FILES for name in pair)
    except OSError:  # a folder that may not be entered
        return False


def _load_mnist(data_dir: Path) -> ImageData:
    folder = data_dir / IDX_FOLDER
    missing = [name for pair in IDX_FILES for name in pair if not (folder / name).exists()]
    if missing:
        raise FileNotFoundError(
            f"{folder} holds MNIST only in part; missing: {', '.join(missing)}. Put them there, "
            "or delete the folder."
        )
    parts: list[Tensor] = []
    for image_file, label_file in IDX_FILES:
        images = read_idx(folder / image_file, IMAGE_MAGIC)
        labels = read_idx(folder / label_file, LABEL_MAGIC).long()
        _check(images, labels, folder / image_file, folder / label_file)
        parts += [images, labels]
    return ImageData("mnist", *parts)


def _kaggle_csv() -> Path | None:
    """The competition's `train.csv`, wherever below the input folder Kaggle mounted it."""
    for path in sorted(settings.current().kaggle_dir.glob("**/train.csv")):
        if "digit-recognizer" in path.parts:
            return path
    return None


def _load_kaggle(path: Path) -> ImageData:
    import pandas as pd

    try:
        table = pd.read_csv(path)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no table: {error}") from None
    pixels = [f"pixel{i}" for i in range(28 * 28)]
    missing = [name for name in ["label", *pixels] if name not in table.columns]
    if missing:
        raise ValueError(
            f"{path} lacks the column {missing[0]!r} ({len(missing)} missing in all); expected "
            "label, pixel0 … pixel783, as in the Digit Recognizer competition's train.csv."
        )
    if table.empty:
        raise ValueError(f"{path} holds no images.")
    values = table[["label", *pixels]].to_numpy()
    if values.dtype.kind not in "iu":
        raise ValueError(f"{path} has empty cells or cells that are no whole numbers.")
    if not 0 <= values[:, 1:].min() <= values[:, 1:].max() <= 255:
        raise ValueError(
            f"{path} has pixel values from {values[:, 1:].min()} to {values[:, 1:].max()}; "
            "expected 0 to 255."
        )
    images = torch.from_numpy(values[:, 1:].astype(np.uint8).reshape(-1, 28, 28))
    labels = torch.from_numpy(values[:, 0].astype(np.int64))
    _check(images, labels, path, path)
    return _split_off_test("kaggle", images, labels)


def _load_digits() -> ImageData:
    """Scikit-learn's 1,797 digits, 8×8 with 17 grey levels, made to look like MNIST.

    MNIST's digits fill 20×20 pixels in the middle of 28×28; so do these, scaled up bilinearly.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    small = torch.from_numpy(bunch.images).float().unsqueeze(1) * (255 / 16)  # [N, 1, 8, 8]
    large = F.interpolate(small, size=(20, 20), mode="bilinear").round()
    images = F.pad(large, (4, 4, 4, 4)).squeeze(1).to(torch.uint8)  # [N, 28, 28]
    return _split_off_test("digits", images, torch.from_numpy(bunch.target).long())


def _split_off_test(source: str, images: Tensor, labels: Tensor) -> ImageData:
    """Set the same images aside for the test every time, where the source has no test part."""
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(SPLIT_SEED))
    test, train = order.tensor_split([round(len(images) * TEST_SHARE[source])])
    return ImageData(source, images[train], labels[train], images[test], labels[test])


def _check(images: Tensor, labels: Tensor, image_file: Path, label_file: Path) -> None:
    if len(images) == 0:
        raise ValueError(f"{image_file} holds no images.")
    if images.shape[1:] != (28, 28):
        raise ValueError(f"{image_file} holds images of {tuple(images.shape[1:])}, expected 28×28.")
    if len(images) != len(labels):
        raise ValueError(
            f"{image_file} holds {len(images):,} images, but {label_file.name} "
            f"{len(labels):,} labels."
        )
    outside = labels[(labels < 0) | (labels > 9)]
    if len(outside):
        raise ValueError(f"{label_file} holds the label {int(outside[0])}; expected 0 to 9.")


def _announce(data: ImageData, fell_back: bool) -> None:
    """Say which data this is: once a process, not once a data module."""
    if data.source in _announced:
        return
    _announced.add(data.source)
    names = {
        "mnist": "MNIST",
        "kaggle": "Kaggle's Digit Recognizer",
        "digits": "scikit-learn's digits",
    }
    advice = " · for MNIST: go online, or set COURSE_DATA_DIR" if fell_back else ""
    print(
        f"Data: {names[data.source]} · {len(data.train_images):,} training images, "
        f"{len(data.test_images):,} test images{advice}"
    )
