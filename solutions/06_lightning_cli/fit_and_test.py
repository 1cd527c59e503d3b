r"""A subcommand of one's own: fit, then test the best checkpoint.

python fit_and_test.py fit_and_test --model LitClassifier --model.network MLP \
    --data ImageDataModule --trainer.callbacks ModelCheckpoint \
    --trainer.callbacks.monitor val_acc --trainer.callbacks.mode max
"""

import pytorch_lightning as pl
from pytorch_lightning.cli import LightningCLI

import course_lib.data
import course_lib.models  # noqa: F401  (what is imported, the command line finds by its name)

# BEGIN SOLUTION


class BestTrainer(pl.Trainer):
    """A Trainer that does not leave the test to the last weights."""

    def fit_and_test(self, model, datamodule=None, **kwargs):
        """Fit, then test the best checkpoint."""
        watching = [c for c in self.checkpoint_callbacks if c.monitor is not None]
        if not watching:
            raise ValueError(
                "No ModelCheckpoint has a `monitor`, so its best checkpoint would just be the "
                "latest: give one, --trainer.callbacks.monitor val_acc, say."
            )
        self.fit(model, datamodule=datamodule, **kwargs)
        best = watching[0].best_model_path
        return self.test(model, datamodule=datamodule, ckpt_path=best)


class BestCLI(LightningCLI):
    """A command line that offers it."""

    @staticmethod
    def subcommands():
        """Those of Lightning, and one more, which skips the same arguments as `fit`."""
        known = LightningCLI.subcommands()
        return {**known, "fit_and_test": known["fit"]}


def main():
    """Run what the command line says; model and data are any classes."""
    BestCLI(trainer_class=BestTrainer)


# END SOLUTION

if __name__ == "__main__":
    main()
