"""2.2 configure_optimizers"""

# %% setup
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import nn
from course_lib.models import LitClassifier


class LitAdam(LitClassifier):
    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.hparams.lr)


class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "monitor": "val_loss"},
        }


# %% call
check.configure_optimizers(LitAdam, LitPlateau)


# %% right: as lists, with a mode
class LitAdam(LitClassifier):
    def configure_optimizers(self):
        return [torch.optim.Adam(self.network.parameters(), self.hparams["lr"])]


class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
            optimizer, mode="min", factor=0.5, patience=1
        )
        return [optimizer], [{"scheduler": scheduler, "monitor": "val_loss", "interval": "epoch"}]


# %% right: a dictionary, monitor beside the scheduler
class LitAdam(LitClassifier):
    def configure_optimizers(self):
        return {"optimizer": torch.optim.Adam(self.parameters(), lr=self.hparams.lr)}


class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        return {"optimizer": optimizer, "lr_scheduler": scheduler, "monitor": "val_loss"}


# %% right: one class builds on the other
class LitPlateau(LitAdam):
    def configure_optimizers(self):
        adam = super().configure_optimizers()
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(adam, "min", 0.5, 1)
        return dict(optimizer=adam, lr_scheduler=dict(scheduler=plateau, monitor="val_loss"))


# %% right: by names that the course's own class knows
class LitAdam(LitClassifier):
    pass


class LitPlateau(LitClassifier):
    def __init__(self, network, **options):
        halving = {"factor": 0.5, "patience": 1}
        options |= {"scheduler": "ReduceLROnPlateau", "scheduler_options": halving}
        super().__init__(network, **options)


# %% right: groups of parameters, the scheduler named
class LitAdam(LitClassifier):
    def configure_optimizers(self):
        groups = [{"params": [parameter]} for parameter in self.parameters()]
        return torch.optim.Adam(groups, self.hparams.lr, weight_decay=1e-4)


class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(params=self.network.parameters(), **{"lr": self.hparams.lr})
        config = {
            "scheduler": torch.optim.lr_scheduler.ReduceLROnPlateau(
                optimizer, patience=1, factor=1 / 2, min_lr=1e-6
            ),
            "monitor": "val_loss",
            "frequency": 1,
            "name": "plateau",
        }
        return [optimizer], [config]


# %% wrong a: returns nothing
# says: LitAdam: `configure_optimizers` returned None
class LitAdam(LitClassifier):
    def configure_optimizers(self):
        torch.optim.Adam(self.parameters(), lr=self.hparams.lr)


# %% wrong a: another optimizer
# says: expected the optimizer to be Adam
class LitAdam(LitClassifier):
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


# %% wrong c: hard-coded learning rate
# says: made with lr=0.03, it trains with 0.001
class LitAdam(LitClassifier):
    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-3)


# %% wrong c: the second one forgets the learning rate
# says: LitPlateau: made with lr=0.03
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=0.01)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "monitor": "val_loss"},
        }


# %% wrong e: no monitor
# says: must include a monitor
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        return {"optimizer": optimizer, "lr_scheduler": scheduler}


# %% wrong e: a metric that is never logged
# says: metric valid_loss which is not available
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "monitor": "valid_loss"},
        }


# %% wrong: factor 2, as in the notes
# says: raised ValueError: Factor should be < 1.0
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=2, patience=1)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "monitor": "val_loss"},
        }


# %% wrong d: a scheduler on another optimizer
# says: attached with an optimizer that wasn't returned
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
            torch.optim.Adam(self.parameters()), factor=0.5, patience=1
        )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "monitor": "val_loss"},
        }


# %% wrong e: watches the training loss
# says: watches `train_loss`
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "monitor": "train_loss"},
        }


# %% wrong g: no patience
# says: yours begins with 4, 5, 6, 7. Its `patience` is 0
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "monitor": "val_loss"},
        }


# %% wrong g: mode max
# says: look at `mode`
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
            optimizer, "max", factor=0.5, patience=1
        )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "monitor": "val_loss"},
        }


# %% wrong: an object instead of a class
# says: Expected a class and got an object of the class `LitPlateau`
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "monitor": "val_loss"},
        }


LitPlateau = LitPlateau(nn.Linear(2, 2))


# %% wrong a: AdamW for Adam
# says: expected the optimizer to be Adam, got an object of the class `AdamW`
class LitAdam(LitClassifier):
    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.hparams.lr)


# %% wrong b: only the last layer
# says: 2 of the model's 4 parameter tensors do not get smaller
class LitAdam(LitClassifier):
    def configure_optimizers(self):
        return torch.optim.Adam(list(self.parameters())[-2:], lr=self.hparams.lr)


# %% wrong: a misspelt rate
# says: LitAdam: Your line 4 raised AttributeError
class LitAdam(LitClassifier):
    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.hparams.rate)


# %% wrong d: a pair of optimizer and scheduler
# says: Return one optimizer, two lists, or a dictionary
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        return optimizer, scheduler


# %% wrong d: a misspelt key
# says: got no scheduler
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        return {
            "optimizer": optimizer,
            "scheduler": {"scheduler": scheduler, "monitor": "val_loss"},
        }


# %% wrong d: another scheduler
# says: expected a ReduceLROnPlateau, got an object of the class `StepLR`
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "monitor": "val_loss"},
        }


# %% wrong f: the default factor
# says: is multiplied by 0.1
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "monitor": "val_loss"},
        }


# %% wrong g: cools down
# says: What else is the scheduler told
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
            optimizer, factor=0.5, patience=1, cooldown=1
        )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "monitor": "val_loss"},
        }


# %% wrong g: after every step
# says: leave its "interval" at "epoch"
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "monitor": "val_loss", "interval": "step"},
        }


# %% wrong c: a slower last layer
# says: have rates of their own
class LitAdam(LitClassifier):
    def configure_optimizers(self):
        first, *others = self.parameters()
        slow = {"params": others, "lr": self.hparams.lr / 10}
        return torch.optim.Adam([{"params": [first]}, slow], lr=self.hparams.lr)


# %% wrong c: a scheduler in the first class too
# says: A scheduler is for LitPlateau
class LitAdam(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, step_size=2)]


# %% wrong d: another key for the optimizer
# says: the Trainer misses the optimizer
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        return {"optim": optimizer, "lr_scheduler": scheduler, "monitor": "val_loss"}
