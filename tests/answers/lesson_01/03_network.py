"""1.3 network"""

# %% setup
import torch
import torch.nn.functional as F
from torch import nn

# %% call
check.network(Net)


# %% right: a Sequential inside
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))

    def forward(self, images):
        return self.layers(images)


# %% right: layers as attributes, dropout and tanh
class Net(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.hidden = nn.Linear(28 * 28, width)
        self.output = nn.Linear(width, 10)

    def forward(self, x):
        x = torch.tanh(self.hidden(x.view(x.shape[0], -1)))
        return self.output(F.dropout(x, 0.5, self.training))


# %% right: convolutions and batch norm, as a Sequential of its own
class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 8, 3),
            nn.BatchNorm2d(8),
            nn.GELU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Dropout(),
            nn.Linear(8 * 13 * 13, 10),
        )


# %% right: lazy layers in a ModuleList
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.LazyLinear(16), nn.LazyLinear(16), nn.LazyLinear(10)])

    def forward(self, images):
        x = images.reshape(len(images), 784)
        for layer in self.layers[:-1]:
            x = F.leaky_relu(layer(x))
        return self.layers[-1](x)


# %% right: last layer begins at zero
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.norm, self.output = (
            nn.Linear(784, 20),
            nn.LayerNorm(20),
            nn.Linear(20, 10),
        )
        nn.init.zeros_(self.output.weight)
        nn.init.zeros_(self.output.bias)

    def forward(self, images):
        return self.output(self.norm(self.hidden(images.flatten(start_dim=1)).relu()))


# %% wrong: softmax
# says: that is a softmax
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)

    def forward(self, images):
        return self.output(F.relu(self.hidden(images.flatten(1)))).softmax(dim=1)


# %% wrong: log_softmax
# says: log-probabilities
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)

    def forward(self, images):
        return F.log_softmax(self.output(F.relu(self.hidden(images.flatten(1)))), dim=1)


# %% wrong: ReLU on the logits
# says: a ReLU follows the last layer
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)

    def forward(self, images):
        x = F.relu(self.hidden(images.flatten(1)))
        return F.relu(self.output(x))


# %% wrong: sigmoid
# says: between 0 and 1
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)

    def forward(self, images):
        return torch.sigmoid(self.output(F.relu(self.hidden(images.flatten(1)))))


# %% wrong: batch size in view
# says: a batch of 5 is not
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)

    def forward(self, images):
        return self.output(F.relu(self.hidden(images.view(64, -1))))


# %% wrong: squeeze drops a batch of one
# says: a batch of 1 is not
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)

    def forward(self, images):
        return self.output(F.relu(self.hidden(images.squeeze().flatten(1))))


# %% wrong: layers in a plain list
# says: nothing to train
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Flatten(), nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 10)]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


# %% wrong: one layer in a plain list
# says: some layer is not registered
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = [nn.Linear(784, 32)]
        self.output = nn.Linear(32, 10)

    def forward(self, images):
        x = images.flatten(1)
        for layer in self.hidden:
            x = F.relu(layer(x))
        return self.output(x)


# %% wrong: dropout in evaluation mode too
# says: pass `training=self.training` to `F.dropout`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)

    def forward(self, images):
        x = F.relu(self.hidden(images.flatten(1)))
        return self.output(F.dropout(x, 0.5))


# %% wrong: no_grad around forward
# says: No gradient reaches `hidden.weight`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)

    @torch.no_grad()
    def forward(self, images):
        return self.output(F.relu(self.hidden(images.flatten(1))))


# %% wrong: a detached layer in the middle
# says: No gradient reaches `first.weight`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(784, 32), nn.Linear(32, 16)
        self.output = nn.Linear(16, 10)

    def forward(self, images):
        x = F.relu(self.first(images.flatten(1))).detach()
        return self.output(F.relu(self.second(x)))


# %% wrong: a layer that is not used
# says: No gradient reaches `extra.weight`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)
        self.extra = nn.Linear(32, 32)

    def forward(self, images):
        return self.output(F.relu(self.hidden(images.flatten(1))))


# %% wrong: no non-linearity
# says: All layers together are one linear layer
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.Linear(64, 10))

    def forward(self, images):
        return self.layers(images)


# %% wrong: one output
# says: logits of shape [64, 1]
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, images):
        return self.layers(images)


# %% wrong: forgets to flatten
# says: Your line 8 raised RuntimeError: mat1 and mat2
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))

    def forward(self, images):
        return self.layers(images)


# %% wrong: no return
# says: `forward` returned None
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))

    def forward(self, images):
        self.layers(images)


# %% wrong: an object instead of the class
# says: Expected a class and got an object of the class `Sequential`
Net = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))


# %% wrong: does not inherit
# says: `Net` does not inherit from `Module`
class Net:
    def __init__(self):
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))

    def forward(self, images):
        return self.layers(images)
