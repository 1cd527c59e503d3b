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


# %% wrong: validation starts at the last training index
# says: 1 of 53 images are in both parts
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    size = round(n * val_fraction)
    return order[: n - size], order[n - size - 1 :]


# %% wrong: one image lost at the cut
# says: 1 of 53 images are in neither part
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    size = round(n * val_fraction)
    return order[: n - size - 1], order[n - size :]


# %% wrong: training with replacement to fill up
# says: some are there twice
def split(n, val_fraction, seed):
    rng = random.Random(seed)
    order = list(range(n))
    rng.shuffle(order)
    size = round(n * val_fraction)
    train = order[size:]
    return train + rng.choices(train, k=5), order[:size]


# %% wrong: not shuffled
# says: Validation is one end of the data
def split(n, val_fraction, seed):
    size = round(n * val_fraction)
    return list(range(n - size)), list(range(n - size, n))


# %% wrong: rounded down
# says: rounded 11
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    size = int(n * val_fraction)
    return order[size:], order[:size]


# %% wrong: rounded up
# says: With n = 51 and val_fraction = 0.2, 11 images
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    size = math.ceil(n * val_fraction)
    return order[size:], order[:size]


# %% wrong: one more than rounded down
# says: With n = 40 and val_fraction = 0.5, 21 images
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    size = int(n * val_fraction) + 1
    return order[size:], order[:size]


# %% wrong: always a fifth
# says: With n = 40 and val_fraction = 0.5, 8 images
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    size = round(n * 0.2)
    return order[size:], order[:size]


# %% wrong: float indices
# says: The indices come as torch.float32
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed)).float()
    size = round(n * val_fraction)
    return order[size:], order[:size]


# %% wrong: lists of floats
# says: The parts are a list of 42 and a list of 11
def split(n, val_fraction, seed):
    order = np.random.default_rng(seed).permutation(n).astype(float).tolist()
    size = round(n * val_fraction)
    return order[size:], order[:size]


# %% wrong: swapped
# says: The larger part comes second
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    size = round(n * val_fraction)
    return order[:size], order[size:]


# %% wrong: seeds torch globally
# says: global random state of torch
def split(n, val_fraction, seed):
    torch.manual_seed(seed)
    order = torch.randperm(n)
    size = round(n * val_fraction)
    return order[size:], order[:size]


# %% wrong: seeds NumPy globally
# says: global random state of NumPy
def split(n, val_fraction, seed):
    np.random.seed(seed)
    order = np.random.permutation(n)
    size = round(n * val_fraction)
    return order[size:], order[:size]


# %% wrong: seeds random globally
# says: global random state of `random`
def split(n, val_fraction, seed):
    random.seed(seed)
    order = random.sample(range(n), n)
    size = round(n * val_fraction)
    return order[size:], order[:size]


# %% wrong: a fresh generator without the seed
# says: The same seed gave two different splits
def split(n, val_fraction, seed):
    order = np.random.default_rng().permutation(n)
    size = round(n * val_fraction)
    return order[size:], order[:size]


# %% wrong: always the same seed
# says: is `seed` used?
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(42))
    size = round(n * val_fraction)
    return order[size:], order[:size]


# %% wrong: sizes instead of indices
# says: The parts are an object of the class `int`
def split(n, val_fraction, seed):
    size = round(n * val_fraction)
    return n - size, size


# %% wrong: masks instead of indices
# says: masks of True and False
def split(n, val_fraction, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    in_val = order < round(n * val_fraction)
    return ~in_val, in_val
