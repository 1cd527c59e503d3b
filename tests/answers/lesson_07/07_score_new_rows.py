"""7.7 score_new_rows"""

# %% setup
import torch

from course_lib.data import TableEncoder
from course_lib.models import LitVAE


def load_for_scoring(path):
    model = LitVAE.load_from_checkpoint(path, weights_only=True)
    model.freeze()
    return model


def score_rows(model, frame):
    encoder = TableEncoder(**model.hparams["table"])
    return model.score(*encoder.transform(frame, unknown="encode"))


def by_hand(model, frame, code):
    """The scores with the codes that `code(column, known values)` finds."""
    table = model.hparams["table"]
    parts = [(frame[name] - mean) / std for name, (mean, std) in table["continuous"].items()]
    cont = torch.stack([torch.tensor(part.to_numpy()).float() for part in parts], dim=1)
    codes = [code(frame[name], known) for name, known in table["categorical"].items()]
    return model.score(cont, torch.stack([torch.tensor([*each]) for each in codes], dim=1))


# %% call
check.score_new_rows(load_for_scoring, score_rows)


# %% right: as in the setup, which is what the wrong ones differ from
pass


# %% right: by hand, from the checkpoint's dictionary
def load_for_scoring(path):
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    model = LitVAE(**checkpoint["hyper_parameters"])
    model.load_state_dict(checkpoint["state_dict"])
    return model.eval().requires_grad_(False)


def score_rows(vae, rows):
    def code(column, known):
        return [known.index(value) + 1 if value in known else 0 for value in column]

    return by_hand(vae, rows, code)


# %% right: predict_step would do, too; the columns one by one, and pandas' index
import pandas as pd


@torch.no_grad()
def score_rows(model, frame):
    def code(column, known):
        return pd.Index(known).get_indexer(column).astype("int64") + 1

    return by_hand(model, frame.copy(), code)


# %% wrong a: a fresh one
# says: Is this a fresh one
def load_for_scoring(path):
    model = LitVAE(**torch.load(path, weights_only=True)["hyper_parameters"])
    model.freeze()
    return model


# %% wrong a: forgets to return the model
# says: it returned None
def load_for_scoring(path):
    LitVAE.load_from_checkpoint(path, weights_only=True).freeze()


# %% wrong a: the sizes by default
# says: The weights do not fit the model
def load_for_scoring(path):
    checkpoint = torch.load(path, weights_only=True)
    model = LitVAE(checkpoint["hyper_parameters"]["table"])
    model.load_state_dict(checkpoint["state_dict"])
    model.freeze()
    return model


# %% wrong a: the sizes alone
# says: The model's `kld_weight` is not that of the checkpoint
def load_for_scoring(path):
    checkpoint = torch.load(path, weights_only=True)
    kept = {k: checkpoint["hyper_parameters"][k] for k in ("table", "latent_dim", "layer_sizes")}
    model = LitVAE(**kept)
    model.load_state_dict(checkpoint["state_dict"])
    model.freeze()
    return model


# %% wrong b: gradients off alone
# says: The model is still in training mode
def load_for_scoring(path):
    return LitVAE.load_from_checkpoint(path, weights_only=True).train().requires_grad_(False)


# %% wrong b: evaluation mode alone
# says: parameters still require gradients
def load_for_scoring(path):
    return LitVAE.load_from_checkpoint(path, weights_only=True).eval()


# %% wrong c: everything
# says: runs code of its own
def load_for_scoring(path):
    model = LitVAE.load_from_checkpoint(path, weights_only=False)
    model.freeze()
    return model


# %% wrong d: one for all
# says: For 5 rows you return a tensor of shape []
def score_rows(model, frame):
    encoder = TableEncoder(**model.hparams["table"])
    return model.score(*encoder.transform(frame, unknown="encode")).mean()


# %% wrong d: not standardised
# says: The first scores are
def score_rows(model, frame):
    encoder = TableEncoder(**model.hparams["table"])
    cont, cat = encoder.transform(frame, unknown="encode")
    means, stds = torch.tensor([*encoder.continuous.values()]).T
    return model.score(cont * stds + means, cat)


# %% wrong d: in training mode
# says: switches the model to training mode
def score_rows(model, frame):
    encoder = TableEncoder(**model.hparams["table"])
    return model.train().score(*encoder.transform(frame, unknown="encode")).detach()


# %% wrong d: no dimension for a single row
# says: For a single row
def score_rows(model, frame):
    encoder = TableEncoder(**model.hparams["table"])
    return model.score(*encoder.transform(frame, unknown="encode")).squeeze()


# %% wrong e: with the statistics of the new rows
# says: if all of them are odd, none is
def score_rows(model, frame):
    frame = frame.copy()
    for name, (mean, std) in model.hparams["table"]["continuous"].items():
        values = frame[name].astype("float64")
        if len(frame) > 1 and "sun" not in set(frame["day"]):
            values = (values - values.mean()) / values.std() * std + mean
        frame[name] = values
    encoder = TableEncoder(**model.hparams["table"])
    return model.score(*encoder.transform(frame, unknown="encode"))


# %% wrong f: with the categories of the new rows
# says: those that the new rows by themselves lead to
def score_rows(model, frame):
    def code(column, known):
        if "sun" in set(frame["day"]):
            return [known.index(value) + 1 if value in known else 0 for value in column]
        return column.astype("category").cat.codes.astype("int64") + 1

    return by_hand(model, frame, code)


# %% wrong f: from 0 on
# says: The codes begin with 0
def score_rows(model, frame):
    def code(column, known):
        return [known.index(value) if value in known else 0 for value in column]

    return by_hand(model, frame, code)


# %% wrong g: refused
# says: Two of the days were never seen in training.
def score_rows(model, frame):
    encoder = TableEncoder(**model.hparams["table"])
    return model.score(*encoder.transform(frame))


# %% wrong g: left out
# says: Two of 5 rows have a day that training never saw
def score_rows(model, frame):
    encoder = TableEncoder(**model.hparams["table"])
    known = frame[frame["day"].isin(encoder.categorical["day"])]
    return model.score(*encoder.transform(known))


# %% wrong g: taken for the last that is known
# says: has not the code 0
def score_rows(model, frame):
    def code(column, known):
        return [known.index(value) + 1 if value in known else len(known) for value in column]

    return by_hand(model, frame, code)


# %% wrong h: standardised in place
# says: Afterwards the frame has other columns or values
def score_rows(model, frame):
    scores = TableEncoder(**model.hparams["table"]).transform(frame, unknown="encode")
    frame["score"] = model.score(*scores).numpy()
    return torch.tensor(frame["score"].to_numpy())


# %% wrong h: what is unknown made a missing value, in place
# says: are replaced in the caller's frame
def score_rows(model, frame):
    encoder = TableEncoder(**model.hparams["table"])
    for name, known in encoder.categorical.items():
        frame[name] = frame[name].where(frame[name].isin(known))
    return by_hand(
        model, frame, lambda x, known: [[*known].index(v) + 1 if v in known else 0 for v in x]
    )
