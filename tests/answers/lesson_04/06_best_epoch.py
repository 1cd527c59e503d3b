"""4.6 best_epoch"""

# %% setup
import math

from course_lib.tracking import read_run

# %% call
check.best_epoch(best_epoch)


# %% right: idxmax, and the rows of that epoch
def best_epoch(path):
    history = read_run(path).history
    best = history.loc[history["val_acc"].idxmax()]
    losses = history.loc[history["epoch"] == best["epoch"], "train_loss"].dropna()
    return int(best["epoch"]), best["val_acc"], losses.iloc[-1]


# %% right: filled forward within each epoch, and the epoch's last row
def best_epoch(folder):
    history = read_run(folder).history.reset_index(drop=True)
    filled = history.groupby("epoch").ffill().assign(epoch=history["epoch"])
    ranked = filled[history["val_acc"].notna()].sort_values("val_acc", kind="stable")
    best = ranked[ranked.val_acc == ranked.val_acc.max()].iloc[0]
    return [best.epoch, best.val_acc, filled[filled.epoch == best.epoch].train_loss.iloc[-1]]


# %% right: groupby
def best_epoch(path):
    epochs = read_run(path).history.groupby("epoch")[["val_acc", "train_loss"]].last()
    best = epochs["val_acc"].idxmax()
    return (best, *epochs.loc[best])


# %% right: a loop in plain Python
def best_epoch(path):
    best, losses = (None, -math.inf), {}
    for row in read_run(path).history.to_dict("records"):
        if not math.isnan(row["train_loss"]):
            losses[row["epoch"]] = row["train_loss"]
        if row["val_acc"] > best[1]:
            best = row["epoch"], row["val_acc"]
    return (*best, losses[best[0]])


# %% wrong: called
# says: pass the function itself
best_epoch = (2, 0.8125, 0.70625)


# %% wrong: the epoch alone
# says: Expected a tuple of three
def best_epoch(path):
    history = read_run(path).history
    return history.loc[history["val_acc"].idxmax(), "epoch"]


# %% wrong c: a column for a number
# says: `train_loss` is an object of the class `Series`
def best_epoch(path):
    history = read_run(path).history
    best = history.loc[history["val_acc"].idxmax()]
    losses = history.loc[history["epoch"] == best["epoch"], "train_loss"].dropna()
    return best["epoch"], best["val_acc"], losses


# %% wrong: a name that is not there
# says: raised KeyError
def best_epoch(path):
    history = read_run(path).history
    best = history.loc[history["val_accuracy"].idxmax()]
    losses = history.loc[history["epoch"] == best["epoch"], "train_loss"].dropna()
    return best["epoch"], best["val_accuracy"], losses.iloc[-1]


# %% wrong a: the row
# says: 17 is the row of the history
def best_epoch(path):
    history = read_run(path).history
    best = history["val_acc"].idxmax()
    epoch = history.loc[best, "epoch"]
    losses = history.loc[history["epoch"] == epoch, "train_loss"].dropna()
    return best, history.loc[best, "val_acc"], losses.iloc[-1]


# %% wrong a: the step
# says: 11 is the `trainer/global_step`
def best_epoch(path):
    history = read_run(path).history
    best = history.loc[history["val_acc"].idxmax()]
    losses = history.loc[history["epoch"] == best["epoch"], "train_loss"].dropna()
    return best["trainer/global_step"], best["val_acc"], losses.iloc[-1]


# %% wrong a: the last of several
# says: which was first
def best_epoch(path):
    history = read_run(path).history
    ranked = history.dropna(subset="val_acc").sort_values("val_acc", kind="stable")
    best = ranked.iloc[-1]
    losses = history.loc[history["epoch"] == best["epoch"], "train_loss"].dropna()
    return best["epoch"], best["val_acc"], losses.iloc[-1]


# %% wrong a: the last epoch
# says: Epoch 4 was the last
def best_epoch(path):
    epochs = read_run(path).history.groupby("epoch")[["val_acc", "train_loss"]].last()
    return (epochs.index[-1], *epochs.iloc[-1])


# %% wrong a: the smallest
# says: and later it is higher
def best_epoch(path):
    epochs = read_run(path).history.groupby("epoch")[["val_acc", "train_loss"]].last()
    best = epochs["val_acc"].idxmin()
    return (best, *epochs.loc[best])


# %% wrong a: NaN wins
# says: was logged as NaN
def best_epoch(path):
    epochs = read_run(path).history.groupby("epoch")[["val_acc", "train_loss"]].last()
    best = max(range(len(epochs)), key=lambda epoch: epochs["val_acc"][epoch])
    return (best, *epochs.loc[best])


# %% wrong a: between those that are equal
# says: The best epoch is 2.5
def best_epoch(path):
    epochs = read_run(path).history.groupby("epoch")[["val_acc", "train_loss"]].last()
    best = epochs["val_acc"].idxmax()
    ties = epochs.index[epochs["val_acc"] == epochs["val_acc"][best]]
    return (ties.to_numpy().mean(), *epochs.loc[best])


