"""7.1 encode_table"""

# %% setup
import numpy as np
import pandas as pd
import torch


def checked(tables, columns):
    for table in tables:
        for column in columns:
            if table[column].isna().any():
                raise ValueError(f"{column} has missing values")


def codes_of(train, columns):
    return {c: {v: n for n, v in enumerate(sorted(set(train[c])), 1)} for c in columns}


def categories(table, codes, unknown=0):
    columns = [[known.get(v, unknown) for v in table[c]] for c, known in codes.items()]
    return torch.tensor(columns).T


def numbers(table, columns, mean, std):
    return torch.tensor(((table[columns] - mean) / std).to_numpy(), dtype=torch.float32)


def deviation(table, columns):
    return table[columns].std().where(table[columns].nunique() > 1, 1.0)


# %% call
check.encode_table(encode_table)


# %% right: column by column, with NumPy
def encode_table(train, test, continuous, categorical):
    parts = {"train": ([], []), "test": ([], [])}
    tables = {"train": train, "test": test}
    for column in continuous:
        values = train[column].to_numpy(dtype=float)
        std = values.std() if len(set(values)) > 1 else 1.0
        for name, table in tables.items():
            if np.isnan(table[column].to_numpy(dtype=float)).any():
                raise ValueError("nothing is in some rows of " + column)
            parts[name][0].append((table[column].to_numpy(dtype=float) - values.mean()) / std)
    for column in categorical:
        for name, table in tables.items():
            if table[column].isnull().sum():
                raise ValueError("nothing is in some rows of " + column)
        known = np.unique(train[column])
        for name, table in tables.items():
            codes = pd.Index(known).get_indexer(table[column])
            parts[name][1].append(codes.astype(np.int64) + 1)
    return [
        [
            torch.from_numpy(np.stack(x, axis=1)).type(t)
            for x, t in zip(pair, (torch.float, torch.long))
        ]
        for pair in parts.values()
    ]


# %% right: scikit-learn
def encode_table(train, test, continuous, categorical):
    from sklearn.preprocessing import OrdinalEncoder, StandardScaler

    for table in (train, test):
        missing = table[continuous + categorical].isna().any()
        if missing.any():
            raise ValueError(f"missing values in {list(missing.index[missing])}")
    scaler = StandardScaler().fit(train[continuous])
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    encoder.fit(train[categorical])

    def encode(table):
        cont = torch.tensor(scaler.transform(table[continuous]), dtype=torch.float32)
        return cont, torch.tensor(encoder.transform(table[categorical]) + 1, dtype=torch.int64)

    return encode(train), encode(test)


# %% right: map, on copies
def encode_table(train, test, continuous, categorical):
    train, test = train.reset_index(drop=True), test.reset_index(drop=True)
    checked((train, test), continuous + categorical)
    means, stds = train[continuous].mean(), train[continuous].std()
    stds[train[continuous].min() == train[continuous].max()] = 1
    for column in categorical:
        known = {value: i + 1 for i, value in enumerate(sorted(train[column].unique()))}
        for table in (train, test):
            table[column] = table[column].map(known).fillna(0).astype(int)
    return tuple(
        (
            numbers(table, continuous, means, stds),
            torch.stack([torch.tensor(table[c].tolist()) for c in categorical], dim=1),
        )
        for table in (train, test)
    )


# %% wrong a: doubles
# says: `cont` of `train` is torch.float64
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    mean, std = train[continuous].mean(), deviation(train, continuous)
    codes = codes_of(train, categorical)
    return tuple(
        (numbers(t, continuous, mean, std).double(), categories(t, codes)) for t in (train, test)
    )


# %% wrong a: a list of codes for each column
# says: has the shape [2, 6]; expected [6, 2]
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    mean, std = train[continuous].mean(), deviation(train, continuous)
    codes = codes_of(train, categorical)
    return tuple((numbers(t, continuous, mean, std), categories(t, codes).T) for t in (train, test))


# %% wrong a: arrays
# says: is an object of the class `ndarray`
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    mean, std = train[continuous].mean(), deviation(train, continuous)
    codes = codes_of(train, categorical)
    return tuple(
        (numbers(t, continuous, mean, std).numpy(), categories(t, codes)) for t in (train, test)
    )


# %% wrong a: columns in the table's order
# says: another order than in the list `continuous`
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    continuous = [column for column in train if column in continuous]
    mean, std = train[continuous].mean(), deviation(train, continuous)
    codes = codes_of(train, categorical)
    return tuple((numbers(t, continuous, mean, std), categories(t, codes)) for t in (train, test))


