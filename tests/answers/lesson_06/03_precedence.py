"""6.3 precedence"""

# %% setup
right = dict(
    a=0.01,
    b=0.2,
    c=(20, 1.0),
    d=["ModelSummary"],
    e=["LearningRateMonitor", "DeviceStatsMonitor", "ModelSummary"],
    f=(128, 5),
    g={"eps": 0.1},
    h=-1,
)

# %% call
check.precedence(winners)


# %% right: lists and full names
winners = {
    "a": 1e-2,
    "b": 0.20,
    "c": [20, 1],
    "d": ("pytorch_lightning.callbacks.ModelSummary",),
    "e": ["LearningRateMonitor", "DeviceStatsMonitor", "ModelSummary"],
    "f": [128, 5],
    "g": dict(eps=0.1),
    "h": -1,
}


# %% right: in another order
winners = dict(reversed(right.items()))


# %% wrong a: a flag beats a file
# says: The file is read after the flag
winners = {**right, "a": 0.1}


# %% wrong a: the default of the module
# says: What counts is the order on the command line
winners = {**right, "a": 0.001}


# %% wrong b: with an equals sign it is another flag
# says: are the same, and the later one wins
winners = {**right, "b": 0.1}


# %% wrong b: the file beats flags
# says: Both flags come after the file
winners = {**right, "b": 0.01}


# %% wrong c: the later section alone
# says: does not take the place of the earlier
winners = {**right, "c": (20, None)}


# %% wrong c: the first file wins
# says: Both files say `max_epochs`
winners = {**right, "c": (5, 1.0)}


# %% wrong d: lists are appended
# says: nothing is appended to it
winners = {**right, "d": right["e"]}


# %% wrong d: the first list stays
# says: The later file wins, with its whole list
winners = {**right, "d": right["e"][:2]}


# %% wrong e: the list is replaced
# says: Without the `+` it would
winners = {**right, "e": ["ModelSummary"]}


# %% wrong e: appended in front
# says: What is appended comes last
winners = {**right, "e": ["ModelSummary", "LearningRateMonitor", "DeviceStatsMonitor"]}


# %% wrong f: the first network comes back
# says: `MLP` does not bring it back
winners = {**right, "f": (32, 5)}


# %% wrong f: everything is dropped
# says: Not everything is dropped
winners = {**right, "f": (128, 10)}


# %% wrong g: dictionaries are merged
# says: a dictionary given as a whole takes the place of the whole
winners = {**right, "g": {"eps": 0.1, "amsgrad": True}}


# %% wrong h: variables are read
# says: LightningCLI reads no variables unless
winners = {**right, "h": 100}


# %% wrong: a list
# says: Expected a dictionary with the keys a to h
winners = list(right.values())
