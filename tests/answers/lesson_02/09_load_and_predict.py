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


# %% wrong: not frozen at all
# says: still in training mode
def load_frozen(path):
    return LitClassifier.load_from_checkpoint(path, weights_only=True)


def predict(model, images):
    return model(images).argmax(dim=1)


# %% wrong: only eval
# says: still require gradients
def load_frozen(path):
    return LitClassifier.load_from_checkpoint(path, weights_only=True).eval()


def predict(model, images):
    return model(images).argmax(dim=1)


# %% wrong: a fresh model
# says: this is a fresh one
def load_frozen(path):
    model = LitClassifier(CNN(channels=2, hidden=8, image_size=8))
    model.freeze()
    return model


def predict(model, images):
    return model(images).argmax(dim=1)


# %% wrong: forgets to return the model
# says: it returned None
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(path, weights_only=True)
    model.freeze()


def predict(model, images):
    return model(images).argmax(dim=1)


# %% wrong: any pickle
# says: weights_only=True
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(path, weights_only=False)
    model.freeze()
    return model


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


# %% wrong: returns logits
# says: the shape [32, 10]
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(path, weights_only=True)
    model.freeze()
    return model


def predict(model, images):
    return model(images)


# %% wrong: returns the largest logit
# says: not the logit itself
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(path, weights_only=True)
    model.freeze()
    return model


def predict(model, images):
    return model(images).max(dim=1).values


# %% wrong: argmax over the images
# says: the shape [10]
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(path, weights_only=True)
    model.freeze()
    return model


def predict(model, images):
    return model(images).argmax(dim=0)


# %% wrong: switches training mode on
# says: with dropout switched off
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(path, weights_only=True)
    model.freeze()
    return model


def predict(model, images):
    return model.train()(images).argmax(dim=1)


# %% wrong: returns a list
# says: it returned a list of 32
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(path, weights_only=True)
    model.freeze()
    return model


def predict(model, images):
    return model(images).argmax(dim=1).tolist()


# %% wrong: into a model of another size
# says: `network.layers.0.weight` is the first of them
def load_frozen(path):
    model = LitClassifier(CNN())
    model.load_state_dict(torch.load(path, weights_only=True)["state_dict"])
    model.freeze()
    return model


def predict(model, images):
    return model(images).argmax(dim=1)


# %% wrong: int32
# says: returned torch.int32 numbers; expected int64
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(path, weights_only=True)
    model.freeze()
    return model


def predict(model, images):
    return model(images).argmax(dim=1).int()


# %% wrong: values and positions
# says: it returned a tuple of 2
def load_frozen(path):
    model = LitClassifier.load_from_checkpoint(path, weights_only=True)
    model.freeze()
    return model


def predict(model, images):
    return model(images).max(dim=1)
