"""6.1 entry_point"""

# %% setup
import tempfile
from pathlib import Path

IMPORTS = """
import pytorch_lightning as pl
from jsonargparse import lazy_instance
from pytorch_lightning.cli import LightningCLI

from course_lib.data import ImageDataModule
from course_lib.models import CNN, MLP, LitClassifier
"""
DEFAULTS = (
    IMPORTS
    + """
class TrainCLI(LightningCLI):
    def add_arguments_to_parser(self, parser):
        network = {"class_path": "MLP", "init_args": {"fc1": 32}}
        model = {"class_path": "LitClassifier", "init_args": {"network": network, "lr": 0.002}}
        data = {"class_path": "ImageDataModule", "init_args": {"batch_size": 128}}
        parser.set_defaults({"model": model, "data": data})

"""
)


def written(text):
    path = Path(tempfile.mkdtemp(), "train.py")
    path.write_text(text)
    return path


# %% call
check.entry_point(train)


# %% right: the classes that every module and every data derive from
train = written(
    DEFAULTS
    + """
if __name__ == "__main__":
    TrainCLI(
        pl.LightningModule,
        pl.LightningDataModule,
        subclass_mode_model=True,
        subclass_mode_data=True,
        seed_everything_default=7,
        trainer_defaults=dict(max_epochs=3),
    )
"""
)


# %% right: all numbers as defaults of the parser, one by one
train = written(
    IMPORTS
    + """
class CLI(LightningCLI):
    def add_arguments_to_parser(self, parser):
        parser.set_defaults({"seed_everything": 7, "trainer.max_epochs": 3})
        network = lazy_instance(MLP, fc1=32)
        parser.set_defaults(model=lazy_instance(LitClassifier, network=network, lr=2e-3))
        parser.set_defaults(data=lazy_instance(ImageDataModule, batch_size=128))


def main(args=None):
    CLI(args=args)


if __name__ == "__main__":
    main()
"""
)


# %% wrong a: the arguments stand in the file
# says: With these flags, `lr` is 0.01; in your program it is 0.002
train = written(
    DEFAULTS
    + """
if __name__ == "__main__":
    TrainCLI(args=["fit"], seed_everything_default=7, trainer_defaults={"max_epochs": 3})
"""
)


# %% wrong a: a number that is set once more
# says: With these flags, `max_epochs` is 1; in your program it is 3
train = written(
    DEFAULTS
    + """
class CLI(TrainCLI):
    def before_instantiate_classes(self):
        self.config[self.subcommand].trainer.max_epochs = 3


if __name__ == "__main__":
    CLI(seed_everything_default=7)
"""
)


# %% wrong a: a fit of one's own, without subcommands
# says: `python train.py fit --model.lr 0.01 --data.batch_size 32 --trainer.max_epochs 1` ends with
train = written(
    DEFAULTS
    + """
if __name__ == "__main__":
    cli = TrainCLI(run=False, seed_everything_default=7, trainer_defaults={"max_epochs": 3})
    cli.trainer.fit(cli.model, cli.datamodule)
"""
)


# %% wrong a: the function is never called
# says: and no Trainer has been asked to do anything
train = written(
    DEFAULTS
    + """
def main():
    TrainCLI(seed_everything_default=7, trainer_defaults={"max_epochs": 3})
"""
)


# %% wrong a: no network unless one is given
# says: the following arguments are required: network
train = written(
    IMPORTS
    + """
if __name__ == "__main__":
    LightningCLI(
        LitClassifier,
        ImageDataModule,
        subclass_mode_model=True,
        subclass_mode_data=True,
        seed_everything_default=7,
        trainer_defaults={"max_epochs": 3},
    )
"""
)


# %% wrong a: a module of one's own
# says: What is trained is PlainOne on ImageDataModule
train = written(
    DEFAULTS
    + """
class PlainOne(pl.LightningModule):
    def __init__(self, network: str = "MLP", lr: float = 0.002):
        super().__init__()


class CLI(LightningCLI):
    def add_arguments_to_parser(self, parser):
        parser.set_defaults({"model": {"class_path": "PlainOne"}, "data": {"class_path": "ImageDataModule"}})


if __name__ == "__main__":
    CLI(seed_everything_default=7, trainer_defaults={"max_epochs": 3})
"""
)


