"""Where sentences come from: the course's own, or a folder in the form of SST-2."""

from pathlib import Path
from typing import NamedTuple

SST2_FILES = ("train.tsv", "dev.tsv")
HEADER = ["sentence", "label"]


class SentenceData(NamedTuple):
    """Labelled sentences: 0 is negative, 1 positive.

    `train_templates` says which training sentences were made from the same template; sentences
    that people wrote have one each.
    """

    train_sentences: list[str]
    train_labels: list[int]
    test_sentences: list[str]
    test_labels: list[int]
    train_templates: list[int]


def read_sst2(folder: str | Path) -> SentenceData:
    """Read `train.tsv` and `dev.tsv` of SST-2; `dev.tsv` is the test part.

    (GLUE withholds the labels of SST-2's own test part.) Many of its training "sentences" are
    phrases of the same review, so that a validation part drawn from them flatters a model.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is empty or broken; names file, line and fault.
    """
    folder = Path(folder).expanduser()
    missing = [name for name in SST2_FILES if not (folder / name).is_file()]
    if missing:
        raise FileNotFoundError(
            f"{folder} has no {' and no '.join(missing)}; expected SST-2's two files, with the "
            "header sentence<tab>label."
        )
    train, test = (_read(folder / name) for name in SST2_FILES)
    return SentenceData(*train, *test, list(range(len(train[0]))))


def _read(path: Path) -> tuple[list[str], list[int]]:
    """Sentences and labels of one file; quotes have no meaning in it."""
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text in UTF-8 (byte {error.start}).") from None
    if lines[0].split("\t") != HEADER:
        raise ValueError(
            f"{path}, line 1: expected the header sentence<tab>label, found {lines[0][:60]!r}."
        )
    sentences: list[str] = []
    labels: list[int] = []
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            if number == len(lines):  # what follows the last line's end
                continue
            raise ValueError(f"{path}, line {number} is empty; expected a sentence and a label.")
        cells = line.split("\t")
        if len(cells) != len(HEADER):
            raise ValueError(
                f"{path}, line {number} has {len(cells)} columns; expected 2, with one tab between."
            )
        if cells[1].strip() not in ("0", "1"):
            raise ValueError(f"{path}, line {number}: the label is {cells[1]!r}; expected 0 or 1.")
        sentences.append(cells[0].strip())
        labels.append(int(cells[1]))
    if not sentences:
        raise ValueError(f"{path} holds no sentences.")
    return sentences, labels