# %% wrong b: the last
# says: `val_acc` is 0.75, the last of the run
def best_epoch(path):
    run = read_run(path)
    history = run.history
    best = history.loc[history["val_acc"].idxmax()]
    losses = history.loc[history["epoch"] == best["epoch"], "train_loss"].dropna()
    return best["epoch"], run.summary["val_acc"], losses.iloc[-1]


# %% wrong b: of another row
# says: `val_acc` is NaN
def best_epoch(path):
    history = read_run(path).history
    epoch = history.loc[history["val_acc"].idxmax(), "epoch"]
    row = history[history["epoch"] == epoch].dropna(subset="train_loss").iloc[-1]
    return epoch, row["val_acc"], row["train_loss"]


# %% wrong b: a share as a percentage
# says: `val_acc` is 81.25; expected 0.8125
def best_epoch(path):
    history = read_run(path).history
    best = history.loc[history["val_acc"].idxmax()]
    losses = history.loc[history["epoch"] == best["epoch"], "train_loss"].dropna()
    return best["epoch"], 100 * best["val_acc"], losses.iloc[-1]


# %% wrong c: of the same row
# says: `train_loss` is NaN
def best_epoch(path):
    history = read_run(path).history
    best = history.loc[history["val_acc"].idxmax()]
    return best["epoch"], best["val_acc"], best["train_loss"]


# %% wrong c: the first
# says: the first of epoch 2
def best_epoch(path):
    history = read_run(path).history
    best = history.loc[history["val_acc"].idxmax()]
    losses = history.loc[history["epoch"] == best["epoch"], "train_loss"].dropna()
    return best["epoch"], best["val_acc"], losses.iloc[0]


# %% wrong c: the smallest
# says: the smallest of epoch 2
def best_epoch(path):
    history = read_run(path).history
    best = history.loc[history["val_acc"].idxmax()]
    losses = history.loc[history["epoch"] == best["epoch"], "train_loss"]
    return best["epoch"], best["val_acc"], losses.min()


# %% wrong c: the mean
# says: the mean of epoch 2
def best_epoch(path):
    history = read_run(path).history
    best = history.loc[history["val_acc"].idxmax()]
    losses = history.loc[history["epoch"] == best["epoch"], "train_loss"]
    return best["epoch"], best["val_acc"], losses.mean()


# %% wrong c: the last of the run
# says: the last of the whole run
def best_epoch(path):
    run = read_run(path)
    best = run.history.loc[run.history["val_acc"].idxmax()]
    return best["epoch"], best["val_acc"], run.summary["train_loss"]


# %% wrong c: of the next epoch
# says: that of epoch 3
def best_epoch(path):
    history = read_run(path).history
    best = history.loc[history["val_acc"].idxmax()]
    losses = history.loc[history["epoch"] == best["epoch"] + 1, "train_loss"].dropna()
    return best["epoch"], best["val_acc"], losses.iloc[-1]


# %% wrong c: of the epoch before
# says: `train_loss` is 1.5; expected 0.70625
def best_epoch(path):
    history = read_run(path).history
    best = history.loc[history["val_acc"].idxmax()]
    losses = history.loc[history["epoch"] < best["epoch"], "train_loss"].dropna()
    return best["epoch"], best["val_acc"], losses.iloc[-1]


# %% wrong c: the last before it, filled forward
# says: the last before `val_acc`, and two of epoch 2 come after it
def best_epoch(path):
    history = read_run(path).history
    row = history["val_acc"].idxmax()
    losses = history["train_loss"].ffill()
    return history.loc[row, "epoch"], history.loc[row, "val_acc"], losses[row]


# %% wrong c: the next after it
# says: the next after `val_acc`, and another
def best_epoch(path):
    history = read_run(path).history
    row = history["val_acc"].idxmax()
    losses = history["train_loss"].bfill()
    return history.loc[row, "epoch"], history.loc[row, "val_acc"], losses[row]


# %% wrong c: the largest
# says: the largest of epoch 2
def best_epoch(path):
    epochs = read_run(path).history.groupby("epoch")[["val_acc", "train_loss"]].max()
    best = epochs["val_acc"].idxmax()
    return (best, *epochs.loc[best])


# %% wrong b: rounded
# says: `val_acc` is 0.81, which is rounded
def best_epoch(path):
    epochs = read_run(path).history.groupby("epoch")[["val_acc", "train_loss"]].last()
    best = epochs["val_acc"].idxmax()
    return best, round(epochs["val_acc"][best], 2), epochs["train_loss"][best]


# %% wrong c: rounded
# says: `train_loss` is 0.706, which is rounded
def best_epoch(path):
    epochs = read_run(path).history.groupby("epoch")[["val_acc", "train_loss"]].last()
    best = epochs["val_acc"].idxmax()
    return best, epochs["val_acc"][best], float(f"{epochs['train_loss'][best]:.3f}")
