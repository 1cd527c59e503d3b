"""3.4 write_a_callback"""

# %% setup
import copy
import math

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities import grad_norm
from torch import nn

# %% call
check.write_a_callback(GradientNorm)


# %% right: the norm of the norms
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", torch.stack(norms).norm())


# %% right: one long vector, logged by the callback
class GradientNorm(pl.Callback):
    def __init__(self):
        super().__init__()

    def on_before_optimizer_step(self, trainer, module, *args):
        grads = [p.grad.flatten() for p in module.parameters() if p.grad is not None]
        self.log("grad_norm", torch.cat(grads).norm(), on_step=True, on_epoch=False, prog_bar=True)


# %% right: squares of the optimizer's parameters, as a float
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        total = 0.0
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    total += parameter.grad.pow(2).sum().item()
        pl_module.log_dict({"grad_norm": math.sqrt(total)})


# %% right: what clipping to infinity returns
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norm = nn.utils.clip_grad_norm_(pl_module.parameters(), float("inf"))
        pl_module.log("grad_norm", norm)


# %% right: Lightning's own helper
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        pl_module.log("grad_norm", grad_norm(pl_module, norm_type=2)["grad_2.0_norm_total"])


# %% wrong a: another name
# says: expected `grad_norm`
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("gradient_norm", torch.stack(norms).norm())


# %% wrong a: not for the logger
# says: The logger gets nothing
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", torch.stack(norms).norm(), logger=False)


# %% wrong a: a step and an epoch
# says: makes two names of one
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", torch.stack(norms).norm(), on_epoch=True, on_step=True)


# %% wrong a: straight to the logger
# says: not among the Trainer's `callback_metrics`
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        norm = torch.stack(norms).norm()
        trainer.logger.log_metrics({"grad_norm": norm.item()}, step=trainer.global_step)


# %% wrong a: something else straight to the logger
# says: All is right with a logger, but not
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", torch.stack(norms).norm())
        rate = optimizer.param_groups[0]["lr"]
        trainer.logger.log_metrics({"lr": rate}, step=trainer.global_step)


# %% wrong a: a name in a tag
# says: The logger gets `train/grad_norm`
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("train/grad_norm", torch.stack(norms).norm())


# %% wrong b: the sum
# says: the sum of the norms
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", sum(norms))


# %% wrong b: the mean
# says: the mean of the norms
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", torch.stack(norms).mean())


# %% wrong b: the largest
# says: the largest of the norms
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", max(norms))


# %% wrong b: no root
# says: its root is missing
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", sum(n**2 for n in norms))


# %% wrong b: the 1-norm
# says: the 1-norm
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.abs().sum() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", sum(norms))


# %% wrong b: the largest number
# says: the largest number in the gradients
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.abs().max() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", max(norms))


# %% wrong b: the weights
# says: the norm of the weights
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.norm() for p in pl_module.parameters()]
        pl_module.log("grad_norm", torch.stack(norms).norm())


# %% wrong b: one of them
# says: the norm of the last gradient alone
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", norms[-1])


# %% wrong b: the first of them
# says: the norm of the first gradient alone
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", norms[0])


# %% wrong b: the mean of squares
# says: ; expected
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", torch.stack(norms).square().mean().sqrt())


# %% wrong c: all parameters
# says: have no gradient: their `grad` is None
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters()]
        pl_module.log("grad_norm", torch.stack(norms).norm())


# %% wrong d: after each backward
# says: You log once per batch
class GradientNorm(pl.Callback):
    def on_after_backward(self, trainer, pl_module):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", torch.stack(norms).norm())


# %% wrong d: after the batch
# says: norms after `gradient_clip_val=
class GradientNorm(pl.Callback):
    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        if batch_idx in (1, 3, 4):
            pl_module.log("grad_norm", torch.stack(norms).norm())


# %% wrong d: before the gradients are there
# says: There is not one gradient
class GradientNorm(pl.Callback):
    def on_before_backward(self, trainer, pl_module, loss):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", torch.stack(norms).norm())


# %% wrong d: before the gradients are cleared
# says: gradients of the step before
class GradientNorm(pl.Callback):
    def on_before_zero_grad(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        norm = torch.stack(norms).norm() if norms else 0.0
        pl_module.log("grad_norm", norm)


# %% wrong d: within the loop
# says: in 12 calls
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        for i in range(1, len(norms) + 1):
            pl_module.log("grad_norm", torch.stack(norms[:i]).norm())


# %% wrong d: at the end of the epoch
# says: the number of values that the logger gets is 1
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", torch.stack(norms).norm(), on_step=False, on_epoch=True)


# %% wrong e: clips
# says: changes the gradients
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norm = nn.utils.clip_grad_norm_(pl_module.parameters(), 1.0)
        pl_module.log("grad_norm", norm)


# %% wrong e: makes the step itself
# says: changes the weights
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", torch.stack(norms).norm())
        with torch.no_grad():
            for p in pl_module.parameters():
                if p.grad is not None:
                    p -= 0.1 * p.grad


# %% wrong e: another learning rate
# says: ends with other weights
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", torch.stack(norms).norm())
        optimizer.param_groups[0]["lr"] *= 0.5


# %% wrong e: eval mode
# says: parts of the model are in another mode
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", torch.stack(norms).norm())
        pl_module.eval()


# %% wrong f: the network
# says: has parts with other names
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.network.parameters() if p.grad is not None]
        pl_module.log("grad_norm", torch.stack(norms).norm())


# %% wrong: an object
# says: got an object of the class `GradientNorm`
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", torch.stack(norms).norm())


GradientNorm = GradientNorm()


# %% wrong: a misspelt hook
# says: calls none of its methods: `on_before_optimiser_step`
class GradientNorm(pl.Callback):
    def on_before_optimiser_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", torch.stack(norms).norm())


# %% wrong: no callback
# says: does not inherit from `Callback`
class GradientNorm:
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", torch.stack(norms).norm())


# %% wrong: no optimizer among the arguments
# says: raised TypeError
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        pl_module.log("grad_norm", torch.stack(norms).norm())


# %% wrong: another class's hook
# says: raised AttributeError
class GradientNorm(pl.Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        norms = [p.grad.norm() for p in pl_module.parameters() if p.grad is not None]
        trainer.log("grad_norm", torch.stack(norms).norm())