# %% wrong b: no seed
# says: `seed` is 7; in your program it is 0
train = written(
    DEFAULTS
    + """
if __name__ == "__main__":
    TrainCLI(trainer_defaults={"max_epochs": 3})
"""
)


# %% wrong b: the Trainer's own number of epochs
# says: `max_epochs` is 3; in your program it is None
train = written(
    DEFAULTS
    + """
if __name__ == "__main__":
    TrainCLI(seed_everything_default=7)
"""
)


# %% wrong b: the module's own learning rate
# says: `lr` is 0.002; in your program it is 0.001
train = written(
    DEFAULTS.replace(', "lr": 0.002', "")
    + """
if __name__ == "__main__":
    TrainCLI(seed_everything_default=7, trainer_defaults={"max_epochs": 3})
"""
)


# %% wrong c: bound to two classes
# says: is the CLI bound to other classes?
train = written(
    IMPORTS
    + """
class CLI(LightningCLI):
    def add_arguments_to_parser(self, parser):
        network = {"class_path": "MLP", "init_args": {"fc1": 32}}
        parser.set_defaults({"model.network": network, "model.lr": 0.002, "data.batch_size": 128})


if __name__ == "__main__":
    CLI(
        LitClassifier,
        ImageDataModule,
        seed_everything_default=7,
        trainer_defaults={"max_epochs": 3},
    )
"""
)


# %% wrong c: one network, whatever is asked for
# says: `python train.py test --model.network=CNN --model.network.channels=4` ends with
train = written(
    IMPORTS
    + """
def lit_mlp(lr: float = 0.002) -> LitClassifier:
    return LitClassifier(MLP(fc1=32), lr=lr)


def digits(batch_size: int = 128) -> ImageDataModule:
    return ImageDataModule(batch_size=batch_size)


if __name__ == "__main__":
    LightningCLI(lit_mlp, digits, seed_everything_default=7, trainer_defaults={"max_epochs": 3})
"""
)


# %% wrong c: the old network in the place of the new one
# says: the network is a MLP with None channels
train = written(
    DEFAULTS
    + """
class CLI(TrainCLI):
    def instantiate_classes(self):
        super().instantiate_classes()
        self.model.network = MLP(fc1=32)


if __name__ == "__main__":
    CLI(seed_everything_default=7, trainer_defaults={"max_epochs": 3})
"""
)


# %% wrong d: a fit of one's own after the CLI's
# says: The Trainer is told 2 times to `fit`
train = written(
    DEFAULTS
    + """
if __name__ == "__main__":
    cli = TrainCLI(seed_everything_default=7, trainer_defaults={"max_epochs": 3})
    cli.trainer.fit(cli.model, cli.datamodule)
"""
)


# %% wrong d: a test after everything
# says: The subcommand `fit` makes the Trainer do `fit`, `test`
train = written(
    DEFAULTS
    + """
if __name__ == "__main__":
    cli = TrainCLI(seed_everything_default=7, trainer_defaults={"max_epochs": 3})
    cli.trainer.test(cli.model, cli.datamodule)
"""
)


# %% wrong d: a validation after a fit
# says: The subcommand `validate` makes the Trainer do `fit`, `validate`
train = written(
    DEFAULTS
    + """
class CLI(TrainCLI):
    def before_validate(self):
        self.trainer.fit(self.model, datamodule=self.datamodule)


if __name__ == "__main__":
    CLI(seed_everything_default=7, trainer_defaults={"max_epochs": 3})
"""
)


# %% wrong e: no guard
# says: `import train` already runs the command line
train = written(
    DEFAULTS
    + """
TrainCLI(seed_everything_default=7, trainer_defaults={"max_epochs": 3})
"""
)
