"""7.2 reparameterize"""

# %% setup
import torch
from torch import nn
from torch.distributions import Normal


def several(encoded, draws):
    mu, logvar = encoded.chunk(2, dim=1)
    return mu.expand(draws, *mu.shape), logvar.expand(draws, *mu.shape)


# %% call
check.reparameterize(reparameterize)


# %% right: multiplied and added in one
def reparameterize(encoded, training, draws=1):
    mu, logvar = encoded.repeat(draws, 1, 1).chunk(2, dim=-1)
    if training:
        std = logvar.mul(0.5).exp()
        return torch.addcmul(mu, torch.empty_like(std).normal_(), std)
    return mu


# %% right: torch's distribution
def reparameterize(encoded, training, draws=1):
    width = encoded.shape[1] // 2
    mu, logvar = encoded[:, :width], encoded[:, width:]
    if training:
        return Normal(mu, logvar.exp().sqrt()).rsample((draws,))
    return torch.stack([mu] * draws)


# %% right: draw by draw, and the noise is moved
def reparameterize(rows, is_training, times=1):
    def one():
        means, log_variances = rows.tensor_split(2, dim=1)
        eps = torch.randn(means.shape).to(means)
        return means + eps * torch.exp(0.5 * log_variances) * float(is_training)

    return torch.stack([one() for _ in range(times)])


# %% right: broadcasting
def reparameterize(encoded, training, draws=1):
    mu, logvar = torch.unflatten(encoded, 1, (2, -1)).unbind(1)
    eps = torch.randn(draws, *mu.shape, dtype=mu.dtype, device=mu.device)
    return mu + eps * (logvar / 2).exp() * training


# %% wrong a: along the rows
# says: in evaluation you return a tensor of shape [2, 5000, 6]
def reparameterize(encoded, training, draws=1):
    mu, logvar = (part.expand(draws, *part.shape) for part in encoded.chunk(2))
    return mu + torch.randn_like(mu) * torch.exp(logvar / 2) if training else mu


# %% wrong a: one after the other in training
# says: in training you return a tensor of shape [20000, 3]
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    sample = mu + torch.randn_like(mu) * torch.exp(logvar / 2) if training else mu
    return sample.flatten(0, 1) if training and draws > 1 else sample


# %% wrong a: no dimension for a single draw
# says: Without `draws`, you return a tensor of shape [5, 3]
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    sample = mu + torch.randn_like(mu) * torch.exp(logvar / 2) if training else mu
    return sample[0] if draws == 1 else sample


# %% wrong d: variances first
# says: you return the second half of `encoded`
def reparameterize(encoded, training, draws=1):
    logvar, mu = several(encoded, draws)
    return mu + torch.randn_like(mu) * torch.exp(logvar / 2) if training else mu


# %% wrong d: one after the other
# says: you return every other number of `encoded`
def reparameterize(encoded, training, draws=1):
    mu, logvar = encoded[:, ::2], encoded[:, 1::2]
    eps = torch.randn_like(mu.expand(draws, *mu.shape)) if training else torch.zeros(draws, 1, 1)
    return mu + eps * torch.exp(logvar / 2)


# %% wrong b: the variance for the deviation
# says: and its root the deviation
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    return mu + torch.randn_like(mu) * logvar.exp() if training else mu


# %% wrong b: the logarithm for the deviation
# says: those are the logarithms as they are
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    return mu + torch.randn_like(mu) * logvar if training else mu


# %% wrong b: a sign
# says: the exponent's sign is wrong
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    return mu + torch.randn_like(mu) / torch.exp(logvar / 2) if training else mu


# %% wrong b: noise of size 1, but with gradients
# says: the logarithms have no part in it
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    return mu + torch.randn_like(mu) + 1e-9 * logvar if training else mu


# %% wrong b: the noise scaled down, as in many a notebook
# says: The noise is 0.1 times as large
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    eps = torch.randn_like(mu) * 0.1
    return mu + eps * torch.exp(logvar / 2) if training else mu


# %% wrong b: from 0 to 1
# says: The sample's means are not those of `encoded`
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    return mu + torch.rand_like(mu) * torch.exp(logvar / 2) if training else mu


# %% wrong b: the root of a logarithm
# says: is nan where a logarithm is negative
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    return mu + torch.randn_like(mu) * logvar.sqrt() if training else mu


# %% wrong b: softplus
# says: the root of `exp(logvar)`.
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    return mu + torch.randn_like(mu) * nn.functional.softplus(logvar) if training else mu


# %% wrong b: evenly from an interval, of the right size
# says: the noise is not normal
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    eps = (torch.rand_like(mu) - 0.5) * 12**0.5
    return mu + eps * torch.exp(logvar / 2) if training else mu


# %% wrong b: noise alone
# says: the means have no part in it
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    return 0 * mu + torch.randn_like(mu) * torch.exp(logvar / 2) if training else mu


# %% wrong c: always the same
# says: Two calls return the same sample
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    torch.manual_seed(0)
    return mu + torch.randn_like(mu) * torch.exp(logvar / 2) if training else mu


# %% wrong c: drawn once
# says: it is drawn once, and repeated
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    return mu + torch.randn_like(mu[0]) * torch.exp(logvar / 2) if training else mu


# %% wrong c: a row for all
# says: All rows have the same noise
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    return mu + torch.randn_like(mu[:, :1]) * torch.exp(logvar / 2) if training else mu


# %% wrong c: one number for a row
# says: All numbers of a row have the same noise
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    return mu + torch.randn_like(mu[..., :1]) * torch.exp(logvar / 2) if training else mu


# %% wrong d: noise in evaluation
# says: In evaluation, too, each call returns other numbers
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    return mu + torch.randn_like(mu) * torch.exp(logvar / 2)


# %% wrong d: shifted in evaluation
# says: something else than the means
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    eps = torch.randn_like(mu) if training else 1
    return mu + eps * torch.exp(logvar / 2)


# %% wrong e: sample instead of rsample
# says: does not require gradients
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    return Normal(mu, torch.exp(logvar / 2)).sample() if training else mu


# %% wrong e: torch.normal
# says: No gradient reaches the means
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    return torch.normal(mu, torch.exp(logvar / 2)) if training else mu


# %% wrong e: a deviation without a gradient
# says: No gradient reaches the logarithms
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    return mu + torch.randn_like(mu) * torch.exp(logvar.data / 2) if training else mu


# %% wrong f: noise on the CPU, moved to the dtype alone
# says: made on the CPU
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    eps = torch.randn(mu.shape, dtype=mu.dtype)
    return mu + eps * torch.exp(logvar / 2) if training else mu


# %% wrong f: noise in float32
# says: the noise has a dtype of its own
def reparameterize(encoded, training, draws=1):
    mu, logvar = several(encoded, draws)
    eps = torch.randn(mu.shape, device=mu.device)
    return mu + eps * torch.exp(logvar / 2) if training else mu


# %% wrong g: in place on a half
# says: `encoded` holds other numbers
def reparameterize(encoded, training, draws=1):
    mu, logvar = encoded.chunk(2, dim=1)
    std = logvar.div_(2).exp() if training else 0 * logvar
    return mu + torch.randn(draws, *mu.shape, dtype=mu.dtype, device=mu.device) * std


# %% wrong a: nothing
# says: in training you return None
def reparameterize(encoded, training, draws=1):
    return None if training else several(encoded, draws)[0]


# %% wrong: the sample instead of the function
# says: should be a function
reparameterize = torch.zeros(3)