# %% wrong a: categories in the table's order
# says: another order than in the list `categorical`
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    mean, std = train[continuous].mean(), deviation(train, continuous)
    codes = codes_of(train, [column for column in train if column in categorical])
    return tuple((numbers(t, continuous, mean, std), categories(t, codes)) for t in (train, test))


# %% wrong b: both tables' statistics
# says: has a say in how the training data looks
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    both = pd.concat([train, test])
    mean, std = both[continuous].mean(), both[continuous].std()
    if train["station"].nunique() == 1:
        mean["station"], std["station"] = train["station"].mean(), 1
    codes = codes_of(train, categorical)
    return tuple((numbers(t, continuous, mean, std), categories(t, codes)) for t in (train, test))


# %% wrong b: each table's own statistics
# says: means another thing in each table
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    codes = codes_of(train, categorical)
    return tuple(
        (
            numbers(t, continuous, t[continuous].mean(), deviation(t, continuous)),
            categories(t, codes),
        )
        for t in (train, test)
    )


# %% wrong b: as they are
# says: nothing is standardised
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    codes = codes_of(train, categorical)
    return tuple((numbers(t, continuous, 0, 1), categories(t, codes)) for t in (train, test))


# %% wrong b: not divided
# says: and nothing divides them
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    codes, mean = codes_of(train, categorical), train[continuous].mean()
    return tuple((numbers(t, continuous, mean, 1), categories(t, codes)) for t in (train, test))


# %% wrong b: by minimum and maximum
# says: by minimum and maximum
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    low, high = train[continuous].min(), train[continuous].max()
    codes, span = codes_of(train, categorical), (high - low).replace(0, 1)
    return tuple((numbers(t, continuous, low, span), categories(t, codes)) for t in (train, test))


# %% wrong b: no deviation below 1
# says: are divided by 1 where the deviation is less
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    mean, std = train[continuous].mean(), train[continuous].std().clip(lower=1)
    codes = codes_of(train, categorical)
    return tuple((numbers(t, continuous, mean, std), categories(t, codes)) for t in (train, test))


# %% wrong b: divided by the variance
# says: (number − mean) / deviation
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    mean, std = train[continuous].mean(), train[continuous].var().replace(0, 1)
    codes = codes_of(train, categorical)
    return tuple((numbers(t, continuous, mean, std), categories(t, codes)) for t in (train, test))


# %% wrong c: divided by 0
# says: ends in nan or inf
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    mean, std = train[continuous].mean(), train[continuous].std()
    codes = codes_of(train, categorical)
    return tuple((numbers(t, continuous, mean, std), categories(t, codes)) for t in (train, test))


# %% wrong c: divided by next to nothing
# says: no better a divisor than 0
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    mean, std = train[continuous].mean(), train[continuous].std() + 1e-8
    codes = codes_of(train, categorical)
    return tuple((numbers(t, continuous, mean, std), categories(t, codes)) for t in (train, test))


# %% wrong c: a deviation compared with 0
# says: its computed deviation is not quite 0
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    mean, std = train[continuous].mean(), train[continuous].std().replace(0, 1)
    codes = codes_of(train, categorical)
    return tuple((numbers(t, continuous, mean, std), categories(t, codes)) for t in (train, test))


# %% wrong c: set to 0
# says: of its numbers in `test` you make 0, 0, -0
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    mean, std = train[continuous].mean(), train[continuous].std().replace(0, np.inf)
    codes = codes_of(train, categorical)
    return tuple((numbers(t, continuous, mean, std), categories(t, codes)) for t in (train, test))


# %% wrong d: from 0
# says: The codes begin at 0
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    mean, std = train[continuous].mean(), deviation(train, continuous)
    codes = codes_of(train, categorical)
    codes = {c: {value: code - 1 for value, code in codes[c].items()} for c in codes}
    return tuple((numbers(t, continuous, mean, std), categories(t, codes)) for t in (train, test))


# %% wrong d: in order of appearance
# says: in which the values appear in `train`
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    mean, std = train[continuous].mean(), deviation(train, continuous)
    codes = {c: {v: n for n, v in enumerate(train[c].unique(), 1)} for c in categorical}
    return tuple((numbers(t, continuous, mean, std), categories(t, codes)) for t in (train, test))


# %% wrong d: sorted as texts
# says: and their codes 4, 1, 4, 3, 1, 2
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    mean, std = train[continuous].mean(), deviation(train, continuous)
    codes = {
        c: {v: n for n, v in enumerate(sorted(set(train[c]), key=str), 1)} for c in categorical
    }
    return tuple((numbers(t, continuous, mean, std), categories(t, codes)) for t in (train, test))


