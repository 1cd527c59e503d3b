"""8.1 collate"""

# %% setup
import torch
from torch.nn.utils.rnn import pad_sequence


def good(batch, pad_id, longest=None):
    """What the wrong ones differ from."""
    rows = [torch.tensor(sample["input_ids"]) for sample in batch]
    if longest:
        rows.append(torch.zeros(longest).long())
    ids = pad_sequence(rows, batch_first=True, padding_value=pad_id)[: len(batch)]
    lengths = torch.tensor([len(row) for row in rows[: len(batch)]])
    mask = (torch.arange(ids.shape[1]) < lengths[:, None]).long()
    labels = torch.tensor([sample["label"] for sample in batch])
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


# %% call
check.collate(collate)


# %% right: pad_sequence, a mask from the lengths
def collate(batch, pad_id):
    rows = [torch.tensor(sample["input_ids"]) for sample in batch]
    lengths = torch.tensor([len(row) for row in rows])
    ids = pad_sequence(rows, batch_first=True, padding_value=pad_id)
    return dict(
        input_ids=ids,
        attention_mask=(torch.arange(ids.shape[1]) < lengths[:, None]).long(),
        labels=torch.tensor([sample["label"] for sample in batch]),
    )


# %% right: tensors that are filled
def collate(samples, padding):
    shape = len(samples), max(len(sample["input_ids"]) for sample in samples)
    ids = torch.full(shape, padding)
    mask = torch.zeros(shape, dtype=torch.int64)
    for i, sample in enumerate(samples):
        length = len(sample["input_ids"])
        ids[i, :length] = torch.as_tensor(sample["input_ids"])
        mask[i, :length] = 1
    labels = torch.as_tensor([sample["label"] for sample in samples])
    return {"labels": labels, "attention_mask": mask, "input_ids": ids}


# %% right: copies that grow, and another entry
def collate(batch, pad_id):
    longest = max(len(sample["input_ids"]) for sample in batch)
    ids, mask = [], []
    for sample in batch:
        row, ones = list(sample["input_ids"]), [1] * len(sample["input_ids"])
        while len(row) < longest:
            row.append(pad_id)
            ones.append(0)
        ids.append(row)
        mask.append(ones)
    rows = {"input_ids": ids, "attention_mask": mask, "labels": [s["label"] for s in batch]}
    rows["token_type_ids"] = [[0] * longest] * len(batch)
    return {name: torch.LongTensor(value) for name, value in rows.items()}


# %% wrong: called
# says: should be a function and is
collate = good([{"input_ids": [1], "label": 0}], 0)


# %% wrong d: a tuple
# says: what is returned is a tuple of 3
def collate(batch, pad_id):
    return tuple(good(batch, pad_id).values())


# %% wrong d: the name that the samples have
# says: `labels` is not among them
def collate(batch, pad_id):
    made = good(batch, pad_id)
    return {"label": made.pop("labels"), **made}


# %% wrong d: lists
# says: `input_ids` is a list of 4; expected
def collate(batch, pad_id):
    return {name: value.tolist() for name, value in good(batch, pad_id).items()}


# %% wrong d: floats, from torch.zeros
# says: `attention_mask` is of the dtype torch.float32
def collate(batch, pad_id):
    made = good(batch, pad_id)
    mask = torch.zeros(made["input_ids"].shape)
    for row, sample in zip(mask, batch):
        row[: len(sample["input_ids"])] = 1
    return {**made, "attention_mask": mask}


# %% wrong d: labels in a column
# says: `labels` has the shape [4, 1]
def collate(batch, pad_id):
    return {**good(batch, pad_id), "labels": torch.tensor([[s["label"]] for s in batch])}


# %% wrong d: labels of another order
# says: `labels` is [0, 1, 1, 2]
def collate(batch, pad_id):
    return {**good(batch, pad_id), "labels": torch.tensor(sorted(s["label"] for s in batch))}


# %% wrong a: to what the model can take
# says: are 32 long
def collate(batch, pad_id):
    return good(batch, pad_id, longest=32)


# %% wrong a: a row for each token
# says: `input_ids` has the shape [24, 6]
def collate(batch, pad_id):
    made = good(batch, pad_id)
    return {**made, "input_ids": made["input_ids"].repeat(6, 1)}


# %% wrong a: the longest first
# says: come in another order
def collate(batch, pad_id):
    ordered = sorted(batch, key=lambda sample: -len(sample["input_ids"]))
    return good(batch, pad_id) | {"input_ids": good(ordered, pad_id)["input_ids"]}


# %% wrong a: squeezed
# says: From a batch of one sentence
def collate(batch, pad_id):
    return {name: value.squeeze() for name, value in good(batch, pad_id).items()}


# %% wrong b: in front
# says: stands before the sentences
def collate(batch, pad_id):
    made = good(batch, pad_id)
    rows = [sample["input_ids"] for sample in batch]
    longest = max(map(len, rows))
    rows = [[pad_id] * (longest - len(row)) + row for row in rows]
    return {**made, "input_ids": torch.tensor(rows)}


# %% wrong b: with 0
# says: filled up with 0
def collate(batch, pad_id):
    return {**good(batch, pad_id), "input_ids": good(batch, 0)["input_ids"]}


# %% wrong b: with what `cross_entropy` ignores
# says: the row is [2, 7, 3, -100
def collate(batch, pad_id):
    return {**good(batch, pad_id), "input_ids": good(batch, -100)["input_ids"]}


# %% wrong c: of ones
# says: is 1 everywhere
def collate(batch, pad_id):
    made = good(batch, pad_id)
    return {**made, "attention_mask": torch.ones_like(made["input_ids"])}


# %% wrong c: as in `key_padding_mask`
# says: the wrong way round
def collate(batch, pad_id):
    made = good(batch, pad_id)
    return {**made, "attention_mask": 1 - made["attention_mask"]}


# %% wrong c: from the rows
# says: is taken for padding
def collate(batch, pad_id):
    made = good(batch, pad_id)
    return {**made, "attention_mask": (made["input_ids"] != pad_id).long()}


# %% wrong c: one too few
# says: `attention_mask` is [1, 1, 0, 0, 0, 0]
def collate(batch, pad_id):
    made = good(batch, pad_id)
    lengths = made["attention_mask"].sum(dim=1, keepdim=True)
    steps = torch.arange(made["input_ids"].shape[1])
    return {**made, "attention_mask": (steps < lengths - 1).long()}


# %% wrong c: one for all
# says: `attention_mask` has the shape [6]
def collate(batch, pad_id):
    made = good(batch, pad_id)
    return {**made, "attention_mask": torch.tensor([1, 1, 1, 0, 0, 0])}


# %% wrong e: filled up in place
# says: the samples are not what they were
def collate(batch, pad_id):
    made = good(batch, pad_id)
    longest = max(len(sample["input_ids"]) for sample in batch)
    for sample in batch:
        sample["input_ids"] += [pad_id] * (longest - len(sample["input_ids"]))
    return made


# %% wrong e: taken from the list
# says: samples 0 are left
def collate(batch, pad_id):
    taken = []
    while batch:
        taken.append(batch.pop(0))
    return good(taken, pad_id)
