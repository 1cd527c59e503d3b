"""5.6 clip"""

# %% setup
import torch
from torch import nn

from course_lib.models import LitClassifier

PREDICTIONS = {
    "a": 13,
    "b": [1.5, 2, -6],
    "c": [3, 4, -6.5],
    "d": [3, 4, -12],
    "e": 13,
    "f": 0.1,
}
predictions = PREDICTIONS


class LitClipped(LitClassifier):
    def configure_gradient_clipping(
        self, optimizer, gradient_clip_val=None, gradient_clip_algorithm=None
    ):
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        self.log("norm_before", nn.utils.get_total_norm(gradients))
        self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)
        self.log("norm_after", nn.utils.get_total_norm(gradients))


# %% call
check.clip(predictions, LitClipped)
# %% right: as in the setup, which is what the wrong ones differ from
pass


# %% right: tuples and tensors; the original hook, norms of norms
predictions = {
    "f": torch.tensor(0.1),
    "e": (9 + 16 + 144) ** 0.5,
    "d": (3.0, 4.0, -12.0),
    "c": torch.tensor([3, 4, -6.5]).tolist(),
    "b": [torch.tensor(1.5), 2.0, -6.0],
    "a": 13.0,
}


class LitClipped(LitClassifier):
    def configure_gradient_clipping(self, *args, **kwargs):
        self.log_norm("norm_before")
        super().configure_gradient_clipping(*args, **kwargs)
        self.log_norm("norm_after")

    def log_norm(self, name):
        norms = [p.grad.norm() for p in self.network.parameters() if p.requires_grad]
        self.log(name, torch.stack(norms).norm())


# %% right: by hand, with torch's own functions, whose return value is the norm before
class LitClipped(LitClassifier):
    def configure_gradient_clipping(self, optimizer, gradient_clip_val, gradient_clip_algorithm):
        limit = gradient_clip_val or float("inf")
        if gradient_clip_algorithm == "value":
            before = nn.utils.clip_grad_norm_(self.parameters(), float("inf"))
            nn.utils.clip_grad_value_(self.parameters(), limit)
        else:
            before = nn.utils.clip_grad_norm_(self.parameters(), limit)
        after = nn.utils.clip_grad_norm_(self.parameters(), float("inf"))
        self.log_dict({"norm_before": before.item(), "norm_after": after.item()})


# %% right: the hook before, and the step itself
class LitClipped(LitClassifier):
    def norm(self):
        return sum(p.grad.square().sum() for p in self.parameters() if p.grad is not None).sqrt()

    def on_before_optimizer_step(self, optimizer):
        self.log("norm_before", self.norm(), on_step=True, on_epoch=False)

    def configure_gradient_clipping(self, optimizer, gradient_clip_val=None, **options):
        self.clip_gradients(optimizer, gradient_clip_val=gradient_clip_val, **options)
        self.logger.log_metrics({"norm_after": self.norm()}, step=self.global_step)


# %% wrong: no dictionary
# says: Expected a dictionary with the keys a, b, c, d, e, f
predictions = [13, 6.5, 6.5, 26, 13, 0.1]

# %% wrong: one is missing
# says: got `a`, `b`, `c`, `d`, `e`.
predictions = {key: value for key, value in PREDICTIONS.items() if key != "f"}

# %% wrong a: the sum of the norms
# says: their squares do
predictions = PREDICTIONS | {"a": 17}

# %% wrong a: the largest number
# says: That is the largest of the numbers.
predictions = PREDICTIONS | {"a": 12}

# %% wrong a: miscalculated
# says: It is the length of one vector
predictions = PREDICTIONS | {"a": 13.5}

# %% wrong b: by value
# says: So it is with `"value"`
predictions = PREDICTIONS | {"b": [3, 4, -6.5]}

# %% wrong b: the norm instead of the gradients
# says: (b) Expected b to be a list of 3 numbers
predictions = PREDICTIONS | {"b": 6.5}

# %% wrong b: each parameter by itself
# says: One factor for all of them makes the norm 6.5
predictions = PREDICTIONS | {"b": [3, 4, -6.50001 + 0.2]}

# %% wrong c: by the norm
# says: So it is with the norm
predictions = PREDICTIONS | {"c": [1.5, 2, -6]}

# %% wrong c: the sign is lost
# says: The limit holds in both directions
predictions = PREDICTIONS | {"c": [3, 4, 6.5]}

# %% wrong d: scaled up
# says: Clipping never makes a gradient larger
predictions = PREDICTIONS | {"d": [6, 8, -24]}

# %% wrong d: a text
# says: (d) d is an object of the class `str`; expected one number
predictions = PREDICTIONS | {"d": ["3", "4", "-12"]}

# %% wrong e: after the clipping
# says: This hook runs before the clipping
predictions = PREDICTIONS | {"e": 6.5}

# %% wrong f: as SGD
# says: Adam's does not grow with the gradient
predictions = PREDICTIONS | {"f": 0.6}


# %% wrong: an instance
# says: Expected a class and got an object of the class `Linear`
LitClipped = nn.Linear(2, 2)


# %% wrong g: nothing is clipped
# says: your hook has taken the place of the clipping
class LitClipped(LitClassifier):
    def configure_gradient_clipping(self, optimizer, gradient_clip_val, gradient_clip_algorithm):
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        norm = nn.utils.get_total_norm(gradients)
        self.log("norm_before", norm)
        self.log("norm_after", norm.clamp(max=gradient_clip_val))


