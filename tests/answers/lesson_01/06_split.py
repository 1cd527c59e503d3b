"""1.6 split"""

# %% setup
import math
import random
import numpy as np
import torch

# %% call
check.split(split)


# %% right: randperm with a generator
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    size = round(n * val_fraction)
    return order[size:], order[:size]


# %% right: NumPy's own generator
def split(count, share, seed):
    order = np.random.default_rng(seed).permutation(count)
    train, val = np.split(order, [count - round(count * share)])
    return train, val


# %% right: Python's random, sampled
def split(n, val_fraction, seed):
    val = set(random.Random(seed).sample(range(n), round(n * val_fraction)))
    return [i for i in range(n) if i not in val], sorted(val)


# %% right: random_split
def split(n, val_fraction, seed):
    size = round(n * val_fraction)
    generator = torch.Generator().manual_seed(seed)
    train, val = torch.utils.data.random_split(range(n), [n - size, size], generator=generator)
    return train.indices, val.indices


# %% wrong b: validation starts at the last training index
# says: Look at where you cut
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    size = round(n * val_fraction)
    return order[: n - size], order[n - size - 1 :]


# %% wrong b: one image lost at the cut
# says: In neither part
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    size = round(n * val_fraction)
    return order[: n - size - 1], order[n - size :]


# %% wrong b: training with replacement to fill up
# says: more than once
def split(n, val_fraction, seed):
    rng = random.Random(seed)
    order = list(range(n))
    rng.shuffle(order)
    size = round(n * val_fraction)
    train = order[size:]
    return train + rng.choices(train, k=5), order[:size]


# %% wrong c: rounded down
# says: You rounded down
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    size = int(n * val_fraction)
    return order[size:], order[:size]


# %% wrong c: rounded up
# says: You rounded up
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    size = math.ceil(n * val_fraction)
    return order[size:], order[:size]


# %% wrong c: one more than rounded down
# says: one too many
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    size = int(n * val_fraction) + 1
    return order[size:], order[:size]


# %% wrong c: always a fifth
# says: Does `val_fraction` say how many?
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    size = round(n * 0.2)
    return order[size:], order[:size]


# %% wrong a: float indices
# says: (float32)
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed)).float()
    size = round(n * val_fraction)
    return order[size:], order[:size]


# %% wrong a: lists of floats
# says: (float);
def split(n, val_fraction, seed):
    order = np.random.default_rng(seed).permutation(n).astype(float).tolist()
    size = round(n * val_fraction)
    return order[size:], order[:size]


# %% wrong a: swapped
# says: The larger part comes second
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    size = round(n * val_fraction)
    return order[:size], order[size:]


# %% wrong g: seeds torch globally
# says: global random state of torch
def split(n, val_fraction, seed):
    torch.manual_seed(seed)
    order = torch.randperm(n)
    size = round(n * val_fraction)
    return order[size:], order[:size]


# %% wrong g: seeds NumPy globally, and with 0 afterwards
# says: global random state of NumPy
def split(n, val_fraction, seed):
    np.random.seed(seed)
    order = np.random.permutation(n)
    np.random.seed(0)
    size = round(n * val_fraction)
    return order[size:], order[:size]


# %% wrong g: seeds random globally
# says: global random state of `random`
def split(n, val_fraction, seed):
    random.seed(seed)
    order = random.sample(range(n), n)
    size = round(n * val_fraction)
    return order[size:], order[:size]


# %% wrong e: a fresh generator without the seed
# says: Called twice with seed 1
def split(n, val_fraction, seed):
    order = np.random.default_rng().permutation(n)
    size = round(n * val_fraction)
    return order[size:], order[:size]


# %% wrong f: always the same seed
# says: is `seed` used?
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(42))
    size = round(n * val_fraction)
    return order[size:], order[:size]


# %% wrong a: sizes instead of indices
# says: A part is an object of the class `int`
def split(n, val_fraction, seed):
    size = round(n * val_fraction)
    return n - size, size


# %% wrong a: masks instead of indices
# says: masks of True and False
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    in_val = order < round(n * val_fraction)
    return ~in_val, in_val


# %% right: NumPy's global state, put back
def split(n, val_fraction, seed):
    state = np.random.get_state()
    np.random.seed(seed)
    order = list(range(n))
    np.random.shuffle(order)
    np.random.set_state(state)
    cut = n - int(n * val_fraction + 0.5)
    return order[:cut], order[cut:]


# %% wrong b: two orders
# says: Cut both from one shuffled order
def split(n, val_fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    size = round(n * val_fraction)
    train = torch.randperm(n, generator=generator)[size:]
    return train, torch.randperm(n, generator=generator)[:size]


# %% wrong b: counted from 1
# says: Index 400 does not exist
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed)) + 1
    size = round(n * val_fraction)
    return order[size:], order[:size]


# %% wrong d: a run of neighbours from a random place
# says: a run of neighbours
def split(n, val_fraction, seed):
    order = torch.arange(n).roll(random.Random(seed).randrange(n))
    size = round(n * val_fraction)
    return order[size:], order[:size]


# %% wrong a: a column of indices
# says: has shape [42, 1]
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    size = round(n * val_fraction)
    in_val = order < size
    return (~in_val).nonzero(), in_val.nonzero()


# %% wrong e: no seed, if it is 0
# says: Called twice with seed 0
def split(n, val_fraction, seed):
    order = np.random.default_rng(seed or None).permutation(n)
    size = round(n * val_fraction)
    return order[size:], order[:size]
