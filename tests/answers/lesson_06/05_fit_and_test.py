"""6.5 fit_and_test"""

# %% setup
import tempfile
from pathlib import Path

GIVEN = '''import pytorch_lightning as pl
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.cli import LightningCLI

import course_lib.data
import course_lib.models


class BestTrainer(pl.Trainer):
    def fit_and_test(self, model, datamodule=None, **kwargs):
        """Fit, then test the best checkpoint."""
        if not any(callback.monitor for callback in self.checkpoint_callbacks):
            raise ValueError("A ModelCheckpoint with a monitor is missing.")
        self.fit(model, datamodule=datamodule, **kwargs)
        best = [c for c in self.checkpoint_callbacks if c.monitor][0].best_model_path
        self.test(model, datamodule=datamodule, ckpt_path=best)


class BestCLI(LightningCLI):
    @staticmethod
    def subcommands():
        known = LightningCLI.subcommands()
        return {**known, "fit_and_test": known["fit"]}


def main():
    BestCLI(trainer_class=BestTrainer)


if __name__ == "__main__":
    main()
'''


def saved(text):
    path = Path(tempfile.mkdtemp(), "fit_and_test.py")
    path.write_text(text, "utf-8")
    return path


def changed(*changes):
    text = GIVEN
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return saved(text)


# %% call
check.fit_and_test(answer)
# %% right: as given, which the wrong ones are made of
answer = saved(GIVEN)


# %% right: all arguments named, the data for the test from the Trainer, a MisconfigurationException
answer = saved("""
import pytorch_lightning as pl
from pytorch_lightning.cli import LightningCLI
from pytorch_lightning.utilities.exceptions import MisconfigurationException
from course_lib.data import ImageDataModule
from course_lib.models import LitClassifier


class FitTest(pl.Trainer):
    def fit_and_test(
        self,
        model: pl.LightningModule,
        train_dataloaders=None,
        val_dataloaders=None,
        datamodule=None,
        ckpt_path: str | None = None,
        weights_only: bool | None = None,
    ):
        checkpoint = self.checkpoint_callback
        if checkpoint is None or checkpoint.monitor is None:
            raise MisconfigurationException(
                "fit_and_test needs a ModelCheckpoint whose monitor says what is best."
            )
        self.fit(
            model, train_dataloaders, val_dataloaders, datamodule, ckpt_path, weights_only=weights_only
        )
        return self.test(datamodule=self.datamodule, ckpt_path="best")


class CLI(LightningCLI):
    @staticmethod
    def subcommands():
        added = {"model", "train_dataloaders", "val_dataloaders", "datamodule"}
        return LightningCLI.subcommands() | {"fit_and_test": added}


if __name__ == "__main__":
    CLI(
        LitClassifier,
        ImageDataModule,
        subclass_mode_model=True,
        subclass_mode_data=True,
        trainer_class=FitTest,
    )
""")


# %% right: the test in a function, weights loaded by hand, no main
answer = changed(
    ("def main():\n    BestCLI(trainer_class=BestTrainer)\n\n\n", ""),
    ("    main()", "    BestCLI(None, None, None, {}, BestTrainer)"),
    (
        "        self.test(model, datamodule=datamodule, ckpt_path=best)",
        "        import torch\n"
        "        model.load_state_dict(torch.load(best, weights_only=True)['state_dict'])\n"
        "        self.test(model, datamodule=datamodule)",
    ),
)


# %% wrong: nothing happens when the file is run
# says: makes no LightningCLI
answer = changed(("    main()", "    pass"))


# %% wrong: the CLI is not told of the Trainer
# says: raised AttributeError: type object 'Trainer' has no attribute 'fit_and_test'
answer = changed(("trainer_class=BestTrainer", ""))


# %% wrong a: no subcommand
# says: ends with the exit status 2. It says: error
answer = changed(
    ('return {**known, "fit_and_test": known["fit"]}', "return known"),
)


# %% wrong: model and data are not skipped
# says: because argument '--model' already exists
answer = changed(('known["fit"]}', "set()}"))


# %% wrong a: fixed classes, so that none can be chosen
# says: ends with the exit status 2
answer = changed(
    (
        "BestCLI(trainer_class=BestTrainer)",
        "BestCLI(course_lib.models.LitClassifier, course_lib.data.ImageDataModule, "
        "trainer_class=BestTrainer)",
    )
)


