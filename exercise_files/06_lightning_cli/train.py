"""Exercise 6.1: the old script as a command line.

python train.py fit --model.lr 0.01 --data.batch_size 32 --trainer.max_epochs 1
"""

from pytorch_lightning.cli import LightningCLI

import course_lib.data
import course_lib.models  # noqa: F401  (what is imported, the command line finds by its name)

...
