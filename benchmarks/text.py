"""How often a small transformer errs on the course's sentences, and a bag of words beside it.

Both are trained on the sentences that TextDataModule leaves for training, the transformer from
scratch with the defaults of LitTextClassifier; its last weights count. A repetition is a seed, of
the split and of the weights. Three tests: the built-in one, whose templates are held out; the same
with other templates held out for each seed; and one of sentences drawn at random, whose templates
are all known from training.
"""

import random
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from time import process_time

import pytorch_lightning as pl
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from benchmarks.measure import Case, Target, interleave, repetitions, report
from benchmarks.training import quiet
from course_lib.data import TextDataModule
from course_lib.data.sentences import Sentence, make_sentences
from course_lib.models import LitTextClassifier

EPOCHS, MOST_ERRORS, SECONDS = 12, 15, 15
TRANSFORMER, WORDS, PAIRS = "transformer", "bag of words", "bag of words and pairs"
BUILT_IN, OTHERS, KNOWN = "built-in test", "other templates held out", "templates known"
TRAINING = "training, CPU"


def write(folder: Path, parts: Mapping[str, Sequence[Sentence]]) -> Path:
    """Write sentences in the form of SST-2."""
    folder.mkdir()
    for name, sentences in parts.items():
        lines = ["sentence\tlabel", *(f"{each.text}\t{each.label}" for each in sentences)]
        (folder / name).write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def tests(seed: int, folder: Path) -> Iterator[tuple[str, Path | None]]:
    """Each test's name, and the folder of its sentences, if they are not the built-in ones."""
    yield BUILT_IN, None
    train, test = make_sentences(seed)
    yield OTHERS, write(folder / "others", {"train.tsv": train, "dev.tsv": test})
    mixed = random.Random(seed).sample([*train, *test], len(train) + len(test))
    parts = {"train.tsv": mixed[len(test) :], "dev.tsv": mixed[: len(test)]}
    yield KNOWN, write(folder / "known", parts)


def transformer(data: TextDataModule) -> tuple[float, float]:
    """Errors on the test sentences in %, and the seconds of the training."""
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=EPOCHS,
        limit_train_batches=1.0,
        limit_val_batches=1.0,
        limit_test_batches=1.0,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    model = LitTextClassifier(vocab_size=data.vocab_size)
    start = process_time()
    trainer.fit(model, data)
    seconds = process_time() - start
    (found,) = trainer.test(model, data, verbose=False)
    return 100 * (1 - found["test_acc"]), seconds


def bag_of_words(data: TextDataModule, longest: int) -> float:
    """The same errors of a logistic regression on counts of words, or of longer sequences too."""
    model = make_pipeline(
        CountVectorizer(ngram_range=(1, longest)), LogisticRegression(max_iter=1000)
    )
    train, test = data.train_set, data.test_set
    model.fit(train.sentences, train.labels.numpy())
    return 100 * (1 - model.score(test.sentences, test.labels.numpy()))


def case() -> Case:
    """All models and tests, with another seed each time it is called."""

    def runs() -> Iterator[Mapping[str, float]]:
        for seed in count():
            figures: dict[str, float] = {}
            with tempfile.TemporaryDirectory() as folder:
                for name, place in tests(seed, Path(folder)):
                    pl.seed_everything(seed, verbose=False)
                    data = TextDataModule(place, seed=seed)
                    data.setup()
                    errors, seconds = transformer(data)
                    figures[f"{TRANSFORMER}: {name}"] = errors
                    figures[f"{WORDS}: {name}"] = bag_of_words(data, 1)
                    figures[f"{PAIRS}: {name}"] = bag_of_words(data, 2)
                    if name == BUILT_IN:
                        figures[TRAINING] = seconds
            yield figures

    return runs().__next__


def main() -> int:
    """Measure, report, and fail if a target is missed."""
    seeds = repetitions(5, "Errors of a small transformer on text; a repetition is a seed.")
    quiet()
    times = interleave({"all": case()}, seeds, warm_up=False)
    targets = [
        Target(
            f"{TRANSFORMER}: {BUILT_IN}", MOST_ERRORS, "plain", statistic=max, words="every seed"
        ),
        Target(TRAINING, SECONDS, "plain"),
    ]
    for name, values in times.items():
        print(f"  {name}: {', '.join(f'{value:.1f}' for value in values)}")
    notes = [f"{EPOCHS} epochs; seeds 0 to {seeds - 1}"]
    title = "Errors on the course's sentences"
    units = {TRAINING: "s"}
    return 0 if report("text", title, times, targets, notes, unit="%", units=units) else 1


if __name__ == "__main__":
    sys.exit(main())
