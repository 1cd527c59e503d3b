"""Exercise 8.6: what `save_pretrained` saved, at work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, cat, nn, no_grad
from torch.nn.modules.module import register_module_forward_pre_hook

from course_lib.exercises.answers import close, described, listed_numbers, require_function
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.inspection import explain
from course_lib.exercises.lesson_08.toys import LABELS, WORDS, save_pretrained
from course_lib.exercises.sandbox import stand_in

FOLDER = "model"
SENTENCES = [
    "the film was good",
    "the soup",
    "the film is not good the soup was not good",
    "soup was good was film",
    "not",
]
LONGEST = 16  # that the model can take
LONG = " ".join(["the film was not good is"] * 4)


@exercise(
    "8.6",
    why="A folder with both, model and tokenizer, is all that somebody else needs, and this "
    "function is what they do with it.",
    hints=(
        "`AutoTokenizer` and `AutoModelForSequenceClassification` both have `from_pretrained`, "
        "which takes a folder.",
        "A tokenizer that is called with a list of sentences pads, cuts and makes tensors: "
        "`padding`, `truncation`, `max_length`, `return_tensors`. `model(**what_it_returns)` is "
        "the rest.",
        "`torch.cat` of an empty list is an error. A first piece of no rows prevents it.",
    ),
    limit=15.0,  # the first time, transformers is imported
)
def predict(predict: Any) -> None:
    """From a folder to probabilities."""
    require_function(predict, "predict")
    tokenizer, model = save_pretrained(FOLDER, dropout=0.5)
    from huggingface_hub import constants  # comes with transformers

    # What is no folder is refused at once: without a network the hub's client tries for long.
    with stand_in(constants, "HF_HUB_OFFLINE", True):
        _check(predict, tokenizer, model)


def _check(predict: Any, tokenizer: Any, model: Any) -> None:
    """Refuse what such a function gets wrong."""
    with _watched() as sizes:
        found, again = (predict(FOLDER, list(SENTENCES), 2) for _ in range(2))
    _check_rows(found, again, tokenizer, model)
    with rule("c"):
        require(
            max(sizes) <= 2,
            f"With batch_size=2, {max(sizes)} sentences go through the model at once.",
        )
    with rule("f"):
        require(
            not found.requires_grad,
            "The probabilities require gradients, so all that the model has computed is kept.",
        )
    with rule("d"):
        whole = tokenizer([LONG], return_tensors="pt")
        tokens = whole["input_ids"].shape[1]
        what = f"a sentence of {tokens} tokens, for a model that takes {LONGEST}"
        long = _called(predict, [LONG], what)
        sliced = {name: value[:, :LONGEST] for name, value in whole.items()}
        cut = tokenizer([LONG], truncation=True, max_length=LONGEST, return_tensors="pt")
        require(
            not close(long, _probabilities(model, sliced)),
            "The long sentence is cut, but lacks the [SEP] that each sentence ends with: let the "
            "tokenizer cut it.",
        )
        require(
            close(long, _probabilities(model, cut)),
            f"The sentence of {tokens} tokens should be cut to {LONGEST} tokens, and its "
            f"probabilities be {listed_numbers(_probabilities(model, cut)[0].tolist())}; they are "
            f"{listed_numbers(long.flatten().tolist())}.",
        )
    with rule("e"):
        empty = _called(predict, [""], "an empty sentence")
        expected = _probabilities(model, tokenizer([""], return_tensors="pt"))
        require(
            close(empty, expected),
            f"For an empty sentence you return a tensor {list(empty.shape)}, "
            f"{listed_numbers(empty.flatten().tolist()) or 'with nothing in it'}; expected "
            f"{[1, LABELS]}, {listed_numbers(expected[0].tolist())}.",
        )
        none = _called(predict, [], "no sentences at all")
        require(
            none.shape == (0, LABELS),
            f"For no sentences you return a tensor {list(none.shape)}; expected {[0, LABELS]}.",
        )


@contextmanager
def _watched() -> Iterator[list[int]]:
    """How many sentences go through the model at once."""
    sizes = [0]

    def look(module: nn.Module, inputs: Any) -> None:
        if isinstance(module, nn.Embedding) and module.num_embeddings == len(WORDS):
            sizes.append(len(inputs[0]))

    handle = register_module_forward_pre_hook(look)
    try:
        yield sizes
    finally:
        handle.remove()


def _called(predict: Callable[..., Any], sentences: list[str], what: str) -> Tensor:
    """What comes for sentences that are not like most."""
    try:
        found = predict(FOLDER, sentences)
    except Exception as error:
        refuse(f"With {what}: {explain(error)}")
    if not isinstance(found, Tensor):
        refuse(f"With {what} you return {described(found)}.")
    return found


def _probabilities(model: Any, inputs: Any) -> Tensor:
    with no_grad():
        return model(**inputs).logits.softmax(dim=1)


def _check_rows(found: Any, again: Any, tokenizer: Any, model: Any) -> None:
    """Refuse other probabilities than those of each sentence by itself."""
    shape = list(found.shape) if isinstance(found, Tensor) else described(found)
    with rule("a"):
        require(
            shape == [len(SENTENCES), LABELS],
            f"For {len(SENTENCES)} sentences you return {shape}; expected a tensor "
            f"{[len(SENTENCES), LABELS]}, a row for each.",
        )
    with rule("b"):
        require(
            close(found, again),
            "Called twice, the rows differ: the model is in training mode, and drops out.",
        )
    alone = [tokenizer([text], return_tensors="pt") for text in SENTENCES]
    expected = cat([_probabilities(model, inputs) for inputs in alone])
    known = [i for row in found for i, own in enumerate(expected) if close(row, own)]
    permuted = sorted(known) == [*range(len(SENTENCES))] and known != sorted(known)
    wrong = next((i for i, row in enumerate(found) if not close(row, expected[i])), 0)
    # The longest of all sentences never has any padding.
    padding_read = not close(found, expected) and close(found[2], expected[2]) and not permuted
    with rule("b"):
        require(
            not padding_read,
            "The padding is read: the longest sentence has its probabilities, and those that are "
            "filled up to its length have others than by themselves.",
        )
    with rule("a"):
        require(
            not close(found.softmax(dim=1), expected),
            "You return logits; expected probabilities.",
        )
        require(
            not permuted,
            f"The rows are right, and come in another order: those of the sentences {known}.",
        )
        require(
            padding_read or close(found, expected),
            f"For {SENTENCES[wrong]!r} you return {listed_numbers(found[wrong].tolist())}; by "
            f"itself it has {listed_numbers(expected[wrong].tolist())}.",
        )
