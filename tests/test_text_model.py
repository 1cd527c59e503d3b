"""LitTextClassifier: a real pretrained model from a folder, and a small one from scratch."""

import re
import shutil
import socket
import warnings
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from pytorch_lightning.callbacks import ModelCheckpoint
from torch import Tensor

from course_lib import pretrained
from course_lib.data import TextDataModule, train_tokenizer
from course_lib.models import LitTextClassifier

GOOD, BAD = ("fine", "great", "lovely"), ("bad", "poor", "awful")
THINGS = ("a film", "the soup", "our tool", "that lesson", "their trip")
NEW = ["a great film", "", "☃", "soup " * 200, "the lesson was bad"]
PLAIN = (str, int, float, bool, type(None))


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Without a network; notes who asks for one."""
    asked: list[str] = []

    def refuse(*address: Any, **_: Any) -> Any:
        asked.append(str(address))
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning recommends more workers
        yield asked


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sentences whose label one word tells, in the form of SST-2."""
    folder = tmp_path_factory.mktemp("corpus")
    verdicts = [(word, int(word in GOOD)) for word in (*GOOD, *BAD)]
    for name, ending in (("train", "was"), ("dev", "is")):
        rows = [f"{t} {ending} {w}\t{label}\n" for t in THINGS for w, label in verdicts]
        (folder / f"{name}.tsv").write_text("".join(["sentence\tlabel\n", *rows]))
    return folder


