"""Exercise 6.1: the old script as a command line.

python train.py fit --model.lr 0.01 --data.batch_size 32 --trainer.max_epochs 1
"""

from pytorch_lightning.cli import LightningCLI

import course_lib.data
import course_lib.models  # noqa: F401  (what is imported, the command line finds by its name)

# BEGIN SOLUTION


class TrainCLI(LightningCLI):
    """Trains any module on any data; without flags, as the old script did."""

    def add_arguments_to_parser(self, parser):
        """Set the old script's model and data as defaults."""
        network = {"class_path": "MLP", "init_args": {"fc1": 32}}
        parser.set_defaults(
            {
                "model": {
                    "class_path": "LitClassifier",
                    "init_args": {"network": network, "lr": 0.002},
                },
                "data": {"class_path": "ImageDataModule", "init_args": {"batch_size": 128}},
            }
        )


def main():
    """Run what the command line says."""
    TrainCLI(seed_everything_default=7, trainer_defaults={"max_epochs": 3})


if __name__ == "__main__":
    main()
# END SOLUTION
