"""2.9 load_and_predict"""

# %% setup
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import nn
from course_lib.models import CNN, LitClassifier

# %% call
check.load_and_predict(load_frozen, predict)


# %% right: eval and requires_grad_ by hand
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(str(path), map_location="cpu", weights_only=True)
    model.eval()
    model.requires_grad_(False)
    return model


def predict(model, images):
    return torch.argmax(model(images), dim=-1)


# %% right: by hand from the checkpoint
def load_frozen(path):
    checkpoint = torch.load(path, weights_only=True)
    model = LitClassifier(**checkpoint["hyper_parameters"])
    model.load_state_dict(checkpoint["state_dict"])
    model.freeze()
    return model


def predict(model, images):
    return model(images).softmax(dim=1).max(dim=1).indices


# %% right: predict_step
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(path, weights_only=True)
    model.freeze()
    return model


def predict(model, images):
    return model.predict_step(images).argmax(1)


# %% wrong c: only eval
# says: of the parameter tensors still require gradients
def load_frozen(path):
    return LitClassifier.load_from_checkpoint(path, weights_only=True).eval()


def predict(model, images):
    return model(images).argmax(dim=1)


# %% wrong a: a fresh model
# says: Is this a fresh one
def load_frozen(path):
    model = LitClassifier(CNN(channels=2, hidden=8, image_size=8))
    model.freeze()
    return model


def predict(model, images):
    return model(images).argmax(dim=1)


# %% wrong a: forgets to return the model
# says: it returned None
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(path, weights_only=True)
    model.freeze()


def predict(model, images):
    return model(images).argmax(dim=1)


# %% wrong: loads into an object
# says: raised TypeError
def load_frozen(path):
    model = LitClassifier(CNN())
    model = model.load_from_checkpoint(path, weights_only=True)
    model.freeze()
    return model


def predict(model, images):
    return model(images).argmax(dim=1)


# %% wrong f: returns logits
# says: the shape [32, 10]
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(path, weights_only=True)
    model.freeze()
    return model


def predict(model, images):
    return model(images)


# %% wrong e: returns the largest logit
# says: and not the logit or the probability itself
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(path, weights_only=True)
    model.freeze()
    return model


def predict(model, images):
    return model(images).max(dim=1).values


# %% wrong e: switches training mode on
# says: switches the model to training mode
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(path, weights_only=True)
    model.freeze()
    return model


def predict(model, images):
    return model.train()(images).argmax(dim=1)


# %% wrong f: returns a list
# says: it returned a list of 32
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(path, weights_only=True)
    model.freeze()
    return model


def predict(model, images):
    return model(images).argmax(dim=1).tolist()


# %% wrong a: into a model of another size
# says: `network.layers.0.weight` first
def load_frozen(path):
    model = LitClassifier(CNN())
    model.load_state_dict(torch.load(path, weights_only=True)["state_dict"])
    model.freeze()
    return model


def predict(model, images):
    return model(images).argmax(dim=1)


# %% wrong f: int32
# says: returned torch.int32 numbers; expected int64
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(path, weights_only=True)
    model.freeze()
    return model


def predict(model, images):
    return model(images).argmax(dim=1).int()


# %% wrong b: gradients off, dropout on
# says: are still in training mode
def load_frozen(path):
    return LitClassifier.load_from_checkpoint(path, weights_only=True).requires_grad_(False)


def predict(model, images):
    return model(images).argmax(dim=1)


# %% wrong c: an attribute instead of a method
# says: only gives the model an attribute
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(path, weights_only=True).eval()
    model.requires_grad = False
    return model


def predict(model, images):
    return model(images).argmax(dim=1)


# %% wrong a: all weights into the network
# says: have other names
def load_frozen(path):
    checkpoint = torch.load(path, weights_only=True)
    model = LitClassifier(**checkpoint["hyper_parameters"])
    model.network.load_state_dict(checkpoint["state_dict"])
    model.freeze()
    return model


def predict(model, images):
    return model(images).argmax(dim=1)


# %% wrong e: the smallest logit
# says: position of the smallest logit
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(path, weights_only=True)
    model.freeze()
    return model


def predict(model, images):
    return model(images).argsort(dim=1)[:, 0]


# %% wrong f: no dimension for one image
# says: For a batch of one image
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(path, weights_only=True)
    model.freeze()
    return model


def predict(model, images):
    return model(images).argmax(dim=1).squeeze()


# %% wrong e: the classes in order
# says: each should be the position of the image's largest logit
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(path, weights_only=True)
    model.freeze()
    return model


def predict(model, images):
    return model(images).argmax(dim=1).sort().values


# %% wrong d: looks into the file first
# says: runs code of its own while it is loaded
def load_frozen(path):
    print(torch.load(path, weights_only=False)["hyper_parameters"])
    model = LitClassifier.load_from_checkpoint(path, weights_only=True)
    model.freeze()
    return model


def predict(model, images):
    return model(images).argmax(dim=1)