@pytest.fixture(scope="module")
def bert(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BERT with random weights and its tokenizer, as a person would have saved them."""
    import transformers

    folder = tmp_path_factory.mktemp("bert")
    tokenizer = train_tokenizer((corpus / "train.tsv").read_text().splitlines(), 80)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(3)
    config = transformers.BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    with pretrained.quiet():
        transformers.BertModel(config).save_pretrained(folder)
    return folder


def trainer(folder: Path, **options: Any) -> pl.Trainer:
    return pl.Trainer(
        default_root_dir=folder,
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        **{"max_epochs": 1, "enable_checkpointing": False, **options},
    )


def data_of(corpus: Path, **options: Any) -> TextDataModule:
    data = TextDataModule(corpus, batch_size=8, eval_batch_size=7, **options)
    data.setup()
    return data


def scratch(data: TextDataModule, **options: Any) -> LitTextClassifier:
    torch.manual_seed(0)
    sizes = dict(hidden_size=16, layers=1, heads=2)
    return LitTextClassifier(vocab_size=data.vocab_size, **{**sizes, **options})


def probabilities(model: LitTextClassifier, data: TextDataModule) -> Tensor:
    model.freeze()
    return model.predict_step(data.encode(NEW))


# --- pretrained, from a folder


def test_a_pretrained_folder_trains_checkpoints_reloads_without_it_and_predicts_the_same(
    bert: Path, corpus: Path, tmp_path: Path, offline: list[str]
) -> None:
    folder = Path(shutil.copytree(bert, tmp_path / "bert"))
    data = data_of(corpus, pretrained_model=str(folder))
    model = LitTextClassifier(pretrained_model=str(folder), lr=1e-3)
    before = model.network.bert.embeddings.word_embeddings.weight.clone()
    saved = trainer(tmp_path, enable_checkpointing=True)
    saved.fit(model, data)
    assert not torch.equal(before, model.network.bert.embeddings.word_embeddings.weight)
    expected = probabilities(model, data)
    shutil.rmtree(folder)
    path = saved.checkpoint_callback.best_model_path  # type: ignore[union-attr]
    again = LitTextClassifier.load_from_checkpoint(path, weights_only=True)
    same = TextDataModule.load_from_checkpoint(path, weights_only=True)
    assert torch.equal(probabilities(again, same), expected)
    assert torch.allclose(expected.sum(dim=1), torch.ones(len(NEW)))
    assert offline == []


def test_pretrained_weights_are_those_of_the_folder(bert: Path) -> None:
    from safetensors.torch import load_file

    saved = load_file(bert / "model.safetensors")
    model = LitTextClassifier(pretrained_model=str(bert), num_classes=5)
    state = model.network.bert.state_dict()
    assert saved.keys() <= state.keys()
    assert all(torch.equal(state[name], tensor) for name, tensor in saved.items())
    assert model(torch.tensor([[2, 3]])).shape == (1, 5)
    assert all(module.training for module in model.modules())


def test_loading_is_silent_and_leaves_the_settings_of_transformers_as_they_were(
    bert: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = pretrained.transformers().utils.logging
    monkeypatch.setattr(settings.get_logger("transformers"), "handlers", [caplog.handler])
    before = (settings.get_verbosity(), settings.is_progress_bar_enabled())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LitTextClassifier(pretrained_model=str(bert))  # its head is new: a report, by itself
        pretrained.load("AutoTokenizer", str(bert))
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []
    assert (settings.get_verbosity(), settings.is_progress_bar_enabled()) == before


def test_a_folder_that_cannot_be_read_is_named(bert: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(bert, tmp_path / "broken"))
    (broken / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ValueError, match=re.escape(f"The folder {broken} cannot be read")):
        LitTextClassifier(pretrained_model=str(broken))
    with pytest.raises(ValueError, match="save_pretrained"):
        TextDataModule(pretrained_model=str(tmp_path)).prepare_data()


def test_a_name_that_cannot_be_fetched_is_one_sentence_after_one_look(offline: list[str]) -> None:
    for load in (
        lambda: LitTextClassifier(pretrained_model="no-such/model"),
        TextDataModule(pretrained_model="no-such/model").prepare_data,
    ):
        with pytest.raises(ValueError, match="'no-such/model': no folder here") as caught:
            load()
        assert "go online, or name a local folder" in str(caught.value)
        assert "\n" not in str(caught.value)
    assert len([address for address in offline if "huggingface" in address]) <= 4
    with pytest.raises(ValueError, match="there is no such folder"):
        LitTextClassifier(pretrained_model="./no/such/folder")


# --- from scratch


def test_a_small_model_learns_and_its_metrics_are_those_of_its_predictions(
    corpus: Path, tmp_path: Path
) -> None:
    data = data_of(corpus)
    model = scratch(data, lr=5e-3)
    run = trainer(tmp_path, max_epochs=20)
    run.fit(model, data)
    assert {"train_loss", "val_loss", "val_acc"} <= set(run.callback_metrics)
    assert run.callback_metrics["train_loss"] < 0.1
    (metrics,) = run.test(model, data, verbose=False)
    predicted = torch.cat(run.predict(model, data))  # type: ignore[arg-type]
    labels = data.test_set.labels
    accuracy = (predicted.argmax(dim=1) == labels).float().mean().item()
    assert metrics["test_acc"] == pytest.approx(accuracy)
    assert metrics["test_loss"] == pytest.approx(F.nll_loss(predicted.log(), labels).item())


def test_padding_changes_no_prediction(corpus: Path) -> None:
    data = data_of(corpus)
    model = scratch(data).eval()
    alone = [model.predict_step(data.encode([sentence])) for sentence in NEW]
    assert torch.allclose(torch.cat(alone), model.predict_step(data.encode(NEW)), atol=1e-6)
    batch = data.encode(NEW)
    assert not torch.allclose(model(batch["input_ids"]), model(**batch), atol=1e-4)


def test_hyperparameters_are_plain_and_hold_the_architecture(corpus: Path) -> None:
    hparams = scratch(data_of(corpus), hidden_size=8).hparams
    architecture = hparams.pop("architecture")
    assert all(isinstance(value, PLAIN) for value in hparams.values())
    assert (architecture["model_type"], architecture["hidden_size"]) == ("bert", 8)


def test_a_checkpoint_is_not_used_with_another_vocabulary(corpus: Path, tmp_path: Path) -> None:
    data = data_of(corpus)
    model = scratch(data)
    run = trainer(tmp_path, callbacks=[ModelCheckpoint(tmp_path)], enable_checkpointing=True)
    run.fit(model, data)
    path = next(tmp_path.glob("*.ckpt"))
    run.test(model, data_of(corpus), ckpt_path=str(path), verbose=False)
    other = data_of(corpus, max_vocab_size=40)
    with pytest.raises(ValueError, match="another vocabulary"):
        run.test(model, other, ckpt_path=str(path), verbose=False)


def test_a_training_goes_on_within_an_epoch_as_if_it_had_never_stopped(
    corpus: Path, tmp_path: Path
) -> None:
    """Three batches an epoch; the checkpoint is of the first of the second epoch."""
    weights = []
    for ckpt_path in (None, str(tmp_path / "middle.ckpt")):
        save = ModelCheckpoint(tmp_path, "middle", every_n_train_steps=4, save_top_k=-1)
        run = trainer(tmp_path, max_epochs=2, callbacks=[save], enable_checkpointing=True)
        data = data_of(corpus)
        model = scratch(data, dropout=0.0)
        run.fit(model, data, ckpt_path=ckpt_path, weights_only=True)
        weights.append(torch.cat([tensor.flatten() for tensor in model.parameters()]))
    assert torch.equal(*weights)


# --- the optimizer


def test_weight_decay_spares_biases_and_layer_norms(corpus: Path, tmp_path: Path) -> None:
    data = data_of(corpus)
    model = scratch(data, weight_decay=0.25)
    run = trainer(tmp_path, max_steps=1)
    run.fit(model, data)
    decayed, plain = run.optimizers[0].param_groups
    assert (decayed["weight_decay"], plain["weight_decay"]) == (0.25, 0.0)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    spared = {names[id(parameter)] for parameter in plain["params"]}
    expected = {n for n in names.values() if n.endswith(".bias") or "LayerNorm" in n}
    assert spared == expected
    assert len(decayed["params"]) + len(plain["params"]) == len(names)


def test_what_is_frozen_is_not_in_the_optimizer(bert: Path, corpus: Path, tmp_path: Path) -> None:
    model = LitTextClassifier(pretrained_model=str(bert))
    model.network.bert.requires_grad_(False)
    run = trainer(tmp_path, max_steps=1)
    run.fit(model, data_of(corpus, pretrained_model=str(bert)))
    groups = run.optimizers[0].param_groups
    assert [len(group["params"]) for group in groups] == [1, 1]  # weight and bias of the head


@pytest.mark.parametrize(("warmup", "rising"), [(0.0, 0), (0.5, 3)])
def test_the_rate_rises_and_falls_in_straight_lines_with_every_batch(
    corpus: Path, tmp_path: Path, warmup: float, rising: int
) -> None:
    seen: list[float] = []

    class Watch(pl.Callback):
        def on_train_batch_start(self, trainer: pl.Trainer, *args: Any) -> None:
            seen.append(trainer.optimizers[0].param_groups[0]["lr"])

    data = data_of(corpus)
    run = trainer(tmp_path, max_epochs=2, callbacks=[Watch()])
    run.fit(scratch(data, lr=0.12, warmup=warmup), data)
    assert len(seen) == 6
    assert seen.index(max(seen)) == rising
    assert max(seen) == pytest.approx(0.12)
    assert min(seen) > 0
    steps = [after - before for before, after in pairwise(seen)]
    assert steps[:rising] == pytest.approx([steps[0]] * rising)
    assert steps[rising:] == pytest.approx([steps[-1]] * (5 - rising))
    assert run.optimizers[0].param_groups[0]["lr"] == pytest.approx(0)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, "Give vocab_size"),
        ({"vocab_size": 0}, "vocab_size is 0; expected a whole number"),
        ({"vocab_size": 9, "hidden_size": 10, "heads": 4}, "expected a multiple of heads, 4"),
        ({"vocab_size": 9, "layers": 0}, "layers is 0"),
        ({"vocab_size": 9, "dropout": 1.0}, "dropout is 1.0"),
        ({"vocab_size": 9, "warmup": 2}, "warmup is 2; expected a share of the steps"),
    ],
)
def test_an_argument_without_meaning_is_named(arguments: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValueError, match=re.escape(expected)):
        LitTextClassifier(**arguments)