# %% wrong a: it fits and forgets the test
# says: trains, and tests nothing
answer = changed(("        self.test(model, datamodule=datamodule, ckpt_path=best)", ""))


# %% wrong a: it tests and forgets to fit
# says: trains nothing
answer = changed(
    ("        self.fit(model, datamodule=datamodule, **kwargs)\n", ""),
    ("ckpt_path=best", "**kwargs"),
)


# %% wrong a: before and after
# says: tests 2 times
answer = changed(
    (
        "        self.fit(model",
        "        self.test(model, datamodule=datamodule)\n        self.fit(model",
    )
)


# %% wrong b: the last weights
# says: the last weights, not those of the epoch with the best
answer = changed(("ckpt_path=best", "ckpt_path=None"))


# %% wrong b: the first, as it was given
# says: the checkpoint that `--ckpt_path` names
answer = changed(("ckpt_path=best", "**kwargs"))


# %% wrong b: the test first
# says: comes before the end of the training
answer = changed(
    ("        self.fit(model, datamodule=datamodule, **kwargs)\n", ""),
    (
        "        best = [c for c in self.checkpoint_callbacks if c.monitor][0].best_model_path\n"
        "        self.test(model, datamodule=datamodule, ckpt_path=best)",
        "        self.test(model, datamodule=datamodule)\n"
        "        self.fit(model, datamodule=datamodule, **kwargs)\n",
    ),
)


# %% wrong b: not the best but the last that was kept before
# says: the best are 2; tested are 3
answer = changed(
    (
        "        best = ",
        "        import torch\n"
        "        with torch.no_grad():\n"
        "            model.weight.fill_(3)\n"
        "        best = ",
    ),
    ("ckpt_path=best", "ckpt_path=None"),
)


# %% wrong b: "best", which is that of the first ModelCheckpoint
# says: `"best"` is the latest checkpoint of the first
answer = changed(("ckpt_path=best", 'ckpt_path="best"'))


# %% wrong c: no ckpt_path
# says: does not take `--ckpt_path`
answer = changed((", **kwargs", ""))


# %% wrong c: ckpt_path goes nowhere
# says: begins with the first epoch
answer = changed(
    ("datamodule=None, **kwargs", "datamodule=None, ckpt_path=None, weights_only=None"),
    ("datamodule=datamodule, **kwargs", "datamodule=datamodule"),
)


# %% wrong c: ckpt_path alone
# says: `fit` takes `--weights_only` as well
answer = changed(
    ("datamodule=None, **kwargs", "datamodule=None, ckpt_path=None"),
    ("datamodule=datamodule, **kwargs", "datamodule=datamodule, ckpt_path=ckpt_path"),
)


# %% wrong d: the new one alone, and fit
# says: The subcommands `predict`, `test`, `validate` are gone
answer = changed(("{**known, ", '{"fit": known["fit"], '))


# %% wrong e: nothing is refused
# says: With a ModelCheckpoint without `monitor` it is not refused
answer = changed(
    ("if not any(callback.monitor for callback in self.checkpoint_callbacks)", "if False"),
    (" if c.monitor][0]", "][-1]"),
)


# %% wrong e: refused when all is over
# says: only when the training is over
answer = changed(
    (
        "        if not any(callback.monitor for callback in self.checkpoint_callbacks):\n"
        '            raise ValueError("A ModelCheckpoint with a monitor is missing.")\n'
        "        self.fit(model, datamodule=datamodule, **kwargs)\n",
        "        self.fit(model, datamodule=datamodule, **kwargs)\n"
        "        if not any(callback.monitor for callback in self.checkpoint_callbacks):\n"
        '            raise ValueError("A ModelCheckpoint with a monitor is missing.")\n',
    ),
)


# %% wrong e: the sentence does not say what is missing
# says: expected a sentence that says what is missing
answer = changed(("A ModelCheckpoint with a monitor is missing.", "This is no good."))


# %% wrong e: there may be no ModelCheckpoint at all
# says: Without any ModelCheckpoint expected a ValueError
answer = changed(
    (
        "if not any(callback.monitor for callback in self.checkpoint_callbacks)",
        "if not any(c.monitor for c in self.checkpoint_callbacks or [self.checkpoint_callback])",
    )
)
