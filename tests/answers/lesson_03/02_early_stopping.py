"""3.2 early_stopping"""

# %% setup
import math

import numpy as np
import torch

# %% call
check.early_stopping(predicted, epochs_trained)


# %% right: a loop
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses):
        if math.isnan(loss) or math.isinf(loss):
            return epoch + 1
        if best - loss > min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch + 1
    return len(losses)


# %% right: without a counter
predicted = dict(a=4.0, b=np.int64(5), c=torch.tensor(8))


def epochs_trained(losses, patience, min_delta):
    best_at = 0
    for i in range(len(losses)):
        if not np.isfinite(losses[i]):
            return np.int64(i + 1)
        if i > 0 and losses[i] + min_delta < losses[best_at]:
            best_at = i
        if i - best_at == patience:
            return np.int64(i + 1)
    return np.int64(len(losses))


# %% right: tensors and recursion
predicted = {"c": 8, "b": 5, "a": 4}


def epochs_trained(losses, patience, min_delta):
    losses = torch.tensor(losses)

    def go_on(epoch, best, left):
        if epoch == len(losses):
            return epoch
        if not losses[epoch].isfinite():
            return epoch + 1
        if losses[epoch] < best - min_delta:
            return go_on(epoch + 1, losses[epoch], patience)
        return epoch + 1 if left == 1 else go_on(epoch + 1, best, left - 1)

    return torch.tensor(go_on(0, torch.inf, patience))


# %% wrong a: a: compared with the epoch before
# says: 0.75 is lower than 0.8
predicted = {"a": 8, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong a: a: one too many
# says: the second epoch in a row that is not better is the last
predicted = {"a": 5, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong a: a: one is enough
# says: does not use up a patience of 2
predicted = {"a": 3, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong a: a: the best epoch
# says: That is the best epoch so far
predicted = {"a": 2, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong a: a: somewhere
# says: Count the epochs in a row
predicted = {"a": 7, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong b: b: min_delta is ignored
# says: by how much it has to be
predicted = {"a": 4, "b": 8, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong b: b: the best follows
# says: The best is still 1.0
predicted = {"a": 4, "b": 3, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong b: b: one too many
# says: that 0.94 is not beaten
predicted = {"a": 4, "b": 6, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong c: c: validations
# says: That is the number of validations
predicted = {"a": 4, "b": 5, "c": 4}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong c: c: the patience counts epochs
# says: one in epoch 6 and one in epoch 8
predicted = {"a": 4, "b": 5, "c": 6}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong c: c: one too many
# says: the second validation in a row
predicted = {"a": 4, "b": 5, "c": 10}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong c: c: to the end
# says: do not beat 0.7
predicted = {"a": 4, "b": 5, "c": 12}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong: a list
# says: it is a list of 3
predicted = [4, 5, 8]


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong: a key is missing
# says: it has `a`, `b`
predicted = {"a": 4, "b": 5}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong: a text
# says: `predicted['a']` is an object of the class `str`
predicted = {"a": "4", "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong d: no min_delta
# says: whatever `min_delta` is
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong d: not more than min_delta
# says: it takes more than that
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss <= best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong d: the sign
# says: higher than the best by less than
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best + min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong d: the epoch before
# says: with that of the epoch before
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            best, waited = loss, waited + 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong d: the best follows every step
# says: small steps can add up
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            best, waited = min(best, loss), waited + 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong e: in total
# says: starts the count anew
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best = loss
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong e: one too many
# says: You wait one epoch too long
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited > patience:
                return epoch
    return len(losses)


# %% wrong e: without the last epoch
# says: you leave out its last epoch
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch - 1
    return len(losses)


# %% wrong d: the first has to be better than itself
# says: You count the first epoch
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = losses[0], 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong e: the best epoch
# says: you return the best epoch
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch - patience
    return len(losses)


# %% wrong e: both counted from 0
# says: number counted from 0
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch - 1
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch - 1
    return len(losses)


# %% wrong: half a new start
# says: For the losses 1.5, 1.5, 1.5, 1, 1.25
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, max(0, waited - 1)
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong f: nothing at the end
# says: You return None
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch


# %% wrong f: no number at the end
# says: but where nothing ends the training
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return 0


# %% wrong g: NaN is like any other
# says: treat a loss that is not finite like any other
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong g: NaN alone
# says: but an infinite loss does not
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if math.isnan(loss):
            return epoch
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong g: not counted
# says: it was trained, too
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch - 1
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong g: left out
# says: All is right until a loss is not finite
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            continue
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return len(losses)


# %% wrong: two mistakes
# says: For the losses
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return epoch
        if loss < best:
            best, waited = loss, 0
        else:
            waited += 1
            if waited > patience:
                return epoch
    return len(losses)


# %% wrong: a list of epochs
# says: What you return is a list of
predicted = {"a": 4, "b": 5, "c": 8}


def epochs_trained(losses, patience, min_delta):
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return [epoch]
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return [epoch]
    return len(losses)


# %% wrong: the number instead of the function
# says: pass the function itself
predicted = {"a": 4, "b": 5, "c": 8}


epochs_trained = 4
