"""7.5 anomaly_scores"""

# %% setup
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader


def errors(recon, cont, cat):
    total = (recon.cont - cont).square().mean(dim=1)
    for logits, codes in zip(recon.logits, cat.T):
        total = total + F.cross_entropy(logits, codes, reduction="none") / cat.shape[1]
    return total


def scored(model, dataset, batch_size, error=errors, **options):
    was_training = model.training
    model.eval()
    loader = DataLoader(dataset, batch_size=batch_size, **options)
    with torch.no_grad():
        found = [error(model(cont, cat), cont, cat) for cont, cat, _ in loader]
    model.train(was_training)
    return torch.cat(found)


# %% call
check.anomaly_scores(anomaly_scores)


# %% right: as in the setup, which is what the wrong ones differ from
def anomaly_scores(model, dataset, batch_size):
    return scored(model, dataset, batch_size)


# %% right: inference_mode, a tuple, log_softmax and gather, a tensor that is filled
@torch.inference_mode()
def anomaly_scores(net, data, size):
    mode = net.training
    net.train(False)
    scores, start = torch.zeros(len(data)), 0
    for batch in DataLoader(data, size):
        x, c = batch[:2]
        values, heads, *_ = net(x, c)
        part = F.mse_loss(values, x, reduction="none").mean(-1)
        for k, head in enumerate(heads):
            part -= head.log_softmax(-1).gather(1, c[:, [k]]).squeeze(1) / len(heads)
        scores[start : start + len(x)] = part
        start += len(x)
    if mode:
        net.train()
    return scores


# %% right: by hand, without a DataLoader, and row by row in the end
def anomaly_scores(model, dataset, batch_size):
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    scores = []
    for start in range(0, len(dataset), batch_size):
        stop = min(start + batch_size, len(dataset))
        conts, cats, _ = zip(*(dataset[i] for i in range(start, stop)))
        cont, cat = torch.stack(conts), torch.stack(cats)
        with torch.no_grad():
            recon = model(cont=cont, cat=cat)
        for i in range(len(cont)):
            score = F.mse_loss(recon.cont[i], cont[i])
            parts = [F.cross_entropy(each[i], cat[i, k]) for k, each in enumerate(recon.logits)]
            scores.append((score + torch.stack(parts).mean()).item())
    for module, mode in modes:
        module.training = mode
    return torch.tensor(scores)


# %% wrong c: in the mode that it is in
# says: The model works in training mode
def anomaly_scores(model, dataset, batch_size):
    with torch.no_grad():
        found = [errors(model(x, c), x, c) for x, c, _ in DataLoader(dataset, batch_size)]
    return torch.cat(found)


# %% wrong c: a part of it stays in training mode
# says: Some of the model's modules are still in training mode
@torch.no_grad()
def anomaly_scores(model, dataset, batch_size):
    was_training = model.training
    model.eval()
    next(model.children()).train()
    found = [errors(model(x, c), x, c) for x, c, _ in DataLoader(dataset, batch_size)]
    model.train(was_training)
    return torch.cat(found)


# %% wrong d: detached afterwards
# says: The reconstructions have a graph
def anomaly_scores(model, dataset, batch_size):
    was_training = model.training
    model.eval()
    found = [errors(model(x, c), x, c).detach() for x, c, _ in DataLoader(dataset, batch_size)]
    model.train(was_training)
    return torch.cat(found)


# %% wrong a: a list of numbers
# says: what is returned is a list of 10
def anomaly_scores(model, dataset, batch_size):
    return scored(model, dataset, batch_size).tolist()


# %% wrong a: one number per batch
# says: there are three numbers: one per batch
def anomaly_scores(model, dataset, batch_size):
    def mean(recon, cont, cat):
        return errors(recon, cont, cat).mean().reshape(1)

    return scored(model, dataset, batch_size, mean)


# %% wrong a: without the last batch
# says: a tensor of shape [8]
def anomaly_scores(model, dataset, batch_size):
    return scored(model, dataset, batch_size, drop_last=True)