# %% wrong d: each table's own codes
# says: but in `test` the same values have others
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    mean, std = train[continuous].mean(), deviation(train, continuous)
    return tuple(
        (numbers(t, continuous, mean, std), categories(t, codes_of(t, categorical)))
        for t in (train, test)
    )


# %% wrong e: a KeyError
# says: a value in `test` that `train` has not, there is an error
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    mean, std = train[continuous].mean(), deviation(train, continuous)
    codes = codes_of(train, categorical)
    return tuple(
        (
            numbers(t, continuous, mean, std),
            torch.tensor(
                [[codes[c][v] for c, v in zip(categorical, row)] for row in t[categorical].values]
            ),
        )
        for t in (train, test)
    )


# %% wrong e: the next free code
# says: gets the code 5 in the one column
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    mean, std = train[continuous].mean(), deviation(train, continuous)
    codes = codes_of(train, categorical)
    cats = [categories(t, codes, unknown=5) for t in (train, test)]
    return tuple((numbers(t, continuous, mean, std), c) for t, c in zip((train, test), cats))


# %% wrong e: codes from both tables
# says: they are made from both tables
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    mean, std = train[continuous].mean(), deviation(train, continuous)
    codes = codes_of(pd.concat([train, test]), categorical)
    return tuple((numbers(t, continuous, mean, std), categories(t, codes)) for t in (train, test))


# %% wrong e: the whole row unknown
# says: others lose their codes
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    mean, std = train[continuous].mean(), deviation(train, continuous)
    codes = codes_of(train, categorical)
    cats = [categories(t, codes) for t in (train, test)]
    cats = [cat * cat.bool().all(dim=1, keepdim=True) for cat in cats]
    return tuple((numbers(t, continuous, mean, std), c) for t, c in zip((train, test), cats))


# %% wrong f: no look at them
# says: in column `humidity` of `train`, nothing is refused
def encode_table(train, test, continuous, categorical):
    mean, std = train[continuous].mean(), deviation(train, continuous)
    codes = codes_of(train, categorical)
    return tuple((numbers(t, continuous, mean, std), categories(t, codes)) for t in (train, test))


# %% wrong f: a look at the numbers alone, in train
# says: `holiday` of `train`, there should be a ValueError
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous)
    mean, std = train[continuous].mean(), deviation(train, continuous)
    codes = codes_of(train, categorical)
    return tuple((numbers(t, continuous, mean, std), categories(t, codes)) for t in (train, test))


# %% wrong f: the training table alone
# says: in column `humidity` of `test`, nothing is refused
def encode_table(train, test, continuous, categorical):
    checked((train,), continuous + categorical)
    mean, std = train[continuous].mean(), deviation(train, continuous)
    codes = codes_of(train, categorical)
    return tuple((numbers(t, continuous, mean, std), categories(t, codes)) for t in (train, test))


# %% wrong f: without a name
# says: the message does not say which column
def encode_table(train, test, continuous, categorical):
    for table in (train, test):
        if table[continuous + categorical].isna().any(axis=None):
            raise ValueError("there are missing values")
    mean, std = train[continuous].mean(), deviation(train, continuous)
    codes = codes_of(train, categorical)
    return tuple((numbers(t, continuous, mean, std), categories(t, codes)) for t in (train, test))


# %% wrong f: all names
# says: the message names every column
def encode_table(train, test, continuous, categorical):
    for table in (train, test):
        if table[continuous + categorical].isna().any(axis=None):
            raise ValueError(f"missing values in one of {continuous + categorical}")
    mean, std = train[continuous].mean(), deviation(train, continuous)
    codes = codes_of(train, categorical)
    return tuple((numbers(t, continuous, mean, std), categories(t, codes)) for t in (train, test))


# %% wrong f: in any column
# says: A column in neither list
def encode_table(train, test, continuous, categorical):
    checked((train, test), train.columns)
    mean, std = train[continuous].mean(), deviation(train, continuous)
    codes = codes_of(train, categorical)
    return tuple((numbers(t, continuous, mean, std), categories(t, codes)) for t in (train, test))


# %% wrong g: in place
# says: is another table afterwards
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    mean, std = train[continuous].mean(), deviation(train, continuous)
    codes = codes_of(train, categorical)
    for table in (train, test):
        table[continuous] = (table[continuous] - mean) / std
    return tuple((numbers(t, continuous, 0, 1), categories(t, codes)) for t in (train, test))


# %% wrong: one pair
# says: Expected two pairs, one for each table
def encode_table(train, test, continuous, categorical):
    checked((train, test), continuous + categorical)
    mean, std = train[continuous].mean(), deviation(train, continuous)
    return numbers(train, continuous, mean, std), categories(train, codes_of(train, categorical)), 0