# %% wrong g: by the norm only if it is said
# says: the hook gets None, which means the norm
class LitClipped(LitClassifier):
    def configure_gradient_clipping(self, optimizer, gradient_clip_val, gradient_clip_algorithm):
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        self.log("norm_before", nn.utils.get_total_norm(gradients))
        if gradient_clip_val is not None:
            if gradient_clip_algorithm == "norm":
                nn.utils.clip_grad_norm_(self.parameters(), gradient_clip_val)
            else:
                nn.utils.clip_grad_value_(self.parameters(), gradient_clip_val)
        self.log("norm_after", nn.utils.get_total_norm(gradients))


# %% wrong g: a limit of its own
# says: With `gradient_clip_val=1` it does not train
class LitClipped(LitClassifier):
    def configure_gradient_clipping(self, optimizer, gradient_clip_val, gradient_clip_algorithm):
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        self.log("norm_before", nn.utils.clip_grad_norm_(self.parameters(), 0.5))
        self.log("norm_after", nn.utils.get_total_norm(gradients))


# %% wrong g: always by the norm
# says: it is still the norm that is clipped
class LitClipped(LitClassifier):
    def configure_gradient_clipping(self, optimizer, gradient_clip_val, gradient_clip_algorithm):
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        self.log("norm_before", nn.utils.clip_grad_norm_(self.parameters(), gradient_clip_val))
        self.log("norm_after", nn.utils.get_total_norm(gradients))


# %% wrong g: half the limit
# says: "value"` it does not train as any module does
class LitClipped(LitClassifier):
    def configure_gradient_clipping(self, optimizer, gradient_clip_val, gradient_clip_algorithm):
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        self.log("norm_before", nn.utils.get_total_norm(gradients))
        if gradient_clip_algorithm == "value":
            nn.utils.clip_grad_value_(self.parameters(), gradient_clip_val / 2)
        else:
            self.clip_gradients(optimizer, gradient_clip_val)
        self.log("norm_after", nn.utils.get_total_norm(gradients))


# %% wrong g: not without a limit
# says: All is right with clipping, but not without it.
class LitClipped(LitClassifier):
    def configure_gradient_clipping(self, optimizer, gradient_clip_val, gradient_clip_algorithm):
        if gradient_clip_algorithm == "value":
            self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)
            return
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        self.log("norm_before", nn.utils.clip_grad_norm_(self.parameters(), gradient_clip_val))
        self.log("norm_after", nn.utils.get_total_norm(gradients))


# %% wrong g: a limit where there is none
# says: something is clipped all the same
class LitClipped(LitClassifier):
    def configure_gradient_clipping(
        self, optimizer, gradient_clip_val=None, gradient_clip_algorithm=None
    ):
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        self.log("norm_before", nn.utils.get_total_norm(gradients))
        self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)
        if gradient_clip_val is None:
            nn.utils.clip_grad_norm_(self.parameters(), 1.0)
        self.log("norm_after", nn.utils.get_total_norm(gradients))


# %% wrong h: a frozen parameter has no gradient
# says: A frozen parameter has no gradient
class LitClipped(LitClassifier):
    def configure_gradient_clipping(self, optimizer, gradient_clip_val, gradient_clip_algorithm):
        self.log("norm_before", torch.cat([p.grad.flatten() for p in self.parameters()]).norm())
        self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)


# %% wrong h: nothing is logged
# says: The logger gets `train_loss`; expected `norm_before`
class LitClipped(LitClassifier):
    pass


# %% wrong h: the norm before alone
# says: `train_loss`; expected `norm_after`
class LitClipped(LitClassifier):
    def on_before_optimizer_step(self, optimizer):
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        self.log("norm_before", nn.utils.get_total_norm(gradients))


# %% wrong h: both before
# says: As `norm_after` you log the norm on the other side
class LitClipped(LitClassifier):
    def on_before_optimizer_step(self, optimizer):
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        self.log("norm_before", nn.utils.get_total_norm(gradients))
        self.log("norm_after", nn.utils.get_total_norm(gradients))


# %% wrong h: after each batch
# says: the logger gets `norm_before` 7 times
class LitClipped(LitClassifier):
    def on_after_backward(self):
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        norm = nn.utils.get_total_norm(gradients).item()
        self.logger.log_metrics({"norm_before": norm}, step=self.global_step)


# %% wrong h: once per epoch
# says: the logger gets `norm_after` 1 times
class LitClipped(LitClassifier):
    def configure_gradient_clipping(self, optimizer, gradient_clip_val, gradient_clip_algorithm):
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        self.log("norm_before", nn.utils.get_total_norm(gradients))
        self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)
        norm = nn.utils.get_total_norm(gradients)
        self.log("norm_after", norm, on_step=False, on_epoch=True)


# %% wrong h: the sum of the norms
# says: As `norm_before` you log
class LitClipped(LitClassifier):
    def configure_gradient_clipping(self, optimizer, gradient_clip_val, gradient_clip_algorithm):
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        self.log("norm_before", sum(gradient.norm() for gradient in gradients))
        self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)
        self.log("norm_after", sum(gradient.norm() for gradient in gradients))
