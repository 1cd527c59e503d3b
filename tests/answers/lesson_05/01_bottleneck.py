"""5.1 bottleneck"""

# %% setup
import numpy as np
import torch

# %% call
check.bottleneck(bottleneck)


# %% right: one loop
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% right: a function of ends, and pandas
import pandas as pd


def bottleneck(durations):
    table = pd.DataFrame([(name, sum(calls)) for name, calls in durations.items()])
    table.columns = ["action", "seconds"]

    def seconds(pattern):
        return table.seconds[table.action.str.match(pattern)].sum()

    forward = seconds(r"\[Strategy\]\w+\.training_step$")
    backward = seconds(r"\[Strategy\]\w+\.backward$")
    inside = seconds(r"\[Callback\].*\.on_(before|after)_\w+$")
    parts = pd.Series(
        {
            "data": seconds(r"\[_TrainingEpochLoop\]\.train_dataloader_next$"),
            "forward": forward,
            "backward": backward,
            "callbacks": inside + seconds(r"\[Callback\].*\.on_train_batch_\w+$"),
            "optimizer": seconds("run_training_batch$") - forward - backward - inside,
        }
    )
    return parts.idxmax(), float(parts.max() / seconds("run_training_epoch$"))


# %% right: a list of the answer, and defaults
from collections import defaultdict


def bottleneck(durations):
    total = defaultdict(float)
    for name, calls in durations.items():
        total[name] = float(np.sum(calls))
    callback = [name for name in total if name.startswith("[Callback]")]
    inner = sum(total[n] for n in callback if ".on_before_" in n or ".on_after_" in n)
    outer = sum(total[n] for n in callback if ".on_train_batch_" in n)
    strategy = {n.split(".")[-1]: total[n] for n in list(total) if n.startswith("[Strategy]")}
    forward, backward = strategy["training_step"], strategy.get("backward", 0)
    rest = total["run_training_batch"] - forward - backward - inner
    found = [
        (total["[_TrainingEpochLoop].train_dataloader_next"], "data"),
        (forward, "forward"),
        (backward, "backward"),
        (inner + outer, "callbacks"),
        (rest, "optimizer"),
    ]
    seconds, name = max(found)
    return [name, torch.tensor(seconds / total["run_training_epoch"], dtype=torch.float64)]


# %% wrong a: the mean of the calls
# says: It is the mean of the calls
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls) / len(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    part = max(parts, key=parts.get)
    return part, parts[part] / sum(durations["run_training_epoch"])


# %% wrong a: the longest call
# says: one slow batch is no bottleneck
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = max(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = max(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong b: everything of the batch
# says: The whole `run_training_batch` counts
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong b: everything of the optimizer's step
# says: The whole `optimizer_step` counts
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
        elif hook == "optimizer_step":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong b: callbacks inside the batch
# says: still has the time of those callbacks
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong c: no callbacks
# says: No callback is ever the bottleneck
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong c: the one hook that takes longest
# says: each hook of a callback by itself
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] = max(parts["callbacks"], seconds)
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] = max(parts["callbacks"], seconds)
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong c: the ends of batches alone
# says: before and after backward
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong c: all hooks of callbacks
# says: You count all hooks of callbacks
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]"):
            parts["callbacks"] += seconds
            if hook.startswith(("on_before_", "on_after_")):
                parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong c: the module's hooks, too
# says: that of the `[LightningModule]` is no
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong d: whatever has backward in its name
# says: is no backward pass; it is a callback
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        if "backward" in action:
            parts["backward"] += sum(calls)
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong d: the validation's steps, too
# says: includes the `validation_step`
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif hook == "validation_step":
            parts["forward"] += seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong d: the validation's batches, too
# says: includes `val_next`
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if hook.endswith("_next"):
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong e: the share of the parts
# says: that of the five parts together
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(parts.values())
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong e: the share of all actions
# says: all actions added up
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(sum(calls) for calls in durations.values())
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong e: the share of the batches
# says: that of `run_training_batch`
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_batch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong e: the share of the last epoch
# says: recorded once in each
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = durations["run_training_epoch"][-1]
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong b: the rest of the optimizer's step
# says: is the rest of `optimizer_step`
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif hook == "optimizer_step":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong e: in percent
# says: The share goes from 0 to 1; yours
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs * 100


# %% wrong e: in seconds
# says: the seconds of the part
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part]


# %% wrong f: an action that has to be there
# says: In a profile without `train_dataloader_next` there is an error. Your line
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    parts["data"] = sum(durations["[_TrainingEpochLoop].train_dataloader_next"])
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong f: gives up without callbacks
# says: In a profile without callbacks you answer
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    if not any(action.startswith("[Callback]") for action in durations):
        return "optimizer", 0.0
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong: the largest action
# says: contains all the others
def bottleneck(durations):
    seconds = {action: sum(calls) for action, calls in durations.items()}
    part = max(seconds, key=seconds.get)
    return part, seconds[part] / seconds["run_training_epoch"]


# %% wrong: the name of the action
# says: is no part; expected one of
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return "training_step", parts[part] / epochs


# %% wrong: the other way round
# says: The part is an object of the class `float`
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return parts[part] / epochs, part


# %% wrong: the part alone
# says: a tuple of two
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part


# %% wrong: the share as a text
# says: The share is
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, f"{parts[part] / epochs:.0%}"


# %% wrong: rounded
# says: is right, with a share of
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, round(parts[part] / epochs, 2)


# %% wrong: the smallest part
# says: in a profile whose parts are these
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = min(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong: the result instead of the function
# says: pass the function itself
bottleneck = ("data", 0.5)


# %% wrong c: the end of a batch without its start
# says: callbacks may work at its start
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_end"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong d: names of one device
# says: your forward and backward passes are empty
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner == "[Strategy]SingleDeviceStrategy" and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner == "[Strategy]SingleDeviceStrategy" and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong b: hooks around the batch taken off the optimizer
# says: `on_train_batch_…` runs outside
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong c: the validation's hooks, too
# says: hooks of the validation, which is no part
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith(
            ("on_train_batch_", "on_validation")
        ):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong d: the forward pass of one device
# says: your forward pass is empty
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif action == "[Strategy]SingleDeviceStrategy.training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong d: the backward pass of one device
# says: your backward pass is empty
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "training_step":
            parts["forward"] += seconds
            parts["optimizer"] -= seconds
        elif action == "[Strategy]SingleDeviceStrategy.backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs


# %% wrong d: an action of one device that has to be there
# says: There is no `[Strategy]SingleDeviceStrategy.training_step`
def bottleneck(durations):
    parts = dict.fromkeys(["data", "forward", "backward", "optimizer", "callbacks"], 0.0)
    for action, calls in durations.items():
        owner, _, hook = action.rpartition(".")
        seconds = sum(calls)
        if owner == "[_TrainingEpochLoop]":
            parts["data"] += seconds
        elif owner.startswith("[Strategy]") and hook == "backward":
            parts["backward"] += seconds
            parts["optimizer"] -= seconds
        elif owner.startswith("[Callback]") and hook.startswith("on_train_batch_"):
            parts["callbacks"] += seconds
        elif owner.startswith("[Callback]") and hook.startswith(("on_before_", "on_after_")):
            parts["callbacks"] += seconds
            parts["optimizer"] -= seconds
        elif action == "run_training_batch":
            parts["optimizer"] += seconds
    parts["forward"] = sum(durations["[Strategy]SingleDeviceStrategy.training_step"])
    parts["optimizer"] -= parts["forward"]
    epochs = sum(durations["run_training_epoch"])
    part = max(parts, key=parts.get)
    return part, parts[part] / epochs
