"""Values that several parts of a run share: set in one place alone, they flow to the others."""

from course_lib.training.usage import given

# Target, source, and when it is known. A source that a class does not have, a table's data module
# an image size, say, is left out.
LINKS = {
    "data.init_args.image_size": ("image_size", "parse"),
    "model.init_args.network.init_args.image_size": ("data.image_size", "instantiate"),
    "model.init_args.network.init_args.num_classes": ("data.num_classes", "instantiate"),
    "data.init_args.pretrained_model": ("pretrained_model", "parse"),
    "model.init_args.pretrained_model": ("pretrained_model", "parse"),
    "model.init_args.vocab_size": ("data.vocab_size", "instantiate"),
    "model.init_args.table": ("data.table", "instantiate"),
    "model.init_args.window": ("data.window", "instantiate"),
}

# For who sets a target: what to set instead.
SOURCES = {
    "data.image_size": "set --image_size, for the data and the network",
    "model.network.image_size": "set --image_size, for the data and the network",
    "model.network.num_classes": "the classes of the data count, so choose other data with --data",
    "data.pretrained_model": "set --pretrained_model, for the tokenizer and the model",
    "model.pretrained_model": "set --pretrained_model, for the tokenizer and the model",
    "model.vocab_size": "the tokens of the data count, so set --data.max_vocab_size",
    "model.table": "the columns of the data count, so set --data.continuous and --data.categorical",
    "model.window": "set --data.window, for the data and the model",
}


def linked(section: str) -> set[str]:
    """What a part does not take from the command line: `{"image_size"}` of `data`, for example."""
    keys = (target.rpartition(".") for target in SOURCES)
    return {name for part, _, name in keys if part == section}


def links(words: list[str]) -> dict[str, tuple[str, str]]:
    """The links of a command line.

    Lightning insists on a link's target: those of a network are for who names a network.
    """
    network = any(key.startswith("model.network") for key, _ in given(words))
    return {
        target: source for target, source in LINKS.items() if network or "network" not in target
    }
