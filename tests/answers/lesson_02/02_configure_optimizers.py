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


# %% wrong: returns nothing
# says: LitAdam: `configure_optimizers` returned None
class LitAdam(LitClassifier):
    def configure_optimizers(self):
        torch.optim.Adam(self.parameters(), lr=self.hparams.lr)


# %% wrong: another optimizer
# says: expected the optimizer to be Adam
class LitAdam(LitClassifier):
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


# %% wrong: only some parameters
# says: knows nothing of 3 of the model's 4
class LitAdam(LitClassifier):
    def configure_optimizers(self):
        return torch.optim.Adam([next(self.parameters())], lr=self.hparams.lr)


# %% wrong: hard-coded learning rate
# says: made with lr=0.03, it trains with 0.001
class LitAdam(LitClassifier):
    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-3)


# %% wrong: the second one forgets the learning rate
# says: LitPlateau: made with lr=0.03
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=0.01)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "monitor": "val_loss"},
        }


# %% wrong: no monitor
# says: must include a monitor
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        return {"optimizer": optimizer, "lr_scheduler": scheduler}


# %% wrong: a metric that is never logged
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


# %% wrong: a scheduler on another optimizer
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


# %% wrong: watches the training loss
# says: these epochs was 0.03, 0.03, 0.03, 0.03, 0.03, 0.03;
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "monitor": "train_loss"},
        }


# %% wrong: no patience
# says: 0.03, 0.03, 0.03, 0.03, 0.015, 0.0075;
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "monitor": "val_loss"},
        }


# %% wrong: mode max
# says: 0.03, 0.03, 0.03, 0.015,
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


# %% wrong: AdamW for Adam
# says: expected the optimizer to be Adam, got an object of the class `AdamW`
class LitAdam(LitClassifier):
    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.hparams.lr)


# %% wrong: only the last layer
# says: knows nothing of 2 of the model's 4
class LitAdam(LitClassifier):
    def configure_optimizers(self):
        return torch.optim.Adam(list(self.parameters())[-2:], lr=self.hparams.lr)


# %% wrong: a misspelt rate
# says: LitAdam: Your line 4 raised AttributeError
class LitAdam(LitClassifier):
    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.hparams.rate)


# %% wrong: a pair of optimizer and scheduler
# says: Return one optimizer, two lists, or a dictionary
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        return optimizer, scheduler


# %% wrong: a misspelt key
# says: got no scheduler
class LitPlateau(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        return {
            "optimizer": optimizer,
            "scheduler": {"scheduler": scheduler, "monitor": "val_loss"},
        }
