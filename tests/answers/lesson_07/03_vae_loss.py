"""7.3 vae_loss"""

# %% setup
import torch
import torch.nn.functional as F
from torch.distributions import Categorical, Normal, kl_divergence


def numbers(output, cont):
    return (output.cont - cont).square().sum(dim=1)


def categories(output, cat):
    pairs = zip(output.logits, cat.T)
    return sum(F.cross_entropy(logits, codes, reduction="none") for logits, codes in pairs)


def divergence(output):
    return 0.5 * (output.mu**2 + output.logvar.exp() - 1 - output.logvar).sum(dim=1)


# %% call
check.vae_loss(vae_loss)


# %% right: sums over all, divided by the rows
def vae_loss(output, cont, cat, kld_weight):
    loss = F.mse_loss(output.cont, cont, reduction="sum")
    for k, logits in enumerate(output.logits):
        loss += F.cross_entropy(logits, cat[:, k], reduction="sum")
    mu, logvar = output.mu, output.logvar
    loss += kld_weight * -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return loss / len(cont)


# %% right: torch's distributions
def vae_loss(output, cont, cat, kld_weight):
    recon, logits, mu, logvar = output
    loss = ((recon - cont) ** 2).sum(-1).mean()
    for each, codes in zip(logits, cat.unbind(1)):
        loss = loss - Categorical(logits=each).log_prob(codes).mean()
    posterior = Normal(mu, logvar.mul(0.5).exp())
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return loss + kld_weight * kl_divergence(posterior, prior).sum(-1).mean()


# %% right: means times the number of columns
def vae_loss(output, cont, cat, weight):
    loss = cont.shape[1] * F.mse_loss(output.cont, cont)
    for logits, codes in zip(output.logits, cat.T):
        loss = loss + F.nll_loss(logits.log_softmax(dim=1), codes)
    return (loss + weight * divergence(output).mean()).reshape(1)


# %% wrong a: the mean over the columns
# says: The numbers count by the mean over the columns
def vae_loss(output, cont, cat, kld_weight):
    error = (output.cont - cont).square().mean(dim=1)
    return (error + categories(output, cat) + kld_weight * divergence(output)).mean()


# %% wrong a: the absolute error
# says: by their absolute error
def vae_loss(output, cont, cat, kld_weight):
    error = (output.cont - cont).abs().sum(dim=1)
    return (error + categories(output, cat) + kld_weight * divergence(output)).mean()


# %% wrong a: smooth L1
# says: by a smooth L1 loss
def vae_loss(output, cont, cat, kld_weight):
    error = F.smooth_l1_loss(output.cont, cont, reduction="none").sum(dim=1)
    return (error + categories(output, cat) + kld_weight * divergence(output)).mean()


# %% wrong a: half
# says: by half of the squared error
def vae_loss(output, cont, cat, kld_weight):
    error = numbers(output, cont) / 2
    return (error + categories(output, cat) + kld_weight * divergence(output)).mean()


# %% wrong a: the distance
# says: by the root of the squared error
def vae_loss(output, cont, cat, kld_weight):
    error = (output.cont - cont).norm(dim=1)
    return (error + categories(output, cat) + kld_weight * divergence(output)).mean()


# %% wrong a: to the fourth
# says: The numbers: one row should have
def vae_loss(output, cont, cat, kld_weight):
    error = (output.cont - cont).pow(4).sum(dim=1)
    return (error + categories(output, cat) + kld_weight * divergence(output)).mean()


# %% wrong a: not at all
# says: The numbers do not matter
def vae_loss(output, cont, cat, kld_weight):
    return (categories(output, cat) + kld_weight * divergence(output)).mean()


# %% wrong a: a likelihood
# says: is left of your loss
def vae_loss(output, cont, cat, kld_weight):
    error = -Normal(output.cont, 0.5**0.5).log_prob(cont).sum(dim=1)
    return (error + categories(output, cat) + kld_weight * divergence(output)).mean()


# %% wrong b: not at all
# says: The categories do not matter
def vae_loss(output, cont, cat, kld_weight):
    return (numbers(output, cont) + kld_weight * divergence(output)).mean()


# %% wrong b: the mean over the columns
# says: The categories count by the mean
def vae_loss(output, cont, cat, kld_weight):
    error = numbers(output, cont) + categories(output, cat) / len(output.logits)
    return (error + kld_weight * divergence(output)).mean()


# %% wrong b: softmax first
# says: so that it happens twice
def vae_loss(output, cont, cat, kld_weight):
    output = output._replace(logits=[logits.softmax(dim=1) for logits in output.logits])
    error = numbers(output, cont) + categories(output, cat)
    return (error + kld_weight * divergence(output)).mean()


# %% wrong b: squares
# says: as if codes were quantities
def vae_loss(output, cont, cat, kld_weight):
    loss = (numbers(output, cont) + kld_weight * divergence(output)).mean()
    for logits, codes in zip(output.logits, cat.T):
        target = F.one_hot(codes, logits.shape[1])
        loss = loss + (logits.softmax(dim=1) - target).square().sum(dim=1).mean()
    return loss


# %% wrong b: the unknown left out
# says: Code 0, which stands for what is unknown
def vae_loss(output, cont, cat, kld_weight):
    loss = (numbers(output, cont) + kld_weight * divergence(output)).mean()
    for logits, codes in zip(output.logits, cat.T):
        loss = loss + F.cross_entropy(logits, codes, ignore_index=0, reduction="none").mean()
    return loss


# %% wrong b: one column
# says: the first column alone does
def vae_loss(output, cont, cat, kld_weight):
    error = numbers(output, cont) + F.cross_entropy(output.logits[0], cat[:, 0], reduction="none")
    return (error + kld_weight * divergence(output)).mean()


