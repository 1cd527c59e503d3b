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


# %% wrong e: softmax
# says: that is a softmax
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)

    def forward(self, images):
        return self.output(F.relu(self.hidden(images.flatten(1)))).softmax(dim=1)


# %% wrong e: log_softmax
# says: log-probabilities
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)

    def forward(self, images):
        return F.log_softmax(self.output(F.relu(self.hidden(images.flatten(1)))), dim=1)


# %% wrong e: ReLU on the logits
# says: something like a ReLU follow the last layer
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)

    def forward(self, images):
        x = F.relu(self.hidden(images.flatten(1)))
        return F.relu(self.output(x))


# %% wrong e: sigmoid
# says: between 0 and 1: a sigmoid
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)

    def forward(self, images):
        return torch.sigmoid(self.output(F.relu(self.hidden(images.flatten(1)))))


# %% wrong b: batch size in view
# says: for 5 of them: Your line 8 raised RuntimeError
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)

    def forward(self, images):
        return self.output(F.relu(self.hidden(images.view(32, -1))))


# %% wrong b: squeeze drops a batch of one
# says: for a batch of one: Your line 8 raised
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)

    def forward(self, images):
        return self.output(F.relu(self.hidden(images.squeeze().flatten(1))))


# %% wrong f: layers in a plain list
# says: `net.parameters()` is empty
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Flatten(), nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 10)]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


# %% wrong f: one layer in a plain list
# says: A weight of shape [32, 784] has a part
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


# %% wrong h: dropout in evaluation mode too
# says: `F.dropout` wants `training=self.training`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)

    def forward(self, images):
        x = F.relu(self.hidden(images.flatten(1)))
        return self.output(F.dropout(x, 0.5))


# %% wrong g: no_grad around forward
# says: The logits have no graph
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)

    @torch.no_grad()
    def forward(self, images):
        return self.output(F.relu(self.hidden(images.flatten(1))))


# %% wrong g: a detached layer in the middle
# says: No gradient reaches `first.weight`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(784, 32), nn.Linear(32, 16)
        self.output = nn.Linear(16, 10)

    def forward(self, images):
        x = F.relu(self.first(images.flatten(1))).detach()
        return self.output(F.relu(self.second(x)))


# %% wrong g: a layer that is not used
# says: No gradient reaches `extra.weight`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)
        self.extra = nn.Linear(32, 32)

    def forward(self, images):
        return self.output(F.relu(self.hidden(images.flatten(1))))


# %% wrong d: no non-linearity
# says: All layers together are one linear layer
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.Linear(64, 10))

    def forward(self, images):
        return self.layers(images)


# %% wrong a: one output
# says: training mode 32 images gave logits of shape [32, 1]
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


# %% wrong a: no return
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


# %% right: an LSTM that reads rows
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rows = nn.LSTM(28, 32, batch_first=True)
        self.head = nn.Linear(32, 10)

    def forward(self, images):
        _, (last, _) = self.rows(images[:, 0])
        return self.head(last[0])


# %% right: weights of its own, squares for a non-linearity
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1 = nn.Parameter(torch.randn(784, 16) / 28)
        self.w2 = nn.Parameter(torch.randn(16, 10) / 4)

    def forward(self, images):
        return torch.square(images.flatten(1) @ self.w1) @ self.w2


# %% right: convolutions alone, a mean over each map at the end
class Net(nn.Sequential):
    def __init__(self):
        layers = [nn.Conv2d(1, 8, 3, stride=2), nn.ELU(), nn.Conv2d(8, 10, 3)]
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())


# %% wrong c: an LSTM that takes the batch for its sequence
# says: With other images beside it
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rows = nn.LSTM(28, 32)
        self.head = nn.Linear(32, 10)

    def forward(self, images):
        states, _ = self.rows(images.squeeze(1))
        return self.head(states[:, -1])


# %% wrong d: the only non-linearity comes first
# says: does not stand between two layers with weights
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)

    def forward(self, images):
        return self.output(self.hidden(torch.tanh(images.flatten(1))))


# %% wrong e: a softmax over the batch
# says: The outputs of a class, over the batch, add up to 1
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)

    def forward(self, images):
        return self.output(F.relu(self.hidden(images.flatten(1)))).softmax(dim=0)


# %% wrong e: a leaky ReLU after every layer
# says: do not follow the weights of the last layer in a straight line
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Flatten(), nn.Linear(784, 64), nn.Linear(64, 10)])

    def forward(self, images):
        for layer in self.layers:
            images = F.leaky_relu(layer(images))
        return images


# %% wrong e: dropout on the logits
# says: a dropout follows the last layer
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)
        self.dropout = nn.Dropout(0.2)

    def forward(self, images):
        x = self.dropout(F.relu(self.hidden(images.flatten(1))))
        return self.dropout(self.output(x))


# %% wrong f: a layer that the first call makes
# says: `output.weight` is there only after a call
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 32)

    def forward(self, images):
        x = F.relu(self.hidden(images.flatten(1)))
        if not hasattr(self, "output"):
            self.output = nn.Linear(32, 10)
        return self.output(x)


# %% wrong f: weights that are plain tensors
# says: hold all that `forward` uses
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.weights = torch.randn(784, 32) / 28
        self.hidden, self.output = nn.Linear(32, 32), nn.Linear(32, 10)

    def forward(self, images):
        x = F.relu(images.flatten(1) @ self.weights)
        return self.output(F.relu(self.hidden(x)))


# %% wrong g: a frozen layer
# says: `hidden.weight` is frozen
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)
        self.hidden.requires_grad_(False)

    def forward(self, images):
        return self.output(F.relu(self.hidden(images.flatten(1))))


# %% wrong h: normalises the images in place
# says: changes the images that it gets
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)

    def forward(self, images):
        images -= 0.5
        return self.output(F.relu(self.hidden(images.flatten(1))))


# %% wrong a: returns probabilities as well
# says: `forward` returned a tuple of 2
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))

    def forward(self, images):
        logits = self.layers(images)
        return logits, logits.softmax(dim=1)


# %% right: a head for each class
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 16)
        self.heads = nn.ModuleList(nn.Linear(16, 1) for _ in range(10))

    def forward(self, images):
        x = F.relu(self.hidden(images.flatten(1)))
        return torch.cat([head(x) for head in self.heads], dim=1)


# %% wrong f: a plain tensor among the layers
# says: Or is it a tensor, but no `nn.Parameter`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Linear(784, 32), nn.Linear(32, 10)
        self.scale = torch.ones(1, requires_grad=True)

    def forward(self, images):
        return self.output(F.relu(self.hidden(images.flatten(1)))) * self.scale
