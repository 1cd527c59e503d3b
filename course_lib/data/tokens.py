"""Sentences as tokens: a tokenizer, and a data set that builds padded batches."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset, default_collate

from course_lib import pretrained

SPECIAL = {  # BERT's
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}
POSITIONS = 512  # that a BERT has

Batch = dict[str, Tensor]


def train_tokenizer(sentences: Iterable[str], vocab_size: int = 1000) -> Any:
    """Build a WordPiece vocabulary from sentences, which have to be training sentences alone.

    Letters, the words that occur twice or more, and the endings of five words or more; what is
    rarest is left out if there are too many. Everything is in lower case and without accents; a
    character that no sentence has makes its word `[UNK]`. The trainers of `tokenizers` choose
    among equals by chance, so that the same seed would train another network in each process.

    Args:
        sentences: of the training part.
        vocab_size: at most so many tokens, BERT's five special ones among them.

    Returns:
        A `transformers.PreTrainedTokenizerFast` with BERT's special tokens; `[PAD]` is 0.

    Raises:
        ModuleNotFoundError: transformers is not installed.
        ValueError: the vocabulary has no room for anything but special tokens.
    """
    if not isinstance(vocab_size, int) or vocab_size <= len(SPECIAL):
        raise ValueError(f"vocab_size is {vocab_size!r}; expected a whole number above 5.")
    pretrained.transformers()
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    normalizer = normalizers.BertNormalizer(lowercase=True)
    splitter = pre_tokenizers.BertPreTokenizer()
    words: Counter[str] = Counter()
    for sentence in sentences:
        parts = splitter.pre_tokenize_str(normalizer.normalize_str(sentence))
        words.update(word for word, _ in parts)
    tokens = [*SPECIAL.values(), *_pieces(words)][:vocab_size]
    numbers = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token=SPECIAL["unk_token"]))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, splitter
    tokenizer.decoder = decoders.WordPiece()
    ends = (("[SEP]", numbers["[SEP]"]), ("[CLS]", numbers["[CLS]"]))
    tokenizer.post_processor = processors.BertProcessing(*ends)
    description = {"json": tokenizer.to_str(), "special": SPECIAL, "length": POSITIONS}
    return rebuild_tokenizer(description)


def _pieces(words: Counter[str]) -> list[str]:
    """Letters, then words and endings, the frequent ones first; equals in alphabetical order."""
    letters = {mark + letter for word in words for letter in word for mark in ("", "##")}
    endings = Counter(f"##{word[i:]}" for word in words for i in range(1, len(word)))
    counts = {word: count for word, count in words.items() if count >= 2}
    counts |= {ending: count for ending, count in endings.items() if count >= 5}
    frequent = sorted(counts.keys() - letters, key=lambda token: (-counts[token], token))
    return [*sorted(letters), *frequent]


def describe_tokenizer(tokenizer: Any) -> dict[str, Any]:
    """Put a tokenizer into plain values, for checkpoints."""
    return {
        "json": tokenizer.backend_tokenizer.to_str(),
        "special": {name: str(token) for name, token in tokenizer.special_tokens_map.items()},
        "length": tokenizer.model_max_length,
    }


def rebuild_tokenizer(description: dict[str, Any]) -> Any:
    """Build the tokenizer that `describe_tokenizer` described."""
    transformers = pretrained.transformers()
    from tokenizers import Tokenizer

    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(description["json"]),
        model_max_length=description["length"],
        **description["special"],
    )


class TextDataset(Dataset[Batch]):
    """Sentences kept as tokens one after the other, and padded when a batch is built.

    A batch is as long as its own longest sentence: most are much shorter than the longest of all.

    Args:
        sentences: as they were written.
        tokens: of each.
        labels: of each.
        pad: the token that fills up.

    Raises:
        ValueError: there are not as many labels as sentences.
    """

    samples = "sentences"  # what an error calls them

    def __init__(
        self,
        sentences: list[str],
        tokens: Sequence[Sequence[int]],
        labels: Sequence[int],
        pad: int,
    ) -> None:
        if not len(sentences) == len(tokens) == len(labels):
            raise ValueError(
                f"{len(sentences)} sentences, tokens of {len(tokens)} and {len(labels)} labels; "
                "expected as many of each."
            )
        self.sentences = sentences
        self.labels = torch.tensor(labels, dtype=torch.int64)
        self.lengths = torch.tensor([len(row) for row in tokens], dtype=torch.int64)
        self.starts = self.lengths.cumsum(0) - self.lengths
        self.tokens = torch.tensor([token for row in tokens for token in row], dtype=torch.int32)
        self.pad = pad

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> Batch:
        """One sentence: `input_ids` and `attention_mask` int64 `[T]`, `labels` int64 `[]`."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is outside a data set of {len(self)} sentences.")
        return {name: rows[0] for name, rows in self.batch([index % len(self)]).items()}

    def batch(self, indices: Sequence[int]) -> Batch:
        """Build a batch: `input_ids`, `attention_mask` int64 `[B, T]`, `labels` int64 `[B]`."""
        index = torch.tensor(indices, dtype=torch.int64)
        lengths = self.lengths[index].unsqueeze(1)
        positions = torch.arange(int(lengths.max()))
        mask = positions < lengths
        places = (self.starts[index].unsqueeze(1) + positions).clamp(max=len(self.tokens) - 1)
        input_ids = self.tokens[places].long().masked_fill(~mask, self.pad)
        return {
            "input_ids": input_ids,
            "attention_mask": mask.long(),
            "labels": self.labels[index],
        }

    def __getitems__(self, indices: list[int]) -> Batch:
        """The same, where a DataLoader looks for it."""
        return self.batch(indices)


def collate(batch: Any) -> Batch:
    """Pass a ready batch on as it is; stack anything else as PyTorch does."""
    return batch if isinstance(batch, dict) else default_collate(batch)
