"""7.6 threshold"""

# %% setup
import numpy as np
import torch


def choose_threshold(normal_scores, share):
    return normal_scores.quantile(1 - share).item()


def precision_recall(scores, target, threshold):
    flagged = scores > threshold
    hits = (flagged * target).sum().item()
    return hits / max(flagged.sum().item(), 1), hits / max(target.sum().item(), 1)


# %% call
check.threshold(choose_threshold, precision_recall)


# %% right: as in the setup, which is what the wrong ones differ from
pass


# %% right: the k-th largest, and counting by hand
def choose_threshold(values, part):
    return float(values.sort(descending=True).values[round(part * len(values))])


def precision_recall(values, labels, limit):
    right = flagged = odd = 0
    for value, label in zip(values.tolist(), labels.tolist()):
        flagged += value > limit
        odd += label
        right += value > limit and label == 1
    return (right / flagged if flagged else 0.0), (right / odd if odd else 0.0)


# %% right: numpy, and scikit-learn's own
from sklearn.metrics import precision_score, recall_score


def choose_threshold(normal_scores, share):
    return float(np.percentile(normal_scores.numpy(), 100 * (1 - share), method="lower"))


def precision_recall(scores, target, threshold):
    flagged = (scores > threshold).numpy()
    shares = [score(target, flagged, zero_division=0) for score in (precision_score, recall_score)]
    return [float(share) for share in shares]


# %% right: nan_to_num
def precision_recall(scores, target, threshold):
    flagged, odd = (scores > threshold).float(), target.float()
    both = flagged @ odd
    shares = torch.stack([both / flagged.sum(), both / odd.sum()])
    return tuple(shares.nan_to_num(0).tolist())


# %% wrong: the thresholds themselves
# says: `choose_threshold` should be a function and is an object of the class `float`
choose_threshold = choose_threshold(torch.randn(10), 0.1)


# %% wrong a: the wrong end
# says: 0.05 is the share of those below it
def choose_threshold(normal_scores, share):
    return normal_scores.quantile(share).item()


# %% wrong a: a share for a percentage
# says: Is a share taken for a percentage
def choose_threshold(normal_scores, share):
    return float(np.percentile(normal_scores, 100 - share))


# %% wrong a: mean and standard deviation, as of a normal distribution
# says: expected 50, however the scores are distributed
def choose_threshold(normal_scores, share):
    normal = torch.distributions.Normal(normal_scores.mean(), normal_scores.std())
    return normal.icdf(torch.tensor(1 - share)).item()


# %% wrong b: a tensor
# says: The threshold is a tensor of shape []
def choose_threshold(normal_scores, share):
    return normal_scores.quantile(1 - share)


# %% wrong b: sorted in place
# says: `normal_scores` is not what it was
def choose_threshold(normal_scores, share):
    normal_scores.numpy().sort()
    return normal_scores[int(len(normal_scores) * (1 - share)) - 1].item()


# %% wrong c: from the threshold on
# says: A row whose score equals the threshold
def precision_recall(scores, target, threshold):
    flagged = scores >= threshold
    hits = (flagged * target).sum().item()
    return hits / max(flagged.sum().item(), 1), hits / max(target.sum().item(), 1)


# %% wrong: the precision alone
# says: Expected precision and recall, two numbers
def precision_recall(scores, target, threshold):
    flagged = scores > threshold
    return (flagged * target).sum().item() / max(flagged.sum().item(), 1)


# %% wrong d: the other way round
# says: Precision and recall have changed places
def precision_recall(scores, target, threshold):
    flagged = scores > threshold
    hits = (flagged * target).sum().item()
    return hits / max(target.sum().item(), 1), hits / max(flagged.sum().item(), 1)


# %% wrong d: the accuracy
# says: As precision you return the accuracy
def precision_recall(scores, target, threshold):
    flagged = scores > threshold
    right = (flagged == target.bool()).float().mean().item() if flagged.any() else 0.0
    return right, (flagged * target).sum().item() / max(target.sum().item(), 1)


# %% wrong d: the share of all rows
# says: Three rows are flagged, two of which are anomalies
def precision_recall(scores, target, threshold):
    flagged = scores > threshold
    hits = (flagged * target).sum().item()
    return hits / len(scores), hits / max(target.sum().item(), 1)


# %% wrong e: the share of all rows
# says: As recall you return a share of all rows
def precision_recall(scores, target, threshold):
    flagged = scores > threshold
    hits = (flagged * target).sum().item()
    return hits / max(flagged.sum().item(), 1), hits / len(scores)


# %% wrong e: of the normal rows
# says: Of four anomalies two are flagged
def precision_recall(scores, target, threshold):
    flagged = scores > threshold
    left = ((1 - target) * ~flagged).sum().item() if target.any() and flagged.any() else 0
    hits = (flagged * target).sum().item()
    return hits / max(flagged.sum().item(), 1), left / max((1 - target).sum().item(), 1)


# %% wrong f: not thought of
# says: If nothing is flagged, you divide by zero
def precision_recall(scores, target, threshold):
    flagged = scores > threshold
    hits = (flagged * target).sum().item()
    return hits / flagged.sum().item(), hits / target.sum().item()


# %% wrong f: thought of once
# says: If there is no anomaly, you divide by zero
def precision_recall(scores, target, threshold):
    flagged = scores > threshold
    hits = (flagged * target).sum().item()
    return (hits / flagged.sum().item() if flagged.any() else 0.0), hits / target.sum().item()


# %% wrong f: tensors divide
# says: If nothing is flagged, you return nan, 0; expected 0 and 0
def precision_recall(scores, target, threshold):
    flagged = scores > threshold
    hits = (flagged * target).sum()
    return (hits / flagged.sum()).item(), (hits / target.sum().clamp(min=1)).item()


# %% wrong f: tensors
# says: The shares are a tensor of shape []
def precision_recall(scores, target, threshold):
    flagged = scores > threshold
    hits = (flagged * target).sum()
    return hits / flagged.sum().clamp(min=1), hits / target.sum().clamp(min=1)