# %% wrong b: label smoothing
# says: The categories: one row should have
def vae_loss(output, cont, cat, kld_weight):
    loss = (numbers(output, cont) + kld_weight * divergence(output)).mean()
    for logits, codes in zip(output.logits, cat.T):
        loss = loss + F.cross_entropy(logits, codes, label_smoothing=0.1)
    return loss


# %% wrong c: no weight
# says: is the same with any `kld_weight`
def vae_loss(output, cont, cat, kld_weight):
    return (numbers(output, cont) + categories(output, cat) + divergence(output)).mean()


# %% wrong c: the sign
# says: has the wrong sign
def vae_loss(output, cont, cat, kld_weight):
    error = numbers(output, cont) + categories(output, cat)
    mu, logvar = output.mu, output.logvar
    return (error + kld_weight * 0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(dim=1)).mean()


# %% wrong c: the mean over the dimensions
# says: is the mean over the latent dimensions
def vae_loss(output, cont, cat, kld_weight):
    error = numbers(output, cont) + categories(output, cat)
    mu, logvar = output.mu, output.logvar
    return (error - kld_weight * 0.5 * (1 + logvar - mu**2 - logvar.exp()).mean(dim=1)).mean()


# %% wrong c: without the half
# says: lacks the factor 1/2
def vae_loss(output, cont, cat, kld_weight):
    error = numbers(output, cont) + categories(output, cat)
    return (error + 2 * kld_weight * divergence(output)).mean()


# %% wrong c: the variance for the deviation
# says: takes `exp(logvar)` for the deviation
def vae_loss(output, cont, cat, kld_weight):
    error = numbers(output, cont) + categories(output, cat)
    kld = kl_divergence(Normal(output.mu, output.logvar.exp()), Normal(0, 1)).sum(dim=1)
    return (error + kld_weight * kld).mean()


# %% wrong c: the deviation for the variance
# says: the deviation, where the variance belongs
def vae_loss(output, cont, cat, kld_weight):
    error = numbers(output, cont) + categories(output, cat)
    mu, logvar = output.mu, output.logvar
    kld = 0.5 * (mu**2 + (0.5 * logvar).exp() - 1 - logvar).sum(dim=1)
    return (error + kld_weight * kld).mean()


# %% wrong c: the logarithm for the deviation
# says: takes `logvar` itself for the deviation
def vae_loss(output, cont, cat, kld_weight):
    error = numbers(output, cont) + categories(output, cat)
    mu, sigma = output.mu, output.logvar
    kld = 0.5 * (mu**2 + sigma**2 - 1 - torch.log(sigma**2)).sum(dim=1)
    return (error + kld_weight * kld).mean()


# %% wrong c: a root of the logarithm
# says: The loss is nan
def vae_loss(output, cont, cat, kld_weight):
    error = numbers(output, cont) + categories(output, cat)
    mu, var = output.mu, output.logvar
    kld = 0.5 * (mu**2 + var - 1 - torch.log(var)).sum(dim=1)
    return (error + kld_weight * kld).mean()


# %% wrong c: the other way round
# says: expected the other way round
def vae_loss(output, cont, cat, kld_weight):
    error = numbers(output, cont) + categories(output, cat)
    posterior = Normal(output.mu, torch.exp(output.logvar / 2))
    kld = kl_divergence(Normal(torch.zeros_like(output.mu), 1), posterior).sum(dim=1)
    return (error + kld_weight * kld).mean()


# %% wrong c: mu left out
# says: The KL divergence lacks `mu`
def vae_loss(output, cont, cat, kld_weight):
    error = numbers(output, cont) + categories(output, cat)
    kld = 0.5 * (output.logvar.exp() - 1 - output.logvar).sum(dim=1)
    return (error + kld_weight * kld).mean()


# %% wrong c: weighted twice
# says: The KL divergence: one row should have
def vae_loss(output, cont, cat, kld_weight):
    error = numbers(output, cont) + categories(output, cat)
    return (error + kld_weight**2 * divergence(output)).mean()


# %% wrong d: the sum over the rows
# says: is the sum of theirs
def vae_loss(output, cont, cat, kld_weight):
    error = numbers(output, cont) + categories(output, cat)
    return (error + kld_weight * divergence(output)).sum()


# %% wrong d: one sum among means
# says: is there a sum over the rows in one part
def vae_loss(output, cont, cat, kld_weight):
    error = F.mse_loss(output.cont, cont, reduction="sum") + categories(output, cat).mean()
    return error + kld_weight * divergence(output).mean()


# %% wrong d: a number for each row
# says: expected one number, their mean
def vae_loss(output, cont, cat, kld_weight):
    error = numbers(output, cont) + categories(output, cat)
    return error + kld_weight * divergence(output)


# %% wrong e: a float
# says: without a gradient
def vae_loss(output, cont, cat, kld_weight):
    error = numbers(output, cont) + categories(output, cat)
    return (error + kld_weight * divergence(output)).mean().item()


# %% wrong e: a KL term for the log alone
# says: No gradient reaches `output.mu`
def vae_loss(output, cont, cat, kld_weight):
    with torch.no_grad():
        kld = divergence(output)
    return (numbers(output, cont) + categories(output, cat) + kld_weight * kld).mean()


# %% wrong d: three losses
# says: The loss is a tuple of 3
def vae_loss(output, cont, cat, kld_weight):
    error = (numbers(output, cont) + categories(output, cat)).mean()
    kld = divergence(output).mean()
    return error + kld_weight * kld, error, kld
