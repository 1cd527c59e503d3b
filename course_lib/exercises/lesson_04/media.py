"""Exercise 4.4: images, a table and a text in one run."""

import json
import re
from pathlib import Path
from typing import Any

import wandb
from PIL import Image
from pytorch_lightning.loggers import WandbLogger
from torch import Tensor, float32, rand, tensor

from course_lib.exercises.answers import listed, require_function
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.tracked import StandIn, another_run, offline_runs

COLUMNS = ["true", "predicted", "right"]
SHOWN = 20  # images


@exercise(
    "4.4",
    why="An accuracy says how often a model is wrong; twenty captioned images say how.",
    hints=(
        "`log_image` takes a list of images, and each further argument is a list of the same "
        "length, such as `caption`. `log_table` and `log_text` take `columns` and `data`, a list "
        "of rows.",
        "`wandb.Image` turns a float into a whole number from 0 to 255 by cutting off what is "
        "behind the point. Subtract each image's smallest value and divide by its new largest; "
        "what is the factor, and which `dtype` leaves W&B nothing to cut?",
        "`labels.tolist()` makes plain numbers; `zip` goes through labels and predictions "
        "together. A text is a table with one column and one row.",
    ),
    limit=20.0,  # the first run of a process starts W&B's service
)
def log_media(log_samples: Any) -> None:
    """Images, a table, text."""
    require_function(log_samples, "log_samples")
    with offline_runs() as runs:
        logger = WandbLogger(project="samples", offline=True)
        run = logger.experiment
        with another_run() as other:
            for count, wrong in ((30, [2, 3, 11, 19, 20, 25, 28]), (5, [1, 4])):
                given = samples(count, wrong)
                log_samples(logger, *(part.clone() for part in given))
                require_own_run(run, other, runs)
                require_images(run, *given)
                require_table(run, *given)
                require_text(run, *given)


def samples(count: int, wrong: list[int]) -> tuple[Tensor, Tensor, Tensor]:
    """Images `[count, 1, 6, 6]`, not from 0 to 1, brightest at the pixel of their number; classes.

    Of each image, the darkest pixel is another, and of another value.
    """
    images = rand(count, 1, 6, 6) - 0.5
    for number in range(count):
        images[number].view(-1)[number] = 1.5 + number / 100
    labels = tensor([(3 * number + 7) % 10 for number in range(count)])
    preds = labels.clone()
    preds[wrong] = (labels[wrong] + 4) % 10
    return images, labels, preds


def require_own_run(run: wandb.Run, other: StandIn, runs: list[wandb.Run]) -> None:
    """Refuse what is logged elsewhere than in the logger that is passed."""
    with rule("g"):
        names = {name for data, _ in other.logged for name in data}
        require(
            not names,
            f"{listed(names)} went to another run, one that happened to be open. Whether "
            "`wandb.log` or a new WandbLogger, both write there: use `logger`.",
        )
        require(
            runs == [run],
            "It makes a run of its own, in which nobody would look for this; use `logger`.",
        )


def entry(run: wandb.Run, name: str, told: str) -> dict[str, Any]:
    """What was logged last under a name, in W&B's own terms."""
    found = run.summary.get(name)
    if found is None:
        summary = run.summary.keys()
        names = [key for key in summary if not key.startswith(("_", "trainer/"))]
        known = f"{listed(names[:5])}{', …' if len(names) > 5 else ''}"
        refuse(f"Nothing is logged as `{name}`; what there is: {known}.")
    if not hasattr(found, "keys"):
        refuse(f"`{name}` is the value {found!r:.40}; expected {told}.")
    parts = found.keys()  # no dictionary, but like one
    return {part: found[part] for part in parts}


def require_images(run: wandb.Run, images: Tensor, labels: Tensor, preds: Tensor) -> None:
    """Refuse other images than the first, or other captions than theirs."""
    count = min(len(images), SHOWN)
    with rule("a"):
        found = entry(run, "samples", "images, from `logger.log_image`")
        files = found.get("filenames", [])
        require(
            str(found.get("_type", "")).startswith("images"),
            f"`samples` is a W&B {found.get('_type', 'value')!r:.30}; expected a list of images in "
            "a single call of `logger.log_image`.",
        )
        require(
            len(files) == count,
            f"Of {len(images)} images {len(files)} are logged; expected {count}.",
        )
    pictures = [pixels(Path(run.dir) / file) for file in files]
    numbers = [number_of(picture, images) for picture in pictures]
    require_visible(pictures, numbers, images)
    with rule("a"):
        require(
            sorted(numbers) == list(range(count)),
            f"The images logged are those with the numbers {_short(numbers)}; expected the first "
            f"{count}.",
        )
        require(numbers == sorted(numbers), f"The images are in another order: {_short(numbers)}.")
    require_captions(found.get("captions") or [], labels[numbers], preds[numbers])


def require_captions(captions: list[str], labels: Tensor, preds: Tensor) -> None:
    """Refuse other captions than those of the images that are shown."""
    pairs = list(zip(labels.tolist(), preds.tolist(), strict=True))
    wanted = [f"true {label}, predicted {pred}" for label, pred in pairs]
    with rule("b"):
        require(bool(captions), "The images have no captions.")
        require(
            captions != [f"true {pred}, predicted {label}" for label, pred in pairs],
            "In the captions the true class and the predicted one have changed places.",
        )
        for number, (caption, expected) in enumerate(zip(captions, wanted, strict=True)):
            require(
                sorted(captions) != sorted(wanted) or caption == expected,
                f"The captions are right but in another order: image {number} has {caption!r:.60}.",
            )
            require(
                caption == expected,
                f"The caption of image {number} is {caption!r:.60}; expected {expected!r}.",
            )