# %% wrong a: shuffled
# says: in another order than that of the dataset
def anomaly_scores(model, dataset, batch_size):
    return scored(model, dataset, batch_size, shuffle=True)


# %% wrong a: squeezed
# says: If only one row is left for the last batch, what is returned is None
def anomaly_scores(model, dataset, batch_size):
    scores = scored(model, dataset, batch_size)
    return scores if len(dataset) % batch_size != 1 else None


# %% wrong b: the values alone
# says: The scores are those of the values alone
def anomaly_scores(model, dataset, batch_size):
    def of_values(recon, cont, cat):
        return F.mse_loss(recon.cont, cont, reduction="none").mean(dim=1)

    return scored(model, dataset, batch_size, of_values)


# %% wrong b: the codes alone
# says: The scores are those of the codes alone
def anomaly_scores(model, dataset, batch_size):
    def of_codes(recon, cont, cat):
        return errors(recon, cont, cat) - (recon.cont - cont).square().mean(dim=1)

    return scored(model, dataset, batch_size, of_codes)


# %% wrong b: the sum over the values
# says: with the sum of the squared errors instead of their mean
def anomaly_scores(model, dataset, batch_size):
    def with_sum(recon, cont, cat):
        squares = (recon.cont - cont).square()
        return errors(recon, cont, cat) - squares.mean(dim=1) + squares.sum(dim=1)

    return scored(model, dataset, batch_size, with_sum)


# %% wrong b: the sum over the codes
# says: with the sum of the cross-entropies instead of their mean
def anomaly_scores(model, dataset, batch_size):
    def with_sum(recon, cont, cat):
        total = (recon.cont - cont).square().mean(dim=1)
        for logits, codes in zip(recon.logits, cat.T):
            total += F.cross_entropy(logits, codes, reduction="none")
        return total

    return scored(model, dataset, batch_size, with_sum)


# %% wrong b: the cross-entropy as it is by default
# says: In each score there is a mean over its whole batch
def anomaly_scores(model, dataset, batch_size):
    def of_batch(recon, cont, cat):
        total = (recon.cont - cont).square().mean(dim=1)
        for logits, codes in zip(recon.logits, cat.T):
            total += F.cross_entropy(logits, codes) / cat.shape[1]
        return total

    return scored(model, dataset, batch_size, of_batch)


# %% wrong b: absolute errors
# says: The first three scores are
def anomaly_scores(model, dataset, batch_size):
    def absolute(recon, cont, cat):
        off = recon.cont - cont
        return errors(recon, cont, cat) - off.square().mean(dim=1) + off.abs().mean(dim=1)

    return scored(model, dataset, batch_size, absolute)


# %% wrong e: all rows at once
# says: With batch_size=4 the model gets 10 of 10 rows
def anomaly_scores(model, dataset, batch_size):
    return scored(model, dataset, len(dataset))


# %% wrong f: autograd switched off
# says: autograd is switched off for good
def anomaly_scores(model, dataset, batch_size):
    torch.set_grad_enabled(False)
    return scored(model, dataset, batch_size)


# %% wrong f: autograd switched off, and then on
# says: Called inside `torch.no_grad()`, it leaves autograd switched on
def anomaly_scores(model, dataset, batch_size):
    torch.set_grad_enabled(False)
    scores = scored(model, dataset, batch_size)
    torch.set_grad_enabled(True)
    return scores


# %% wrong f: frozen
# says: parameters do not require gradients any more
def anomaly_scores(model, dataset, batch_size):
    model.requires_grad_(False)
    return scored(model, dataset, batch_size)


# %% wrong f: left in evaluation mode
# says: in evaluation mode: the training would go on without noise
@torch.no_grad()
def anomaly_scores(model, dataset, batch_size):
    model.eval()
    return torch.cat([errors(model(x, c), x, c) for x, c, _ in DataLoader(dataset, batch_size)])


# %% wrong f: always put into training mode
# says: The model was in evaluation mode, and afterwards
def anomaly_scores(model, dataset, batch_size):
    scores = scored(model, dataset, batch_size)
    model.train()
    return scores
