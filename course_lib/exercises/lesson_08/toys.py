"""Small transformers and small batches, and what comes of the one on the other.

transformers takes its time to import: nothing here does so before it is called.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import pytorch_lightning as pl
from torch import Tensor, cat, manual_seed, nan, nn, no_grad, tensor, zeros
from torch.optim import SGD
from torch.utils.data import DataLoader

from course_lib import pretrained

LABELS = 3
PAD = 0
Sentences = Sequence[Sequence[int]]
# Each batch is padded to more than its longest needs.
BATCHES: tuple[Sentences, ...] = (
    ([2, 7, 3], [2, 8, 5, 9, 4, 3], [2, 3], [2, 6, 6, 3]),
    ([2, 11, 12, 3], [2, 14, 3], [2, 9, 9, 9, 3], [2, 15, 4, 3]),
    ([2, 13, 5, 3],),
)
LENGTH = 9


def bert(dropout: float = 0.0, **options: Any) -> Any:
    """A BERT with all parts, of everything little, in training mode, and with large weights."""
    library = pretrained.transformers()
    manual_seed(0)
    given: dict[str, Any] = dict(
        vocab_size=16,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=16,
        initializer_range=0.8,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
        num_labels=LABELS,
    )
    config = library.BertConfig(**(given | options))
    return library.BertForSequenceClassification(config).train()


def distilbert(dropout: float) -> Any:
    """A DistilBERT as small, in training mode: another body, and a head with two layers."""
    library = pretrained.transformers()
    manual_seed(0)
    config = library.DistilBertConfig(
        vocab_size=16,
        dim=8,
        n_layers=1,
        n_heads=2,
        hidden_dim=8,
        max_position_embeddings=16,
        dropout=dropout,
        attention_dropout=dropout,
        seq_classif_dropout=dropout,
        num_labels=LABELS,
    )
    return library.DistilBertForSequenceClassification(config).train()


def gpt2(dropout: float) -> Any:
    """A GPT-2 as small, in training mode: its body is called `transformer`, its head `score`."""
    library = pretrained.transformers()
    manual_seed(0)
    config = library.GPT2Config(
        vocab_size=16,
        n_embd=8,
        n_layer=1,
        n_head=2,
        n_positions=16,
        resid_pdrop=dropout,
        embd_pdrop=dropout,
        attn_pdrop=dropout,
        pad_token_id=PAD,
        num_labels=LABELS,
    )
    return library.GPT2ForSequenceClassification(config).train()


def padded(sentences: Sentences, labels: Sequence[int] | None = None) -> dict[str, Tensor]:
    """A batch of them."""
    ids = [[*ids, *[PAD] * (LENGTH - len(ids))] for ids in sentences]
    mask = [[1] * len(ids) + [0] * (LENGTH - len(ids)) for ids in sentences]
    batch = {"input_ids": tensor(ids), "attention_mask": tensor(mask)}
    return batch if labels is None else {**batch, "labels": tensor(labels)}


def loader(batches: Iterable[dict[str, Tensor]]) -> DataLoader[Any]:
    """What hands out these batches, in order."""
    samples: Any = list(batches)
    return DataLoader(samples, batch_size=None)


def all_logits(model: Any, sentences: Sentences, masked: bool = True) -> Tensor:
    """The logits of sentences: each by itself, or padded and read with its padding."""
    with no_grad():
        if not masked:
            return model(input_ids=padded(sentences)["input_ids"]).logits
        return cat([model(input_ids=tensor([[*ids]])).logits for ids in sentences])


WORDS = ("[UNK]", "[CLS]", "the", "[SEP]", "[PAD]", "film", "soup", "was", "is", "not", "good")


def save_pretrained(folder: str, **options: Any) -> tuple[Any, Any]:
    """Save a BERT with a tokenizer of its own, that does not know how much the BERT can take."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    library = pretrained.transformers()
    numbers = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(numbers, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    ends = [(name, numbers[name]) for name in ("[SEP]", "[CLS]")]
    tokenizer.post_processor = processors.BertProcessing(*ends)
    special = {f"{name}_token": f"[{name.upper()}]" for name in ("unk", "cls", "sep", "pad")}
    fast = library.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)
    model = bert(vocab_size=len(WORDS), pad_token_id=numbers["[PAD]"], **options)
    fast.save_pretrained(folder)
    model.save_pretrained(folder)
    return fast, model.eval()


class Climber(pl.LightningModule):
    """Counts its steps in its weight; `val_acc` is best after the second of four."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = nn.Parameter(zeros(()))

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """One more."""
        return -self.steps

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """Log how good that is."""
        self.log("val_acc", (nan, 0.6, 0.9, 0.7, 0.8)[int(self.steps)])

    def test_step(self, batch: Any, batch_idx: int) -> None:
        """Log which weights these are."""
        self.log("steps", self.steps)

    def configure_optimizers(self) -> Any:
        """Steps of one."""
        return SGD(self.parameters(), lr=1.0)
