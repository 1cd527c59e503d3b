"""Sentences become tokens: parts that share no template, one vocabulary, padding that is masked."""

import ast
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import course_lib
from course_lib.data import TextDataModule, TextDataset, load_sentences, read_sst2, train_tokenizer
from course_lib.data.sentences import make_sentences
from course_lib.data.text import split

PACKAGE = Path(course_lib.__file__).parent


def write(folder: Path, train: str = "", dev: str = "") -> Path:
    """A small SST-2; without arguments 20 sentences for training and 6 for the test."""
    for name, text, count in (("train", train, 10), ("dev", dev, 3)):
        rows = [f"{name} {word} number {i}\t{i % 2}\n" for i in range(count) for word in "ab"]
        (folder / f"{name}.tsv").write_text(text or "".join(["sentence\tlabel\n", *rows]))
    return folder


def ready(folder: Path, **options: Any) -> TextDataModule:
    data = TextDataModule(write(folder), **{"batch_size": 4, **options})
    data.prepare_data()
    data.setup("fit")
    return data


# --- the built-in sentences


def test_built_in_sentences_are_many_balanced_short_and_never_twice_the_same() -> None:
    data = load_sentences()
    for sentences, labels in (
        (data.train_sentences, data.train_labels),
        (data.test_sentences, data.test_labels),
    ):
        assert len(sentences) == len(labels) >= 400
        assert sum(labels) * 2 == len(labels)
    everything = [*data.train_sentences, *data.test_sentences]
    assert len({re.sub(r"\W+", " ", text.lower()) for text in everything}) == len(everything)
    assert {len(text.split()) for text in everything} <= set(range(4, 19))
    assert load_sentences() == data


def test_no_template_is_in_training_and_in_the_test_and_each_kind_is_in_both() -> None:
    train, test = make_sentences(seed=0)
    assert not {each.template for each in train} & {each.template for each in test}
    assert {each.kind for each in train} == {each.kind for each in test}
    assert load_sentences().train_templates == [each.template for each in train]


def test_each_template_gives_as_much_praise_as_blame() -> None:
    signs: dict[int, list[int]] = {}
    for part in make_sentences(seed=1):
        for each in part:
            signs.setdefault(each.template, []).append(each.label)
    assert all(sum(labels) * 2 == len(labels) for labels in signs.values())


def test_the_test_asks_for_no_word_that_training_lacks() -> None:
    data = load_sentences()
    known, asked = (
        set(re.findall(r"\w+", " ".join(part).lower()))
        for part in (data.train_sentences, data.test_sentences)
    )
    assert asked <= known


def test_the_article_fits_the_word_after_it() -> None:
    text = " ".join(load_sentences().train_sentences).lower()
    assert re.search(r"\ban? [aeiou]", text)
    assert not re.search(r"\ba [aeiou]|\ban [^aeiou]", text)


# --- the split


def test_validation_takes_whole_templates() -> None:
    groups = [0] * 5 + [1] * 5 + [2] * 5 + [3] * 5
    train, val = split(groups, 0.25, seed=1)
    assert sorted([*train, *val]) == list(range(20))
    assert len(val) == 5
    assert not {groups[i] for i in train} & {groups[i] for i in val}
    assert split(groups, 0.25, seed=1) == (train, val)
    assert len({tuple(split(groups, 0.25, seed)[1]) for seed in range(9)}) > 1


@pytest.mark.parametrize("groups", [[0, 0, 0], [0, 1]])
def test_a_split_that_leaves_one_part_empty_is_refused(groups: list[int]) -> None:
    with pytest.raises(ValueError, match="leaves one part empty"):
        split(groups, 0.2 if len(groups) == 2 else 0.5, seed=0)


def test_the_data_module_splits_the_built_in_sentences_by_template() -> None:
    data = TextDataModule(val_fraction=0.2)
    data.setup()
    source = load_sentences()
    template = dict(zip(source.train_sentences, source.train_templates, strict=True))
    train, val = ({template[s] for s in p.sentences} for p in (data.train_set, data.val_set))
    assert not train & val
    assert data.test_set.sentences == source.test_sentences
    assert len(data.val_set) == pytest.approx(0.2 * len(source.train_labels), rel=0.05)


# --- the vocabulary


