"""A Trainer with two more commands: a subcommand of the command line is a method of the Trainer."""

import copy
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint

from course_lib.requeue import newest_checkpoint

DEBUG_BATCHES = 5


class CourseTrainer(pl.Trainer):
    """Lightning's Trainer, with `fit_and_test` and `debug`."""

    def fit_and_test(
        self,
        model: pl.LightningModule,
        train_dataloaders: Any = None,
        val_dataloaders: Any = None,
        datamodule: pl.LightningDataModule | None = None,
        ckpt_path: str | None = None,
        weights_only: bool | None = None,
    ) -> None:
        """Train, then test the best checkpoint, which is seldom the last.

        Args:
            model: to train.
            train_dataloaders: of training batches, where there is no data module.
            val_dataloaders: of validation batches, where there is no data module.
            datamodule: of all parts.
            ckpt_path: a checkpoint to go on from, as in `fit`; by default, in a Slurm job that was
                started again, the newest of its folder.
            weights_only: how that checkpoint is read, as in `fit`.

        Raises:
            ValueError: no ModelCheckpoint has a `monitor`, so that "best" would be the latest; said
                before the training.
        """
        quick = bool(self.fast_dev_run)  # type: ignore[attr-defined]  # saves no checkpoint
        checkpoints = [c for c in self.checkpoint_callbacks if isinstance(c, ModelCheckpoint)]
        judge = next((c for c in checkpoints if c.monitor), None)  # not always the first of all
        if judge is None and not quick:
            raise ValueError(
                "fit_and_test tests the best checkpoint, and no ModelCheckpoint says what is best: "
                "give it a monitor, like val_acc with mode max (configs/base.yaml does)."
            )
        if ckpt_path is None and (newest := newest_checkpoint(self.default_root_dir)):
            ckpt_path = str(newest)
        self.fit(model, train_dataloaders, val_dataloaders, datamodule, ckpt_path, weights_only)
        best = judge.best_model_path if judge and not quick else None
        if best == "":
            raise ValueError("There is no best checkpoint to test: no validation was reached.")
        self.test(model, datamodule=datamodule, ckpt_path=best, weights_only=True)

    def debug(
        self,
        model: pl.LightningModule,
        datamodule: pl.LightningDataModule | None = None,
        bound: float = 0.1,
        epochs: int = 100,
    ) -> None:
        """Try a model before the long run: five batches of each loop, then five learnt by heart.

        A network that cannot overfit five batches has a fault: the loss, the labels, the learning
        rate. Both parts run on one device, and save and log nothing.

        Args:
            model: to try.
            datamodule: its data.
            bound: what `train_loss` has to fall below in the second part.
            epochs: at most so many passes over the five batches.

        Raises:
            ValueError: the loss did not fall below the bound, or is not logged as `train_loss`;
                an argument has no meaning.
        """
        if epochs < 1 or bound <= 0:
            raise ValueError(f"epochs is {epochs} and bound {bound}; expected 1 or more, above 0.")
        fresh = copy.deepcopy(model)
        common: dict[str, Any] = dict(
            accelerator=self.accelerator,
            devices=1,
            precision=self.precision,
            gradient_clip_val=self.gradient_clip_val,
            gradient_clip_algorithm=self.gradient_clip_algorithm,
            default_root_dir=self.default_root_dir,
            logger=False,
            enable_model_summary=False,
        )
        pl.Trainer(fast_dev_run=DEBUG_BATCHES, **common).fit(model, datamodule=datamodule)
        below = EarlyStopping(
            "train_loss", patience=epochs, stopping_threshold=bound, check_on_train_epoch_end=True
        )
        trainer = pl.Trainer(
            overfit_batches=DEBUG_BATCHES,
            max_epochs=epochs,
            limit_val_batches=0,
            log_every_n_steps=1,
            enable_checkpointing=False,
            enable_progress_bar=False,
            callbacks=[below],
            **common,
        )
        trainer.fit(fresh, datamodule=datamodule)
        if "train_loss" not in trainer.callback_metrics:
            raise ValueError("debug looks at train_loss, and this model does not log it.")
        loss = float(trainer.callback_metrics["train_loss"])
        after = f"after {trainer.current_epoch} epochs on {DEBUG_BATCHES} batches"
        if not loss < bound:
            raise ValueError(
                f"train_loss is {loss:.3f} {after}; expected below {bound:g}: look at the loss, "
                "the labels and the learning rate, or allow more with --epochs or --bound."
            )
        print(f"debug: train_loss fell to {loss:.3f} {after}, below {bound:g}.")
