"""3.3 best_against_last"""

# %% setup
import copy

import pytorch_lightning as pl
import torch

# %% call
check.best_against_last(best_and_last)


# %% right: put back from copies
def best_and_last(trainer, model, data):
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    last = trainer.test(model, data)[0]["test_acc"]
    best = trainer.test(model, data, ckpt_path="best")[0]["test_acc"]
    model.load_state_dict(before)
    return {"best": best, "last": last}


# %% right: a model of its own for the best
def best_and_last(trainer, model, data):
    path = trainer.checkpoint_callback.best_model_path
    best_model = type(model).load_from_checkpoint(path, weights_only=True)
    accuracies = dict(
        best=trainer.test(best_model, dataloaders=data)[0]["test_acc"],
        last=trainer.test(model, dataloaders=data)[0]["test_acc"],
    )
    return accuracies


# %% right: a copy is tested, by another Trainer
def best_and_last(trainer, model, data):
    path = trainer.checkpoint_callback.best_model_path
    best_model = copy.deepcopy(model)
    best_model.load_state_dict(torch.load(path, weights_only=True)["state_dict"])
    tester = pl.Trainer(logger=False, enable_checkpointing=False)
    tester.test(best_model, data)
    best = tester.callback_metrics["test_acc"].item()
    tester.test(model, data)
    return {"last": tester.callback_metrics["test_acc"].item(), "best": best}


# %% right: counted by hand
def best_and_last(trainer, model, data):
    def accuracy():
        right = [model(images).argmax(dim=1) == labels for images, labels in data]
        return torch.cat(right).float().mean().item()

    last, before = accuracy(), copy.deepcopy(model.state_dict())
    path = trainer.checkpoint_callback.best_model_path
    model.load_state_dict(torch.load(path, weights_only=True)["state_dict"])
    best = accuracy()
    model.load_state_dict(before)
    return {"best": best, "last": last}


# %% right: the last weights in a checkpoint
def best_and_last(trainer, model, data):
    trainer.save_checkpoint("last.ckpt")
    best = trainer.test(model, data, ckpt_path="best")
    last = trainer.test(model, data, ckpt_path="last.ckpt")
    return {"best": best[0]["test_acc"], "last": last[0]["test_acc"]}


# %% wrong a: the last twice
# says: which the weights of the last epoch reach
def best_and_last(trainer, model, data):
    best = trainer.test(model, data)[0]["test_acc"]
    last = trainer.test(model, data)[0]["test_acc"]
    return {"best": best, "last": last}


# %% wrong a: the higher accuracy is the best
# says: whatever its test accuracy
def best_and_last(trainer, model, data):
    before = copy.deepcopy(model.state_dict())
    last = trainer.test(model, data)[0]["test_acc"]
    best = trainer.test(model, data, ckpt_path="best")[0]["test_acc"]
    model.load_state_dict(before)
    return {"best": max(best, last), "last": min(best, last)}


# %% wrong a: the mean of three batches
# says: `best` is 0.33; the best epoch reaches
def best_and_last(trainer, model, data):
    def accuracy():
        right = [(model(x).argmax(dim=1) == y).float().mean().item() for x, y in data]
        return sum(right) / len(right)

    before = copy.deepcopy(model.state_dict())
    last = trainer.test(model, data)[0]["test_acc"]
    trainer.test(model, data, ckpt_path="best")
    best = accuracy()
    model.load_state_dict(before)
    return {"best": best, "last": last}


# %% wrong b: the best first
# says: are they loaded when you test the last
def best_and_last(trainer, model, data):
    before = copy.deepcopy(model.state_dict())
    best = trainer.test(model, data, ckpt_path="best")[0]["test_acc"]
    last = trainer.test(model, data)[0]["test_acc"]
    model.load_state_dict(before)
    return {"best": best, "last": last}


# %% wrong b: the last is counted in batches
# says: the last epoch reaches
def best_and_last(trainer, model, data):
    before = copy.deepcopy(model.state_dict())
    right = [(model(x).argmax(dim=1) == y).float().mean().item() for x, y in data]
    best = trainer.test(model, data, ckpt_path="best")[0]["test_acc"]
    model.load_state_dict(before)
    return {"best": best, "last": sum(right) / len(right)}


# %% wrong c: put back what has changed
# says: `state_dict()` holds the weights themselves
def best_and_last(trainer, model, data):
    before = model.state_dict()
    last = trainer.test(model, data)[0]["test_acc"]
    best = trainer.test(model, data, ckpt_path="best")[0]["test_acc"]
    model.load_state_dict(before)
    return {"best": best, "last": last}


# %% wrong c: trains on
# says: Afterwards the model has weights of its own
def best_and_last(trainer, model, data):
    last = trainer.test(model, data)[0]["test_acc"]
    best = trainer.test(model, data, ckpt_path="best")[0]["test_acc"]
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    return {"best": best, "last": last}


# %% wrong d: tensors
# says: The accuracies should be floats; `best` is a tensor
def best_and_last(trainer, model, data):
    before = copy.deepcopy(model.state_dict())
    trainer.test(model, data)
    last = trainer.callback_metrics["test_acc"]
    trainer.test(model, data, ckpt_path="best")
    best = trainer.callback_metrics["test_acc"]
    model.load_state_dict(before)
    return {"best": best, "last": last}


# %% wrong d: a pair
# says: what came is a tuple of 2
def best_and_last(trainer, model, data):
    before = copy.deepcopy(model.state_dict())
    last = trainer.test(model, data)[0]["test_acc"]
    best = trainer.test(model, data, ckpt_path="best")[0]["test_acc"]
    model.load_state_dict(before)
    return best, last


# %% wrong d: the dictionary of one test
# says: it has `test_acc`
def best_and_last(trainer, model, data):
    return trainer.test(model, data)[0]


# %% wrong d: what `test` returns
# says: `best` is a list of 1: `trainer.test` returns a list
def best_and_last(trainer, model, data):
    before = copy.deepcopy(model.state_dict())
    last = trainer.test(model, data)
    best = trainer.test(model, data, ckpt_path="best")
    model.load_state_dict(before)
    return {"best": best, "last": last}


# %% wrong: not the callback's name
# says: raised AttributeError
def best_and_last(trainer, model, data):
    last = trainer.test(model, data)[0]["test_acc"]
    path = trainer.best_model_path
    return {"best": trainer.test(model, data, ckpt_path=path)[0]["test_acc"], "last": last}


# %% wrong: the result instead of the function
# says: pass the function itself
best_and_last = {"best": 0.3, "last": 0.6}