def pixels(file: Path) -> list[int]:
    """The pixels of an image, from 0 to 255."""
    with Image.open(file) as image:
        return list(image.convert("L").tobytes())


def number_of(picture: list[int], images: Tensor) -> int:
    """Which of the images a picture shows; if it fits none, the place of its brightest pixel."""
    fitting = [number for number, image in enumerate(images) if shows(picture, image)]
    return fitting[0] if fitting else picture.index(max(picture))


def shows(picture: list[int], image: Tensor) -> bool:
    """Whether a picture is the image from black to white, up to rounding."""
    whole = (image - image.min()) / (image.max() - image.min()) * 255
    found = tensor(picture, dtype=float32)
    return found.numel() == whole.numel() and bool((found - whole.flatten()).abs().max() < 2)


def require_visible(pictures: list[list[int]], numbers: list[int], images: Tensor) -> None:
    """Refuse pictures that do not go from black to white."""
    with rule("c"):
        for picture, number in zip(pictures, numbers, strict=True):
            low, high = min(picture), max(picture)
            require(
                high > 3,
                f"The pixels of image {number} are from {low} to {high} of 255, so that it is "
                "black: W&B cuts floats to whole numbers. Stretch it to 0 … 255 first.",
            )
            require(
                (low, high) == (0, 255),
                f"The pixels of image {number} are from {low} to {high}; expected its darkest at 0 "
                "and its brightest at 255.",
            )
            require(
                number < len(images) and shows(picture, images[number]),
                f"Image {number} goes from 0 to 255, but not evenly: something is cut off, or "
                "turned round.",
            )


def table(run: wandb.Run, name: str, told: str) -> dict[str, Any]:
    """The columns and rows of a table that was logged."""
    found = entry(run, name, told)
    if found.get("_type") != "table-file":
        refuse(f"`{name}` is a W&B {found.get('_type', 'value')!r:.30}; expected {told}.")
    return json.loads((Path(run.dir) / found["path"]).read_text("utf-8"))


def require_table(run: wandb.Run, images: Tensor, labels: Tensor, preds: Tensor) -> None:
    """Refuse a table without one row for each image."""
    with rule("d"):
        found = table(run, "predictions", "a table, from `logger.log_table`")
        columns, rows = found["columns"], found["data"]
        require(
            columns == COLUMNS,
            f"The columns are {', '.join(map(str, columns)):.80}; expected {', '.join(COLUMNS)}.",
        )
        require(
            len(rows) != SHOWN or len(images) == SHOWN,
            f"The table has {len(rows)} rows, for those images that are shown; expected one for "
            f"each of the {len(images)}.",
        )
        require(
            len(rows) == len(images),
            f"For {len(images)} images the table has {len(rows)} rows.",
        )
        expected = [
            [int(label), int(pred), bool(label == pred)]
            for label, pred in zip(labels, preds, strict=True)
        ]
        swapped = [[pred, label, right] for label, pred, right in expected]
        require(rows != swapped, "In the table, `true` and `predicted` have changed places.")
    require_rows(rows, expected)


def require_rows(rows: list[list[Any]], expected: list[list[Any]]) -> None:
    """Refuse cells that are no plain values, or not those of the image."""
    for number, (row, wanted) in enumerate(zip(rows, expected, strict=True)):
        with rule("e"):
            odd = [value for value in row if not isinstance(value, int)]
            require(
                not odd,
                f"Row {number} of the table is {row!r:.60}; expected two whole numbers and True or "
                "False.",
            )
            require(
                isinstance(row[2], bool),
                f"In row {number} `right` is {row[2]!r}; expected True or False.",
            )
        with rule("d"):
            require(
                row[:2] != wanted[:2] or row == wanted,
                f"Row {number} says {row[2]} under `right`, with the classes {wanted[0]} and "
                f"{wanted[1]}.",
            )
            require(
                row == wanted,
                f"Row {number} of the table is {row!r:.60}; expected {wanted}.",
            )


def require_text(run: wandb.Run, images: Tensor, labels: Tensor, preds: Tensor) -> None:
    """Refuse a text that does not say how many are wrong."""
    with rule("f"):
        rows = table(run, "notes", "a text, from `logger.log_text`")["data"]
        text = " ".join(str(value) for row in rows for value in row)
        wrong = int((labels != preds).sum())
        numbers = [int(number) for number in re.findall(r"(?<![\d.])\d+(?![\d.]*\d)", text)]
        require(
            wrong in numbers or len(images) - wrong not in numbers,
            f"The text says {text!r:.60}: that is how many are right. Count the others.",
        )
        require(
            wrong in numbers,
            f"The text says {text!r:.60}; of the {len(images)} predictions {wrong} are wrong, and "
            "that number is missing.",
        )


def _short(numbers: list[int]) -> str:
    return f"{', '.join(map(str, numbers[:5]))}{', …' if len(numbers) > 5 else ''}"
