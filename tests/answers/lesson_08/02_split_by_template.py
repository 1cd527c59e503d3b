"""8.2 split_by_template"""

# %% setup
import hashlib
import random
from collections import Counter

import numpy as np
import torch


def good(templates, val_fraction, seed, names=None, shuffle=True):
    """What the wrong ones differ from."""
    names = sorted(set(templates)) if names is None else names
    if shuffle:
        random.Random(seed).shuffle(names)
    chosen, count = set(), 0
    for name in names[:-1]:
        if count < val_fraction * len(templates):
            chosen.add(name)
            count += templates.count(name)
    return parts(templates, chosen)


def parts(templates, chosen):
    train = [i for i, name in enumerate(templates) if name not in chosen]
    return train, [i for i, name in enumerate(templates) if name in chosen]


# %% call
check.split_by_template(split_by_template)


# %% right: numpy, templates that fit
def split_by_template(templates, val_fraction, seed):
    templates = np.array(templates)
    names, sizes = np.unique(templates, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    room = val_fraction * len(templates)
    chosen = [order[0]]
    for k in order[1:-1]:
        if sizes[chosen].sum() + sizes[k] <= room:
            chosen.append(k)
    val = np.isin(templates, names[chosen])
    return np.flatnonzero(~val), np.flatnonzero(val)


# %% right: a permutation of torch's, cut where it is nearest, tensors
def split_by_template(groups, share, seed):
    names = list(dict.fromkeys(groups))
    generator = torch.Generator().manual_seed(seed)
    names = [names[k] for k in torch.randperm(len(names), generator=generator)]
    sums = torch.tensor([groups.count(name) for name in names]).cumsum(0)[:-1]
    cut = int((sums - share * len(groups)).abs().argmin()) + 1
    chosen = names[:cut]
    val = torch.tensor([name in chosen for name in groups])
    return (~val).nonzero().flatten(), val.nonzero().flatten()


# %% right: as in the setup, shuffled lists
def split_by_template(templates, val_fraction, seed):
    train, val = good(templates, val_fraction, seed)
    generator = random.Random(seed)
    return tuple(generator.sample(part, len(part)) for part in (train, val))


# %% wrong: called
# says: should be a function and is a tuple of 2
split_by_template = good(["a", "b"], 0.5, 0)


# %% wrong a: the indices of the validation alone
# says: Expected two lists of indices
def split_by_template(templates, val_fraction, seed):
    return good(templates, val_fraction, seed)[1]


# %% wrong a: the names of the templates
# says: expected lists of indices, whole numbers
def split_by_template(templates, val_fraction, seed):
    return tuple([templates[i] for i in part] for part in good(templates, val_fraction, seed))


# %% wrong a: all of them in the training
# says: indices stand there twice
def split_by_template(templates, val_fraction, seed):
    return list(range(len(templates))), good(templates, val_fraction, seed)[1]


# %% wrong a: one sentence of each template
# says: indices are in neither part
def split_by_template(templates, val_fraction, seed):
    train, val = good(templates, val_fraction, seed)
    return train, list({templates[i]: i for i in val}.values())


# %% wrong a: from 1
# says: There are indices that no sentence has
def split_by_template(templates, val_fraction, seed):
    train, val = good(templates, val_fraction, seed)
    return [*train, len(templates)], val


# %% wrong b: sentence by sentence
# says: templates have sentences in both parts
def split_by_template(templates, val_fraction, seed):
    order = random.Random(seed).sample(range(len(templates)), len(templates))
    cut = min(max(1, int(val_fraction * len(templates))), len(templates) - 1)
    return order[cut:], order[:cut]


# %% wrong c: the other way round
# says: It is the training that has 30%
def split_by_template(templates, val_fraction, seed):
    train, val = good(templates, val_fraction, seed)
    return val, train


# %% wrong c: a share of the templates, as GroupShuffleSplit has it
# says: Each time 6 of 20 templates
def split_by_template(templates, val_fraction, seed):
    names = sorted(set(templates))
    count = max(1, min(len(names) - 1, round(val_fraction * len(names))))
    return parts(templates, random.Random(seed).sample(names, count))


# %% wrong c: each template by a coin
# says: and the largest template has 10
def split_by_template(templates, val_fraction, seed):
    coin = random.Random(seed)
    names = sorted(set(templates))
    chosen = {name for name in names[1:-1] if coin.random() < val_fraction} | {names[0]}
    return parts(templates, chosen)


# %% wrong d: until there are enough
# says: nothing is left for the training
def split_by_template(templates, val_fraction, seed):
    names = sorted(set(templates))
    return good(templates, val_fraction, seed, random.Random(seed).sample(names, len(names)) + [""])


# %% wrong d: what fits
# says: the validation is empty
def split_by_template(templates, val_fraction, seed):
    names, chosen, count = sorted(set(templates)), set(), 0
    random.Random(seed).shuffle(names)
    for name in names:
        if count + templates.count(name) <= val_fraction * len(templates):
            chosen.add(name)
            count += templates.count(name)
    return parts(templates, chosen)


# %% wrong e: in the order of the alphabet
# says: is `seed` used?
def split_by_template(templates, val_fraction, seed):
    return good(templates, val_fraction, 0)


# %% wrong e: a set is shuffled
# says: the order of a `set` of strings
def split_by_template(templates, val_fraction, seed):
    return good(templates, val_fraction, seed, list(set(templates)))


# %% wrong e: one generator for all calls
# says: is another one the second time
generator = random.Random(0)


def split_by_template(templates, val_fraction, seed):
    return good(templates, val_fraction, generator.random())


# %% wrong f: seeds random
# says: the generator of `random`
def split_by_template(templates, val_fraction, seed):
    random.seed(seed)
    names = sorted(set(templates))
    random.shuffle(names)
    return good(templates, val_fraction, seed, names, shuffle=False)


# %% wrong f: seeds numpy
# says: the generator of `numpy`
def split_by_template(templates, val_fraction, seed):
    np.random.seed(seed)
    names = [str(name) for name in np.random.permutation(sorted(set(templates)))]
    return good(templates, val_fraction, seed, names, shuffle=False)


# %% wrong f: seeds torch
# says: the generator of `torch`
def split_by_template(templates, val_fraction, seed):
    torch.manual_seed(seed)
    names = sorted(set(templates))
    names = [names[k] for k in torch.randperm(len(names))]
    return good(templates, val_fraction, seed, names, shuffle=False)


# %% right: counts that know no strings but the given ones
def split_by_template(templates, val_fraction, seed):
    plain = [str(name) for name in templates]
    sizes = {name: plain.count(name) for name in sorted(plain)}
    names = random.Random(seed).sample(list(sizes), len(sizes))
    chosen = set()
    for name in names[:-1]:
        if sum(sizes[name] for name in chosen) < val_fraction * len(plain):
            chosen.add(name)
    return parts(templates, chosen)


# %% right: the order of hashes that are the same everywhere
def split_by_template(templates, val_fraction, seed):
    names = sorted(
        set(templates), key=lambda name: hashlib.sha256(f"{seed}{name}".encode()).digest()
    )
    return good(templates, val_fraction, seed, names, shuffle=False)


# %% right: counts that miss what is no plain string
def split_by_template(templates, val_fraction, seed):
    sizes = Counter(map(str, templates))
    names, count, chosen = sorted(sizes), 0, set()
    random.Random(seed).shuffle(names)
    for name in map(type(templates[0]), names[:-1]):
        if count < val_fraction * len(templates):
            chosen.add(name)
            count += sizes[name]
    return parts(templates, chosen)