def test_the_vocabulary_comes_from_what_is_left_for_training(tmp_path: Path) -> None:
    """Letters apart, no piece of a word that only validation or the test has."""
    data = ready(tmp_path)
    assert "train" in data.tokenizer.get_vocab()
    assert "dev" not in data.tokenizer.get_vocab()
    text = " ".join(data.train_set.sentences)
    for piece in data.tokenizer.get_vocab():
        assert piece.startswith("[") or piece.removeprefix("##") in text


def test_the_tokenizer_has_berts_special_tokens_and_no_more_than_it_may() -> None:
    tokenizer = train_tokenizer(load_sentences().train_sentences, vocab_size=100)
    assert len(tokenizer) == 100
    assert tokenizer.convert_ids_to_tokens([0, 1, 2, 3, 4]) == [
        *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    ]
    assert tokenizer.decode(tokenizer("The FILM was Good")["input_ids"]) == (
        "[CLS] the film was good [SEP]"
    )
    with pytest.raises(ValueError, match="vocab_size is 5"):
        train_tokenizer(["a"], vocab_size=5)


# --- batches


def test_the_vocabulary_depends_on_the_sentences_and_on_nothing_else() -> None:
    """Not even on their order, let alone on chance: else the same seed trains another network."""
    sentences = load_sentences().train_sentences
    vocabulary = train_tokenizer(sentences).get_vocab()
    assert train_tokenizer(sentences[::-1]).get_vocab() == vocabulary


def test_a_batch_is_padded_to_its_own_longest_sentence() -> None:
    part = TextDataset(["x", "y", "z"], [[2, 7, 3], [2, 3], [2, 5, 6, 7, 3]], [0, 1, 1], pad=0)
    batch = part.batch([1, 0])
    assert batch["input_ids"].tolist() == [[2, 3, 0], [2, 7, 3]]
    assert batch["attention_mask"].tolist() == [[1, 1, 0], [1, 1, 1]]
    assert batch["labels"].tolist() == [1, 0]
    assert {tensor.dtype for tensor in batch.values()} == {torch.int64}
    assert part.batch([2, 1])["input_ids"].tolist() == [[2, 5, 6, 7, 3], [2, 3, 0, 0, 0]]
    assert part[-1]["input_ids"].tolist() == [2, 5, 6, 7, 3]
    with pytest.raises(IndexError, match="3 sentences"):
        part[3]
    with pytest.raises(ValueError, match="1 sentences, tokens of 1 and 2 labels"):
        TextDataset(["x"], [[2]], [0, 1], pad=0)


def test_loaders_hand_out_every_sentence_once_and_shuffle_training_alone(tmp_path: Path) -> None:
    data = ready(tmp_path)

    def texts(loader: Any) -> list[str]:
        rows = [row for batch in loader for row in batch["input_ids"]]
        return [data.tokenizer.decode(row, skip_special_tokens=True) for row in rows]

    def given(part: TextDataset) -> list[str]:
        rows = data.tokenizer(part.sentences)["input_ids"]
        return [data.tokenizer.decode(row, skip_special_tokens=True) for row in rows]

    assert texts(data.test_dataloader()) == given(data.test_set)
    assert texts(data.predict_dataloader()) == given(data.test_set)
    assert texts(data.val_dataloader()) == given(data.val_set)
    loader = data.train_dataloader()
    orders = [given(data.train_set), texts(loader), texts(loader)]
    assert len({tuple(order) for order in orders}) == 3
    assert len({tuple(sorted(order)) for order in orders}) == 1


def test_sizes_of_batches_are_as_given(tmp_path: Path) -> None:
    data = ready(tmp_path, batch_size=5, eval_batch_size=2, drop_last=True)
    assert {len(batch["labels"]) for batch in data.train_dataloader()} == {5}
    assert {len(batch["labels"]) for batch in data.val_dataloader()} == {2}
    assert len(next(iter(ready(tmp_path, batch_size=1).val_dataloader()))["labels"]) == 4


def test_workers_hand_out_the_same_batches(tmp_path: Path) -> None:
    one, two = ready(tmp_path), ready(tmp_path, num_workers=1)
    for batch, other in zip(one.val_dataloader(), two.val_dataloader(), strict=True):
        assert all(torch.equal(batch[name], other[name]) for name in batch)


# --- new sentences


def test_new_sentences_of_any_kind_can_be_encoded(tmp_path: Path) -> None:
    data = ready(tmp_path, max_length=8)
    batch = data.encode(["", "☃", "train a", "train " * 100])
    assert set(batch) == {"input_ids", "attention_mask"}
    assert batch["attention_mask"].sum(dim=1).tolist() == [2, 3, 4, 8]
    tokens = [data.tokenizer.convert_ids_to_tokens(row) for row in batch["input_ids"]]
    assert tokens[0][:3] == ["[CLS]", "[SEP]", "[PAD]"]
    assert tokens[1][:3] == ["[CLS]", "[UNK]", "[SEP]"]
    assert tokens[3][-1] == "[SEP]"


@pytest.mark.parametrize("sentences", ["one sentence", []])
def test_a_sentence_where_a_list_belongs_is_refused(tmp_path: Path, sentences: Any) -> None:
    with pytest.raises(ValueError, match="at least one sentence"):
        ready(tmp_path).encode(sentences)


# --- SST-2


def test_sst2_is_read_as_it_is_written(tmp_path: Path) -> None:
    text = "sentence\tlabel\r\n\"quotes mean nothing \t1\r\nnaïve , isn't it ?\t0\r\n"
    write(tmp_path, train=text)
    data = read_sst2(tmp_path)
    assert data.train_sentences == ['"quotes mean nothing', "naïve , isn't it ?"]
    assert data.train_labels == [1, 0]
    assert data.test_sentences[0] == "dev a number 0"
    assert data.train_templates == [0, 1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("label\tsentence\n1\ta\n", "line 1: expected the header"),
        ("sentence\tlabel\na\t1\nb c\n", "line 3 has 1 columns"),
        ("sentence\tlabel\na\t1\nb\tc\t0\n", "line 3 has 3 columns"),
        ("sentence\tlabel\na\t2\n", "line 2: the label is '2'; expected 0 or 1"),
        ("sentence\tlabel\na\tpositive\n", "line 2: the label is 'positive'"),
        ("sentence\tlabel\na\t1\n\nb\t0\n", "line 3 is empty"),
        ("sentence\tlabel\n", "holds no sentences"),
        ("sentence,label\na,1\n", "line 1: expected the header"),
    ],
)
def test_a_fault_in_a_file_is_named_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    write(tmp_path, dev=text)
    with pytest.raises(ValueError, match=re.escape(expected)) as caught:
        read_sst2(tmp_path)
    assert str(tmp_path / "dev.tsv") in str(caught.value)


def test_a_file_that_is_missing_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no train\.tsv and no dev\.tsv"):
        read_sst2(tmp_path)
    write(tmp_path)
    (tmp_path / "train.tsv").write_bytes(b"sentence\tlabel\n\xff\xfe\t1\n")
    with pytest.raises(ValueError, match=r"train\.tsv is no text in UTF-8"):
        read_sst2(tmp_path)


# --- arguments


@pytest.mark.parametrize(
    ("argument", "value", "expected"),
    [
        ("batch_size", 0, "at least 1"),
        ("eval_batch_size", 0, "at least 1"),
        ("num_workers", -1, "at least 0"),
        ("max_length", 2, "at least 3"),
        ("max_vocab_size", 5, "at least 6"),
        ("val_fraction", 1.0, "between 0 and 1"),
    ],
)
def test_an_argument_without_meaning_is_named(argument: str, value: Any, expected: str) -> None:
    with pytest.raises(ValueError, match=expected) as caught:
        TextDataModule(**{argument: value})
    assert str(caught.value).startswith(f"{argument} is {value!r}")


def test_a_part_that_is_asked_for_before_setup_is_a_clear_error() -> None:
    with pytest.raises(RuntimeError, match=r"setup\(\)"):
        TextDataModule().train_dataloader()


def test_hyperparameters_are_plain_values(tmp_path: Path) -> None:
    values = TextDataModule(tmp_path, pretrained_model=tmp_path).hparams.values()  # type: ignore[arg-type]
    assert all(isinstance(value, str | int | float | None) for value in values)


# --- transformers, which not everybody has


def test_nothing_imports_transformers_before_it_is_needed() -> None:
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        text = "\n".join(ast.unparse(node) for node in imports)
        assert not re.search(
            r"^(from|import) (transformers|tokenizers|huggingface_hub)", text, re.M
        )


def test_without_transformers_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'lightning-course-kit\[text\]'"):
        TextDataModule().setup()
